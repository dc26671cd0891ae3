"""The content of disks and images in a cloud in memory: bytes with holes, so that a disk of many GiB takes what was written."""

import hashlib
from collections.abc import Iterator
from typing import Final, Self

#: Bytes that are kept, copied and given out together.
_PIECE: Final = 64 * 1024


class Disk:
    """So many bytes, zeros where nothing was written. Whoever reads or changes it holds the world's lock, or owns it alone."""

    def __init__(self, size: int = 0) -> None:
        self._size = size
        #: By number; none is changed in its place, so a copy shares them.
        self._pieces: dict[int, bytes] = {}

    @classmethod
    def of(cls, data: bytes) -> Self:
        """A disk with just these bytes."""
        disk = cls(len(data))
        disk.write(0, data)
        return disk

    @property
    def size(self) -> int:
        """In bytes."""
        return self._size

    def copy(self, size: int | None = None) -> "Disk":
        """The same bytes, from now on apart; of at least another size."""
        made = Disk(max(self._size, size or 0))
        made._pieces = dict(self._pieces)
        return made

    def grow(self, size: int) -> None:
        """Make it larger, with zeros at its end."""
        self._size = max(self._size, size)

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes into it. Raises ValueError where it ends before."""
        if offset < 0 or offset + len(data) > self._size:
            raise ValueError(f"{len(data)} bytes at {offset} are not within a disk of {self._size}")
        done = 0
        while done < len(data):
            number, within = divmod(offset + done, _PIECE)
            part = data[done : done + _PIECE - within]
            before = self._pieces.get(number, b"").ljust(_PIECE, b"\0")
            self._pieces[number] = before[:within] + part + before[within + len(part) :]
            done += len(part)

    def append(self, data: bytes) -> None:
        """Put bytes to its end."""
        self._size += len(data)
        self.write(self._size - len(data), data)

    def read(self, offset: int = 0, length: int | None = None) -> bytes:
        """Its bytes, fewer where it ends before."""
        return b"".join(self.stream(offset, length))

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The same in pieces."""
        end = self._size if length is None else min(self._size, offset + length)
        while offset < end:
            number, within = divmod(offset, _PIECE)
            size = min(_PIECE - within, end - offset)
            yield self._pieces.get(number, b"")[within : within + size].ljust(size, b"\0")
            offset += size

    def digest(self, algorithm: str) -> str:
        """The hash of all its bytes, in hexadecimal digits."""
        found = hashlib.new(algorithm, usedforsecurity=False)
        for piece in self.stream():
            found.update(piece)
        return found.hexdigest()
