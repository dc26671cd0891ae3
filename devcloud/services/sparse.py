"""Files with holes: where only zeros stand, nothing is stored. Shared by the drivers of volumes and of servers' root disks."""

import os
from pathlib import Path
from typing import IO, Any

_CHUNK = 4 * 1024 * 1024
#: To compare with, which is a hundred times as fast as looking at each byte; what is longer is written as it is.
_ZEROS = bytes(_CHUNK)


class SkipZeros:
    """A file to write to that leaves holes where only zeros are written."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        """Write, or skip, as much as was given."""
        if data != _ZEROS[: len(data)]:
            return self._target.write(data)
        self._target.seek(len(data), os.SEEK_CUR)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def grow(file: Path, size: int) -> None:
    """Make a file at least so many bytes long, by a hole at its end."""
    with file.open("ab") as opened:
        if opened.tell() < size:
            opened.truncate(size)


def copy_sparse(source: Path, target: Path) -> None:
    """Copy a file and keep its holes."""
    with source.open("rb") as reader, target.open("wb") as writer:
        size = os.fstat(reader.fileno()).st_size
        writer.truncate(size)
        position = 0
        while position < size:
            try:
                start = os.lseek(reader.fileno(), position, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                break
            end = os.lseek(reader.fileno(), start, os.SEEK_HOLE)
            os.lseek(writer.fileno(), start, os.SEEK_SET)
            os.lseek(reader.fileno(), start, os.SEEK_SET)
            position = start
            while position < end:
                chunk = os.read(reader.fileno(), min(_CHUNK, end - position))
                if not chunk:
                    return
                position += os.write(writer.fileno(), chunk)
