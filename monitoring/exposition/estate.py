"""What tenants have: servers, volumes and floating IPs by state, and what ids and names belong together. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from monitoring.exposition.catalogue import FLOATING_IP_STATES, SERVER_STATES, VOLUME_STATES
from monitoring.exposition.places import Places
from monitoring.exposition.samples import Samples
from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import Sort, State
from tenants.names import CloudName
from tenants.spec import City

#: The family of each sort, without its prefix, and the states that it tells apart.
COUNTED: Final[Mapping[Sort, tuple[str, tuple[State, ...]]]] = {
    Sort.SERVER: ("servers", SERVER_STATES),
    Sort.VOLUME: ("volumes", VOLUME_STATES),
    Sort.FLOATING_IP: ("floating_ips", FLOATING_IP_STATES),
}


def counts(cloud: CloudName, places: Places, sort: Sort, counted: Iterable[tuple[ProjectId, State, int]]) -> Samples:
    """How many of a sort each tenant has in each state. Every tenant with a project there has every state, with 0 too."""
    samples = Samples()
    family, states = COUNTED[sort]
    for tenant in {each.tenant for each in places.values()}:
        for state in (*states, State.OTHER):
            samples.put(family, (tenant, cloud, state.value), 0)
    for project, state, number in counted:
        place = places.get(project)
        if place is not None:
            told = state if state in states else State.OTHER
            samples.add(family, (place.tenant, cloud, told.value), number)
    return samples


def names(city: City, projects: Mapping[CloudName, Places]) -> Samples:
    """Tenants and projects with what people and Keystone call them."""
    samples = Samples()
    for tenant in city.tenants.values():
        samples.put("tenant", (tenant.name, tenant.display_name, tenant.parent or ""))
    for cloud, there in projects.items():
        for id_, place in there.items():
            samples.put("project", (place.tenant, place.project, cloud, id_, place.keystone_name))
    return samples
