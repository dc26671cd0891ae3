"""One file inspected: which format it is, how large its disk, and every reason not to import it.

Pure over `Excerpts`. The order is that of OpenStack's own inspector (oslo.utils, `imageutils.format_inspector`), whose verdict
Glance, Cinder and Nova will give of the same bytes: a format is told by its bytes, two at once are refused, and each has its own
checks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from provisioner.disk_images.inspection import qcow2, raw, vhdx, vmdk
from provisioner.disk_images.inspection.excerpts import Excerpts, Malformed
from provisioner.disk_images.inspection.findings import Facts, Inspection, in_gib
from provisioner.disk_images.inspection.signatures import Family, Signature, found_in
from tenants.wave import DiskFormat

_READERS: Final[Mapping[DiskFormat, Callable[[Excerpts], Facts]]] = {
    DiskFormat.RAW: raw.read,
    DiskFormat.QCOW2: qcow2.read,
    DiskFormat.VMDK: vmdk.read,
    DiskFormat.VHDX: vhdx.read,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a file has to be."""

    #: As the manifest says; None where it does not.
    format: DiskFormat | None = None
    #: The most bytes that the disk may have.
    largest: int


def inspect(excerpts: Excerpts, expected: Expected) -> Inspection:
    """What the file is. Never raises for anything that is in it."""
    try:
        signatures = found_in(excerpts)
    except Malformed as error:  # only where the limit is below what signatures need
        return Inspection(found="-", format=None, virtual_size=None, file_size=excerpts.size, refusals=(str(error),))
    if len(signatures) > 1 or (signatures and signatures[0].family is not Family.IMPORTED):
        return _not_imported(signatures, excerpts.size)
    found = DiskFormat(signatures[0].name) if signatures else DiskFormat.RAW
    facts = _facts(excerpts, found)
    return Inspection(
        found=found,
        format=found,
        virtual_size=facts.virtual_size,
        file_size=excerpts.size,
        notes=facts.notes,
        refusals=(*_unexpected(found, facts, expected), *facts.refusals),
    )


def _facts(excerpts: Excerpts, found: DiskFormat) -> Facts:
    try:
        return _READERS[found](excerpts)
    except Malformed as error:
        return Facts(refusals=(str(error),))


def _unexpected(found: DiskFormat, facts: Facts, expected: Expected) -> Iterator[str]:
    if expected.format not in {None, found}:
        yield f"it is {found}, and is said to be {expected.format}: write format: {found}, if that is what was meant to come"
    if facts.virtual_size is not None and facts.virtual_size > expected.largest:
        yield (
            f"its disk has {in_gib(facts.virtual_size)} GiB, and at most {in_gib(expected.largest)} GiB are imported: make it "
            f"smaller, or raise TENANTRY_DISK_IMAGE_GIB"
        )
    if facts.virtual_size == 0 and found is not DiskFormat.RAW:
        yield "its disk has no size: fetch it again"


def _not_imported(signatures: Sequence[Signature], size: int) -> Inspection:
    names = " and ".join(each.name for each in signatures)
    refusal = (
        f"it can be taken for {names}, each with another content: fetch it again from a source that is trusted"
        if len(signatures) > 1
        else _why(signatures[0])
    )
    return Inspection(found=names, format=None, virtual_size=None, file_size=size, refusals=(refusal,))


def _why(signature: Signature) -> str:
    match signature.family:
        case Family.PACKED:
            return f"it is packed with {signature.name}: unpack it, and import the disk image that is in it"
        case Family.ENCRYPTED:
            return f"it is encrypted with {signature.name}, and no server boots of it: decrypt it where the key is"
        case Family.OPTICAL:
            return "it is a CD or DVD (ISO 9660 or UDF), and no disk: install from it, and import the disk that comes of it"
        case _:
            return (
                f"it is {signature.name}, and qcow2, raw, vmdk and vhdx are imported: convert it where it comes from: qemu-img convert -f "
                f"{signature.name} -O qcow2 FILE NEW.qcow2"
            )
