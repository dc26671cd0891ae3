"""Nova: limits, use, and who uses it (compute API reference, `os-quota-sets` at microversion 2.57).

Where Nova takes its limits from Keystone they are written there; `unified_limits` says how that is told.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from provisioner.clouds.holders import greatest_first
from provisioner.clouds.identifiers import checked
from provisioner.clouds.interface import Capabilities, Holder, ProjectId, Reading, Receipt, Usage
from provisioner.clouds.openstack.calls import Answer, Body, Call, joined
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import PAGE, list_all
from provisioner.clouds.openstack.unified_limits import (
    ByName,
    Keeper,
    Override,
    Registered,
    UnifiedLimits,
    contradicts,
    keeper_by_defaults,
    lowered,
)
from provisioner.errors import CloudError, CloudRefused
from tenants.resources import CATALOGUE, Limit, Limits, Resource, Service

_SERVICE: Final = "compute"
#: The lowest in which `os-quota-sets` has no name that Nova no longer enforces (Queens, 2018).
_MICROVERSION: Final = "2.57"
_DEFINITIONS: Final = CATALOGUE[Service.COMPUTE]
_RESOURCES: Final = {name: Resource(service=Service.COMPUTE, name=name) for name in _DEFINITIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mode:
    """Who keeps the limits, and the defaults with both."""

    keeper: Keeper
    registered: Registered
    nova_defaults: ByName


class OpenStackCompute:
    """Nova's quotas; implements `QuotaService`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unified = UnifiedLimits(connection)
        self._deciding = threading.Lock()
        self._mode: _Mode | None = None

    def readings(self, projects: Iterable[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        """One request per project; where Keystone may keep the limits, one more for all of them."""
        listed = tuple(dict.fromkeys(projects))
        if not listed:
            return {}
        shown = self._connection.each_of(listed, lambda project: _reading(self._details(project)))
        try:
            mode = self._who_keeps()
            overrides = self._unified.overrides(mode.registered) if mode.keeper is not Keeper.NOVA else {}
        except CloudError as error:
            return dict.fromkeys(listed, error)
        return {
            project: seen if isinstance(seen, CloudError) else self._as_enforced(seen, overrides.get(project, {}))
            for project, seen in shown.items()
        }

    def limits(self, project: ProjectId) -> Limits:
        """One request; where Keystone may keep the limits, two."""
        mode = self._who_keeps()
        shown = _limits(self._send("GET", project).body["quota_set"])
        if mode.keeper is not Keeper.NOVA:
            shown = self._settled(shown, self._unified.overrides(mode.registered, project).get(project, {}))
        return {_RESOURCES[name]: limit for name, limit in shown.items()}

    def set_limits(self, project: ProjectId, limits: Mapping[str, Limit], *, force: bool) -> Receipt:
        """One request. Where Keystone keeps the limits: one to read, one for each changed, one for all that are new."""
        if not limits:
            return Receipt()
        mode = self._who_keeps()
        if mode.keeper is Keeper.KEYSTONE:
            return self._write_to_keystone(project, limits, force=force)
        answer = self._send("PUT", project, body={"quota_set": {**limits, **({"force": True} if force else {})}})
        if mode.keeper is Keeper.NOVA:
            return answer.receipt
        enforced = _limits(answer.body["quota_set"])
        if any(enforced.get(name) != limit for name, limit in limits.items()):
            self._decide(Keeper.KEYSTONE)
        return joined(answer.receipt, self._write_to_keystone(project, limits, force=force, enforced=enforced))

    def holders(self, project: ProjectId, resource: Resource) -> Sequence[Holder]:
        """One request per 1000 servers or server groups; none for what is counted per user or per server."""
        checked(self._connection.name, project)
        amounts: Mapping[str, Callable[[Body], int]] = {
            "instances": lambda _: 1,
            "cores": lambda server: int(server["flavor"]["vcpus"]),
            "ram": lambda server: int(server["flavor"]["ram"]),
        }
        if resource.name == "server_groups":
            return greatest_first(_holder(each, 1) for each in self._server_groups() if each["project_id"] == project)
        if resource.name not in amounts:
            return ()
        amount = amounts[resource.name]
        return greatest_first(_holder(each, amount(each)) for each in self._servers(project))

    def capabilities(self) -> Capabilities:
        """Four requests: the version document, the registered limits, the default limits, the availability zones.

        Asks anew who keeps the limits.
        """
        mode = self._who_keeps(anew=True)
        microversions = self._connection.microversions(_SERVICE)
        defaults = mode.nova_defaults if mode.keeper is Keeper.NOVA else mode.registered.effective({})
        return Capabilities(
            services=frozenset({Service.COMPUTE}),
            microversions={Service.COMPUTE: microversions} if microversions else {},
            unified_compute_limits=mode.keeper is not Keeper.NOVA,
            availability_zones=frozenset(self._zones()),
            defaults={_RESOURCES[name]: limit for name, limit in defaults.items()},
        )

    def zones(self) -> Mapping[str, str]:
        """The availability zone of each compute, by the id that Placement knows it by. Two requests."""
        listed = self._get("/os-availability-zone/detail", "availabilityZoneInfo")
        of_host = {str(host): str(zone["zoneName"]) for zone in listed for host in zone.get("hosts") or ()}
        call = _call("/os-hypervisors/detail", params={"limit": PAGE})
        computes = list_all(self._connection, call, "hypervisors")
        return {str(each["id"]): of_host.get(str((each.get("service") or {}).get("host")), "") for each in computes}

    def _who_keeps(self, *, anew: bool = False) -> _Mode:
        """One request or two, the first time: Nova's defaults are asked for only where they can decide."""
        with self._deciding:
            if self._mode is None or anew:
                self._mode = self._asked_who_keeps(with_defaults=anew)
            return self._mode

    def _asked_who_keeps(self, *, with_defaults: bool) -> _Mode:
        registered = self._unified.registered()
        defaults = self._defaults() if registered.defaults or with_defaults else {}
        proven = self._mode is not None and self._mode.keeper is Keeper.KEYSTONE
        keeper = keeper_by_defaults(registered, defaults)
        if proven and keeper is Keeper.PERHAPS_KEYSTONE:
            keeper = Keeper.KEYSTONE
        return _Mode(keeper=keeper, registered=registered, nova_defaults=defaults)

    def _decide(self, keeper: Keeper) -> None:
        with self._deciding:
            if self._mode is not None:
                self._mode = replace(self._mode, keeper=keeper)

    def _settled(self, shown: ByName, overrides: Mapping[str, Override]) -> ByName:
        """What is enforced, from what Nova shows and Keystone has; Nova's word alone where the two cannot agree."""
        mode = self._who_keeps()
        if mode.keeper is Keeper.PERHAPS_KEYSTONE and contradicts(shown, mode.registered, overrides):
            self._decide(Keeper.NOVA)
        if self._who_keeps().keeper is Keeper.NOVA:
            return shown
        return mode.registered.enforced(shown, overrides)

    def _as_enforced(self, reading: Reading, overrides: Mapping[str, Override]) -> Reading:
        if self._who_keeps().keeper is Keeper.NOVA:
            return reading
        shown = self._settled({resource.name: usage.limit for resource, usage in reading.items()}, overrides)
        return {resource: replace(usage, limit=shown[resource.name]) for resource, usage in reading.items()}

    def _write_to_keystone(
        self, project: ProjectId, limits: ByName, *, force: bool, enforced: ByName | None = None
    ) -> Receipt:
        """Write what Keystone does not have yet; `enforced` is what Nova shows after it was asked first."""
        mode = self._who_keeps()
        overrides = self._unified.overrides(mode.registered, project).get(project, {})
        undecided = enforced is not None and mode.keeper is Keeper.PERHAPS_KEYSTONE
        if undecided and contradicts(enforced or {}, mode.registered, overrides):
            self._decide(Keeper.NOVA)
            return Receipt()
        effective = mode.registered.effective(overrides)
        changed = {name: limit for name, limit in limits.items() if effective.get(name) != limit}
        if not force and any(lowered(limit, effective.get(name)) for name, limit in changed.items()):
            self._refuse_below_use(project, changed)
        return self._unified.write(project, changed, mode.registered, overrides)

    def _refuse_below_use(self, project: ProjectId, limits: ByName) -> None:
        """What Nova does itself where it keeps the limits. One request."""
        for resource, usage in _reading(self._details(project)).items():
            limit = limits.get(resource.name)
            if limit is not None and usage.used is not None and lowered(limit, Limit(usage.used)):
                raise CloudRefused(
                    f"{self._connection.name}: the limit {limit} of {resource.name} is below the {usage.used} in use"
                )

    def _details(self, project: ProjectId) -> Body:
        details: Body = self._send("GET", project, below="/detail").body["quota_set"]
        return details

    def _send(self, method: str, project: ProjectId, *, below: str = "", body: Body | None = None) -> Answer:
        path = f"/os-quota-sets/{checked(self._connection.name, project)}{below}"
        return self._connection.send(_call(path, method=method, body=body, expects="quota_set"))

    def _get(self, path: str, expected: str, *, params: Body | None = None) -> Any:
        return self._connection.send(_call(path, params=params, expects=expected)).body[expected]

    def _defaults(self) -> ByName:
        return _limits(self._get("/os-quota-class-sets/default", "quota_class_set"))

    def _zones(self) -> Iterator[str]:
        for zone in self._get("/os-availability-zone", "availabilityZoneInfo"):
            yield str(zone["zoneName"])

    def _servers(self, project: ProjectId) -> Iterator[Body]:
        filters = {"all_tenants": 1, "project_id": project, "limit": PAGE}
        return list_all(self._connection, _call("/servers/detail", params=filters), "servers")

    def _server_groups(self) -> Iterator[Body]:
        """Of all projects: Nova cannot filter them. Pages by offset, without links."""
        offset = 0
        while True:
            page = {"all_projects": True, "limit": PAGE, "offset": offset}
            groups = self._get("/os-server-groups", "server_groups", params=page)
            yield from groups
            offset += len(groups)
            if not groups:
                return


def _call(path: str, *, method: str = "GET", **rest: Any) -> Call:
    return Call(service=_SERVICE, method=method, path=path, microversion=_MICROVERSION, **rest)


def _limits(quota_set: Body) -> ByName:
    return {name: Limit(quota_set[name]) for name in _DEFINITIONS if name in quota_set}


def _reading(details: Body) -> Reading:
    """Limit and use of each resource; what Nova counts per user or per server it shows as 0, which says nothing."""
    return {
        _RESOURCES[name]: Usage(
            limit=Limit(details[name]["limit"]),
            used=details[name]["in_use"] if definition.additive else None,
            reserved=details[name]["reserved"],
        )
        for name, definition in _DEFINITIONS.items()
        if name in details
    }


def _holder(body: Body, amount: int) -> Holder:
    return Holder(id=body["id"], name=body["name"], amount=amount)
