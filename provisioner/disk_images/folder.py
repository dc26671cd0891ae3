"""Files in the operators' folder of disk images, opened once and used by their descriptor from then on.

What a wave names is a path below the folder and nothing else: no link is followed, at no step of the way, and what is opened has to be
a regular file. So neither a manifest nor whoever may write to the folder can have another file of this machine imported.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from provisioner.errors import InputError

#: Devices and FIFOs must not hold up whoever opens them to find out that they are such.
_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """By what two states of a file are told apart."""

    inode: int
    #: Bytes.
    size: int
    #: When it was last written to, in nanoseconds since 1970.
    modified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A regular file that is open for reading."""

    #: As it was asked for.
    name: str
    descriptor: int
    version: Version
    #: Bytes that it takes on its disk.
    allocated: int

    @classmethod
    def of(cls, descriptor: int, name: str) -> Self:
        """The file behind a descriptor. Raises InputError for what is no regular file."""
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"the disk image {name} is no regular file: folders, devices and pipes are not read")
        return cls(name=name, descriptor=descriptor, version=_version(found), allocated=found.st_blocks * _BLOCK)

    @property
    def unchanged(self) -> bool:
        """Whether it still is as it was when it was opened."""
        return _version(os.fstat(self.descriptor)) == self.version

    def read(self, offset: int, length: int) -> bytes:
        """Up to so many bytes, fewer only at its end."""
        return os.pread(self.descriptor, length, offset)


@contextmanager
def in_folder(folder: Path | None, file: str) -> Iterator[OpenFile]:
    """Open a file by its path below the folder. Raises InputError for any that may not be read or is not there."""
    if folder is None:
        raise InputError(
            "disk images are imported from a folder of the operators: set TENANTRY_DISK_IMAGES to its path"
        )
    parts = _parts(file)
    descriptor = _opened(folder, parts, file)
    try:
        yield OpenFile.of(descriptor, file)
    finally:
        os.close(descriptor)


@contextmanager
def anywhere(file: Path) -> Iterator[OpenFile]:
    """Open a file that whoever is at the terminal names. Raises InputError for any that cannot be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"the disk image {file} cannot be read: {error.strerror}") from error
    try:
        yield OpenFile.of(descriptor, str(file))
    finally:
        os.close(descriptor)


def _parts(file: str) -> tuple[str, ...]:
    parts = tuple(file.split("/"))
    if "\0" in file or any(each in {"", ".", ".."} for each in parts):
        raise InputError(
            f"the disk image {file!r} is no path below the folder of disk images: write one such as finance/web-1.qcow2"
        )
    return parts


def _opened(folder: Path, parts: tuple[str, ...], file: str) -> int:
    """Go down step by step, each from the descriptor of the last."""
    try:
        here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"TENANTRY_DISK_IMAGES: {folder}: cannot be read: {error.strerror}") from error
    for number, part in enumerate(parts, start=1):
        flags = _FLAGS if number == len(parts) else _FLAGS | os.O_DIRECTORY
        try:
            there = os.open(part, flags, dir_fd=here)
        except OSError as error:
            raise InputError(_why(error, file, here, part)) from error
        finally:
            os.close(here)
        here = there
    return here


def _why(error: OSError, file: str, folder: int, part: str) -> str:
    try:
        is_link = stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        is_link = False
    if is_link:
        return f"the disk image {file} is reached by a symbolic link ({part}), and links are not followed: put the file itself there"
    if isinstance(error, FileNotFoundError):
        return f"there is no disk image {file} in the folder of disk images"
    return f"the disk image {file} cannot be read: {error.strerror}"


def _version(found: os.stat_result) -> Version:
    return Version(inode=found.st_ino, size=found.st_size, modified=found.st_mtime_ns)
