"""What Neutron says when it refuses, in words for those who asked: names where it has ids, and what to do about it.

Used where kinds act on Neutron. Its own words stay in the message, for operators. What it says: Neutron's exceptions
(neutron-lib, `exceptions`, and Neutron's extensions `l3` and `securitygroup`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from provisioner.errors import CloudError
from provisioner.kinds.interface import Target

_ID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
#: What its refusals mean to a department, by what they contain.
_MEANINGS: Final = (
    (
        re.compile(r"is not reachable from subnet"),
        "no router leads from the server's subnet to the external network: let a router with external: true serve it",
    ),
    (
        re.compile(r"required by one or more floating IPs"),
        "floating IPs of the project lead through it: take their servers away or give them up first",
    ),
    (
        re.compile(r"already has a floating IP"),
        "another floating IP leads there already: an address of a server has one",
    ),
    (
        re.compile(r"multiple fixed IPv4 addresses"),
        "the server has several addresses in that network, and Neutron cannot tell which is meant",
    ),
    (
        re.compile(r"Quota exceeded", re.IGNORECASE),
        "the project's quota is used up: raise the limit, or free some of it",
    ),
    (
        re.compile(r"No more IP addresses available|Unable to find any IP address"),
        "the network has no free address left",
    ),
    (
        re.compile(r"IP address \S+ already allocated|IP address \S+ is in use"),
        "somebody else has that address",
    ),
    (
        re.compile(r"is not a valid IP"),
        "the network has no such address",
    ),
    (
        re.compile(r"Security Group \S.* in use", re.IGNORECASE),
        "servers or other ports still have it: take it from them first",
    ),
    (
        re.compile(r"Router \S.* still has ports"),
        "it still has interfaces or is needed by other ports",
    ),
    (
        re.compile(r"Network \S+ could not be found|not a valid external network"),
        "the network is not there any more, or leads outside no longer",
    ),
)


@contextmanager
def in_plain_words(target: Target, doing: str = "") -> Iterator[None]:
    """Let a CloudError pass with its meaning and with names for the ids that are known; `doing` says what it stopped."""
    try:
        yield
    except CloudError as error:
        text = told(str(error), _names(target))
        said = f"{doing}: {text}" if doing else text
        if said == str(error):
            raise
        raise type(error)(said, request_id=error.request_id) from error


def told(message: str, names: Mapping[str, str]) -> str:
    """A message with names for ids, behind what it means where that is known."""
    named = _ID.sub(lambda found: names.get(found[0], found[0]), message)
    meaning = next((meaning for pattern, meaning in _MEANINGS if pattern.search(named)), None)
    return named if meaning is None or meaning in named else f"{meaning} ({named})"


def _names(target: Target) -> Mapping[str, str]:
    """Names of what the project has and of the cloud's networks, by id."""
    networks = {each.id: each.name for each in target.offers.networks}
    return {**networks, **{found: address.key or address.project for address, found in target.ids.items()}}
