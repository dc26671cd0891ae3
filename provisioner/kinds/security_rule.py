"""A security group's rule on one line, the same for what manifests ask and what Neutron shows: how rules compare. Pure.

`ingress IPv4 tcp 443 from 10.0.0.0/8`, `ingress IPv4 icmp type 8 code 0 from group web`, `egress IPv6 any to anywhere`. One
rule has one line, however it was written: Neutron keeps some as they came, and makes others its own way (network API
reference v2.0, `security-group-rules`). Part of the kind `security-group-rules`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from provisioner.clouds.collections import Item, ItemId
from tenants.landing_zone import Direction, Ethertype, PortRange, RuleSpec
from tenants.protocols import WITH_TYPES, canonical

ANYWHERE: Final = "anywhere"
_GROUP: Final = "group "
#: What manifests cannot name, and Neutron has all the same.
_ADDRESS_GROUP: Final = "address group "
_ANY: Final = "any"
_LINE: Final = re.compile(
    r"(?P<direction>ingress|egress) (?P<ethertype>IPv4|IPv6) (?P<protocol>\S+)"
    r"(?: (?P<first>\d+)(?:-(?P<last>\d+))?| type (?P<type>\d+)(?: code (?P<code>\d+))?)?"
    r" (?:from|to) (?P<remote>.+)",
    re.DOTALL,
)
#: All ports, as Neutron reads them.
_ALL_PORTS: Final = (1, 65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule with all its parts in their one form."""

    direction: Direction
    ethertype: Ethertype
    #: As `tenants.protocols.canonical` names it; None is any.
    protocol: str | None = None
    #: The first and the last port, or ICMP's type and code.
    first: int | None = None
    last: int | None = None
    #: `anywhere`, addresses, `group NAME`, or what no manifest can name.
    remote: str = ANYWHERE

    def __str__(self) -> str:
        side = "from" if self.direction is Direction.INGRESS else "to"
        return f"{self.direction} {self.ethertype} {self.protocol or _ANY}{self._ports()} {side} {self.remote}"

    @property
    def group(self) -> str | None:
        """The name of the group that is the other side, if one is."""
        return self.remote.removeprefix(_GROUP) if self.remote.startswith(_GROUP) else None

    def _ports(self) -> str:
        if self.first is None:
            return ""
        if self.protocol in WITH_TYPES:
            return f" type {self.first}" + ("" if self.last is None else f" code {self.last}")
        return f" {PortRange(first=self.first, last=self.last)}"

    @classmethod
    def parse(cls, line: str) -> "Rule":
        """The inverse of `str`. Raises ValueError where the line is none of a rule."""
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"no rule of a security group: {line}")
        first, last = found["first"] or found["type"], found["last"] or found["code"]
        if found["first"] and not last:
            last = first
        return cls(
            direction=Direction(found["direction"]),
            ethertype=Ethertype(found["ethertype"]),
            protocol=None if found["protocol"] == _ANY else found["protocol"],
            first=int(first) if first else None,
            last=int(last) if last else None,
            remote=found["remote"],
        )


def asked_rule(spec: RuleSpec) -> Rule:
    """A rule as a manifest asks for it."""
    group = spec.remote_group
    return Rule(
        direction=spec.direction,
        ethertype=spec.ethertype,
        protocol=spec.protocol,
        first=None if spec.ports is None else spec.ports.first,
        last=None if spec.ports is None else spec.ports.last,
        remote=_addresses(spec.remote_cidr) if group is None else f"{_GROUP}{group}",
    )


def shown_rule(item: Item, groups: Mapping[str, str]) -> Rule:
    """A rule as Neutron shows it; `groups` are names by id. A group or address group without a name stands as its id."""
    ethertype = Ethertype(item["ethertype"])
    protocol = item.get("protocol")
    ports = (item.get("port_range_min"), item.get("port_range_max"))
    first, last = (None, None) if ports == _ALL_PORTS else ports
    return Rule(
        direction=Direction(item["direction"]),
        ethertype=ethertype,
        protocol=canonical(str(protocol).lower(), ipv6=ethertype is Ethertype.IPV6) if protocol else None,
        first=first,
        last=last,
        remote=_shown_remote(item, groups),
    )


def body_of(rule: Rule, group_id: Callable[[str], ItemId]) -> dict[str, Any]:
    """The rule in Neutron's terms, without the group that it belongs to; `group_id` tells that of a group by name."""
    addresses = None if rule.group is not None or rule.remote == ANYWHERE else rule.remote
    return {
        "direction": str(rule.direction),
        "ethertype": str(rule.ethertype),
        "protocol": rule.protocol,
        "port_range_min": rule.first,
        "port_range_max": rule.last,
        "remote_ip_prefix": addresses,
        "remote_group_id": None if rule.group is None else group_id(rule.group),
    }


def _shown_remote(item: Item, groups: Mapping[str, str]) -> str:
    if group := item.get("remote_group_id"):
        return f"{_GROUP}{groups.get(group) or group}"
    if group := item.get("remote_address_group_id"):
        return f"{_ADDRESS_GROUP}{group}"
    return _addresses(item.get("remote_ip_prefix"))


def _addresses(cidr: str | None) -> str:
    """Addresses in their one form; those that are all of them are anywhere."""
    if not cidr:
        return ANYWHERE
    network = ip_network(cidr, strict=False)
    return ANYWHERE if network.prefixlen == 0 else str(network)
