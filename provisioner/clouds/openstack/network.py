"""Neutron: limits, use, and who uses it (network API reference v2.0, `quotas` with its extensions).

Neutron lists the limits of all projects at once, but use only project by project. For many projects it is fewer
requests to list everything there is, once, and to count.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from provisioner.clouds.holders import greatest_first
from provisioner.clouds.identifiers import checked
from provisioner.clouds.interface import Capabilities, Holder, ProjectId, Reading, Receipt, Usage
from provisioner.clouds.openstack.calls import Body, Call
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import PAGE, list_all
from provisioner.errors import CloudError, CloudRefused
from tenants.resources import CATALOGUE, Limit, Limits, Resource, Service

_SERVICE: Final = "network"
_DEFINITIONS: Final = CATALOGUE[Service.NETWORK]
_RESOURCES: Final = {name: Resource(service=Service.NETWORK, name=name) for name in _DEFINITIONS}
#: Where the things that a resource counts are listed. `router_route` counts within a router, and so is not here.
_PATHS: Final[Mapping[str, str]] = {
    "network": "/networks",
    "subnet": "/subnets",
    "subnetpool": "/subnetpools",
    "port": "/ports",
    "router": "/routers",
    "floatingip": "/floatingips",
    "security_group": "/security-groups",
    "security_group_rule": "/security-group-rules",
    "rbac_policy": "/rbac-policies",
    "trunk": "/trunks",
    "bgpvpn": "/bgpvpn/bgpvpns",
    "vpnservice": "/vpn/vpnservices",
    "ipsec_site_connection": "/vpn/ipsec-site-connections",
    "ikepolicy": "/vpn/ikepolicies",
    "ipsecpolicy": "/vpn/ipsecpolicies",
    "endpoint_group": "/vpn/endpoint-groups",
    "firewall_group": "/fwaas/firewall_groups",
    "firewall_policy": "/fwaas/firewall_policies",
    "firewall_rule": "/fwaas/firewall_rules",
}
#: What most clouds enforce, until this one has been seen: only how to count depends on it.
_MOSTLY_ENFORCED: Final = 10
_ROUTES: Final = "router_route"
#: To list these of one project makes Neutron give it a default group; to list all does so only for our own project.
_CREATED_WHEN_LISTED: Final = frozenset({"security_group", "security_group_rule"})
#: Since 2025.1 Neutron refuses to go below what is in use unless forced; from Yoga (2022) on it did when asked to.
_REFUSES_UNLESS_FORCED: Final = "quota-check-limit-default"
_REFUSES_WHEN_ASKED: Final = "quota-check-limit"
#: Stands for any project where the answer is the same for all.
_ANY_PROJECT: Final = ProjectId("0" * 32)


class OpenStackNetwork:
    """Neutron's quotas; implements `QuotaService`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._learning = threading.Lock()
        self._extensions: frozenset[str] | None = None
        self._listings = _MOSTLY_ENFORCED

    def readings(self, projects: Iterable[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        """One request per project; or, where that is fewer, one for all limits and one per 1000 things of each kind.

        In the latter case one more for the defaults, where a project has no limits of its own.
        """
        listed = tuple(dict.fromkeys(projects))
        if len(listed) <= self._listings + 1:
            return self._connection.each_of(listed, self._details)
        try:
            return self._counted(listed)
        except CloudError as error:
            return dict.fromkeys(listed, error)

    def limits(self, project: ProjectId) -> Limits:
        """One request."""
        return _limits(self._get(f"/quotas/{checked(self._connection.name, project)}", "quota"))

    def set_limits(self, project: ProjectId, limits: Mapping[str, Limit], *, force: bool) -> Receipt:
        """One request, and one for the extensions where `capabilities` has not listed them.

        Before Yoga (2022) Neutron never refuses to go below what is in use.
        """
        path = f"/quotas/{checked(self._connection.name, project)}"
        if not limits:
            return Receipt()
        body = {"quota": {**limits, **self._manner(force=force)}}
        return self._connection.send(Call(service=_SERVICE, method="PUT", path=path, body=body)).receipt

    def holders(self, project: ProjectId, resource: Resource) -> Sequence[Holder]:
        """One request per 1000 things."""
        checked(self._connection.name, project)
        routes = resource.name == _ROUTES
        path = _PATHS["router" if routes else resource.name]
        filters = {} if resource.name in _CREATED_WHEN_LISTED else {"project_id": project}
        listed = (each for each in self._list(path, **filters) if each["project_id"] == project)
        return greatest_first(_holder(each, len(each.get("routes") or ()) if routes else 1) for each in listed)

    def capabilities(self) -> Capabilities:
        """Three requests: the extensions, the external networks, the default limits."""
        extensions = self._known_extensions(anew=True)
        external = self._list("/networks", **{"router:external": True, "fields": "name"})
        defaults = self._defaults()
        self._listings = sum(name in _PATHS for name in defaults)
        return Capabilities(
            services=frozenset({Service.NETWORK}),
            network_extensions=extensions,
            external_networks=frozenset(each["name"] for each in external),
            defaults=_limits(defaults),
        )

    def _details(self, project: ProjectId) -> Reading:
        details = self._get(f"/quotas/{checked(self._connection.name, project)}/details", "quota")
        return {
            _RESOURCES[name]: Usage(
                limit=Limit(value["limit"]),
                used=value["used"] if _DEFINITIONS[name].additive else None,
                reserved=value["reserved"],
            )
            for name, value in details.items()
            if name in _RESOURCES
        }

    def _counted(self, projects: Sequence[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        """Limits from one listing, use by counting what there is. Reservations last for moments and are not listed."""
        own = {ProjectId(each["project_id"]): _limits(each) for each in self._get("/quotas", "quotas")}
        limits = {project: own[project] for project in projects if project in own}
        if len(limits) < len(projects):
            defaults = _limits(self._defaults())
            limits = {project: limits.get(project, defaults) for project in projects}
        names = {resource.name for each in limits.values() for resource in each}
        counts = self._connection.all_of(sorted(names & _PATHS.keys()), self._count)
        return {
            project: {
                resource: Usage(limit=limit, used=_used(counts.get(resource.name), project))
                for resource, limit in limits[project].items()
            }
            for project in projects
        }

    def _count(self, name: str) -> Counter[str] | None:
        """How many each project has; None where Neutron does not let us list them."""
        try:
            return Counter(str(each["project_id"]) for each in self._list(_PATHS[name], fields=["id", "project_id"]))
        except CloudRefused:
            return None

    def _manner(self, *, force: bool) -> Body:
        extensions = self._known_extensions()
        if force:
            return {"force": True} if _REFUSES_UNLESS_FORCED in extensions else {}
        asks = _REFUSES_WHEN_ASKED in extensions and _REFUSES_UNLESS_FORCED not in extensions
        return {"check_limit": True} if asks else {}

    def _known_extensions(self, *, anew: bool = False) -> frozenset[str]:
        with self._learning:
            if self._extensions is None or anew:
                self._extensions = frozenset(each["alias"] for each in self._get("/extensions", "extensions"))
            return self._extensions

    def _defaults(self) -> Body:
        """The defaults are the same for every project."""
        defaults: Body = self._get(f"/quotas/{_ANY_PROJECT}/default", "quota")
        return defaults

    def _list(self, path: str, **params: Any) -> Iterator[Body]:
        call = Call(service=_SERVICE, method="GET", path=path, params={**params, "limit": PAGE})
        return list_all(self._connection, call, path.rpartition("/")[2].replace("-", "_"))

    def _get(self, path: str, expected: str) -> Any:
        call = Call(service=_SERVICE, method="GET", path=path, expects=expected)
        return self._connection.send(call).body[expected]


def _limits(quota: Body) -> Limits:
    return {_RESOURCES[name]: Limit(value) for name, value in quota.items() if name in _RESOURCES}


def _used(counts: Counter[str] | None, project: ProjectId) -> int | None:
    return None if counts is None else counts[project]


def _holder(body: Body, amount: int) -> Holder:
    return Holder(id=body["id"], name=body.get("name") or body.get("floating_ip_address") or "", amount=amount)
