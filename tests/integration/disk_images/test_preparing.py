"""Images that qemu-img wrote become the disk that they were written of; those that lie or are broken do not."""

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provisioner.disk_images.errors import ImageChanged, ImageRefused, NoRoom, PreparationStopped
from provisioner.disk_images.preparing import Conduct, Phase, Progress, Wanted, Workshop, discard, opened, prepare
from tenants.wave import DiskFormat
from tests.disk_images import DESCRIPTOR, Qcow2, Vhdx, Vmdk
from tests.qemu_images import SIZE, Images, run

FORMATS = {
    "plain.qcow2": ("qcow2",),
    "old.qcow2": ("qcow2", "-o", "compat=0.10"),
    "packed.qcow2": ("qcow2", "-c"),
    "old-packed.qcow2": ("qcow2", "-c", "-o", "compat=0.10"),
    "zstd.qcow2": ("qcow2", "-c", "-o", "compression_type=zstd"),
    "extended.qcow2": ("qcow2", "-o", "extended_l2=on,cluster_size=128k"),
    "sparse.vmdk": ("vmdk", "-o", "subformat=monolithicSparse"),
    "stream.vmdk": ("vmdk", "-o", "subformat=streamOptimized"),
    "dynamic.vhdx": ("vhdx",),
    "fixed.vhdx": ("vhdx", "-o", "subformat=fixed"),
}
CUT = ("plain.qcow2", "packed.qcow2", "sparse.vmdk", "stream.vmdk", "dynamic.vhdx")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_becomes_the_same_disk(images: Images, workshop: Workshop, name: str) -> None:
    """By its hash, as noted and as read again; zeros take no room."""
    images.write(name, *FORMATS[name])
    disk = prepare(Wanted(file=name), workshop, Conduct())
    assert (disk.size, disk.sha256, disk.format) == (SIZE, images.sha256, name.rpartition(".")[2])
    with opened(disk, workshop) as content:
        assert hashlib.sha256(b"".join(content.read())).hexdigest() == images.sha256
        assert sum(each.length for each in content.extents()) < SIZE // 4


def test_a_raw_disk_is_read_where_it_is(images: Images, workshop: Workshop) -> None:
    """Nothing is written twice, but it is hashed and noted."""
    disk = prepare(Wanted(file="disk.raw", format=DiskFormat.RAW, sha256=images.sha256.upper()), workshop, Conduct())
    assert (disk.sha256, disk.source_sha256) == (images.sha256, images.sha256)
    with opened(disk, workshop) as content:
        assert hashlib.sha256(b"".join(content.read())).hexdigest() == images.sha256
    assert [each.suffix for each in workshop.scratch.iterdir()] == [".json"]


@pytest.mark.parametrize("name", CUT)
def test_an_image_that_is_cut_off_is_refused(images: Images, workshop: Workshop, name: str) -> None:
    """qemu-img alone would take what is missing for zeros, and be content."""
    path = images.write(name, *FORMATS[name])
    os.truncate(path, path.stat().st_size * 2 // 3)
    with pytest.raises(ImageRefused, match="cut off"):
        prepare(Wanted(file=name), workshop, Conduct())
    assert not list(workshop.scratch.iterdir())


def test_images_that_lead_elsewhere_are_refused(images: Images, workshop: Workshop) -> None:
    """Those that tools write, before any tool reads them."""
    folder = images.folder
    run("qemu-img", "create", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", str(folder / "backing"), "1M")
    run("qemu-img", "create", "-f", "qcow2", "-o", f"data_file={folder}/data", str(folder / "data-file"), "1M")
    run("qemu-img", "create", "-f", "vmdk", "-o", "subformat=monolithicFlat", str(folder / "flat"), "1M")
    run("qemu-img", "create", "-f", "vmdk", "-o", "subformat=twoGbMaxExtentSparse", str(folder / "many"), "1M")
    (folder / "extent").write_bytes(Vmdk(descriptor=DESCRIPTOR.replace("web.vmdk", "/etc/passwd")).image())
    (folder / "differencing").write_bytes(Vhdx(has_parent=True).image())
    (folder / "eib").write_bytes(Qcow2(size=2**60, l1_entries=2**21).image())
    for name in ("backing", "data-file", "flat", "many", "extent", "differencing", "eib"):
        with pytest.raises(ImageRefused, match=f"{name} is not imported"):
            prepare(Wanted(file=name), workshop, Conduct())
    assert not list(workshop.scratch.iterdir())


def test_what_is_written_by_hand_is_what_tools_write(images: Images) -> None:
    """The sound headers of the unit tests are read by qemu-img with the same size: what they show holds for real ones."""
    for name, image, form in (("q", Qcow2(), "qcow2"), ("m", Vmdk(), "vmdk"), ("x", Vhdx(), "vhdx")):
        path = images.folder / name
        path.write_bytes(image.image())
        told = subprocess.run(
            ["qemu-img", "info", "-f", form, "--output", "json", str(path)], check=True, capture_output=True
        )
        assert json.loads(told.stdout)["virtual-size"] == (2048 * 512 if form == "vmdk" else 2**30)


def test_another_hash_than_the_manifests_is_refused(images: Images, workshop: Workshop) -> None:
    """Before anything is converted, and after as well."""
    images.write("plain.qcow2", "qcow2")
    for _ in range(2):
        with pytest.raises(ImageRefused, match="its SHA-256 is"):
            prepare(Wanted(file="plain.qcow2", sha256="0" * 64), workshop, Conduct())
        prepare(Wanted(file="plain.qcow2"), workshop, Conduct())


def test_what_is_finished_is_not_done_again(images: Images, workshop: Workshop) -> None:
    """Not even hashed; all is told the first time, in order."""
    images.write("packed.qcow2", *FORMATS["packed.qcow2"])
    told: list[Progress] = []
    first = prepare(Wanted(file="packed.qcow2"), workshop, Conduct(heard=told.append))
    assert list(dict.fromkeys(each.phase for each in told)) == [Phase.HASHING, Phase.CONVERTING, Phase.VERIFYING]
    assert all(each.done <= each.total for each in told)
    told.clear()
    assert (prepare(Wanted(file="packed.qcow2"), workshop, Conduct(heard=told.append)), told) == (first, [])


def test_an_image_that_changed_is_done_again(images: Images, workshop: Workshop) -> None:
    """And what was made of the old one is not read for it."""
    path = images.write("plain.qcow2", "qcow2")
    disk = prepare(Wanted(file="plain.qcow2"), workshop, Conduct())
    run("qemu-io", "-f", "qcow2", "-c", "write -P 7 10M 64k", str(path))
    again = prepare(Wanted(file="plain.qcow2"), workshop, Conduct())
    assert again.sha256 != disk.sha256
    with pytest.raises(ImageChanged), opened(disk, workshop):
        pass


def test_a_disk_that_somebody_changed_in_the_scratch_folder_is_made_again(images: Images, workshop: Workshop) -> None:
    """It is not what was hashed."""
    images.write("plain.qcow2", "qcow2")
    disk = prepare(Wanted(file="plain.qcow2"), workshop, Conduct())
    (raw,) = workshop.scratch.glob("*.raw")
    raw.write_bytes(b"other")
    with pytest.raises(ImageChanged), opened(disk, workshop):
        pass
    assert prepare(Wanted(file="plain.qcow2"), workshop, Conduct()).sha256 == images.sha256


def test_nothing_is_left_of_what_was_stopped(images: Images, workshop: Workshop) -> None:
    """Nor of the child."""
    images.write("plain.qcow2", "qcow2")
    phases: list[Phase] = []
    conduct = Conduct(heard=lambda told: phases.append(told.phase), stopped=lambda: Phase.CONVERTING in phases)
    with pytest.raises(PreparationStopped):
        prepare(Wanted(file="plain.qcow2"), workshop, conduct)
    assert not list(workshop.scratch.iterdir())


def test_what_is_done_with_can_be_discarded(images: Images, workshop: Workshop) -> None:
    """Once it is in the cloud."""
    images.write("plain.qcow2", "qcow2")
    prepare(Wanted(file="plain.qcow2"), workshop, Conduct())
    discard("plain.qcow2", workshop)
    assert not list(workshop.scratch.iterdir())


def test_a_disk_without_room_is_refused_before_it_is_written(images: Images, tmp_path: Path) -> None:
    """Up to its whole size, however little is in it."""
    run("qemu-img", "create", "-f", "qcow2", str(images.folder / "huge.qcow2"), "100T")
    workshop = Workshop(images=images.folder, scratch=tmp_path / "scratch", largest=2**50)
    with pytest.raises(NoRoom):
        prepare(Wanted(file="huge.qcow2"), workshop, Conduct())


WORKER = """
import sys
from pathlib import Path
from provisioner.disk_images.preparing import Conduct, Phase, Wanted, Workshop, prepare
def heard(told):
    if told.phase is Phase[sys.argv[3]]:
        print("there", flush=True)
        sys.stdin.read()
prepare(Wanted(file="plain.qcow2"), Workshop(images=Path(sys.argv[1]), scratch=Path(sys.argv[2]), largest=2**40), Conduct(heard=heard))
"""


@pytest.mark.parametrize("phase", ["HASHING", "CONVERTING", "VERIFYING"])
def test_after_a_kill_another_makes_the_disk(images: Images, workshop: Workshop, phase: str) -> None:
    """At once: neither a lock nor a child nor half a disk is in the way."""
    images.write("plain.qcow2", "qcow2")
    command = (sys.executable, "-c", WORKER, str(images.folder), str(workshop.scratch), phase)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"there\n"
        worker.send_signal(signal.SIGKILL)
    _until_unlocked(workshop)
    disk = prepare(Wanted(file="plain.qcow2"), workshop, Conduct())
    assert disk.sha256 == images.sha256
    assert sorted(each.suffix for each in workshop.scratch.iterdir()) == [".json", ".raw"]


def _until_unlocked(workshop: Workshop) -> None:
    """The kernel ends the child in its own time, and takes the lock from it last: the child has no command line any more by then."""
    until = time.monotonic() + 30
    (lock,) = workshop.scratch.glob("*.lock")
    while not _is_free(lock):
        assert time.monotonic() < until
        time.sleep(0.05)


def _is_free(lock: Path) -> bool:
    with lock.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
