"""Where an application's servers can be asked, from what its cloud lists: servers, their ports, floating IPs. Pure.

Addresses are Neutron's own. Nova shows them as well, but from a cache that runs behind where Neutron does not notify it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from provisioner.clouds.collections import Item, ItemId
from tenants.names import ServerName


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPort:
    """A server's place in a network."""

    name: str
    fixed: tuple[str, ...] = ()
    floating: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenServer:
    """A server as its cloud has it."""

    id: ItemId
    #: Nova's word: `ACTIVE`, `ERROR`…
    status: str
    ports: tuple[SeenPort, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A project's servers by name; Nova takes one name more than once."""

    servers: Mapping[ServerName, tuple[SeenServer, ...]] = field(default_factory=dict)
    #: Why they could not be looked at; empty where they were.
    obstacle: str = ""


def sight_of(servers: Iterable[Item], ports: Iterable[Item], floating_ips: Iterable[Item]) -> Sight:
    """The servers with their ports, from the items of three collections of one project."""
    floating: dict[str, list[str]] = {}
    for each in floating_ips:
        floating.setdefault(str(each.get("port_id")), []).append(str(each["floating_ip_address"]))
    by_server: dict[str, list[SeenPort]] = {}
    for each in ports:
        by_server.setdefault(str(each.get("device_id")), []).append(_port(each, floating.get(str(each["id"]), ())))
    found: dict[ServerName, list[SeenServer]] = {}
    for each in servers:
        seen = SeenServer(
            id=ItemId(str(each["id"])),
            status=str(each.get("status", "")),
            ports=tuple(sorted(by_server.get(str(each["id"]), ()), key=lambda port: port.name)),
        )
        found.setdefault(ServerName(str(each["name"])), []).append(seen)
    return Sight(servers={name: tuple(each) for name, each in found.items()})


def _port(item: Item, floating: Iterable[str]) -> SeenPort:
    fixed = (str(each["ip_address"]) for each in item.get("fixed_ips") or ())
    return SeenPort(name=str(item.get("name") or ""), fixed=tuple(fixed), floating=tuple(floating))
