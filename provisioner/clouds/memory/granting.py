"""Nova and Glance in memory: access to private flavors, and members of images.

Both belong to what the cloud was furnished with, and are told apart by the project that they name.
"""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.habits import CONFLICT, FORBIDDEN, NOT_FOUND, Declined, Habit
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World

FLAVORS: Final = "/flavors"
IMAGES: Final = "/images"
_FLAVOR_ACCESS: Final = "/flavors/{parent}/os-flavor-access"
_IMAGE_MEMBERS: Final = "/images/{parent}/members"


class FlavorHabit(Habit):
    """Flavors: a private one has projects that may use it."""

    path = FLAVORS

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Add a project or take it away."""
        ((action, said),) = (act.body or {}).items()
        project = str(said["tenant"])
        there = world.shelves.find(_FLAVOR_ACCESS, project, parent=stored.id)
        if action == "addTenantAccess":
            if stored.item["public"] or there:
                raise Declined(CONFLICT, f"Flavor access already exists for flavor {stored.id} and project {project}.")
            _put(world, _FLAVOR_ACCESS, stored, project, {"flavor_id": stored.id, "tenant_id": project})
        elif action == "removeTenantAccess":
            if there is None:
                raise Declined(NOT_FOUND, f"Flavor access not found for {stored.id} / {project} combination.")
            world.shelves.take(_FLAVOR_ACCESS, there)
        else:
            return super().act(world, stored, act)
        return {}


class ImageHabit(Habit):
    """Images: a shared one has members, who are pending until somebody accepts for them."""

    path = IMAGES

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Add a member, accept for it, or take it away."""
        if stored.item["visibility"] != "shared":
            raise Declined(FORBIDDEN, "Only shared images have members.")
        body, project = act.body or {}, act.below.removeprefix("/members").removeprefix("/")
        if act.method == "POST":
            return _member(world, stored, str(body["member"]))
        there = world.shelves.find(_IMAGE_MEMBERS, project, parent=stored.id)
        if there is None:
            raise Declined(NOT_FOUND, f"{project} not found in the member list of the image {stored.id}.")
        if act.method == "PUT":
            there.item["status"] = body["status"]
            return there.item
        world.shelves.take(_IMAGE_MEMBERS, there)
        return {}


def _member(world: World, image: Stored, project: str) -> Mapping[str, Any]:
    if world.shelves.find(_IMAGE_MEMBERS, project, parent=image.id):
        raise Declined(CONFLICT, f"Member {project} is duplicated for image {image.id}")
    item = {"image_id": image.id, "member_id": project, "status": "pending"}
    return _put(world, _IMAGE_MEMBERS, image, project, item)


def _put(world: World, path: str, above: Stored, project: str, item: dict[str, Any]) -> Mapping[str, Any]:
    world.shelves.put(path, Stored(id=project, item=item, project=ProjectId(project), parent=above.id))
    return item
