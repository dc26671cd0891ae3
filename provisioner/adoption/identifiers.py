"""Identifiers for what has a name in any script. Pure."""

import re

from tenants.names import IDENTIFIER

#: Leaves room for a number behind it.
_LONGEST = 56


def identifier(name: str, taken: set[str], *, prefix: str = "", otherwise: str = "project") -> str:
    """An identifier made of a name in any script, told apart from those taken by a number, and taken with that."""
    bare = re.sub(r"[^a-z0-9]+", "-", name.lower().removeprefix(prefix)).strip("-")[:_LONGEST].strip("-") or otherwise
    candidate, number = bare, 1
    while candidate in taken or not IDENTIFIER.fullmatch(candidate):
        number += 1
        candidate = f"{bare}-{number}"
    taken.add(candidate)
    return candidate
