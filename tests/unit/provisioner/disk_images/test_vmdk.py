"""VMDK images, sound and not."""

from collections.abc import Callable

import pytest

from provisioner.disk_images.inspection.findings import Inspection
from tests.disk_images import DESCRIPTOR, MIB, Vmdk

EXTENT = 'RW 2048 SPARSE "web.vmdk"'
STREAM = DESCRIPTOR.replace("monolithicSparse", "streamOptimized")


def _with(old: str, new: str) -> Vmdk:
    assert old in DESCRIPTOR
    return Vmdk(descriptor=DESCRIPTOR.replace(old, new))


WRONG = {
    "extent elsewhere": (_with('"web.vmdk"', '"/etc/passwd"'), "/etc/passwd"),
    "extent in another folder": (_with('"web.vmdk"', '"..\\\\x.vmdk"'), "beside itself"),
    "extent by protocol": (_with('"web.vmdk"', '"nbd:host:1"'), "beside itself"),
    "flat extent": (_with(EXTENT, 'RW 2048 FLAT "/dev/sda" 0'), "beside itself"),
    "two extents": (_with(EXTENT, f'{EXTENT}\nRW 2048 FLAT "/etc/passwd" 0'), "/etc/passwd"),
    "no extent": (_with(EXTENT, ""), "beside itself"),
    "extent of another size": (_with("RW 2048", "RW 4096"), "differ in the disk's size"),
    "monolithicFlat": (_with("monolithicSparse", "monolithicFlat"), '"monolithicFlat"'),
    "twoGbMaxExtentSparse": (_with("monolithicSparse", "twoGbMaxExtentSparse"), '"twoGbMaxExtentSparse"'),
    "two kinds": (_with("version=1", 'version=1\ncreateType="monolithicFlat"'), "not known to be harmless"),
    "no kind": (_with("createType", "kind"), "not known to be harmless"),
    "parent": (_with("parentCID=ffffffff", "parentCID=12345678"), "differs from its parent"),
    "parent's name": (
        _with("CID=58c2be86", 'CID=58c2be86\nparentFileNameHint="/etc/passwd"'),
        "differs from its parent",
    ),
    "parent's name in a comment": (_with("#DDB", '#parentFileNameHint="/etc/passwd"'), "differs from its parent"),
    "tracking file": (_with("version=1", 'version=1\nchangeTrackPath="/etc/x"'), "not known to be harmless"),
    "what nobody knows": (_with("version=1", "version=1\nopen /etc/passwd"), "not known to be harmless"),
    "no text": (_with("web.vmdk", "w\xff\xfe.vmdk"), "no text"),
    "descriptor elsewhere": (Vmdk(descriptor_at=2), "damaged"),
    "descriptor without end": (Vmdk(descriptor=DESCRIPTOR.ljust(20 * 512, "#")), "descriptor has no end"),
    "no capacity": (Vmdk(capacity=0), "damaged"),
    "as text": (Vmdk(line_ends=b"\n \n\n"), "line ends"),
    "footer of another disk": (Vmdk(descriptor=STREAM, footer=4096), "two different disks"),
    "too large": (Vmdk(capacity=2**60), "TENANTRY_DISK_IMAGE_GIB"),
}
SOUND = {
    "monolithicSparse": Vmdk(),
    "streamOptimized": Vmdk(descriptor=STREAM),
    "streamOptimized with a footer": Vmdk(descriptor=STREAM, footer=2048),
    "read only, in upper case": _with(EXTENT, 'RDONLY 2048 SPARSE "WEB 1.VMDK"'),
    "with Windows' line ends": Vmdk(descriptor=DESCRIPTOR.replace("\n", "\r\n")),
}


@pytest.mark.parametrize("name", SOUND)
def test_one_file_of_its_own_is_accepted(look: Callable[..., Inspection], name: str) -> None:
    """In both subformats."""
    found = look(SOUND[name].image())
    assert (found.refusals, found.found, found.virtual_size) == ((), "vmdk", MIB)


@pytest.mark.parametrize("name", WRONG)
def test_what_leads_elsewhere_or_is_wrong_is_refused(look: Callable[..., Inspection], name: str) -> None:
    """With the reason."""
    image, reason = WRONG[name]
    found = look(image.image())
    assert not found.accepted
    assert any(reason in each for each in found.refusals), found.refusals


@pytest.mark.parametrize("text", [DESCRIPTOR, "\n\n# a\n" + DESCRIPTOR, "VERSION = 1\n", "COWD"])
def test_what_only_describes_a_disk_is_refused(look: Callable[..., Inspection], text: str) -> None:
    """Its data is in other files, of whoever's machine it comes to."""
    found = look(text.encode().ljust(1024, b"\n"))
    assert (found.accepted, found.found) == (False, "vmdk")
    assert "in other files" in found.refusals[0]


def test_a_stream_that_is_cut_off_is_refused(look: Callable[..., Inspection]) -> None:
    """Its footer is missing."""
    found = look(Vmdk(descriptor=STREAM, footer=2048).image()[:-512])
    assert any("cut off" in each for each in found.refusals)


def test_what_was_not_closed_is_noted(look: Callable[..., Inspection]) -> None:
    """It may still be whole: the check of its tables tells."""
    assert "it was not closed properly" in look(Vmdk(unclean=1).image()).notes
