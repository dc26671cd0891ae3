"""Names that Nova takes for servers and server groups. Pure; part of these kinds.

Cinder and Neutron take any. Nova wants what can be seen, and knows of no character beyond Unicode's first plane: no emoji,
and none of the rarest Chinese characters (compute API reference, `name` of servers; Nova's `parameter_types`).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from provisioner.objects import Address
from provisioner.plan import Refusal

#: From here on Nova knows none.
_BEYOND: Final = 0xFFFF


def refusals(address: Address) -> Iterator[Refusal]:
    """Why there can be no object of that name, if so."""
    if unknown := [each for each in address.key if not _is_taken(each)]:
        shown = ", ".join(f"{each} (U+{ord(each):04X})" for each in dict.fromkeys(unknown))
        yield Refusal(
            address=address,
            message=f"Nova takes no {shown} in names",
            remedy=f"give the {address.kind} a name without",
        )


def _is_taken(character: str) -> bool:
    category = unicodedata.category(character)
    return ord(character) < _BEYOND and (category == "Zs" or category[0] not in "CZ")
