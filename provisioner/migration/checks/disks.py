"""Disks of the source: that they can be held fast and read, and that nothing of them is left behind unnoticed. Pure."""

from collections.abc import Iterator
from typing import Final

from provisioner.clouds.interface import Usage
from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import WHOLE, Finding, refusal, warning
from provisioner.migration.workload import Disk
from tenants.resources import UNLIMITED, Resource, Service
from tenants.wave import Mode

_IN_USE: Final = "in-use"
_LARGEST: Final = Resource(service=Service.BLOCK_STORAGE, name="per_volume_gigabytes")


def statuses(case: Case) -> Iterator[Finding]:
    """Whether Cinder takes snapshots of each volume now."""
    for disk in _volumes(case):
        known = case.source.volumes.get(disk.volume or "")
        if known is not None and known.status != _IN_USE:
            yield refusal(
                disk.subject, f"the volume is {known.status}, not {_IN_USE}", "have that ended or repaired first"
            )


def sharing(case: Case) -> Iterator[Finding]:
    """A volume that several servers write to has no moment that could be copied."""
    if not case.mode.copies:
        return
    for disk in _volumes(case):
        known = case.source.volumes.get(disk.volume or "")
        if known is not None and known.attachments > 1:
            yield refusal(
                disk.subject,
                f"the volume is attached to {known.attachments} servers, and only one of them could move with it",
                "detach it from all but one",
            )
        elif disk.multiattach:
            yield warning(disk.subject, "the volume can be attached to several servers, as its volume type says")


def encryption(case: Case) -> Iterator[Finding]:
    """Keys of encrypted volumes stay in the key store of their cloud and project (Barbican)."""
    for disk in _volumes(case):
        if disk.encrypted and case.mode.copies:
            yield refusal(
                disk.subject,
                "the volume is encrypted, and its key does not leave its project",
                "have the data moved to a volume of a type that is not encrypted, or move the server within its project",
            )


def beside_volumes(case: Case) -> Iterator[Finding]:
    """Disks that flavors give on the host are neither snapshotted nor copied."""
    for each in case.machines if case.mode.copies else ():
        if each.ephemeral > 0:
            yield refusal(
                each.subject,
                f"the flavor gives it {each.ephemeral} GiB of ephemeral disk, which no copy takes along",
                "move what is on it to a volume, and resize the server to a flavor without",
            )
        if each.swap > 0:
            yield refusal(
                each.subject,
                f"the flavor gives it {each.swap} MiB of swap disk, which no copy takes along",
                "resize it to a flavor without, and let the guest swap to a file or a volume",
            )


def ancestry(case: Case) -> Iterator[Finding]:
    """Snapshots that stay behind, and what volumes were made from."""
    for disk in _volumes(case) if case.mode.copies else ():
        known = case.source.volumes.get(disk.volume or "")
        if known is None:
            continue
        if known.snapshots:
            yield warning(
                disk.subject,
                f"the volume has snapshots, which stay: {', '.join(known.snapshots)}",
                "delete them before the source is to go: Cinder deletes no volume that has any",
            )
        if parent := known.parent_snapshot or known.parent_volume:
            yield warning(disk.subject, f"the volume was made from {parent}: the copy stands on its own")


def largest(case: Case) -> Iterator[Finding]:
    """Whether the target takes volumes of that size."""
    usage = case.target.readings.get(Service.BLOCK_STORAGE, {}).get(_LARGEST)
    for disk in _volumes(case) if not case.mode.within else ():
        if _is_less(usage, disk.size):
            limit = usage.limit if usage else 0
            yield refusal(
                disk.subject,
                f"the volume has {disk.size} GiB, and the target takes volumes of at most {limit} GiB",
                f"raise {_LARGEST.key} of the target's project",
            )


def types(case: Case) -> Iterator[Finding]:
    """Whether the target's project may use the volume types; where a type is private, access has to be given."""
    if case.mode.within:
        return
    offered = {each.name: each for each in case.target.offers.volume_types}
    for disk, bound in case.bound_disks():
        if disk.volume is None or bound.volume_type is None:
            continue
        found = offered.get(bound.volume_type)
        if found is None:
            yield refusal(
                disk.subject,
                f"the target has no volume type called {bound.volume_type}",
                "make it there, or map to another",
            )
        elif not found.public:
            yield warning(
                disk.subject,
                f"the volume type {bound.volume_type} is private: the target's project needs access to it",
                "grant it in the project's landing zone",
            )


def proofs(case: Case) -> Iterator[Finding]:
    """What the proof of what is on the disks takes for a while."""
    from_volumes = sum(disk.size for disk in _volumes(case))
    if case.mode is Mode.CROSS_CLOUD and from_volumes:
        yield warning(
            WHOLE,
            f"for a while the images of {from_volumes} GiB of volumes are kept in both clouds' image stores",
            "where a store is short, move fewer applications at once",
        )


def _volumes(case: Case) -> Iterator[Disk]:
    return (disk for _, disk in case.workload.disks() if disk.volume is not None)


def _is_less(usage: Usage | None, size: int) -> bool:
    return usage is not None and usage.limit != UNLIMITED and usage.limit < size
