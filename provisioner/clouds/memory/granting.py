"""Nova and Neutron in memory: flavors and access to private ones, policies that share networks."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.habits import CONFLICT, NOT_FOUND, Declined, Habit, Making
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World

FLAVORS: Final = "/flavors"
RBAC_POLICIES: Final = "/rbac-policies"
_FLAVOR_ACCESS: Final = "/flavors/{parent}/os-flavor-access"


class FlavorHabit(Habit):
    """Flavors: a private one has projects that may use it."""

    path = FLAVORS

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """With nothing beyond its sizes."""
        return {"swap": "", "OS-FLV-EXT-DATA:ephemeral": 0, "extra_specs": {}, **stored.item}

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Add a project or take it away."""
        ((action, said),) = (act.body or {}).items()
        project = str(said["tenant"])
        there = world.shelves.find(_FLAVOR_ACCESS, project, parent=stored.id)
        if action == "addTenantAccess":
            if stored.item["public"] or there:
                raise Declined(CONFLICT, f"Flavor access already exists for flavor {stored.id} and project {project}.")
            item = {"flavor_id": stored.id, "tenant_id": project}
            world.shelves.put(_FLAVOR_ACCESS, _below(stored, project, item))
        elif action == "removeTenantAccess":
            if there is None:
                raise Declined(NOT_FOUND, f"Flavor access not found for {stored.id} / {project} combination.")
            world.shelves.take(_FLAVOR_ACCESS, there)
        else:
            return super().act(world, stored, act)
        return {}


class RbacPolicyHabit(Habit):
    """RBAC policies: one of its kind for each object and project."""

    path = RBAC_POLICIES
    takes = frozenset({"object_type", "object_id", "action", "target_tenant", "project_id"})
    changes = frozenset({"target_tenant"})

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """Refused where there is the same already."""
        if any(making.body.items() <= each.item.items() for each in world.shelves.all(RBAC_POLICIES)):
            raise Declined(CONFLICT, "An RBAC policy already exists with those values.")
        return dict(making.body)


def _below(above: Stored, project: str, item: dict[str, Any]) -> Stored:
    return Stored(id=project, item=item, project=ProjectId(project), parent=above.id)
