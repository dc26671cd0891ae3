"""What Ansible is told about guests in which commands are to run, and what its answers mean. Pure; `command` runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard

from provisioner.clouds.collections import ItemId
from provisioner.playing.hosts import Host, as_it_is
from provisioner.probing.readings import Finding, failed, passed, unknown
from tenants.application import CommandProbe

#: What shells end with where a command cannot be run or is not there (POSIX, 2.8.2).
_SHELLS: Final[Mapping[int, str]] = {126: ": it cannot be run", 127: ": the guest has no such command"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A server and what to run in it."""

    address: str
    #: Nova's id, under which the server's host key is kept: an address may be another server's tomorrow.
    server: ItemId | None
    probe: CommandProbe
    #: Seconds that logging in may take, and then the command.
    seconds: int


def told(guests: Sequence[Guest]) -> Sequence[Host]:
    """The guests as hosts of an inventory, by `host_of` their place in the sequence, with what the role `probe` takes."""
    return [_host(host_of(index), guest) for index, guest in enumerate(guests)]


def host_of(index: int) -> str:
    """The name of a guest in the inventory."""
    return f"check-{index}"


def finding_of(outcome: object, guest: Guest, *, known_hosts: Path) -> Finding:
    """What the role `probe` told, as a finding."""
    if not _is_outcome(outcome):
        return unknown("Ansible could not run it")
    if not outcome["logged_in"]:
        return _outside(str(outcome["login"]), guest, known_hosts)
    return _ended(outcome, guest)


def _ended(outcome: Mapping[str, Any], guest: Guest) -> Finding:
    """How the command itself ended."""
    if outcome["timed_out"]:
        return failed(f"the command did not end within {guest.seconds} s")
    if outcome["broken"]:
        return unknown("the SSH connection broke while the command ran, or the command ended with code 255")
    if (code := outcome["code"]) != 0:
        return failed(f"the command ended with code {code}{_SHELLS.get(code, '')}")
    if not outcome["holds_text"]:
        return failed(f'the command ended with code 0, but its output does not hold "{guest.probe.text}"')
    return passed("code 0" if guest.probe.text is None else f'code 0, with "{guest.probe.text}"')


def _host(alias: str, guest: Guest) -> Host:
    return Host(
        alias=alias,
        address=guest.address,
        server=guest.server,
        user=guest.probe.user,
        # By then SSH gives up by itself, and says what it was waiting for.
        seconds=guest.seconds - 1,
        variables={
            "probe_command": as_it_is(guest.probe.command),
            "probe_text": as_it_is(guest.probe.text or ""),
            "probe_timeout": guest.seconds,
        },
    )


def _is_outcome(outcome: object) -> TypeGuard[Mapping[str, Any]]:
    keys = {"logged_in", "login", "broken", "timed_out", "code", "holds_text"}
    return isinstance(outcome, Mapping) and keys <= outcome.keys()


def _outside(said: str, guest: Guest, known_hosts: Path) -> Finding:
    """Why SSH did not get in, by what it said itself."""
    user = guest.probe.user or "the user that SSH logs in as"
    if "Permission denied" in said or "Too many authentication failures" in said:
        return unknown(
            f"the guest does not let {user} in: it must take the key of TENANTRY_SSH_KEY_FILE or one of the SSH agent's"
        )
    if "Host key verification failed" in said:
        entry = guest.server or guest.address
        return unknown(
            "the guest's host key is not the one that it had before; "
            f"if it was rebuilt, forget the old one: ssh-keygen -R {entry} -f {known_hosts}"
        )
    # After Ansible's own introduction.
    lines = [line.strip() for line in said.rpartition("via ssh: ")[2].splitlines() if line.strip()]
    return unknown(f"no SSH connection: {lines[-1] if lines else 'SSH does not say why'}")
