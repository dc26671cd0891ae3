"""The security groups of servers' ports, by name. Part of the kind `port`."""

from collections.abc import Iterator, Mapping

from provisioner.clouds.collections import ItemId
from provisioner.diff import Change
from provisioner.errors import DependencyMissing
from provisioner.kinds import security_group
from provisioner.kinds.interface import Asked, Target
from provisioner.plan import Refusal
from tenants.application import InterfaceSpec
from tenants.presence import Presence
from tenants.spec import ProjectSpec


def names(asked: Asked) -> Mapping[str, str]:
    """The names of the project's security groups, by id."""
    return {str(each["id"]): str(each.get("name")) for each in asked.items(security_group.SECURITY_GROUPS)}


def unknown(change: Change, interface: InterfaceSpec, asked: Asked) -> Iterator[Refusal]:
    """What an interface names and the project neither has nor is to have."""
    there = {*names(asked).values(), *_described(asked.project), security_group.DEFAULT}
    for name in interface.security_groups:
        if name not in there:
            yield Refusal(
                address=change.address,
                message=f"the project has no security group {name}",
                remedy=f"describe it in the landing zone, or name one that is there: {', '.join(sorted(there))}",
            )


def ids(interface: InterfaceSpec, target: Target) -> list[str]:
    """The ids of an interface's groups. Raises DependencyMissing where one of them is not there."""
    return [_id(name, target) for name in interface.security_groups]


def _id(name: str, target: Target) -> ItemId:
    if target.address(security_group.NAME, name) in target.ids or name in _described(target.project):
        return target.id_of(security_group.NAME, name)
    found = target.cloud.resources.named(security_group.SECURITY_GROUPS, target.known_project, name)
    if len(found) != 1:
        raise DependencyMissing(f"waits for the project's security group {name}, of which Neutron has {len(found)}")
    return ItemId(str(found[0]["id"]))


def _described(project: ProjectSpec) -> frozenset[str]:
    """The groups that the landing zone wants."""
    zone = project.landing_zone
    return frozenset(each.name for each in (zone.security_groups if zone else ()) if each.presence is Presence.PRESENT)
