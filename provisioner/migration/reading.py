"""Servers with their disks and interfaces, read from what Nova, Cinder, Neutron and Glance list. Pure.

`provisioner.moving.inspecting` makes the listings. Nova does not say which disk a server boots from, nor Neutron in which order
interfaces came; both are worked out here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.clouds.collections import Item
from provisioner.migration.image_properties import carried
from provisioner.migration.workload import (
    PORT_SETTINGS,
    AddressPair,
    Disk,
    FixedAddress,
    Interface,
    Machine,
    disk_subject,
    interface_subject,
)
from tenants.landing_zone import IPAddress
from tenants.names import (
    FlavorName,
    ImageName,
    KeyPairName,
    NetworkName,
    SecurityGroupName,
    ServerGroupName,
    ServerName,
    SubnetName,
    VolumeTypeName,
)
from tenants.wave import HostName

_GIB: Final = 1024**3
#: What Cinder shows administrators among the metadata that people gave.
_CINDERS_OWN: Final = frozenset({"readonly", "attached_mode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What surrounds servers, by ids."""

    volumes: Mapping[str, Item] = field(default_factory=dict)
    #: By the server that has them.
    ports: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    #: Names.
    networks: Mapping[str, str] = field(default_factory=dict)
    subnets: Mapping[str, str] = field(default_factory=dict)
    security_groups: Mapping[str, str] = field(default_factory=dict)
    #: Names, by the servers that are in them.
    server_groups: Mapping[str, str] = field(default_factory=dict)
    #: Addresses, by the ports that they lead to.
    floating_ips: Mapping[str, Sequence[str]] = field(default_factory=dict)
    images: Mapping[str, Item] = field(default_factory=dict)


def machine_of(server: Item, seen: Seen) -> Machine:
    """A server as Nova lists it, with what is attached to it."""
    name = ServerName(str(server.get("name") or ""))
    flavor, image_id = server.get("flavor") or {}, image_of(server)
    image = seen.images.get(image_id or "", {})
    group = seen.server_groups.get(server["id"])
    return Machine(
        id=str(server["id"]),
        name=name,
        status=str(server.get("status")),
        task=server.get("OS-EXT-STS:task_state"),
        host=_or_none(HostName, server.get("OS-EXT-SRV-ATTR:host")),
        availability_zone=server.get("OS-EXT-AZ:availability_zone") or None,
        flavor=FlavorName(str(flavor.get("original_name") or "")),
        vcpus=int(flavor.get("vcpus") or 0),
        ram=int(flavor.get("ram") or 0),
        image_id=image_id,
        image=_or_none(ImageName, image.get("name")),
        key_pair=_or_none(KeyPairName, server.get("key_name")),
        server_group=_or_none(ServerGroupName, group),
        config_drive=str(server.get("config_drive") or "").lower() in {"true", "1"},
        locked=bool(server.get("locked")),
        ephemeral=int(flavor.get("ephemeral") or 0),
        swap=int(flavor.get("swap") or 0),
        extra_specs={str(key): str(value) for key, value in (flavor.get("extra_specs") or {}).items()},
        metadata={str(key): str(value) for key, value in (server.get("metadata") or {}).items()},
        tags=tuple(sorted(server.get("tags") or ())),
        disks=tuple(_disks(name, server, seen)),
        interfaces=tuple(_interfaces(name, server, seen)),
    )


def image_of(server: Item) -> str | None:
    """The id of the image that a server's root disk was made from; None where it boots from a volume."""
    image = server.get("image")
    return str(image["id"]) if isinstance(image, Mapping) and image.get("id") else None


def volumes_of(server: Item) -> tuple[str, ...]:
    """The ids of the volumes that a server has."""
    return tuple(str(each["id"]) for each in server.get("os-extended-volumes:volumes_attached") or ())


def _disks(name: ServerName, server: Item, seen: Seen) -> Iterator[Disk]:
    image_id = image_of(server)
    attached = _in_order(server, seen)
    if image_id is not None:
        yield _root(name, server, seen.images.get(image_id, {}))
    doomed = {
        str(each["id"]): bool(each.get("delete_on_termination"))
        for each in server.get("os-extended-volumes:volumes_attached") or ()
    }
    for position, volume in enumerate(attached, start=0 if image_id is None else 1):
        yield _disk(name, volume, position, doomed=doomed[str(volume["id"])], device=_device(volume, server))


def _root(name: ServerName, server: Item, image: Item) -> Disk:
    """As large as the flavor has it; where it leaves that to the image, as the image."""
    least = max(
        int(image.get("min_disk") or 0), -(-int(image.get("virtual_size") or image.get("size") or 0) // _GIB), 1
    )
    return Disk(
        subject=disk_subject(name, 0),
        position=0,
        volume=None,
        name="",
        size=int((server.get("flavor") or {}).get("disk") or 0) or least,
        bootable=True,
        device=server.get("OS-EXT-SRV-ATTR:root_device_name"),
        delete_on_termination=True,
        image_properties=carried(image),
    )


def _disk(name: ServerName, volume: Item, position: int, *, doomed: bool, device: str | None) -> Disk:
    return Disk(
        subject=disk_subject(name, position),
        position=position,
        volume=str(volume["id"]),
        name=str(volume.get("name") or ""),
        size=int(volume.get("size") or 0),
        volume_type=_or_none(VolumeTypeName, volume.get("volume_type")),
        bootable=str(volume.get("bootable")).lower() == "true",
        device=device,
        delete_on_termination=doomed,
        metadata={
            str(key): str(value) for key, value in (volume.get("metadata") or {}).items() if key not in _CINDERS_OWN
        },
        image_properties=carried(volume.get("volume_image_metadata")),
        encrypted=bool(volume.get("encrypted")),
        multiattach=bool(volume.get("multiattach")),
    )


def _in_order(server: Item, seen: Seen) -> list[Item]:
    """A server's volumes in the order of their devices, before all the one that it boots from."""
    volumes = [seen.volumes[each] for each in volumes_of(server) if each in seen.volumes]
    ordered = sorted(volumes, key=lambda each: _place(_device(each, server)))
    if image_of(server) is not None:
        return ordered
    named = server.get("OS-EXT-SRV-ATTR:root_device_name")
    root = next((each for each in ordered if named and _device(each, server) == named), None)
    root = root or next((each for each in ordered if str(each.get("bootable")).lower() == "true"), None)
    return ordered if root is None else [root, *(each for each in ordered if each is not root)]


def _device(volume: Item, server: Item) -> str | None:
    attachments = volume.get("attachments") or ()
    return next((each.get("device") for each in attachments if each.get("server_id") == server["id"]), None)


def _place(device: str | None) -> tuple[int, str]:
    """`/dev/vdz` before `/dev/vdaa`; without a device, last."""
    return (len(device), device) if device else (1 << 16, "")


def _interfaces(name: ServerName, server: Item, seen: Seen) -> Iterator[Interface]:
    """In the order in which Nova shows their addresses; those without any come last."""
    shown = [
        str(each.get("OS-EXT-IPS-MAC:mac_addr")).lower()
        for addresses in (server.get("addresses") or {}).values()
        for each in addresses
    ]
    places = {mac: place for place, mac in reversed(list(enumerate(shown)))}

    def place(port: Item) -> tuple[int, str, str]:
        return places.get(_mac(port), len(shown)), str(port.get("name") or ""), str(port["id"])

    for position, port in enumerate(sorted(seen.ports.get(server["id"], ()), key=place)):
        yield _interface(name, port, position, seen)


def _interface(name: ServerName, port: Item, position: int, seen: Seen) -> Interface:
    network = str(port.get("network_id"))
    groups = (seen.security_groups.get(each, each) for each in port.get("security_groups") or ())
    return Interface(
        subject=interface_subject(name, position),
        port=str(port["id"]),
        name=str(port.get("name") or ""),
        network_id=network,
        network=NetworkName(seen.networks.get(network) or network),
        mac=_mac(port),
        addresses=tuple(_address(each, seen) for each in port.get("fixed_ips") or ()),
        security_groups=tuple(SecurityGroupName(each) for each in sorted(groups)),
        port_security=port.get("port_security_enabled") is not False,
        address_pairs=tuple(
            AddressPair(address=str(each.get("ip_address")), mac=str(each.get("mac_address") or "").lower())
            for each in port.get("allowed_address_pairs") or ()
        ),
        vnic_type=str(port.get("binding:vnic_type") or "normal"),
        settings={each: json.dumps(port[each], sort_keys=True) for each in PORT_SETTINGS if port.get(each)},
        floating_ips=tuple(IPAddress(each) for each in sorted(seen.floating_ips.get(str(port["id"]), ()))),
        status=str(port.get("status") or ""),
    )


def _address(fixed: Mapping[str, Any], seen: Seen) -> FixedAddress:
    subnet = str(fixed.get("subnet_id"))
    return FixedAddress(
        address=IPAddress(str(fixed.get("ip_address"))),
        subnet_id=subnet,
        subnet=SubnetName(seen.subnets.get(subnet) or subnet),
    )


def _mac(port: Item) -> str:
    return str(port.get("mac_address") or "").lower().replace("-", ":")


def _or_none(kind: Any, value: Any) -> Any:
    """A name of that type, or None where there is none."""
    return kind(str(value)) if value else None
