"""Manifest files from disk or standard input, as (name, bytes): the language itself (`tenants`) never touches a disk."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from provisioner.errors import InputError
from tenants.language.source import MAXIMUM_BYTES

_SUFFIXES: Final = frozenset({".yaml", ".yml"})
STANDARD_INPUT: Final = Path("-")
#: Bytes to read of a file. One byte too many is enough for validation to refuse it, however large it is.
_ENOUGH: Final = MAXIMUM_BYTES + 1


def read_manifests(paths: Iterable[Path]) -> dict[str, bytes]:
    """Every manifest file below the paths, by name as a person would type it, in a stable order.

    A folder is searched through, hidden files and folders excepted; `-` is standard input. A file that is named
    outright is read whatever it is called. Raises InputError for what is not there or cannot be read, and for a folder
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
                files[_shown(name)] = _read(name)
    return files


def _read_standard_input() -> bytes:
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


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_ENOUGH)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
