"""A file seen through a few short reads, so that no file, however it lies, can have much of it read.

The inspectors stand on this alone: they know neither files nor descriptors.
"""

from collections.abc import Callable
from typing import Final

#: Bytes that one inspection may read of a file: two regions' tables and the metadata of a VHDX, with as much to spare.
MOST_READ: Final = 512 * 1024


class Malformed(Exception):
    """The file is not what its beginning says; the message says what is wrong, and what would be right."""


class Excerpts:
    """Reads of one file.

    Args:
        read: gives up to so many bytes at an offset, fewer only at the file's end, as `os.pread` does.
        size: the file's, in bytes.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read = read
        self._left = MOST_READ
        self.size = size

    def upto(self, offset: int, length: int) -> bytes:
        """The bytes at an offset, or those that there are; none beyond the file's end or before its beginning."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        self._left -= length
        if self._left < 0:
            raise Malformed("its tables are larger than any that are written by usual tools: convert it anew")
        return self._read(offset, length)

    def at(self, offset: int, length: int) -> bytes:
        """Exactly the bytes at an offset. Raises Malformed where the file ends before."""
        found = self.upto(offset, length)
        if len(found) != length:
            raise Malformed(TRUNCATED)
        return found


TRUNCATED: Final = "it ends before its own tables do: it was cut off on the way, fetch it again"


def excerpts_of(content: bytes) -> Excerpts:
    """The excerpts of what is in memory."""
    return Excerpts(lambda offset, length: content[offset : offset + length], len(content))
