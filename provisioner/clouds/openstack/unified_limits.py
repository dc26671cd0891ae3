"""Limits of Nova that Keystone keeps, and how to tell whether it does.

Nova either keeps its limits itself (`DbQuotaDriver`, the default) or takes them from Keystone (`UnifiedLimitsDriver`).
No API says which. In the second mode `os-quota-sets` answers every write with 200 and changes nothing; it shows a
project's servers, VCPU and memory as Keystone has them, and for everything else the registered default, whatever the
project's own limit is (Nova's `quota_sets.py` and `quota.py`). The other way round, registered limits alone prove
nothing: the documented way to change over is to copy all limits to Keystone first. So:

* no registered limit of the compute service, or defaults that differ from what Nova shows: Nova keeps them;
* otherwise Keystone perhaps does, until something that Nova shows cannot come from Keystone (then Nova keeps them), or
  Nova ignores a write (then Keystone does).

Sources: identity API reference v3, "Unified Limits"; oslo.limit's flat enforcement.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import quote

from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.openstack.calls import Body, Call, joined
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import list_all
from provisioner.errors import CloudRefused
from tenants.resources import UNLIMITED, Limit

_SERVICE: Final = "identity"

#: Nova's quota names and what Keystone calls them.
KEYSTONE_NAMES: Final[Mapping[str, str]] = {
    "cores": "class:VCPU",
    "ram": "class:MEMORY_MB",
    "instances": "servers",
    "key_pairs": "server_key_pairs",
    "metadata_items": "server_metadata_items",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
}
_NOVA_NAMES: Final = {theirs: ours for ours, theirs in KEYSTONE_NAMES.items()}
#: Those of which Nova shows a project's own limit even where Keystone keeps it.
_SHOWN_OF_PROJECT: Final = frozenset({"cores", "ram", "instances"})

#: Limits by Nova's quota names.
ByName = Mapping[str, Limit]


class Keeper(Enum):
    """Who keeps Nova's limits."""

    NOVA = "nova"
    #: Nothing seen so far contradicts it.
    PERHAPS_KEYSTONE = "perhaps keystone"
    KEYSTONE = "keystone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A limit of one project, as Keystone keeps it."""

    id: str
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The registered limits of the compute service: every project's default, and a condition of having one's own."""

    service_id: str | None = None
    #: The region they are registered for, None for all: a project's own limit must name the same.
    region_id: str | None = None
    defaults: ByName = field(default_factory=dict)

    def effective(self, overrides: Mapping[str, Override]) -> ByName:
        """What holds for a project that has these limits of its own; what is not registered counts as 0."""
        own = {name: override.limit for name, override in overrides.items()}
        return {name: own.get(name, self.defaults.get(name, Limit(0))) for name in KEYSTONE_NAMES}

    def enforced(self, shown: ByName, overrides: Mapping[str, Override]) -> ByName:
        """What Nova enforces where Keystone keeps the limits: Nova shows only some of a project's own."""
        ours = self.effective(overrides)
        return {name: limit if name in _SHOWN_OF_PROJECT else ours.get(name, limit) for name, limit in shown.items()}


def lowered(limit: Limit, before: Limit | None) -> bool:
    """Whether a limit is below another; no limit (-1) is above all."""
    return before is not None and limit != UNLIMITED and (before == UNLIMITED or limit < before)


def keeper_by_defaults(registered: Registered, nova_defaults: ByName) -> Keeper:
    """Who keeps the limits, as far as the defaults tell."""
    if not registered.defaults or _differ(nova_defaults, registered.effective({}), KEYSTONE_NAMES.keys()):
        return Keeper.NOVA
    return Keeper.PERHAPS_KEYSTONE


def contradicts(shown: ByName, registered: Registered, overrides: Mapping[str, Override]) -> bool:
    """Whether what Nova shows of a project cannot come from Keystone."""
    return _differ(shown, registered.effective(overrides), _SHOWN_OF_PROJECT) or _differ(
        shown, registered.effective({}), KEYSTONE_NAMES.keys() - _SHOWN_OF_PROJECT
    )


def _differ(one: ByName, other: ByName, names: AbstractSet[str]) -> bool:
    return any(one.get(name) != other.get(name) for name in names)


class UnifiedLimits:
    """Keystone's limits of the compute service."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def registered(self) -> Registered:
        """One request; none where the catalogue has no compute service.

        Where limits are registered for our region and for all regions, ours are Nova's.
        """
        service_id = self._connection.service_id("compute")
        if service_id is None:
            return Registered()
        by_region: dict[str | None, dict[str, Limit]] = {}
        for each in self._list("registered_limits", service_id=service_id):
            name = _NOVA_NAMES.get(each["resource_name"])
            if name is not None:
                by_region.setdefault(each.get("region_id"), {})[name] = Limit(each["default_limit"])
        ours = self._connection.region_name("compute")
        region_id = ours if ours in by_region else None
        return Registered(service_id=service_id, region_id=region_id, defaults=by_region.get(region_id, {}))

    def overrides(
        self, registered: Registered, project: ProjectId | None = None
    ) -> Mapping[ProjectId, Mapping[str, Override]]:
        """The limits that projects have of their own, of all projects or of one. One request."""
        found: dict[ProjectId, dict[str, Override]] = {}
        filters = {"service_id": registered.service_id or "", **({"project_id": project} if project else {})}
        for each in self._list("limits", **filters):
            name = _NOVA_NAMES.get(each["resource_name"])
            if name is not None and each.get("project_id") and each.get("region_id") == registered.region_id:
                override = Override(id=each["id"], limit=Limit(each["resource_limit"]))
                found.setdefault(ProjectId(each["project_id"]), {})[name] = override
        return found

    def write(
        self, project: ProjectId, limits: ByName, registered: Registered, overrides: Mapping[str, Override]
    ) -> Receipt:
        """Change the project's own limits, and make those that it does not have yet: one request for each, one for all.

        Raises CloudRefused where a limit is not registered: no project can have one of its own then.
        """
        unknown = sorted(KEYSTONE_NAMES[name] for name in limits if name not in registered.defaults)
        if unknown:
            raise CloudRefused(
                f"{self._connection.name}: Nova takes its limits from Keystone, and Keystone has no registered limit "
                f"{', '.join(unknown)} of the compute service; register it first"
            )
        changed = [self._change(override.id, limits[name]) for name, override in overrides.items() if name in limits]
        made = {name: limit for name, limit in limits.items() if name not in overrides}
        return joined(*changed, *([self._make(project, made, registered)] if made else []))

    def _change(self, limit_id: str, limit: Limit) -> Receipt:
        path = f"/limits/{quote(limit_id, safe='')}"
        body = {"limit": {"resource_limit": limit}}
        return self._connection.send(Call(service=_SERVICE, method="PATCH", path=path, body=body)).receipt

    def _make(self, project: ProjectId, limits: ByName, registered: Registered) -> Receipt:
        common = {"project_id": project, "service_id": registered.service_id}
        if registered.region_id is not None:
            common["region_id"] = registered.region_id
        new = [{**common, "resource_name": KEYSTONE_NAMES[name], "resource_limit": limits[name]} for name in limits]
        return self._connection.send(
            Call(service=_SERVICE, method="POST", path="/limits", body={"limits": new})
        ).receipt

    def _list(self, collection: str, **params: str) -> Iterator[Body]:
        call = Call(service=_SERVICE, method="GET", path=f"/{collection}", params=params)
        return list_all(self._connection, call, collection)
