"""The protocols that security groups know, by the names and numbers that Neutron takes (IANA's protocol numbers).

Manifests and what clouds answer may name one protocol in several ways; `canonical` makes them one, so that they compare.
Source: network API reference v2.0, `security-group-rules`.
"""

from collections.abc import Mapping
from typing import Final

#: Neutron's names by number.
_NAMES: Final[Mapping[int, str]] = {
    0: "ip",
    1: "icmp",
    2: "igmp",
    4: "ipip",
    6: "tcp",
    8: "egp",
    17: "udp",
    33: "dccp",
    41: "ipv6-encap",
    43: "ipv6-route",
    44: "ipv6-frag",
    46: "rsvp",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "ipv6-icmp",
    59: "ipv6-nonxt",
    60: "ipv6-opts",
    89: "ospf",
    112: "vrrp",
    113: "pgm",
    132: "sctp",
    136: "udplite",
}
_OTHER_NAMES: Final = {"hopopt": "ip", "icmpv6": "ipv6-icmp"}
NAMES: Final = tuple(sorted({*_NAMES.values(), *_OTHER_NAMES}))
HIGHEST_NUMBER: Final = 255

#: Those whose packets have ports.
WITH_PORTS: Final = frozenset({"tcp", "udp", "sctp", "dccp", "udplite"})
#: Those whose packets have a type and a code.
WITH_TYPES: Final = frozenset({"icmp", "ipv6-icmp"})
#: Those that Neutron takes for IPv6 only.
ONLY_IPV6: Final = frozenset({"ipv6-encap", "ipv6-frag", "ipv6-icmp", "ipv6-nonxt", "ipv6-opts", "ipv6-route"})
#: Number 0, which some of Neutron's drivers take for any protocol.
PERHAPS_ANY: Final = "ip"


def canonical(protocol: str, *, ipv6: bool) -> str:
    """The one name (or, where it has none, number) of a protocol that Neutron would take in that version of IP.

    As Neutron does, reads `icmp` as `ipv6-icmp` where the rule is about IPv6.
    """
    number = int(protocol) if protocol.isascii() and protocol.isdigit() else None
    name = _NAMES.get(number, str(number)) if number is not None else _OTHER_NAMES.get(protocol, protocol)
    return "ipv6-icmp" if ipv6 and name == "icmp" else name
