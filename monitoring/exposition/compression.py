"""gzip made of pieces that were compressed beforehand: one member (RFC 1952), as not every client reads several.

Each piece ends at a byte's border and refers to nothing before it (RFC 1951, 3.2.4), so pieces stand one after another as they are;
only the checksum is computed over the whole.
"""

import zlib
from collections.abc import Iterable
from typing import Final

_LEVEL: Final = 6
#: No name, no time, no system.
_BEGIN: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: The last block, empty.
_END: Final = b"\x03\x00"
_MODULO: Final = 1 << 32


def deflated(content: bytes) -> bytes:
    """A piece, compressed so that another may follow it."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush(zlib.Z_SYNC_FLUSH)


def gzipped(pieces: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The pieces as one gzip, each given as it is and as it is `deflated`."""
    chunks, checksum, size = [_BEGIN], 0, 0
    for plain, compressed in pieces:
        chunks.append(compressed)
        checksum = zlib.crc32(plain, checksum)
        size += len(plain)
    return b"".join([*chunks, _END, checksum.to_bytes(4, "little"), (size % _MODULO).to_bytes(4, "little")])
