"""Shapes of addresses of the Internet Protocol and of the networks that hold them, of version 4 and 6 alike.

What is read is what `ipaddress` writes: lower case, shortened, a network without host bits. So two ways to write one
address are one address to everything that follows.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from tenants.language.nodes import Node
from tenants.language.report import Report, shown
from tenants.language.scalars import scalar
from tenants.language.shape import Schema, Shape

#: What an address is made of; whether it is one, `ipaddress` decides. Without zones (`fe80::1%eth0`).
_ADDRESS: Final = "[0-9A-Fa-f:.]+"
_CIDR: Final = f"{_ADDRESS}/(0|[1-9][0-9]{{0,2}})"
#: No right one is longer: eight groups with an IPv4 address at the end, and a prefix length.
_LONGEST: Final = 50
_BOTH: Final = (4, 6)
_EXAMPLES: Final = {4: "10.20.0.1", 6: "fd00:20::1"}
_NETWORK_EXAMPLES: Final = "10.20.0.0/24 or fd00:20::/64"
_WRITTEN_ADDRESS: Final = re.compile(_ADDRESS)
_WRITTEN_CIDR: Final = re.compile(_CIDR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Shape[str]):
    """An IPv4 or IPv6 address."""

    #: The version of the Internet Protocol, where only one will do.
    version: int | None = None
    #: A word that may stand instead of an address.
    instead: str = ""

    @property
    def blank(self) -> str:
        """No address."""
        return ""

    def read(self, node: Node, report: Report) -> str:
        """The address as `ipaddress` writes it, or the word that stands instead."""
        found = scalar(node, report, "an address")
        if found is None:
            return self.blank
        text = found.text
        if self.instead and text == self.instead:
            return text
        address = _address(text)
        if address is None:
            report.at(node, f"{shown(text)} is not an address", self._remedy(text))
        elif self.version not in {None, address.version}:
            report.at(node, f"{shown(text)} is an IPv{address.version} address", f"write an IPv{self.version} address")
        else:
            return str(address)
        return self.blank

    def _remedy(self, text: str) -> str:
        alone = _address(text.partition("/")[0])
        if alone is not None and text.isprintable():
            return f"write {alone}, without the prefix length"
        forms = " or ".join(_EXAMPLES[each] for each in self._versions())
        return f"write one such as {forms}" + (f", or {self.instead}" if self.instead else "")

    def _versions(self) -> tuple[int, ...]:
        return _BOTH if self.version is None else (self.version,)

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of such addresses."""
        versions = self._versions()
        name = f"{'' if self.version is None else f'IPv{self.version}'}Address" + ("OrNone" if self.instead else "")
        what = f"An {' or '.join(f'IPv{each}' for each in versions)} address"
        forms: list[Schema] = [{"type": "string", "pattern": f"^{_ADDRESS}$", "maxLength": _LONGEST}]
        if self.instead:
            forms.append({"const": self.instead})
        description = f"{what}, or `{self.instead}`." if self.instead else f"{what}."
        definitions[name] = {"title": name, "description": description, "anyOf": forms}
        return {"$ref": f"#/$defs/{name}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cidr(Shape[str]):
    """A network: its first address and the length of the prefix that all its addresses share (RFC 4632)."""

    @property
    def blank(self) -> str:
        """No network."""
        return ""

    def read(self, node: Node, report: Report) -> str:
        """The network as `ipaddress` writes it."""
        found = scalar(node, report, "a network")
        if found is None:
            return self.blank
        text = found.text
        network = _network(text)
        if network is not None and network.network_address == _address(text.partition("/")[0]):
            return str(network)
        if network is not None:
            report.at(node, f"{shown(text)} is an address inside a network", f"write {network} for the network")
        elif (address := _address(text)) is not None:
            whole = f"{address}/{address.max_prefixlen}"
            report.at(node, f"{shown(text)} has no prefix length", f"write {whole} for this one address")
        else:
            report.at(node, f"{shown(text)} is not a network", f"write one such as {_NETWORK_EXAMPLES}")
        return self.blank

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of networks."""
        definitions["Cidr"] = {
            "title": "Cidr",
            "description": "A network of IPv4 or IPv6 by its first address and its prefix length, such as 10.20.0.0/24.",
            "anyOf": [{"type": "string", "pattern": f"^{_CIDR}$", "maxLength": _LONGEST}],
        }
        return {"$ref": "#/$defs/Cidr"}


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, if it is one."""
    if len(text) > _LONGEST or _WRITTEN_ADDRESS.fullmatch(text) is None:
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """The network that a text is, or that the address which it gives instead is in."""
    if len(text) > _LONGEST or _WRITTEN_CIDR.fullmatch(text) is None:
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
