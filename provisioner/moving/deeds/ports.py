"""FREE_ADDRESS and PORT: interfaces at the target, with the addresses and MACs that the source has where the network lets them.

Two ports of one network cannot have one address, so within a network the source's port goes first. From there on the source
cannot run as it did until its port is made again, which taking the step back does.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.migration.bindings import BoundInterface
from provisioner.migration.collections import PORTS, SERVERS
from provisioner.migration.identifiers import Subject, made_name, tag
from provisioner.migration.workload import AddressPair, Interface
from provisioner.moving.deed import ABSENT, Look, Spot, done
from provisioner.moving.deeds.made import Place, gone, one
from tenants.members import port_name
from tenants.names import ServerName

PORT: Final = "port"
RESTORED: Final = "restored"


def described(spot: Spot, role: str, subject: Subject | None = None) -> str:
    """The description of a port that the migration made: ports have no metadata."""
    return f"{tag(spot.id)} {role} {spot.subject if subject is None else subject}"


class Port:
    """One interface of the target."""

    patience = 120.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """By its name and description."""
        item = one(_found(spot))
        if item is None:
            return ABSENT
        addresses = ",".join(str(each["ip_address"]) for each in item.get("fixed_ips") or ())
        return done(id=str(item["id"]), mac=str(item.get("mac_address")), addresses=addresses)

    def begin(self, spot: Spot) -> Receipt:
        """One request, by an administrator, for only one may choose a MAC."""
        interface, bound = spot.scene.workload.interface(spot.subject), spot.scene.bindings.interfaces[spot.subject]
        return _place(spot).make(_body(spot, interface, bound))

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Delete it."""
        gone(_place(spot), lambda: _found(spot), spot)


class FreeAddress:
    """The source's port goes, for its address is to be the target's."""

    patience = 120.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """There is no such port any more."""
        scene, interface = spot.scene, spot.scene.workload.interface(spot.subject)
        there = scene.source.resources.fetch(PORTS, scene.source_project, ItemId(interface.port))
        if there is not None or _restored(spot):
            return ABSENT
        addresses = ",".join(each.address for each in interface.addresses)
        return done(mac=interface.mac, addresses=addresses)

    def begin(self, spot: Spot) -> Receipt:
        """One request. Its server is stopped and locked; Nova hears of it by itself."""
        place, interface = _source(spot), spot.scene.workload.interface(spot.subject)
        for each in _restored(spot):
            place.delete(each)
        return place.delete({"id": interface.port})

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Make the port again as it was, give it back to its server, and its floating IPs back to it."""
        scene, interface = spot.scene, spot.scene.workload.interface(spot.subject)
        machine = scene.workload.machine(spot.subject)
        if scene.source.resources.fetch(PORTS, scene.source_project, ItemId(interface.port)) is not None:
            return
        port = one(_restored(spot))
        if port is None:
            body = {
                "project_id": scene.source_project,
                "network_id": interface.network_id,
                "name": interface.name or made_name(spot.id, RESTORED, spot.subject),
                "description": described(spot, RESTORED),
                "mac_address": interface.mac,
                "fixed_ips": [
                    {"subnet_id": each.subnet_id, "ip_address": each.address} for each in interface.addresses
                ],
                "port_security_enabled": interface.port_security,
                **{each: json.loads(value) for each, value in interface.settings.items()},
                **(_protection(_groups(spot, interface), interface.address_pairs) if interface.port_security else {}),
            }
            port = scene.source.resources.create(PORTS, scene.source_project, body).item
        if not port.get("device_id"):
            attach = Act(below="/os-interface", body={"interfaceAttachment": {"port_id": port["id"]}})
            scene.source.resources.act(SERVERS, scene.source_project, ItemId(machine.id), attach)
        _lead_to(spot, interface, str(port["id"]))


def port_of(spot: Spot, subject: Subject) -> Item | None:
    """The target's port for an interface."""
    return one(_found(spot, subject))


def _found(spot: Spot, subject: Subject | None = None) -> tuple[Item, ...]:
    wanted = spot.subject if subject is None else subject
    interface = spot.scene.workload.interface(wanted)
    description = described(spot, PORT, wanted)
    named = _place(spot).named(_name(spot, interface, wanted))
    return tuple(each for each in named if each.get("description") == description)


def _restored(spot: Spot) -> tuple[Item, ...]:
    interface = spot.scene.workload.interface(spot.subject)
    named = _source(spot).named(interface.name or made_name(spot.id, RESTORED, spot.subject))
    return tuple(each for each in named if each.get("description") == described(spot, RESTORED))


def _name(spot: Spot, interface: Interface, subject: Subject) -> str:
    """As at the source; where that is the name which manifests give ports, as they would give it at the target."""
    machine, bound = spot.scene.workload.machine(subject), spot.scene.bindings.interfaces[subject]
    if interface.name == port_name(ServerName(machine.name), interface.network):
        return port_name(ServerName(machine.name), bound.network)
    return interface.name or made_name(spot.id, PORT, subject)


def _body(spot: Spot, interface: Interface, bound: BoundInterface) -> dict[str, Any]:
    body: dict[str, Any] = {
        "project_id": spot.scene.target_project,
        "network_id": bound.network_id,
        "name": _name(spot, interface, spot.subject),
        "description": described(spot, PORT),
        "port_security_enabled": interface.port_security,
    }
    if bound.mac is not None:
        body["mac_address"] = bound.mac
    if bound.addresses:
        body["fixed_ips"] = [
            {"subnet_id": each.subnet_id, **({"ip_address": each.address} if each.address else {})}
            for each in bound.addresses
        ]
    if interface.port_security:
        body |= _protection(bound.security_group_ids, bound.address_pairs)
    return body


def _lead_to(spot: Spot, interface: Interface, port: str) -> None:
    """Have the floating IPs lead there that led to the port: Neutron took them off it as it went. One that leads elsewhere by now stays."""
    scene = spot.scene
    for address in interface.floating_ips:
        for each in scene.source.resources.named(
            FLOATING_IPS, scene.source_project, address, key="floating_ip_address"
        ):
            if not each.get("port_id"):
                identity = ItemId(str(each["id"]))
                scene.source.resources.update(FLOATING_IPS, scene.source_project, identity, {"port_id": port})


def _protection(groups: Iterable[str], pairs: Iterable[AddressPair]) -> dict[str, Any]:
    """What it lets through, and what it may use beside its own address."""
    allowed = [{"ip_address": each.address, **({"mac_address": each.mac} if each.mac else {})} for each in pairs]
    return {"security_groups": list(groups), **({"allowed_address_pairs": allowed} if allowed else {})}


def _groups(spot: Spot, interface: Interface) -> list[str]:
    """The source's own security groups, by their names, in its project."""
    place = Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=SECURITY_GROUPS)
    return [str(found["id"]) for name in interface.security_groups for found in place.named(name)]


def _place(spot: Spot) -> Place:
    return Place(cloud=spot.scene.target, project=spot.scene.target_project, collection=PORTS)


def _source(spot: Spot) -> Place:
    return Place(cloud=spot.scene.source, project=spot.scene.source_project, collection=PORTS)
