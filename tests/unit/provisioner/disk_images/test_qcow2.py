"""QCOW2 images, sound and not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from provisioner.disk_images.inspection.findings import Inspection
from tests.disk_images import CLUSTER, GIB, Qcow2

EIB = 1024**6
SOUND = Qcow2()
WRONG = {
    "backing": (Qcow2(backing=b"/etc/passwd"), 'backing file "/etc/passwd"'),
    "backing by json": (Qcow2(backing=b'json:{"file":"/etc/passwd"}'), "backing file"),
    "backing, version 2": (Qcow2(version=2, backing=b"base.qcow2"), "backing file"),
    "data file": (Qcow2(incompatible=4), "external data file"),
    "data file's name alone": (Qcow2(extensions=[(0x44415441, b"/etc/shadow")]), "external data file"),
    "encrypted": (Qcow2(encryption=1), "encrypted"),
    "LUKS": (Qcow2(encryption=2, extensions=[(0x0537BE77, bytes(16))]), "encrypted"),
    "dirty": (Qcow2(incompatible=1), "not closed"),
    "corrupt": (Qcow2(incompatible=2), "marked as corrupt"),
    "unknown feature": (Qcow2(incompatible=1 << 40), "bits 0x10000000000"),
    "version 1": (Qcow2(version=1), "qcow of version 1"),
    "version 4": (Qcow2(version=4), "qcow of version 4"),
    "too large": (Qcow2(size=EIB, l1_entries=2**31), "TENANTRY_DISK_IMAGE_GIB"),
    "absurd L1": (Qcow2(l1_entries=2**32 - 1), "L1 table of 4294967295"),
    "L1 too small": (Qcow2(l1_entries=1), "damaged"),
    "L1 beyond the end": (Qcow2(l1_offset=3 * CLUSTER), "cut off"),
    "L1 not aligned": (Qcow2(l1_offset=2 * CLUSTER + 8), "damaged"),
    "cluster of a byte": (Qcow2(cluster_bits=0), "damaged"),
    "cluster of 4 GiB": (Qcow2(cluster_bits=32), "damaged"),
    "snapshots without end": (Qcow2(snapshots=2**20), "damaged"),
    "no size": (Qcow2(size=0), "no size"),
    "extensions without end": (Qcow2(extensions=[(7, b"")] * 200), "damaged"),
    "extension beyond its cluster": (Qcow2(extensions=[(7, bytes(CLUSTER))]), "damaged"),
}


@pytest.mark.parametrize("version", [2, 3])
def test_a_sound_image_is_accepted(look: Callable[..., Inspection], version: int) -> None:
    """With its disk's size, which is not its file's."""
    found = look(replace(SOUND, version=version).image())
    assert (found.accepted, found.found, found.virtual_size, found.file_size) == (True, "qcow2", GIB, 3 * CLUSTER)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(look: Callable[..., Inspection], name: str) -> None:
    """With the reason."""
    image, reason = WRONG[name]
    found = look(image.image())
    assert not found.accepted
    assert any(reason in each for each in found.refusals), found.refusals


def test_all_reasons_are_told_at_once(look: Callable[..., Inspection]) -> None:
    """Nobody should mend one to learn of the next."""
    found = look(Qcow2(backing=b"base", encryption=1, incompatible=2, size=EIB).image())
    assert len(found.refusals) >= 4


def test_snapshots_are_noted(look: Callable[..., Inspection]) -> None:
    """They are no obstacle, and they do not come along."""
    found = look(Qcow2(snapshots=2).image())
    assert found.accepted
    assert any("2 internal snapshots" in each for each in found.notes)


def test_a_name_in_the_image_is_no_command_to_the_terminal(look: Callable[..., Inspection]) -> None:
    """What is repeated of it is printable, and short."""
    found = look(Qcow2(backing=b"\x1b]0;x\x07" + b"a" * 900).image())
    assert all(each.isprintable() for each in found.refusals)
    assert len(found.refusals[0]) < 400


@pytest.mark.parametrize("length", [4, 60, 72, 100, 110])
def test_a_header_that_is_cut_off_is_refused(look: Callable[..., Inspection], length: int) -> None:
    """Wherever it ends."""
    assert not look(SOUND.image()[:length]).accepted
