"""Kind `network`: a network of the project in Neutron (network API reference v2.0, `networks`)."""

from collections.abc import Iterable, Mapping
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item
from provisioner.diff import Change, Verb
from provisioner.kinds import ranks
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind
from provisioner.objects import Desired, KindName, Properties, Value
from tenants.landing_zone import NetworkSpec
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("network")
NETWORKS: Final = Collection(
    name=CollectionName("networks"),
    service="network",
    path="/networks",
    item="network",
    items="networks",
    fields=("name", "description", "mtu", "status", "subnets"),
    neutron=True,
)
_QUOTA: Final = Resource(service=Service.NETWORK, name="network")


class NetworkKind(ItemKind):
    """Networks that the project owns."""

    name = NAME
    collection = NETWORKS
    made_at = ranks.GROUND
    deleted_at = ranks.DELETE_GROUND

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether there is a landing zone, or an application whose servers are in networks."""
        return project.landing_zone is not None or bool(project.applications)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The landing zone's networks."""
        zone = asked.project.landing_zone
        for network in zone.networks if zone and asked.project.is_active else ():
            yield Desired(
                address=asked.address(NAME, network.name), presence=network.presence, properties=_properties(network)
            )

    def plain(self, item: Item) -> Properties:
        """Description and MTU."""
        return {"description": item.get("description") or "", "mtu": item.get("mtu")}

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """A smaller MTU than its servers have been told may cut them off until they renew their leases."""
        found = super().assess(change, asked)
        if change.verb is Verb.UPDATE and "mtu" in change.after:
            return Assessment(reason=f"{found.reason}; servers learn of another MTU when they renew their leases")
        return found

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One network."""
        return {_QUOTA: 1} if change.verb is Verb.CREATE else NO_DEMAND

    def body(self, change: Change, target: Target) -> Body:
        """Name, and what the manifest says."""
        return {"name": change.address.key, "project_id": target.known_project, **change.after}


def _properties(network: NetworkSpec) -> Properties:
    """What the manifest names; the rest is left to Neutron and alone."""
    said: dict[str, Value] = {"description": network.description, "mtu": network.mtu}
    return {name: value for name, value in said.items() if value is not None}
