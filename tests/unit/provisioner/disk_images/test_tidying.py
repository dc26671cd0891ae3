"""What is removed from the scratch folder, and what stays there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.disk_images.scratch import Place, place_of
from provisioner.disk_images.tidying import tidy
from provisioner.errors import InputError


def _left(scratch: Path, file: str) -> Place:
    """What a process leaves that dies at a disk image."""
    place = place_of(scratch, file)
    for each in (place.raw, place.part, place.noted, scratch / f"{place.key}.draft", scratch / f"{place.key}.lock"):
        each.touch()
    return place


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder, closed to others."""
    folder = tmp_path / "scratch"
    folder.mkdir(mode=0o700)
    return folder


def test_what_nobody_wants_goes(scratch: Path) -> None:
    """With its notes and locks; what somebody wants stays, and so does what was never ours."""
    _left(scratch, "财政/web.qcow2")
    wanted = _left(scratch, "财政/db.qcow2")
    (scratch / "读我.txt").touch()
    (scratch / f"{wanted.key}.bak").touch()
    assert tidy(scratch, lambda: ["财政/db.qcow2"]) == 1
    assert {each.name.partition(".")[0] for each in scratch.iterdir()} == {wanted.key, "读我"}


def test_what_somebody_is_at_stays(scratch: Path) -> None:
    """Until they have ended."""
    place = _left(scratch, "web.qcow2")
    with place.locked():
        assert tidy(scratch, list) == 0
        assert place.raw.exists()
    assert tidy(scratch, list) == 1
    assert list(scratch.iterdir()) == []


def test_what_somebody_comes_to_want_meanwhile_stays(scratch: Path) -> None:
    """Between the first question and the lock."""
    place = _left(scratch, "web.qcow2")
    answers: Iterator[list[str]] = iter([[], ["web.qcow2"]])
    assert tidy(scratch, lambda: next(answers)) == 0
    assert place.raw.exists()


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    """And is not made."""
    assert tidy(tmp_path / "scratch", list) == 0
    assert not (tmp_path / "scratch").exists()


def test_nothing_is_removed_from_a_folder_that_is_open_to_others(scratch: Path) -> None:
    """Somebody else may have put it there."""
    place = _left(scratch, "web.qcow2")
    scratch.chmod(0o755)
    with pytest.raises(InputError, match="chmod 700"):
        tidy(scratch, list)
    assert place.raw.exists()
