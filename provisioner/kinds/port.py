"""Kind `port`: a server's place in a network (network API reference v2.0, `ports`), made before the server that takes it.

Ports are made here and not by Nova, so that an address that is taken or a quota that is used up is known before there is
half a server, and so that a server's addresses outlive a rebuilt one. A port that Nova made for a server that was there
before Tenantry is known by its server and network instead of by its name.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, DependencyMissing
from provisioner.kinds import port_failures, port_groups, port_places, ranks, security_group
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind
from provisioner.kinds.refused import in_plain_words
from provisioner.kinds.server_properties import NAME as SERVER
from provisioner.kinds.server_properties import SERVERS, managed
from provisioner.objects import Address, Desired, KindName, Properties, Value
from provisioner.operation import Evidence
from provisioner.plan import Refusal
from tenants import members
from tenants.application import InterfaceSpec, Surplus
from tenants.names import ApplicationName, NetworkName, ServerName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("port")
PORTS: Final = Collection(
    name=CollectionName("ports"),
    service="network",
    path="/ports",
    item="port",
    items="ports",
    fields=(
        "name",
        "network_id",
        "device_id",
        "device_owner",
        "fixed_ips",
        "security_groups",
        "mac_address",
        "status",
    ),
    neutron=True,
)
_QUOTA: Final = Resource(service=Service.NETWORK, name="port")
_NETWORK: Final = "network"
_ADDRESS: Final = "address"
_GROUPS: Final = "securityGroups"
#: Where a port is in no subnet.
_NONE: Final = "none"


class PortKind(ItemKind):
    """Ports of applications' servers."""

    name = NAME
    collection = PORTS
    made_at = ranks.PORTS
    deleted_at = ranks.DELETE_PORTS

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether an application has a server in a network."""
        return any(server.interfaces for each in project.applications for server in each.servers)

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """Ports, the servers by which some are known, and the security groups that they name."""
        if project is not None and not self.concerns(project):
            return
        yield from (Read(collection=PORTS), Read(collection=SERVERS))
        if project is None or any(each.interface.security_groups for each in _places(project)):
            yield Read(collection=security_group.SECURITY_GROUPS)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """A port for each interface of each single server; those of servers that are to go are to go with them."""
        for each in _places(asked.project):
            yield Desired(
                address=asked.address(NAME, each.key),
                presence=each.presence,
                properties=_properties(each.interface),
                initial={_NETWORK: each.interface.network, "description": f"tenantry: {each.application}"},
            )
        for key in _surplus(asked.project, keys(asked).values()):
            yield Desired(address=asked.address(NAME, key), presence=Presence.ABSENT)

    def plain(self, item: Item) -> Properties:
        """Nothing: all that matters of a port refers to something else."""
        return {}

    def referring(self, item: Item, asked: Asked) -> Properties:
        """Its network, addresses and security groups, by name."""
        groups = port_groups.names(asked)
        names = sorted(groups.get(each, each) for each in item.get("security_groups") or ())
        found = port_failures.addresses(item)
        return {
            _NETWORK: port_places.network_names(asked).get(item["network_id"]),
            _ADDRESS: ", ".join(found) or _NONE,
            _GROUPS: ", ".join(names),
        }

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """Every port whose key is the only one of its kind in the project."""
        known = keys(asked)
        wanted = {each.key: next(iter(each.interface.addresses), None) for each in _places(asked.project)}
        counts = Counter(known.values())
        for item in asked.items(PORTS):
            key = known.get(str(item["id"]))
            if key is None or counts[key] > 1:
                continue
            found: dict[str, Value] = {"id": str(item["id"]), **self.referring(item, asked)}
            # One of several addresses (IPv4 beside IPv6) is what the manifest names.
            if (address := wanted.get(key)) in port_failures.addresses(item):
                found[_ADDRESS] = address
            yield asked.address(NAME, key), found

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """Several ports where there should be one: which is meant nobody can tell."""
        counts = Counter(keys(asked).values())
        for each in _places(asked.project):
            if (count := counts[each.key]) > 1:
                yield Refusal(
                    address=asked.address(NAME, each.key),
                    message=f"{count} ports have this name, or are the server's in the network {each.interface.network}",
                    remedy="take all but one of them away in the cloud",
                )

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """What a new one needs has to be there; the address of one that is there stays."""
        found = super().assess(change, asked)
        interface = _interface(asked.project, change.address.key)
        refusals: tuple[Refusal, ...] = ()
        if change.verb is Verb.CREATE:
            refusals = tuple(port_places.not_to_be_had(change, asked))
        if interface is not None and _GROUPS in change.after:
            refusals += tuple(port_groups.unknown(change, interface, asked))
        if change.verb is Verb.UPDATE and _ADDRESS in change.after:
            refusals += (_fixed(change),)
        return Assessment(reason=found.reason, destructive=found.destructive, refusals=refusals)

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One port."""
        return {_QUOTA: 1} if change.verb is Verb.CREATE else NO_DEMAND

    def body(self, change: Change, target: Target) -> Body:
        """Its name and network, and what the manifest says. Without an address, Neutron chooses one of each subnet's."""
        place = str(change.after[_NETWORK])
        port_places.must_have_subnets(place, target)
        address = change.after.get(_ADDRESS)
        return {
            "name": change.address.key,
            "project_id": target.known_project,
            "network_id": port_places.network_id(place, target),
            "description": change.after["description"],
            **({"fixed_ips": [{"ip_address": address}]} if address else {}),
            **self.changed(change, target),
        }

    def changed(self, change: Change, target: Target) -> Body:
        """Its security groups, where the manifest names any."""
        interface = _interface(target.project, change.address.key)
        if interface is None or _GROUPS not in change.after:
            return {}
        return {"security_groups": port_groups.ids(interface, target)}

    def remove(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """As of any item. Raises DependencyMissing while its server is there, which would be cut off."""
        if server := _server_of(change.address.key, target):
            raise DependencyMissing(f"waits for the server {server}, which could not be deleted")
        return super().remove(change, target, item)

    def perform(self, change: Change, target: Target) -> Evidence:
        """As of any item; where Neutron has no room for it, says who has what it needs."""
        with in_plain_words(target):
            try:
                return super().perform(change, target)
            except CloudConflict as conflict:
                raise port_failures.explained(conflict, change, target, PORTS) from conflict


def keys(asked: Asked) -> Mapping[str, str]:
    """The keys of the project's ports, by their ids; those that can be none of ours left out.

    A server's port is known by its server and network, whatever its name; others by their names.
    """
    servers = {str(each["id"]): str(each.get("name")) for each in asked.items(SERVERS)}
    networks = port_places.network_names(asked)
    found: dict[str, str] = {}
    for item in asked.items(PORTS):
        server, place = servers.get(str(item.get("device_id"))), networks.get(str(item["network_id"]))
        if server and place:
            found[str(item["id"])] = members.port_name(ServerName(server), NetworkName(place))
    attached = set(found.values())
    for item in asked.items(PORTS):
        name = str(item.get("name") or "")
        if name and name not in attached and str(item["id"]) not in found:
            found[str(item["id"])] = name
    return found


def key_of(item: Item, server: str, asked: Asked) -> str:
    """The key of a server's port, as `keys` has it; its name where its network has none that is known."""
    place = port_places.network_names(asked).get(str(item["network_id"]))
    return members.port_name(ServerName(server), NetworkName(place)) if place else str(item.get("name") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A single server's interface, with the key of its port."""

    key: str
    application: ApplicationName
    interface: InterfaceSpec
    presence: Presence


def _places(project: ProjectSpec) -> Iterator[_Place]:
    """All interfaces of single servers of the applications that are managed."""
    for application in managed(project):
        for server in members.servers(application):
            gone = Presence.ABSENT in {application.presence, server.presence}
            for interface in server.interfaces:
                yield _Place(
                    key=members.port_name(server.name, interface.network),
                    application=application.name,
                    interface=interface,
                    presence=Presence.ABSENT if gone else Presence.PRESENT,
                )


def _server_of(key: str, target: Target) -> str | None:
    """The server that is there and has the port of that key, if any."""
    networks = {
        interface.network
        for application in target.project.applications
        for server in application.servers
        for interface in server.interfaces
    }
    there = (each.key for each in target.ids if each == target.address(SERVER, each.key))
    return next(
        (each for each in there for place in networks if members.port_name(ServerName(each), place) == key), None
    )


def _interface(project: ProjectSpec, key: str) -> InterfaceSpec | None:
    return next((each.interface for each in _places(project) if each.key == key), None)


def _surplus(project: ProjectSpec, observed: Iterable[str]) -> Iterator[str]:
    """The ports of members beyond their server's count that are to go with them."""
    names = list(observed)
    for application in managed(project):
        for server in application.servers:
            for interface in server.interfaces if server.surplus is Surplus.DELETE else ():
                ending = members.port_name(ServerName(""), interface.network)
                there = {each.removesuffix(ending) for each in names if each.endswith(ending)}
                for name in members.surplus(server, there):
                    yield members.port_name(name, interface.network)


def _properties(interface: InterfaceSpec) -> Properties:
    """What is kept so; what the manifest does not name is left to Neutron."""
    said: dict[str, Value] = {
        _ADDRESS: next(iter(interface.addresses), None),
        _GROUPS: ", ".join(sorted(interface.security_groups)) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _fixed(change: Change) -> Refusal:
    was, wanted = change.before[_ADDRESS], change.after[_ADDRESS]
    return Refusal(
        address=change.address,
        message=f"the address cannot go from {was} to {wanted}: its server would be cut off",
        remedy=f"leave it at {was}; or have the server absent, apply, and have it made anew with the other",
    )
