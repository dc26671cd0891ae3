"""Security groups and their rules, with the shapes of protocols and ports."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from tenants.kinds.landing.wanted import NAME, REASON, STATE, described, named
from tenants.landing_zone import Direction, Ethertype, PortRange, RuleSpec, SecurityGroupSpec
from tenants.language.addresses import Cidr
from tenants.language.composites import ListOf, Record
from tenants.language.nodes import Node, Sequence
from tenants.language.report import Report, choose, shown
from tenants.language.scalars import WHOLE, Truth, Whole, Word, scalar
from tenants.language.shape import Field, Schema, Shape
from tenants.protocols import HIGHEST_NUMBER, NAMES, ONLY_IPV6, canonical

LOWEST_PORT: Final = 1
HIGHEST_PORT: Final = 65535
_PORT: Final = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_RANGE: Final = re.compile(f"{_PORT}-{_PORT}")
#: What people write between two ports: a colon, dashes of typography, a tilde.
#: Several ports at once, which Neutron has no rule for.
_SEVERAL: Final = re.compile("[0-9-]+(?: ?[,，、;] ?[0-9-]+)+")
_ONE_RULE_EACH: Final = "write a rule for each, or a range such as 8000-8100"
_NEARLY_RANGE: Final = re.compile(f"{_PORT} ?(?:-|:|–|—|~|～|\\.\\.) ?{_PORT}")
#: Types and codes of ICMP are bytes.
_BYTE: Final = Whole(lowest=0, highest=255)
_SAID_ANY: Final = frozenset({"any", "all", "*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports(Shape[PortRange]):
    """One port or a range of them."""

    @property
    def blank(self) -> PortRange:
        """Port 0, which is none."""
        return PortRange(first=0, last=0)

    def read(self, node: Node, report: Report) -> PortRange:
        """The first and the last port."""
        if isinstance(node, Sequence):
            report.at(node, "a list stands where a port or a range of ports is meant", _ONE_RULE_EACH)
            return self.blank
        found = scalar(node, report, "a port or a range of ports")
        if found is None:
            return self.blank
        text, bounds = found.text, f"{LOWEST_PORT} to {HIGHEST_PORT}"
        if (written := _RANGE.fullmatch(text)) is not None:
            return self._range(int(written[1]), int(written[2]), node, report)
        if re.fullmatch(_PORT, text) is not None:
            if found.plain:
                return PortRange(first=int(text), last=int(text))
            report.at(node, f"{shown(text)} is text where a number is meant", f"write {text}, without quotes")
        elif (nearly := _NEARLY_RANGE.fullmatch(text)) is not None:
            report.at(node, f"{shown(text)} is not a range of ports", f"write {nearly[1]}-{nearly[2]}")
        elif WHOLE.fullmatch(text) is not None:
            report.at(node, f"{shown(text)} is not a port", f"write a port from {bounds}")
        elif _SEVERAL.fullmatch(text) is not None:
            report.at(node, f"{shown(text)} is several ports", _ONE_RULE_EACH)
        else:
            whole = ", or leave the key out for all" if text.lower() in _SAID_ANY else ""
            report.at(
                node, f"{shown(text)} is not a port", f"write a port from {bounds} or a range such as 8000-8100{whole}"
            )
        return self.blank

    def _range(self, first: int, last: int, node: Node, report: Report) -> PortRange:
        if first <= last:
            return PortRange(first=first, last=last)
        report.at(node, f"the range {first}-{last} ends before it begins", f"write {last}-{first}")
        return self.blank

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of ports."""
        definitions["Ports"] = {
            "title": "Ports",
            "description": "A port from 1 to 65535, or a range such as 8000-8100, both ends included.",
            "anyOf": [
                {"type": "integer", "minimum": LOWEST_PORT, "maximum": HIGHEST_PORT},
                {"type": "string", "pattern": f"^{_RANGE.pattern}$"},
            ],
        }
        return {"$ref": "#/$defs/Ports"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol(Shape[str]):
    """A protocol above IP, by Neutron's name or by number."""

    @property
    def blank(self) -> str:
        """No protocol."""
        return ""

    def read(self, node: Node, report: Report) -> str:
        """The protocol as it was written."""
        found = scalar(node, report, "a protocol")
        if found is None:
            return self.blank
        text = found.text
        if text in NAMES or (found.plain and _is_number(text)):
            return text
        if text.lower() in _SAID_ANY:
            remedy = "leave the key out for any protocol"
        elif _is_number(text):
            remedy = f"write {text}, without quotes"
        else:
            remedy = choose(text, NAMES)
        report.at(node, f"{shown(text)} is not a protocol", remedy)
        return self.blank

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of protocols."""
        definitions["Protocol"] = {
            "title": "Protocol",
            "description": f"A protocol's name in Neutron ({', '.join(NAMES)}) or its number from 0 to {HIGHEST_NUMBER}.",
            "anyOf": [{"enum": list(NAMES)}, {"type": "integer", "minimum": 0, "maximum": HIGHEST_NUMBER}],
        }
        return {"$ref": "#/$defs/Protocol"}


def _is_number(text: str) -> bool:
    """Whether a text is a protocol's number."""
    return re.fullmatch("0|[1-9][0-9]{0,2}", text) is not None and int(text) <= HIGHEST_NUMBER


def _rule(**written: Any) -> RuleSpec:
    """The rule as Neutron would keep it; whether its parts agree is for `tenants.rules` to say."""
    cidr = written["from_cidr"] if written["from_cidr"] is not None else written["to_cidr"]
    group = written["from_group"] if written["from_group"] is not None else written["to_group"]
    ethertype = written["ethertype"] or _ethertype(cidr, written["protocol"])
    protocol = written["protocol"]
    return RuleSpec(
        direction=written["direction"],
        ethertype=ethertype,
        protocol=protocol and canonical(protocol, ipv6=ethertype is Ethertype.IPV6),
        ports=_ports(written["ports"], written["icmp_type"], written["icmp_code"]),
        remote_cidr=cidr,
        remote_group=group,
        exception=written["exception"],
        presence=written["presence"],
    )


def _ethertype(cidr: str | None, protocol: str | None) -> Ethertype:
    """The version that a rule is about, where it does not say."""
    by_address = bool(cidr) and ip_network(cidr or "").version == 6  # noqa: PLR2004 - IPv6
    by_protocol = protocol is not None and canonical(protocol, ipv6=False) in ONLY_IPV6
    return Ethertype.IPV6 if by_address or (not cidr and by_protocol) else Ethertype.IPV4


def _ports(ports: PortRange | None, icmp_type: int | None, icmp_code: int | None) -> PortRange | None:
    """All ports are no range to Neutron; a type and a code stand where ports would."""
    if ports is None and icmp_type is not None:
        return PortRange(first=icmp_type, last=icmp_code)
    return None if ports == PortRange(first=LOWEST_PORT, last=HIGHEST_PORT) else ports


RULE: Final = Record(
    name="SecurityGroupRule",
    description="What a security group lets through. What no rule lets through is dropped.",
    fields=(
        Field(
            key="direction",
            shape=Word(words=Direction),
            description="Into the servers of the group (`ingress`) or out of them.",
            default=Direction.INGRESS,
            shown_default="ingress",
            example="ingress",
        ),
        Field(
            key="ethertype",
            shape=Word(words=Ethertype),
            description="The version of the Internet Protocol; that of the addresses or the protocol unless given, else IPv4.",
            example="IPv4",
        ),
        Field(key="protocol", shape=Protocol(), description="The protocol; any unless given.", example="tcp"),
        Field(
            key="ports",
            shape=Ports(),
            description="The ports of the side that is connected to, with tcp, udp, sctp, dccp and udplite; all unless given.",
            example=443,
        ),
        Field(
            key="icmpType",
            attribute="icmp_type",
            shape=_BYTE,
            description="The type of message, with icmp and ipv6-icmp; all unless given.",
            example=8,
        ),
        Field(
            key="icmpCode",
            attribute="icmp_code",
            shape=_BYTE,
            description="The code of the message, beside its type; all unless given.",
            example=0,
        ),
        Field(
            key="from",
            attribute="from_cidr",
            shape=Cidr(),
            description="With `ingress`, the addresses that may connect; everybody's unless this or `fromGroup` is given.",
            example="10.0.0.0/8",
        ),
        Field(
            key="fromGroup",
            attribute="from_group",
            shape=NAME,
            description="With `ingress`, the security group whose servers may connect: one of this landing zone, or `default`.",
            example="web",
        ),
        Field(
            key="to",
            attribute="to_cidr",
            shape=Cidr(),
            description="With `egress`, the addresses that may be reached; everybody's unless this or `toGroup` is given.",
            example="10.0.0.0/8",
        ),
        Field(
            key="toGroup",
            attribute="to_group",
            shape=NAME,
            description="With `egress`, the security group whose servers may be reached.",
            example="database",
        ),
        Field(
            key="exception",
            shape=REASON,
            description="Why it may open administration ports to the world.",
            example="堡垒机上线前的临时运维通道，2026-06-30 前关闭",
        ),
        STATE,
    ),
    build=_rule,
    synonyms={
        "port_range_min": "ports",
        "port_range_max": "ports",
        "remote_ip_prefix": "from",
        "remote_group_id": "fromGroup",
    },
)

SECURITY_GROUP: Final = Record(
    name="SecurityGroup",
    description="Rules for the traffic of the servers that are in the group.",
    fields=(
        named(
            "The group's name in Neutron, unique in the project; `default` is the one that every project is born with.",
            "web",
        ),
        described(),
        Field(
            key="exclusive",
            shape=Truth(),
            description="Whether rules that stand here no longer, or never did, are taken away, those that Neutron gives each new group too.",
            default=False,
            shown_default=False,
        ),
        Field(
            key="rules",
            shape=ListOf(item=RULE),
            description="What it lets through.",
            default=(),
            shown_default=[],
        ),
        STATE,
    ),
    build=SecurityGroupSpec,
)
