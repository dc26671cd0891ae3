"""Neutron in memory: security groups and their rules (network API reference v2.0)."""

from collections.abc import Mapping
from typing import Any

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.habits import BAD_REQUEST, CONFLICT, Declined, Habit, Holds, Making, must_have
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World, new_id
from tenants.resources import Resource, Service

GROUPS = "/security-groups"
RULES = "/security-group-rules"
_PORTS = "/ports"
_DEFAULT = "default"
_OWNER = frozenset({"project_id", "tenant_id"})
#: What tells one rule from another within its group.
_MEANING = (
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_group_id",
)


class SecurityGroupHabit(Habit):
    """Security groups. A new one lets everything out."""

    path = GROUPS
    changes = frozenset({"name", "description", "stateful"})
    takes = changes | _OWNER

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Every project has its default group by itself."""
        if making.body.get("name") == _DEFAULT:
            raise Declined(CONFLICT, "Default security group already exists.")
        return {"name": "", "description": "", "stateful": True, "shared": False, "tags": [], **making.body}

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One group; its rules count by themselves."""
        return {Resource(service=Service.NETWORK, name="security_group"): 1}

    def made(self, world: World, stored: Stored) -> None:
        """Two rules let everything out."""
        has_its_default_group(world, stored.project)
        for ethertype in ("IPv4", "IPv6"):
            _put_rule(world, stored, direction="egress", ethertype=ethertype)

    def looked_for(self, world: World, project: ProjectId) -> None:
        """Neutron makes a project's default group when its groups are listed, if not before."""
        has_its_default_group(world, project)

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """With its rules."""
        return {**stored.item, "security_group_rules": [dict(each.item) for each in _rules(world, stored.id)]}

    def delete(self, world: World, stored: Stored) -> None:
        """Refused while a port is in it."""
        if any(stored.id in each.item["security_groups"] for each in world.shelves.all(_PORTS)):
            raise Declined(CONFLICT, f"Security Group {stored.id} in use.")
        for each in _rules(world, stored.id):
            world.shelves.take(RULES, each)
        super().delete(world, stored)


class RuleHabit(Habit):
    """Rules of security groups. They are made and deleted, never changed."""

    path = RULES
    changes = frozenset({"description"})
    takes = changes | _OWNER | {"security_group_id", *_MEANING}

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Refused where the group has the same rule already."""
        body = making.body
        group = must_have(world, GROUPS, body.get("security_group_id"), "Security group")
        if body.get("direction") not in {"ingress", "egress"}:
            raise Declined(BAD_REQUEST, f"Invalid input for direction. Reason: '{body.get('direction')}'.")
        if body.get("remote_group_id"):
            must_have(world, GROUPS, body["remote_group_id"], "Security group")
        item = {**dict.fromkeys(_MEANING), "ethertype": "IPv4", "description": "", **body}
        for each in _rules(world, group.id):
            if all(each.item.get(key) == item[key] for key in _MEANING):
                raise Declined(CONFLICT, f"Security group rule already exists. Rule id is {each.id}.")
        return item

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """One rule."""
        return _ONE_RULE


_ONE_RULE: Holds = {Resource(service=Service.NETWORK, name="security_group_rule"): 1}


def has_its_default_group(world: World, project: ProjectId | None) -> Stored:
    """The project's group that ports are in when nothing is said; made the first time that it is needed."""
    for each in world.shelves.of(GROUPS, project):
        if each.item["name"] == _DEFAULT:
            return each
    item = {"id": new_id(), "name": _DEFAULT, "description": "Default security group", "stateful": True}
    owned = {**item, "project_id": project, "tenant_id": project}
    holds = SecurityGroupHabit().holds(world, owned)
    group = world.shelves.put(GROUPS, Stored(id=str(item["id"]), item=owned, project=project, holds=holds))
    for ethertype in ("IPv4", "IPv6"):
        _put_rule(world, group, direction="egress", ethertype=ethertype)
        _put_rule(world, group, direction="ingress", ethertype=ethertype, remote_group_id=group.id)
    return group


def _put_rule(world: World, group: Stored, **said: Any) -> None:
    owner = {"project_id": group.project, "tenant_id": group.project}
    item = {
        **dict.fromkeys(_MEANING),
        "id": new_id(),
        "security_group_id": group.id,
        "description": "",
        **owner,
        **said,
    }
    world.shelves.put(RULES, Stored(id=item["id"], item=item, project=group.project, holds=_ONE_RULE))


def _rules(world: World, group: str) -> list[Stored]:
    return [each for each in world.shelves.all(RULES) if each.item["security_group_id"] == group]
