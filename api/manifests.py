"""Manifest files from disk or standard input, as (name, bytes), and the files that they name: user data of servers.

The language itself (`tenants`) never touches a disk.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from provisioner.errors import InputError
from tenants.language.source import MAXIMUM_BYTES
from tenants.user_data import LONGEST

_SUFFIXES: Final = frozenset({".yaml", ".yml"})
STANDARD_INPUT: Final = Path("-")
#: Bytes to read of a file. One byte too many is enough for validation to refuse it, however large it is.
_ENOUGH: Final = MAXIMUM_BYTES + 1
#: How a file begins that is YAML and no manifest, but what servers run at first start (cloud-init's user-data formats).
_CLOUD_CONFIG: Final = b"#cloud-config"


def read_manifests(paths: Iterable[Path]) -> dict[str, bytes]:
    """Every manifest file below the paths, by name as a person would type it, in a stable order.

    A folder is searched through, hidden files and folders and cloud-init's files excepted; `-` is standard input. A file
    that is named outright is read whatever it is called. Raises InputError for what is not there or cannot be read, and for a folder
    without any manifest.
    """
    files: dict[str, bytes] = {}
    seen: set[Path] = set()
    for path in paths:
        for name in _files_at(path):
            if name == STANDARD_INPUT:
                files["<stdin>"] = _read_standard_input()
            elif (real := name.resolve()) not in seen:
                seen.add(real)
                content = _read(name, _ENOUGH)
                if name == path or not content.startswith(_CLOUD_CONFIG):
                    files[_shown(name)] = content
    return files


def finder(paths: Iterable[Path]) -> Callable[[str], bytes | None]:
    """Finds the files that manifests at these paths name, by a name as `read_manifests` gives names.

    A file is only found below one of the folders that the manifests are in, wherever links lead: what a department writes
    into its manifest must not bring the contents of the operator's other files into a server. What is found is read as far
    as is enough to refuse it. The finder raises InputError for a file that is there and cannot be read.
    """
    folders = tuple(_folder(path).resolve() for path in paths)

    def find(name: str) -> bytes | None:
        try:
            real = Path(name).resolve()
            found = real.is_file() and any(real.is_relative_to(folder) for folder in folders)
        except (OSError, RuntimeError):
            # A name that is too long for any file, or a circle of links.
            return None
        if not found:
            return None
        return _read(real, LONGEST + 1)

    return find


def _folder(path: Path) -> Path:
    """The folder of the manifests that a path stands for."""
    if path == STANDARD_INPUT:
        return Path.cwd()
    return path if path.is_dir() else path.parent


def _read_standard_input() -> bytes:
    if sys.stdin.isatty():
        sys.stderr.write("Reading manifests from standard input; Ctrl-D ends them.\n")
        sys.stderr.flush()
    content = sys.stdin.buffer.read(_ENOUGH)
    if not content.strip():
        raise InputError("standard input: nothing came in; what was to write the manifests may have failed")
    return content


def _shown(path: Path) -> str:
    """A file's name as text. Names are bytes to the system; where its locale is not UTF-8, most are so all the same."""
    return os.fsencode(path).decode("utf-8", errors="replace")


def _files_at(path: Path) -> Iterator[Path]:
    if path == STANDARD_INPUT or path.is_file():
        yield path
    elif path.is_dir():
        found = sorted(_walk(path))
        if not found:
            raise InputError(f"{path}: no manifests here: a folder must hold .yaml or .yml files")
        yield from found
    elif path.exists():
        raise InputError(f"{path}: neither a file nor a folder")
    else:
        raise InputError(f"{path}: no such file or folder")


def _walk(folder: Path) -> Iterator[Path]:
    """Folders behind links are not followed, so a loop of links cannot keep us here."""
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and Path(name).suffix in _SUFFIXES:
                yield Path(parent) / name


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _read(path: Path, enough: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(enough)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
