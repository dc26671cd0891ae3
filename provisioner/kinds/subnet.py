"""Kind `subnet`: a subnet of one of the project's networks (network API reference v2.0, `subnets`)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.diff import Change, Verb
from provisioner.kinds import network, ranks
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind
from provisioner.objects import Desired, KindName, Properties, Value
from provisioner.plan import Refusal
from tenants.landing_zone import NetworkSpec, SubnetSpec
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("subnet")
SUBNETS: Final = Collection(
    name=CollectionName("subnets"),
    service="network",
    path="/subnets",
    item="subnet",
    items="subnets",
    fields=(
        "name",
        "network_id",
        "cidr",
        "ip_version",
        "gateway_ip",
        "enable_dhcp",
        "dns_nameservers",
        "allocation_pools",
    ),
    neutron=True,
)
_QUOTA: Final = Resource(service=Service.NETWORK, name="subnet")
#: Where a subnet has no gateway.
_NONE: Final = "none"
#: What Neutron does not change once the subnet is there.
_FIXED: Final = ("network", "cidr")


class SubnetKind(ItemKind):
    """Subnets that the project owns."""

    name = NAME
    collection = SUBNETS
    made_at = ranks.SUBNETS
    deleted_at = ranks.DELETE_SUBNETS

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether there is a landing zone, or an application whose servers have addresses."""
        return project.landing_zone is not None or bool(project.applications)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The subnets of the landing zone's networks; those of an absent network are absent with it."""
        zone = asked.project.landing_zone
        for each in zone.networks if zone and asked.project.is_active else ():
            for subnet in each.subnets:
                gone = Presence.ABSENT in {subnet.presence, each.presence}
                yield Desired(
                    address=asked.address(NAME, subnet.name),
                    presence=Presence.ABSENT if gone else Presence.PRESENT,
                    properties=_properties(each, subnet),
                )

    def plain(self, item: Item) -> Properties:
        """Everything but its network."""
        return {
            "cidr": item["cidr"],
            "gateway": item.get("gateway_ip") or _NONE,
            "dhcp": bool(item.get("enable_dhcp")),
            "dns": ", ".join(item.get("dns_nameservers") or ()),
            "allocationPools": _pools(item.get("allocation_pools") or ()),
        }

    def referring(self, item: Item, asked: Asked) -> Properties:
        """Its network's name."""
        names = {each["id"]: each.get("name") for each in asked.items(network.NETWORKS)}
        return {"network": names.get(item["network_id"])}

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Its network and addresses cannot be changed."""
        found = super().assess(change, asked)
        fixed = [name for name in _FIXED if change.verb is Verb.UPDATE and name in change.after]
        refusals = tuple(
            Refusal(
                address=change.address,
                message=f"{name} cannot go from {change.before[name]} to {change.after[name]}: Neutron has no way to change it",
                remedy="give the new subnet another name, move the servers, then have this one absent",
            )
            for name in fixed
        )
        return Assessment(reason=found.reason, destructive=found.destructive, refusals=refusals)

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One subnet."""
        return {_QUOTA: 1} if change.verb is Verb.CREATE else NO_DEMAND

    def body(self, change: Change, target: Target) -> Body:
        """Name, network, version of the protocol, and what the manifest says."""
        cidr = str(change.after["cidr"])
        return {
            "name": change.address.key,
            "project_id": target.known_project,
            "network_id": target.id_of(network.NAME, str(change.after["network"])),
            "cidr": cidr,
            "ip_version": 6 if ":" in cidr else 4,
            **_said(change.after),
        }

    def changed(self, change: Change, target: Target) -> Body:
        """What the manifest says otherwise."""
        return _said(change.after)


def _properties(network_spec: NetworkSpec, subnet: SubnetSpec) -> Properties:
    said: dict[str, Value] = {
        "network": network_spec.name,
        "cidr": subnet.cidr,
        "gateway": subnet.gateway if subnet.has_gateway else _NONE,
        "dhcp": subnet.dhcp,
        "dns": None if subnet.dns is None else ", ".join(subnet.dns),
        "allocationPools": ", ".join(sorted(map(str, subnet.allocation_pools))) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _pools(pools: Iterable[Mapping[str, Any]]) -> str:
    """Pools on one line, in an order that does not depend on Neutron's."""
    return ", ".join(sorted(f"{each['start']}-{each['end']}" for each in pools))


def _said(after: Properties) -> dict[str, Any]:
    """The properties in Neutron's terms."""
    body: dict[str, Any] = {}
    if "gateway" in after:
        body["gateway_ip"] = None if after["gateway"] == _NONE else after["gateway"]
    if "dhcp" in after:
        body["enable_dhcp"] = after["dhcp"]
    if "dns" in after:
        body["dns_nameservers"] = [each for each in str(after["dns"]).split(", ") if each]
    if "allocationPools" in after:
        ranges = [each.split("-") for each in str(after["allocationPools"]).split(", ")]
        body["allocation_pools"] = [{"start": first, "end": last} for first, last in ranges]
    return body
