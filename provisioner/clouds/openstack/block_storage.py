"""Cinder: limits, use, who uses it, and what its pools hold (block storage API reference v3, `os-quota-sets`).

Cinder refuses to lower a limit below what is in use only where the project has that limit of its own, and has no way
to force it: `set_limits` says what is done instead.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, Final

from provisioner.clouds.capacities import PoolCapacity
from provisioner.clouds.holders import greatest_first
from provisioner.clouds.identifiers import checked
from provisioner.clouds.interface import Capabilities, Capacity, Holder, ProjectId, Reading, Receipt, Usage
from provisioner.clouds.openstack.calls import Answer, Body, Call, joined
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import PAGE, list_all
from provisioner.clouds.openstack.pools import capacity_by_pool, capacity_of_pools
from provisioner.errors import CloudError, CloudRefused
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, UNLIMITED, Limit, Limits, Resource, Service

_SERVICE: Final = "block-storage"
_DEFINITIONS: Final = CATALOGUE[Service.BLOCK_STORAGE]
_TYPED: Final = tuple(name for name, definition in _DEFINITIONS.items() if definition.per_volume_type)
#: Cinder's limit on one volume: nothing is in use of it.
_NOT_COUNTED: Final = "per_volume_gigabytes"
#: The limits that Cinder keeps: a signed 32-bit number, and -1 for none.
_LOWEST: Final = -1
_HIGHEST: Final = 2**31 - 1
#: The lowest microversion that has volume groups (Newton, 2016).
_WITH_GROUPS: Final = "3.13"
#: Seconds within which two questions belong to one look.
_SIDE_BY_SIDE: Final = 10.0


class OpenStackBlockStorage:
    """Cinder's quotas; implements `QuotaService`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._listing = threading.Lock()
        self._known_types: tuple[Body, ...] | None = None
        #: When `capacity` had to list the types because nobody had; by `monotonic`.
        self._listed_first: float | None = None

    def readings(self, projects: Iterable[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        """One request per project."""
        return self._connection.each_of(projects, self._reading)

    def limits(self, project: ProjectId) -> Limits:
        """One request."""
        return _limits(self._quota_set(project))

    def set_limits(self, project: ProjectId, limits: Mapping[str, Limit], *, force: bool) -> Receipt:
        """One request. Four more where Cinder refuses it and `force` is set.

        Then the project's own limits are deleted and written anew, which Cinder does not check. In between its
        defaults hold. So that nothing is lost should we be stopped there, this is done only where every limit that
        differs from the default is among those to write; otherwise raises CloudRefused.
        """
        if not limits:
            return Receipt()
        body = {"quota_set": dict(limits)}
        try:
            return self._send("PUT", project, body=body).receipt
        except CloudRefused as refusal:
            if not force or not self._is_refused_for_use(project, limits):
                raise
            tried = Receipt(request_ids=(refusal.request_id,) if refusal.request_id else ())
        deleted = self._send("DELETE", project)
        written = self._send("PUT", project, body=body)
        return joined(tried, deleted.receipt, written.receipt)

    def holders(self, project: ProjectId, resource: Resource) -> Sequence[Holder]:
        """One request per 1000 volumes, snapshots, backups or groups; for `gigabytes` volumes and snapshots."""
        checked(self._connection.name, project)
        if resource.volume_type is not None:
            return greatest_first(self._holders_of_type(project, resource))
        counted = {
            "volumes": ("volumes", None),
            "snapshots": ("snapshots", None),
            "backups": ("backups", None),
            "backup_gigabytes": ("backups", "size"),
            "groups": ("groups", None),
            _NOT_COUNTED: ("volumes", "size"),
        }
        if resource.name == "gigabytes":
            listed = (*self._list("volumes", project), *self._list("snapshots", project))
            return greatest_first(_holder(each, "size") for each in listed)
        collection, amount = counted[resource.name]
        return greatest_first(_holder(each, amount) for each in self._list(collection, project))

    def capabilities(self) -> Capabilities:
        """Three requests: the version document, the volume types, the default limits."""
        types = self._types(anew=True)
        microversions = self._connection.microversions(_SERVICE)
        defaults = self._connection.send(_call("/os-quota-class-sets/default", expects="quota_class_set"))
        return Capabilities(
            services=frozenset({Service.BLOCK_STORAGE}),
            microversions={Service.BLOCK_STORAGE: microversions} if microversions else {},
            volume_types=frozenset(VolumeTypeName(each["name"]) for each in types),
            defaults=_limits(defaults.body["quota_class_set"]),
        )

    def capacity(self) -> Mapping[Resource, Capacity]:
        """One request, and one for the volume types where `capabilities` has not listed them."""
        return capacity_of_pools([each["capabilities"] for each in self._pools()], self._extra_specs())

    def pools(self) -> tuple[PoolCapacity, ...]:
        """The same pool by pool: three requests, for pools, volume types and the services' availability zones."""
        self._types(anew=True)
        pools = {str(each["name"]): each["capabilities"] for each in self._pools()}
        return capacity_by_pool(pools, self._extra_specs(), self._zones())

    def _pools(self) -> Sequence[Body]:
        call = _call("/scheduler-stats/get_pools", params={"detail": True}, expects="pools")
        pools: Sequence[Body] = self._connection.send(call).body["pools"]
        return pools

    def _extra_specs(self) -> Mapping[VolumeTypeName, Mapping[str, str]]:
        return {VolumeTypeName(each["name"]): each.get("extra_specs") or {} for each in self._types()}

    def _zones(self) -> Mapping[str, str]:
        """The availability zone of each volume service, by `host@backend`."""
        call = _call("/os-services", params={"binary": "cinder-volume"}, expects="services")
        return {str(each["host"]): str(each.get("zone") or "") for each in self._connection.send(call).body["services"]}

    def _reading(self, project: ProjectId) -> Reading:
        quota_set = self._quota_set(project, params={"usage": True})
        return {
            resource: Usage(
                limit=Limit(value["limit"]),
                used=None if resource.name == _NOT_COUNTED else value["in_use"],
                reserved=value["reserved"],
            )
            for resource, value in _by_resource(quota_set)
        }

    def _is_refused_for_use(self, project: ProjectId, limits: Mapping[str, Limit]) -> bool:
        """Whether only what is in use can be why Cinder refused these limits. Two requests.

        Raises CloudRefused where limits would be lost that are not among them.
        """
        own = self._quota_set(project, params={"usage": True})
        sound = all(key in own and _LOWEST <= limit <= _HIGHEST for key, limit in limits.items())
        if not sound or not any(_is_below_use(limit, own[key]) for key, limit in limits.items()):
            return False
        defaults = self._quota_set(project, below="/defaults")
        differing = (key for key in own if key != "id" and own[key]["limit"] != defaults.get(key))
        others = sorted(key for key in differing if key not in limits)
        if others:
            raise CloudRefused(
                f"{self._connection.name}: Cinder lowers limits below what is in use only when all of the project's own "
                f"limits are written anew; give {', '.join(others)} as well"
            )
        return True

    def _holders_of_type(self, project: ProjectId, resource: Resource) -> Iterator[Holder]:
        volumes = {
            each["id"]: each for each in self._list("volumes", project) if each["volume_type"] == resource.volume_type
        }
        amount = "size" if resource.name == "gigabytes" else None
        if resource.name in {"volumes", "gigabytes"}:
            yield from (_holder(each, amount) for each in volumes.values())
        if resource.name in {"snapshots", "gigabytes"}:
            snapshots = self._list("snapshots", project)
            yield from (_holder(each, amount) for each in snapshots if each["volume_id"] in volumes)

    def _types(self, *, anew: bool = False) -> tuple[Body, ...]:
        """All volume types, private ones included. A look asks for capabilities and capacity side by side: whichever comes first lists them."""
        with self._listing:
            first, self._listed_first = self._listed_first, None
            listed_now = first is not None and monotonic() - first < _SIDE_BY_SIDE
            if self._known_types is None or (anew and not listed_now):
                call = _call("/types", params={"is_public": "None", "limit": PAGE})
                self._known_types = tuple(list_all(self._connection, call, "volume_types"))
                self._listed_first = None if anew else monotonic()
            return self._known_types

    def _list(self, collection: str, project: ProjectId) -> Iterator[Body]:
        filters = {"all_tenants": 1, "project_id": project, "limit": PAGE}
        microversion = _WITH_GROUPS if collection == "groups" else None
        call = _call(f"/{collection}/detail", params=filters, microversion=microversion)
        return list_all(self._connection, call, collection)

    def _quota_set(self, project: ProjectId, *, below: str = "", params: Body | None = None) -> Body:
        answer = self._send("GET", project, below=below, params=params, expects="quota_set")
        quota_set: Body = answer.body["quota_set"]
        return quota_set

    def _send(self, method: str, project: ProjectId, *, below: str = "", **rest: Any) -> Answer:
        path = f"/os-quota-sets/{checked(self._connection.name, project)}{below}"
        return self._connection.send(_call(path, method=method, **rest))


def _call(path: str, *, method: str = "GET", **rest: Any) -> Call:
    return Call(service=_SERVICE, method=method, path=path, **rest)


def _by_resource(quota_set: Body) -> Iterator[tuple[Resource, Any]]:
    """The quota set's entries that the catalogue knows, in its order of names and types."""
    for key, value in quota_set.items():
        resource = resource_of(key)
        if resource is not None:
            yield resource, value


def resource_of(key: str) -> Resource | None:
    """The resource that Cinder calls so, or None. A type's name may hold anything, underscores and `gigabytes_` too.

    No name of a resource begins with that of another and an underscore, so there is one way to read each key.
    """
    if key in _DEFINITIONS:
        return Resource(service=Service.BLOCK_STORAGE, name=key)
    for name in _TYPED:
        if key.startswith(f"{name}_"):
            volume_type = VolumeTypeName(key.removeprefix(f"{name}_"))
            return Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=volume_type)
    return None


def _is_below_use(limit: Limit, usage: Body) -> bool:
    return limit != UNLIMITED and limit < usage["in_use"] + usage["reserved"]


def _limits(quota_set: Body) -> Limits:
    return {resource: Limit(value) for resource, value in _by_resource(quota_set)}


def _holder(body: Body, amount: str | None) -> Holder:
    return Holder(id=body["id"], name=body.get("name") or "", amount=1 if amount is None else int(body[amount]))
