"""CRC-32C (Castagnoli), which VHDX guards its tables with and Python's library does not have (RFC 3720, section 12.1)."""

from typing import Final

_POLYNOMIAL: Final = 0x82F63B78
_ALL: Final = 0xFFFFFFFF


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE: Final = tuple(map(_entry, range(256)))


def crc32c(content: bytes) -> int:
    """The checksum of the bytes."""
    value = _ALL
    for each in content:
        value = _TABLE[(value ^ each) & 0xFF] ^ value >> 8
    return value ^ _ALL
