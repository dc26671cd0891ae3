"""VHDX images, sound and not."""

from collections.abc import Callable
from uuid import UUID

import pytest

from provisioner.disk_images.inspection.crc32c import crc32c
from provisioner.disk_images.inspection.findings import Inspection
from tests.disk_images import GIB, MIB, Vhdx

PARENT_LOCATOR = UUID("a8d35f2d-b30b-454d-abf7-d3d84834ab0c")
OTHER = UUID("00000000-1111-2222-3333-444444444444")
WRONG = {
    "differencing": (Vhdx(has_parent=True), "Merge-VHD"),
    "parent locator": (Vhdx(items={PARENT_LOCATOR: (b"\\\\server\\base.vhdx", 4)}), "Merge-VHD"),
    "unknown item": (Vhdx(items={OTHER: (b"x", 4)}), "features that are not known"),
    "unknown version": (Vhdx(version=2), "features that are not known"),
    "checksums": (Vhdx(sound=False), "tables are damaged"),
    "block of a byte": (Vhdx(block=1), "tables are damaged"),
    "no block": (Vhdx(block=0), "tables are damaged"),
    "sector of 3": (Vhdx(sector=3), "tables are damaged"),
    "half a sector": (Vhdx(size=GIB + 1), "tables are damaged"),
    "table too short": (Vhdx(size=GIB, block=MIB, bat_length=8), "tables are damaged"),
    "table beyond the end": (Vhdx(bat_length=2 * MIB), "cut off"),
    "too large": (Vhdx(size=2**60), "TENANTRY_DISK_IMAGE_GIB"),
}


def test_checksums_are_those_of_the_standard() -> None:
    """RFC 3720, section B.4: 32 bytes of zeros."""
    assert crc32c(bytes(32)) == 0x8A9136AA


def test_a_sound_image_is_accepted(look: Callable[..., Inspection]) -> None:
    """With its disk's size."""
    found = look(Vhdx(items={OTHER: (b"x", 0)}).image())
    assert (found.refusals, found.notes, found.found, found.virtual_size) == ((), (), "vhdx", GIB)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(look: Callable[..., Inspection], name: str) -> None:
    """With the reason."""
    image, reason = WRONG[name]
    found = look(image.image())
    assert not found.accepted
    assert any(reason in each for each in found.refusals), found.refusals


def test_a_log_that_is_not_empty_is_noted(look: Callable[..., Inspection]) -> None:
    """Whether it has to be written out, qemu-img tells."""
    found = look(Vhdx(log=True).image())
    assert found.accepted
    assert any("log is not empty" in each for each in found.notes)


@pytest.mark.parametrize("length", [8, 64 * 1024, 100_000, 200_000, 2 * MIB, 3 * MIB])
def test_a_file_that_is_cut_off_is_refused(look: Callable[..., Inspection], length: int) -> None:
    """Wherever it ends."""
    assert not look(Vhdx().image()[:length]).accepted
