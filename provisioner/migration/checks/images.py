"""The image stores by which disks travel, and what images ask of the hosts that boot them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import WHOLE, Finding, refusal, warning
from provisioner.migration.source import ImageRoom
from provisioner.migration.workload import Disk
from tenants.wave import Mode

_MIB_IN_GIB: Final = 1024
#: Properties that not every cloud has hosts, or software, for (Glance, "Useful image properties").
_DEMANDING: Final[Mapping[str, frozenset[str]]] = {
    "hw_firmware_type": frozenset({"uefi"}),
    "hw_scsi_model": frozenset({"virtio-scsi"}),
    "os_secure_boot": frozenset({"required", "optional"}),
}
_ANY_VALUE: Final = frozenset({"hw_machine_type", "hw_mem_encryption", "hw_tpm_version", "img_hv_type"})


def reachable(case: Case) -> Iterator[Finding]:
    """Whether what the disks travel by answers."""
    for service, why in sorted(case.source.unreachable.items()):
        yield refusal(WHOLE, f"the service {service} of cloud {case.workload.cloud} cannot be used: {why}", _HAVE_IT)
    for service, why in sorted(case.target.offers.unread.items()):
        yield refusal(WHOLE, f"the service {service} of cloud {case.target.cloud} cannot be used: {why}", _HAVE_IT)


_HAVE_IT: Final = "have its operators see to it"


def room(case: Case) -> Iterator[Finding]:
    """Whether the image stores take the images, as far as they tell."""
    if not case.mode.copies:
        return
    disks = [disk for _, disk in case.workload.disks()]
    at_source = disks if case.mode is Mode.CROSS_CLOUD else [each for each in disks if each.volume is None]
    yield from _fits(case.workload.cloud, at_source, case.source.image_room)
    if case.mode is Mode.CROSS_CLOUD:
        yield from _fits(case.target.cloud, disks, case.target.image_room)


def properties(case: Case) -> Iterator[Finding]:
    """What the guests' disks ask of whatever boots them."""
    if case.mode.within:
        return
    for each in case.machines:
        asked = sorted(_asked(each.root.image_properties if each.root is not None else {}))
        if asked:
            yield warning(
                each.subject,
                f"needs hosts that can do this at the target: {', '.join(asked)}",
                "ask the cloud's operators, unless such servers run there already",
            )


def originals(case: Case) -> Iterator[Finding]:
    """An image that is gone tells nothing of how its servers boot."""
    for each in case.machines if case.mode.copies else ():
        if each.image_id is not None and each.image is None:
            yield warning(
                each.subject, "the image that it was made from is gone, and with it what that said of how it boots"
            )


def _asked(found: Mapping[str, str]) -> Iterator[str]:
    for key, value in found.items():
        if key in _ANY_VALUE or value.lower() in _DEMANDING.get(key, ()):
            yield f"{key}={value}"


def _fits(cloud: str, disks: list[Disk], room: ImageRoom | None) -> Iterator[Finding]:
    size = sum(each.size for each in disks) * _MIB_IN_GIB
    if room is None or not disks:
        return
    if room.size_left is not None and room.size_left < size:
        yield refusal(
            WHOLE,
            f"the images of its disks take {size} MiB, and the image store of cloud {cloud} has {room.size_left} MiB left "
            "for the project",
            "raise image_size_total there, or delete images",
        )
    if room.count_left is not None and room.count_left < len(disks):
        yield refusal(
            WHOLE,
            f"the disks become {len(disks)} images, and the image store of cloud {cloud} takes {room.count_left} more of "
            "the project",
            "raise image_count_total there, or delete images",
        )
