"""The OpenStack environment is made from the lock file alone, and known to be whole."""

import re
from pathlib import Path

from devcloud import environment
from devcloud.layout import PACKAGE, Home


def test_every_locked_package_is_pinned_with_hashes() -> None:
    """Each entry names one version and at least one hash, and no index is named."""
    entries = re.split(r"\n(?=\S)", environment.LOCK_FILE.read_text(encoding="utf-8").strip())
    assert len(entries) > 100
    assert all(re.match(r"[A-Za-z0-9._-]+==\S+ ", entry) for entry in entries)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not any("://" in entry for entry in entries)


def test_every_wanted_package_is_locked() -> None:
    """What requirements.in asks for stands in the lock file."""
    locked = environment.LOCK_FILE.read_text(encoding="utf-8")
    wanted = (PACKAGE / "requirements.in").read_text(encoding="utf-8").split()
    assert all(re.search(rf"^{name.partition('==')[0]}==", locked, re.MULTILINE) for name in wanted)


def test_an_environment_without_its_mark_is_made_anew(tmp_path: Path) -> None:
    """A half-done installation has no marker, and is not taken for a whole one."""
    home = Home(root=tmp_path)
    home.venv.mkdir()
    assert not environment.is_current(home)


def test_an_environment_of_another_lock_is_made_anew(tmp_path: Path) -> None:
    """A marker that names another lock file does not count."""
    home = Home(root=tmp_path)
    home.venv.mkdir()
    (home.venv / "devcloud-installed").write_text("another", encoding="utf-8")
    assert not environment.is_current(home)


def test_the_home_can_be_elsewhere(tmp_path: Path) -> None:
    """DEVCLOUD_HOME moves everything that devclouds share."""
    assert Home.locate({"DEVCLOUD_HOME": str(tmp_path)}).venv == tmp_path / "venv"
    assert Home.locate({}).root == PACKAGE.parent / ".devcloud"
