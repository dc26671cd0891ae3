"""Which zone of its cloud a project lives in, by what it holds. Pure."""

from collections.abc import Iterator

from provisioner.clouds.offers import Offers
from provisioner.kinds import external
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.router import ROUTERS
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.volume import VOLUMES
from provisioner.observation import ProjectView
from tenants.spec import CloudSpec, ZoneSpec


def zone_of(view: ProjectView, cloud: CloudSpec, offers: Offers) -> ZoneSpec:
    """The zone that its routers and floating IPs lead out of and its servers and volumes stand in; without any, the first.

    The way out counts more: a server may name another availability zone, a router no other external network.
    """
    zones = tuple(cloud.zones.values())
    ways_out = set(_ways_out(view, offers)) & {each.external_network for each in zones}
    places = set(_places(view)) & {each.availability_zone for each in zones}
    # Of equals, `max` takes the first.
    return max(zones, key=lambda each: (ways_out == {each.external_network}, places == {each.availability_zone}))


def _ways_out(view: ProjectView, offers: Offers) -> Iterator[str]:
    """The names of the external networks that the project uses."""
    for router in view.items.get(ROUTERS.name, ()):
        if gateway := (router.get("external_gateway_info") or {}).get("network_id"):
            yield external.name_of(offers, str(gateway))
    for address in view.items.get(FLOATING_IPS.name, ()):
        yield external.name_of(offers, str(address.get("floating_network_id")))


def _places(view: ProjectView) -> Iterator[str]:
    """The availability zones of its servers and volumes."""
    for server in view.items.get(SERVERS.name, ()):
        yield str(server.get("OS-EXT-AZ:availability_zone"))
    for volume in view.items.get(VOLUMES.name, ()):
        yield str(volume.get("availability_zone"))
