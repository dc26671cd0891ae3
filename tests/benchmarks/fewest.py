"""The fewest requests that the work can take, request by request. docs/performance.md prints this list.

A pass must know the facts below, each of which is one request, because no listing gives two of them. Then come the
writes, which OpenStack takes one by one, and reading back what they did: in one listing where OpenStack has one, project
by project where it has none (Nova, Cinder).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.departments import MEMBERS, QUOTA


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that a pass must know of a cloud, and the request that tells it."""

    #: OpenStack's service type.
    service: str
    #: Below the service's endpoint; `{domain}`, `{compute}` and `{provider}` stand for ids.
    path: str
    tells: str
    per_compute: bool = False


FACTS: Final = (
    Fact(service="identity", path="/domains?name=government", tells="the domain of the projects"),
    Fact(service="identity", path="/projects?domain_id={domain}", tells="which projects there are"),
    Fact(service="identity", path="/role_assignments", tells="who has which role in them"),
    Fact(service="identity", path="/roles", tells="the roles' ids"),
    Fact(service="identity", path="/groups?domain_id={domain}", tells="the groups' ids"),
    Fact(
        service="identity",
        path="/registered_limits?service_id={compute}",
        tells="whether Nova takes its limits from Keystone",
    ),
    Fact(service="compute", path="/", tells="Nova's microversions"),
    Fact(service="compute", path="/os-quota-class-sets/default", tells="Nova's default limits"),
    Fact(service="compute", path="/os-availability-zone", tells="the availability zones"),
    Fact(service="block-storage", path="/", tells="Cinder's microversions"),
    Fact(service="block-storage", path="/os-quota-class-sets/default", tells="Cinder's default limits"),
    Fact(service="block-storage", path="/types?is_public=None&limit=1000", tells="the volume types"),
    Fact(service="block-storage", path="/scheduler-stats/get_pools?detail=True", tells="the storage capacity"),
    Fact(service="network", path="/v2.0/extensions", tells="Neutron's extensions"),
    Fact(service="network", path=f"/v2.0/quotas/{'0' * 32}/default", tells="Neutron's default limits"),
    Fact(
        service="network",
        path="/v2.0/networks?router%3Aexternal=True&fields=name&limit=1000",
        tells="the external networks",
    ),
    Fact(service="placement", path="/resource_providers", tells="the computes"),
    Fact(
        service="placement",
        path="/resource_providers/{provider}/inventories",
        tells="what a compute has",
        per_compute=True,
    ),
    Fact(
        service="placement", path="/resource_providers/{provider}/usages", tells="what is used of it", per_compute=True
    ),
)

#: The listings that tell of all projects at once: what was made, who has which role, Neutron's limits.
BULK_READ_BACK: Final[Mapping[str, str]] = {
    "/projects?domain_id={domain}": "identity",
    "/role_assignments": "identity",
    "/v2.0/quotas": "network",
}
#: The services that tell of limits only project by project.
WITHOUT_LISTING: Final = ("compute", "block-storage")

#: What building servers must know beside: what the cloud offers, the limits and use of the project in three services, and
#: what is in the project already.
OFFERS: Final = ("flavors", "images", "networks of all projects")
USE: Final = ("compute", "block-storage", "network")
HOLDINGS: Final = ("networks", "subnets", "ports", "volumes", "servers")
#: What tells that all is built: the volumes once, before servers can have them, and the servers once.
BUILT: Final = ("volumes", "servers")
#: A volume and the server itself; all ports go in one request, which Neutron takes.
PER_SERVER: Final = 2
_ALL_PORTS: Final = 1
#: Nova and Cinder want a token of the project's own for what is made in it.
_PROJECT_TOKEN: Final = 1
_AUTHENTICATION: Final = 1


def facts(*, computes: int) -> int:
    """What a pass must ask of a cloud, whatever there is to do; authentication included."""
    once = sum(not fact.per_compute for fact in FACTS)
    return _AUTHENTICATION + once + computes * (len(FACTS) - once)


def per_new_department() -> int:
    """One project, one write of limits for each service, one for each role, one read-back where there is no listing."""
    return 1 + len(QUOTA) + len(MEMBERS) + len(WITHOUT_LISTING)


def to_apply_new(count: int, *, computes: int) -> int:
    """To make that many departments, and to see that it is done."""
    return facts(computes=computes) + count * per_new_department() + len(BULK_READ_BACK)


def to_build_servers(count: int, *, computes: int) -> int:
    """To build that many servers, each with a port and a volume, in a project with a network."""
    known = facts(computes=computes) + len(OFFERS) + len(USE) + len(HOLDINGS)
    return known + _PROJECT_TOKEN + _ALL_PORTS + count * PER_SERVER + len(BUILT)


def to_apply_again(count: int, *, computes: int) -> int:
    """To see that nothing is left to do: Nova and Cinder for each project, Neutron for all at once."""
    return facts(computes=computes) + count * len(WITHOUT_LISTING) + 1
