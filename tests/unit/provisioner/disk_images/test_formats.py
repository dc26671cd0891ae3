"""Which format a file is, whatever it is called and said to be."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.disk_images.inspection.excerpts import MOST_READ, Excerpts, excerpts_of
from provisioner.disk_images.inspection.findings import Inspection, in_gib
from provisioner.disk_images.inspection.inspect import Expected, inspect
from tenants.wave import DiskFormat
from tests.disk_images import MIB, Qcow2, Vhdx, Vmdk

#: Formats that are not imported: some of the bytes, and the offset.
OTHERS = {
    "qed": (0, b"QED\0"),
    "vdi": (0x40, b"\x7f\x10\xda\xbe"),
    "vpc": (MIB - 512, b"conectix"),
    "parallels": (0, b"WithoutFreeSpace"),
    "dmg": (MIB - 512, b"koly"),
    "luks": (0, b"LUKS\xba\xbe"),
    "iso": (0x8001, b"CD001"),
    "gzip": (0, b"\x1f\x8b\x08"),
    "xz": (0, b"\xfd7zXZ\0"),
    "zip": (0, b"PK\x03\x04"),
    "tar": (257, b"ustar"),
}
IMAGES = {"qcow2": Qcow2().image(), "vmdk": Vmdk().image(), "vhdx": Vhdx().image()}


def put(content: bytes, offset: int, data: bytes) -> bytes:
    """The content with other bytes at an offset."""
    return content[:offset] + data + content[offset + len(data) :]


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_are_refused_by_name(look: Callable[..., Inspection], name: str) -> None:
    """Also where the manifest calls them raw."""
    offset, mark = OTHERS[name]
    found = look(put(bytes(MIB), offset, mark), DiskFormat.RAW)
    assert (found.accepted, found.found, found.format) == (False, name, None)


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_said_must_be_what_is_found(look: Callable[..., Inspection], name: str) -> None:
    """A raw disk that begins as another format is that format: whoever opened it would be told so by its bytes."""
    found = look(IMAGES[name], DiskFormat.RAW)
    assert (found.accepted, found.found) == (False, name)
    assert any(f"write format: {name}" in each for each in found.refusals)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("other", ["iso", "vpc"])
def test_two_formats_at_once_are_refused(look: Callable[..., Inspection], name: str, other: str) -> None:
    """Each reader would see another disk."""
    content = IMAGES[name].ljust(4 * MIB, b"\0")
    offset = 0x8001 if other == "iso" else len(content) - 512
    found = look(put(content, offset, OTHERS[other][1]))
    assert not found.accepted
    assert {name, other} <= set(found.found.split(" and "))


def test_a_disk_that_is_a_cd_too_is_no_raw_disk(look: Callable[..., Inspection]) -> None:
    """Installers are written so: MBR, GPT and ISO 9660 in one."""
    content = put(put(put(bytes(MIB), 510, b"\x55\xaa"), 512, b"EFI PART"), 0x8001, b"CD001")
    assert look(content).found == "iso"


@pytest.mark.parametrize(
    ("offset", "mark", "note"), [(510, b"\x55\xaa", "MBR"), (512, b"EFI PART", "GPT"), (0, b"", "no partition table")]
)
def test_a_raw_disk_is_accepted(look: Callable[..., Inspection], offset: int, mark: bytes, note: str) -> None:
    """With a note of how it is divided."""
    found = look(put(bytes(MIB), offset, mark), DiskFormat.RAW)
    assert (found.accepted, found.virtual_size) == (True, MIB)
    assert note in found.notes[0]


@pytest.mark.parametrize("content", [b"", b"x", bytes(513)])
def test_a_raw_disk_has_whole_sectors(look: Callable[..., Inspection], content: bytes) -> None:
    """What has not was cut off, or is no disk."""
    assert not look(content).accepted


def test_a_qcow2_inside_a_raw_disk_is_its_guests_affair(look: Callable[..., Inspection]) -> None:
    """Only at the beginning would it be taken for the disk."""
    assert look(put(bytes(MIB), 64 * 1024, b"QFI\xfb")).found == "raw"


@given(st.sampled_from(sorted(IMAGES)), st.lists(st.tuples(st.integers(0, 300_000), st.binary(max_size=16))), st.data())
@settings(max_examples=150, deadline=None)
def test_no_image_breaks_the_look(name: str, changes: list[tuple[int, bytes]], data: st.DataObject) -> None:
    """Whatever is changed in it and wherever it ends, there is an answer, from few of its bytes."""
    content = IMAGES[name]
    for offset, piece in changes:
        content = put(content, offset % len(content), piece)
    content = content[: data.draw(st.sampled_from([len(content), 100, 1000, 70_000, 199_999]))]
    read = 0

    def counted(offset: int, length: int) -> bytes:
        nonlocal read
        read += length
        return content[offset : offset + length]

    found = inspect(Excerpts(counted, len(content)), Expected(largest=MIB))
    assert read <= MOST_READ
    assert found.accepted or found.refusals


@given(st.sampled_from([b"QFI\xfb", b"KDMV", b"vhdxfile", b"version=1", b""]), st.binary(max_size=4096))
@settings(deadline=None)
def test_any_bytes_can_be_looked_at(mark: bytes, rest: bytes) -> None:
    """Those that begin as an image too."""
    found = inspect(excerpts_of(mark + rest), Expected(largest=MIB))
    assert found.accepted or found.refusals


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0"), (1, "0.001"), (2**29, "0.5"), (40 * 2**30, "40"), (2**60, "1,073,741,824")]
)
def test_sizes_are_short(size: int, text: str) -> None:
    """In GiB."""
    assert in_gib(size) == text
