"""A project's volumes: what the manifest asks of them, and which of those that are listed count. Pure; part of the kind `volume`."""

from collections.abc import Iterable, Mapping
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, Scope
from provisioner.kinds import volume_states
from provisioner.kinds.interface import Asked
from provisioner.kinds.server_properties import managed
from provisioner.kinds.volume_states import HOST, MADE_FOR
from provisioner.objects import KindName, Properties, Value
from tenants import members
from tenants.application import ApplicationSpec, VolumeSpec
from tenants.presence import Presence
from tenants.spec import ProjectSpec

NAME: Final = KindName("volume")
VOLUMES: Final = Collection(
    name=CollectionName("volumes"),
    service="block-storage",
    path="/volumes",
    item="volume",
    items="volumes",
    listing="/volumes/detail",
    fields=(
        "name",
        "size",
        "status",
        "volume_type",
        "bootable",
        "attachments",
        "metadata",
        "availability_zone",
        HOST,
    ),
    owner="os-vol-tenant-attr:tenant_id",
    # The first by which volumes grow while servers have them.
    microversion="3.42",
    # Lists of whole clouds are narrowed by `project_id` only together with this.
    everywhere={"all_tenants": 1},
    # The token decides whose a new volume is.
    scope=Scope.PROJECT,
)
#: Among a volume's properties.
SIZE: Final = "size"
TYPE: Final = "type"
#: The ids of what is left of failed attempts, between spaces.
REPLACES: Final = "replaces"


def standing(asked: Asked) -> list[Item]:
    """The volumes that count: not those that are being deleted, nor what is left of failed attempts alone."""
    left = {str(each["id"]) for items in leftovers_of(asked).values() for each in items}
    return [
        each
        for each in asked.items(VOLUMES)
        if volume_states.status_of(each) != volume_states.DELETING and str(each["id"]) not in left
    ]


def leftovers_of(asked: Asked) -> Mapping[str, list[Item]]:
    """What is left of failed attempts to make a volume that is wanted, by name, where there is nothing else of it."""
    found: dict[str, list[Item]] = {}
    for application in managed(asked.project):
        for volume in members.volumes(application):
            named = [
                each
                for each in asked.items(VOLUMES)
                if each.get("name") == volume.name and volume_states.status_of(each) != volume_states.DELETING
            ]
            if volume.presence is Presence.PRESENT and named:
                left = [each for each in named if volume_states.is_leftover(each, application.name)]
                found |= {volume.name: left} if len(left) == len(named) else {}
    return found


def wanted_properties(volume: VolumeSpec) -> Properties:
    """What is kept so; without a type, Cinder's choice is left alone."""
    return {SIZE: volume.size, **({TYPE: volume.volume_type} if volume.volume_type else {})}


def initial_properties(
    project: ProjectSpec, application: ApplicationSpec, volume: VolumeSpec, leftovers: Iterable[Item]
) -> Properties:
    """What it is born with, and what is left of failed attempts that goes before."""
    said: dict[str, Value] = {
        "image": volume.image,
        "availabilityZone": project.site.availability_zone if project.site else None,
        MADE_FOR: application.name,
        REPLACES: " ".join(str(each["id"]) for each in leftovers) or None,
    }
    return {name: value for name, value in said.items() if value is not None}
