"""Files of the operators' folder, and no others."""

import os
from pathlib import Path

import pytest

from provisioner.disk_images.folder import anywhere, in_folder
from provisioner.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an image, and one beside it that is nobody's business."""
    images = tmp_path / "images"
    (images / "finance").mkdir(parents=True)
    (images / "finance" / "财政.raw").write_bytes(b"disk")
    (tmp_path / "secret").write_bytes(b"secret")
    return images


def test_a_file_below_the_folder_is_read(folder: Path) -> None:
    """By its path, in any language."""
    with in_folder(folder, "finance/财政.raw") as file:
        assert (file.read(0, 10), file.read(2, 1), file.version.size) == (b"disk", b"s", 4)


@pytest.mark.parametrize("path", ["../secret", "finance/../../secret", "/etc/passwd", "", ".", "finance//x", "a\0b"])
def test_no_path_leads_out(folder: Path, path: str) -> None:
    """However it is written."""
    with pytest.raises(InputError, match="no path below the folder"), in_folder(folder, path):
        pass


@pytest.mark.parametrize("target", ["../secret", "finance/财政.raw", "/etc/passwd"])
def test_no_link_is_followed(folder: Path, target: str) -> None:
    """Wherever it leads."""
    (folder / "link.raw").symlink_to(target)
    with pytest.raises(InputError, match="symbolic link"), in_folder(folder, "link.raw"):
        pass


def test_no_folder_that_is_a_link_is_followed(folder: Path) -> None:
    """Neither on the way."""
    (folder / "there").symlink_to(folder.parent)
    with pytest.raises(InputError, match=r"symbolic link \(there\)"), in_folder(folder, "there/secret"):
        pass


def test_what_is_no_file_is_not_read(folder: Path) -> None:
    """And nobody waits for what comes out of a pipe."""
    os.mkfifo(folder / "pipe")
    for name in ("pipe", "finance"):
        with pytest.raises(InputError, match="no regular file"), in_folder(folder, name):
            pass
    with pytest.raises(InputError, match="no regular file"), anywhere(Path("/dev/zero")):
        pass


def test_what_is_missing_is_named(folder: Path) -> None:
    """The file, or the setting."""
    with pytest.raises(InputError, match="there is no disk image web"), in_folder(folder, "web"):
        pass
    with pytest.raises(InputError, match="set TENANTRY_DISK_IMAGES"), in_folder(None, "web"):
        pass


def test_a_file_that_is_exchanged_stays_the_one_that_was_opened(folder: Path) -> None:
    """It is used by its descriptor."""
    path = folder / "finance" / "财政.raw"
    with in_folder(folder, "finance/财政.raw") as file:
        path.unlink()
        path.write_bytes(b"other")
        assert file.read(0, 10) == b"disk"


def test_a_file_that_is_written_to_is_noticed(folder: Path) -> None:
    """By its size and time."""
    with in_folder(folder, "finance/财政.raw") as file:
        assert file.unchanged
        with (folder / "finance" / "财政.raw").open("ab") as stream:
            stream.write(b"more")
        assert not file.unchanged
