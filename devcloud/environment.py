"""Installs OpenStack into an environment of its own, from the lock file, once.

The environment is complete when its marker holds the digest of what it was made from; anything else (none, half done,
another lock) is made anew. A file lock lets concurrent starts wait for the one that installs.
"""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from devcloud.errors import DevcloudError
from devcloud.layout import PACKAGE, Home

Progress = Callable[[str], None]
"""Told one line for each stage of long work."""

LOCK_FILE: Final = PACKAGE / "requirements.lock"
"""The full closure of what the services need, pinned, with hashes."""

_PYTHON: Final = (3, 11)
_MARKER: Final = "devcloud-installed"
_ENTRY_POINTS: Final = """\
[neutron.ml2.mechanism_drivers]
devcloud = devcloud.services.portbinding:PortBinding
"""
_METADATA: Final = "Metadata-Version: 2.1\nName: devcloud-entry-points\nVersion: 1\n"


def ensure(home: Home, progress: Progress) -> None:
    """Install the OpenStack environment unless it is there, complete and current.

    Raises:
        DevcloudError: the running Python is not 3.11, or the packages could not be installed.
    """
    if sys.version_info[:2] != _PYTHON:
        wanted = ".".join(map(str, _PYTHON))
        raise DevcloudError(f"the devcloud's packages are locked for Python {wanted}, and this is {sys.version}")
    home.root.mkdir(parents=True, exist_ok=True)
    with exclusive(home.root / "install.lock", waiting=lambda: progress("waiting for another installation to end")):
        if not is_current(home):
            _install(home, progress)
    _link_code(home)


def is_current(home: Home) -> bool:
    """Return whether the environment is complete and made from this lock file."""
    try:
        return (home.venv / _MARKER).read_text(encoding="utf-8") == _digest()
    except FileNotFoundError:
        return False


def code_path(home: Home) -> Path:
    """Return the folder to put on the services' path: it holds this package and nothing else of the checkout."""
    return home.root / "code" / hashlib.sha256(str(PACKAGE).encode()).hexdigest()[:12]


@contextlib.contextmanager
def exclusive(file: Path, *, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock file for the time of the block; call ``waiting`` once if another process holds it."""
    with file.open("w") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting is not None:
                waiting()
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    made_from = LOCK_FILE.read_bytes() + _ENTRY_POINTS.encode() + str(_PYTHON).encode()
    return hashlib.sha256(made_from).hexdigest()


def _install(home: Home, progress: Progress) -> None:
    progress("installing OpenStack into its own environment (about 400 MB, once)")
    shutil.rmtree(home.venv, ignore_errors=True)
    venv.create(home.venv, with_pip=True)
    if not _install_with_uv(home):
        progress("uv is not to be had here: installing with pip, which takes longer")
        _run([str(home.python), "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", str(LOCK_FILE)])
    _add_entry_points(home)
    (home.venv / _MARKER).write_text(_digest(), encoding="utf-8")
    progress("OpenStack is installed")


def _install_with_uv(home: Home) -> bool:
    """Install with uv, itself installed by pip; return False when uv or its index cannot be reached."""
    python = str(home.python)
    try:
        _run([python, "-m", "pip", "install", "uv"])
        uv = [python, "-m", "uv", "pip", "install", "--python", python]
        _run([*uv, "--require-hashes", "--no-deps", "-r", str(LOCK_FILE)])
    except DevcloudError:
        return False
    return True


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        end = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise DevcloudError(f"{' '.join(command)} ended with {done.returncode}:\n{end}")


def _add_entry_points(home: Home) -> None:
    """Let Neutron find the devcloud's mechanism driver by name."""
    folder = (
        home.venv / "lib" / f"python{_PYTHON[0]}.{_PYTHON[1]}" / "site-packages" / "devcloud_entry_points-1.dist-info"
    )
    folder.mkdir()
    (folder / "METADATA").write_text(_METADATA, encoding="utf-8")
    (folder / "entry_points.txt").write_text(_ENTRY_POINTS, encoding="utf-8")


def _link_code(home: Home) -> None:
    link = code_path(home) / PACKAGE.name
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(PACKAGE)
