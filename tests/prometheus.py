"""Prometheus and promtool as Debian packages them: fetched and unpacked, never installed, and kept for the next run."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from devcloud.environment import exclusive
from devcloud.layout import Home

#: Debian's package of both programs; `.ci/run` has the machine know where it is.
PACKAGE: Final = "prometheus"
_PROGRAMS: Final = ("promtool", "prometheus")
_PATIENCE_S: Final = 300


class Unavailable(Exception):
    """The programs cannot be had here, and why."""


def folder() -> Path:
    """The folder that holds `promtool` and `prometheus`: the machine's own, or unpacked in the devcloud's home.

    Raises Unavailable, with the reason.
    """
    own = shutil.which("promtool"), shutil.which("prometheus")
    if own[0] and own[1] and Path(own[0]).parent == Path(own[1]).parent:
        return Path(own[0]).parent
    kept = Home.locate().root / "prometheus"
    kept.mkdir(parents=True, exist_ok=True)
    with exclusive(kept / "fetch.lock"):
        programs = kept / "tree" / "usr" / "bin"
        if not all((programs / name).exists() for name in _PROGRAMS):
            _fetch(kept)
        return programs


def _fetch(kept: Path) -> None:
    draft = kept / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    _run(["apt-get", "download", PACKAGE], draft)
    package = next(draft.glob("*.deb"))
    _run(["dpkg", "-x", str(package), "tree"], draft)
    shutil.rmtree(kept / "tree", ignore_errors=True)
    (draft / "tree").rename(kept / "tree")
    shutil.rmtree(draft)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is not here") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{' '.join(command)} does not end") from error
    if done.returncode:
        raise Unavailable(f"{' '.join(command)} ended with {done.returncode}: {' '.join(done.stderr.split())}")


@pytest.fixture(scope="session")
def prometheus_tools() -> Path:
    """The folder of `promtool` and `prometheus`; skipped, with the reason, where Debian's package cannot be had."""
    try:
        return folder()
    except Unavailable as error:
        pytest.skip(f"Prometheus cannot be had here: {error}; on Debian, run apt-get update")
