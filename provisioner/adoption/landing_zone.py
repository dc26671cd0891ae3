"""A project's networks, routers and floating IPs, and all of its landing zone, as a manifest says them. Pure."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Final

from provisioner.adoption import access, security
from provisioner.adoption.documents import Document, Draft
from provisioner.adoption.found import Found
from provisioner.clouds.collections import Item
from provisioner.kinds import external, network, router, router_interfaces, subnet
from provisioner.kinds.floating_ip import FLOATING_IPS, FloatingIPKind
from provisioner.kinds.port import PORTS
from provisioner.objects import Properties
from tenants.kinds.landing.networks import NO_GATEWAY

#: What the kinds of subnets and routers say where there is no gateway.
_NONE: Final = "none"


def landing_zone(found: Found) -> Draft:
    """All that a project has beside applications; empty where it has nothing."""
    parts: Draft = {
        "networks": list(_networks(found)),
        "routers": list(_routers(found)),
        "securityGroups": list(security.groups(found)),
        "floatingIPs": list(_floating_ips(found)),
        "keyPairs": list(access.key_pairs(found)),
        "grants": access.grants(found),
    }
    return {key: part for key, part in parts.items() if part}


def _networks(found: Found) -> Iterator[Document]:
    """The networks, each with its subnets."""
    subnets = dict(found.told_apart(subnet.SUBNETS, "subnet"))
    properties = found.of(subnet.NAME)
    taken: set[str] = set()
    for name, item in found.told_apart(network.NETWORKS, "network"):
        seen = found.of(network.NAME)[name]
        inside = [each for each in subnets if subnets[each]["network_id"] == item["id"]]
        taken.update(inside)
        yield {
            "name": name,
            **({"description": seen["description"]} if seen["description"] else {}),
            **({"mtu": seen["mtu"]} if seen["mtu"] else {}),
            **({"subnets": [_subnet(each, properties[each]) for each in inside]} if inside else {}),
        }
    for name in sorted(subnets.keys() - taken):
        found.leave(f"subnet {name}", "its network is left out, or another project's")


def _subnet(name: str, seen: Properties) -> Document:
    gateway = str(seen["gateway"])
    dns = [each for each in str(seen["dns"]).split(", ") if each]
    pools = [each.partition("-") for each in str(seen["allocationPools"]).split(", ") if each]
    usual = [(pool[0], pool[2]) for pool in pools] == _usual_pools(str(seen["cidr"]), gateway)
    return {
        "name": name,
        "cidr": seen["cidr"],
        "gateway": NO_GATEWAY if gateway == _NONE else gateway,
        **({} if seen["dhcp"] else {"dhcp": False}),
        **({"dns": dns} if dns else {}),
        **({} if usual or not pools else {"allocationPools": [{"first": p[0], "last": p[2]} for p in pools]}),
    }


def _usual_pools(cidr: str, gateway: str) -> list[tuple[str, str]]:
    """The pools that Neutron gives an IPv4 subnet unasked whose gateway is its first or last address."""
    whole = ip_network(cidr)
    if whole.version != 4 or whole.num_addresses < 8:  # noqa: PLR2004 - smaller ones are written out
        return []
    first, last = whole.network_address + 1, whole.broadcast_address - 1
    if gateway == str(first):
        first += 1
    elif gateway == str(last):
        last -= 1
    elif gateway != _NONE and ip_address(gateway) in whole:
        return []
    return [(str(first), str(last))]


def _routers(found: Found) -> Iterator[Document]:
    """The routers that reach no other outside than the zone's."""
    for name, item in found.told_apart(router.ROUTERS, "router"):
        way_out = found.of(router.NAME)[name]["external"]
        if way_out not in {_NONE, found.zone.external_network}:
            found.leave(f"router {name}", f"it leads to {way_out}, which is not its zone's external network")
            continue
        served = sorted(_served(found, name, item))
        yield {
            "name": name,
            **({"external": False} if way_out == _NONE else {}),
            **({"subnets": served} if served else {}),
        }


def _served(found: Found, name: str, item: Item) -> Iterator[str]:
    """The project's subnets at whose gateways the router is."""
    subnets = {str(each["id"]): each for each in found.items(subnet.SUBNETS)}
    mine = [each for each in found.items(PORTS) if router_interfaces.subnets_of(str(item["id"]), (each,))]
    for port in mine:
        for fixed in port["fixed_ips"]:
            inside = subnets.get(str(fixed["subnet_id"]))
            if inside is None:
                found.leave(f"router {name}: its interface {fixed['ip_address']}", "it is in another project's subnet")
            elif inside.get("gateway_ip") != fixed["ip_address"]:
                found.leave(
                    f"router {name}: its interface {fixed['ip_address']}",
                    "it is not at the subnet's gateway, where a manifest's routers are",
                )
            elif inside["name"] in found.of(subnet.NAME):
                yield str(inside["name"])
            else:
                found.leave(f"router {name}: its interface {fixed['ip_address']}", "its subnet is left out")


def floating_ip_name(item: Item) -> str:
    """A floating IP's name in manifests: ours where it bears our mark, else its address."""
    return FloatingIPKind().key(item) or str(item["floating_ip_address"])


def _floating_ips(found: Found) -> Iterator[Document]:
    """The floating IPs of the zone's external network."""
    for name, item in found.told_apart(FLOATING_IPS, "floating IP", floating_ip_name):
        home = external.name_of(found.asked.offers, str(item.get("floating_network_id")))
        if home != found.zone.external_network:
            found.leave(f"floating IP {name}", f"it is of {home}, which is not its zone's external network")
        else:
            yield {"name": name, "address": item["floating_ip_address"]}
