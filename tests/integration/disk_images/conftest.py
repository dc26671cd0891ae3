"""Disk images as qemu-img writes them, all of one disk, and a workshop to import them."""

import hashlib
import random
import shutil
from pathlib import Path

import pytest

from provisioner.disk_images.preparing import Workshop
from tests.disk_images import MIB
from tests.qemu_images import SIZE, Images


@pytest.fixture(scope="session", autouse=True)
def qemu_img() -> str:
    """The tool; skipped, with the reason, where it is missing."""
    found = shutil.which("qemu-img")
    if found is None:
        pytest.skip("qemu-img is missing: apt install qemu-utils")
    return found


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """The disk, raw: mostly zeros, with bytes here and there, in the last sector too. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("disk-images")
    source = random.Random(7)  # noqa: S311  # any bytes will do
    with (folder / "disk.raw").open("wb") as stream:
        stream.truncate(SIZE)
        for offset in (0, 5 * MIB + 512, 33 * MIB, SIZE - 512):
            stream.seek(offset)
            stream.write(source.randbytes(min(700_000, SIZE - offset)))
    return Images(folder, hashlib.sha256((folder / "disk.raw").read_bytes()).hexdigest())


@pytest.fixture
def images(written: Images, tmp_path: Path) -> Images:
    """A folder of one's own that has the raw disk."""
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "disk.raw").hardlink_to(written.folder / "disk.raw")
    return Images(folder, written.sha256)


@pytest.fixture
def workshop(images: Images, tmp_path: Path) -> Workshop:
    """Where they are imported."""
    return Workshop(images=images.folder, scratch=tmp_path / "scratch", largest=1024 * 1024 * MIB)
