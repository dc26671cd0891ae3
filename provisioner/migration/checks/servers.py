"""Servers of the source: in a state that they can leave, and nobody else's at this moment. Pure.

Nova stops servers that are ACTIVE, moves live those that are ACTIVE or PAUSED, and cold those that are ACTIVE or SHUTOFF (compute
API reference, `servers`, "Servers - run an action"). What a paused or suspended guest has in memory goes along with no copy.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import Finding, refusal, warning
from provisioner.migration.identifiers import tagged
from provisioner.migration.workload import Machine
from tenants.wave import Mode

_FROM: Final[Mapping[Mode, frozenset[str]]] = {
    Mode.LIVE: frozenset({"ACTIVE", "PAUSED"}),
    Mode.COLD: frozenset({"ACTIVE", "SHUTOFF"}),
    Mode.CROSS_PROJECT: frozenset({"ACTIVE", "SHUTOFF"}),
    Mode.CROSS_CLOUD: frozenset({"ACTIVE", "SHUTOFF"}),
}
#: What a person can do about a state, and then try again.
_REMEDIES: Final[Mapping[str, str]] = {
    "PAUSED": "unpause it, or shut it down",
    "SUSPENDED": "resume it, or shut it down",
    "SHUTOFF": "start it, or move it cold",
    "VERIFY_RESIZE": "confirm or revert its resize first",
    "RESCUED": "end its rescue first",
    "SHELVED": "unshelve it first",
    "SHELVED_OFFLOADED": "unshelve it first",
    "ERROR": "have it repaired first: nobody knows what its disks hold",
}
_WAIT: Final = "wait until that is over, and start the wave again"
#: Nova keeps so many tags with a server (compute API reference, "Server tags").
_MOST_TAGS: Final = 50


def states(case: Case) -> Iterator[Finding]:
    """Whether each server can be moved from the state that it is in."""
    wanted = _FROM.get(case.mode)
    for each in case.machines if wanted is not None else ():
        if each.task is not None:
            yield refusal(each.subject, f"Nova is busy with it ({each.task})", _WAIT)
        elif each.status not in (wanted or ()):
            remedy = _REMEDIES.get(each.status, _WAIT)
            yield refusal(
                each.subject, f"is {each.status}, and the mode {case.mode} takes no server from there", remedy
            )
        elif each.status == "PAUSED":
            yield warning(each.subject, "is paused, and stays so on its new host: no probe will be answered")
        elif each.status == "SHUTOFF":
            yield warning(each.subject, "is off, and will be where it arrives: whether it works is not seen")


def locks(case: Case) -> Iterator[Finding]:
    """Whether somebody has it locked: another migration, or a person with a reason."""
    for each in case.machines:
        if (reason := case.source.locks.get(each.subject)) is None:
            continue
        other = tagged(reason)
        if other == case.migration.id:
            continue
        if other is not None:
            yield refusal(
                each.subject,
                f"is locked by the migration {other}",
                "end that one first; where it is long gone, unlock the server",
            )
        elif reason and case.mode.within:
            yield warning(
                each.subject, f"is locked, for this reason: {reason}", "nothing: its lock is there again afterwards"
            )
        elif reason:
            yield refusal(
                each.subject, f"is locked, for this reason: {reason}", "ask whoever locked it, and have it unlocked"
            )
        else:
            yield warning(each.subject, "is locked, and nobody said why: it stays so at the source")


def config_drives(case: Case) -> Iterator[Finding]:
    """What becomes of a drive that Nova made for the first start."""
    for each in case.machines:
        if not each.config_drive:
            continue
        if case.mode.copies:
            yield warning(
                each.subject,
                "has a config drive, which is made anew: cloud-init sees another instance, and may run once more",
            )
        elif case.mode is Mode.LIVE:
            yield warning(
                each.subject, "has a config drive: Nova moves it live only where hosts share it or can copy its format"
            )


def room_for_marks(case: Case) -> Iterator[Finding]:
    """Whether each server can bear one more tag, by which it is found again."""
    for each in case.machines if not case.mode.within else ():
        if len(each.tags) >= _MOST_TAGS:
            yield refusal(
                each.subject,
                f"has {len(each.tags)} tags, and the migration has to add one",
                "take one of its tags away",
            )


def changes(planned: Machine, now: Machine | None, mode: Mode) -> Iterator[Finding]:
    """What is not as it was when the migration was planned: with any of it, what was decided was decided about something else."""
    if now is None:
        yield refusal(planned.subject, "was there when the migration was planned, and is not any more", _ANEW)
        return
    for what, before, after in _compared(planned, now, mode):
        if before != after:
            yield refusal(
                planned.subject, f"has changed since the migration was planned: {what}, from {before} to {after}", _ANEW
            )


_ANEW: Final = "end this migration, and start the wave again: it is planned as things are now"


def _compared(before: Machine, after: Machine, mode: Mode) -> Iterator[tuple[str, str, str]]:
    def each(read: object) -> str:
        return str(read) if read not in {None, ""} else "none"

    yield "name", before.name, after.name
    yield "status", before.status, after.status
    yield "flavor", before.flavor, after.flavor
    yield "size", f"{before.vcpus}vCPU/{before.ram}MiB", f"{after.vcpus}vCPU/{after.ram}MiB"
    yield "key pair", each(before.key_pair), each(after.key_pair)
    yield "server group", each(before.server_group), each(after.server_group)
    yield "disks", _disks(before), _disks(after)
    yield "interfaces", _interfaces(before), _interfaces(after)
    if mode.within:
        yield "host", each(before.host), each(after.host)


def _disks(machine: Machine) -> str:
    told = (f"{each.volume or 'image'}={each.size}GiB" for each in sorted(machine.disks, key=lambda one: one.position))
    return ", ".join(told) or "none"


def _interfaces(machine: Machine) -> str:
    told = (
        f"{each.mac} {' '.join(one.address for one in each.addresses)} [{' '.join(each.security_groups)}]"
        for each in machine.interfaces
    )
    return ", ".join(sorted(told)) or "none"
