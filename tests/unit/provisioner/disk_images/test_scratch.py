"""What is in the scratch folder, and who may be there."""

from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.disk_images.errors import ImageBusy, NoRoom
from provisioner.disk_images.folder import Version
from provisioner.disk_images.scratch import Note, Place, place_of, require_room
from provisioner.errors import InputError

SOME = Version(inode=1, size=2, modified=3)
NOTE = Note(file="财政/web.qcow2", source=SOME, source_sha256="ab", sha256="cd", result=replace(SOME, size=512))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where an image is worked on."""
    return place_of(tmp_path / "scratch", NOTE.file)


def test_a_note_is_read_as_it_was_written(place: Place) -> None:
    """And stands for its own image alone."""
    place.write(NOTE)
    assert place.note() == NOTE
    assert place_of(place.folder, "other").note() is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"file": "财政/web.qcow2"}', '{"source": {}, "result": {}}'])
def test_half_a_note_is_none(place: Place, text: str) -> None:
    """Whatever broke off."""
    place.noted.write_text(text, encoding="utf-8")
    assert place.note() is None


def test_two_do_not_work_on_one_image(place: Place) -> None:
    """Until the first has ended; nothing is left of the lock."""
    with place.locked():
        with pytest.raises(ImageBusy, match="财政"), place.locked():
            pass
        with place_of(place.folder, "other").locked():
            pass
    with place.locked():
        pass
    assert not list(place.folder.iterdir())


def test_all_that_there_is_of_an_image_can_be_removed(place: Place) -> None:
    """And nothing of another."""
    other = place_of(place.folder, "other")
    for each in (place, other):
        each.write(NOTE)
        each.raw.touch()
        each.part.touch()
    place.clear()
    assert set(place.folder.iterdir()) == {other.noted, other.raw, other.part}


def test_a_folder_that_others_can_read_is_refused(place: Place) -> None:
    """Whole disks lie there."""
    place.folder.chmod(0o755)
    with pytest.raises(InputError, match="chmod 700"):
        place_of(place.folder, NOTE.file)


def test_a_disk_without_room_is_not_begun(tmp_path: Path) -> None:
    """Before anything is written."""
    require_room(tmp_path, 1)
    with pytest.raises(NoRoom, match="make room"):
        require_room(tmp_path, 2**62)
