"""Names for what the store keeps: short, unique, and sorted by the time they were given."""

import secrets
from datetime import datetime
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS: Final = 40


def new_id(at: datetime) -> str:
    """18 characters of Crockford's base 32 in lower case: 50 bits of milliseconds since 1970, then 40 random ones."""
    number = (int(at.timestamp() * 1000) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(85, -1, -5))
