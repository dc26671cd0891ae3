"""Kind `volume`: a volume of an application (block storage API reference v3, `volumes`).

Volumes are made for themselves; attaching them is the kind `server`'s. They outlive their servers, grow as asked, never
shrink, and are deleted only where the manifest says so. What is left of one that could not be made is taken away, once
it is sure that it never held data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from provisioner.clouds.collections import Act, Answered, Item, ItemId, Read
from provisioner.clouds.offers import Offers, the_one
from provisioner.diff import Change, Verb
from provisioner.errors import CloudError, CloudRefused, CloudUnavailable
from provisioner.kinds import forgotten, ranks, volume_assessment, volume_leftovers, volume_states
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind, listed_now, the_only
from provisioner.kinds.server_properties import APPLICATION, SERVERS, managed
from provisioner.kinds.volume_properties import (
    NAME,
    REPLACES,
    SIZE,
    TYPE,
    VOLUMES,
    initial_properties,
    leftovers_of,
    standing,
    wanted_properties,
)
from provisioner.kinds.volume_states import MADE_FOR
from provisioner.objects import Address, Desired, Properties, Value
from provisioner.operation import Evidence
from provisioner.plan import Notice
from tenants import members
from tenants.application import ApplicationSpec, Management
from tenants.names import VolumeTypeName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

__all__ = ["NAME", "SIZE", "VOLUMES", "VolumeKind"]


class VolumeKind(ItemKind):
    """Volumes of applications. Properties: `size` (GiB), `type`."""

    name = NAME
    collection = VOLUMES
    made_at = ranks.VOLUMES
    deleted_at = ranks.DELETE_VOLUMES
    slow = True
    patience = 1800.0

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether an application has one."""
        return any(each.volumes for each in project.applications)

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """Volumes, and the servers that they may be attached to."""
        if project is None or self.concerns(project):
            yield from (Read(collection=VOLUMES), Read(collection=SERVERS))

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """Every single volume of the applications that are managed; those of an absent one only where they say absent."""
        leftovers = leftovers_of(asked)
        for application in managed(asked.project):
            for volume in members.volumes(application):
                if application.presence is Presence.ABSENT and volume.presence is Presence.PRESENT:
                    continue
                yield Desired(
                    address=asked.address(NAME, volume.name),
                    presence=volume.presence,
                    properties=wanted_properties(volume),
                    initial=initial_properties(asked.project, application, volume, leftovers.get(volume.name, ())),
                )

    def plain(self, item: Item) -> Properties:
        """Size in GiB, and type."""
        return {SIZE: item.get("size"), TYPE: item.get("volume_type")}

    def standing(self, asked: Asked) -> Sequence[Item]:
        """All but those that are going and those that were never made."""
        return standing(asked)

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """Volumes in error, what is left of failed attempts, surplus and forgotten ones, described ones that are not there."""
        seen = {str(each.get("name")): each for each in asked.items(VOLUMES)}
        leftovers, named = leftovers_of(asked), set[str]()
        for application in asked.project.applications:
            for volume in members.volumes(application):
                named.add(volume.name)
                words = _worth_knowing(application, asked, seen.get(volume.name), again=volume.name in leftovers)
                if words and volume.presence is Presence.PRESENT:
                    yield Notice(address=asked.address(NAME, volume.name), message=words)
            for name in members.surplus_volumes(application, seen) if application.management is Management.FULL else ():
                named.add(name)
                yield Notice(
                    address=asked.address(NAME, name),
                    message="is beyond the count and stays; a volume of this name with state: absent takes it away",
                )
        yield from forgotten.notices(asked, NAME, standing(asked), named)

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """What Cinder would refuse half-way, or do and be sorry for, is refused before."""
        found = super().assess(change, asked)
        item = next((each for each in asked.items(VOLUMES) if each.get("name") == change.address.key), {})
        if change.verb is Verb.CREATE:
            refusals = volume_assessment.not_to_be_had(change, asked)
        elif change.verb is Verb.DELETE:
            refusals = volume_assessment.not_to_be_deleted(change, item, asked)
        else:
            refusals = volume_assessment.not_to_be_changed(change, item, asked)
        reason = "what is left of a failed attempt to make it is replaced" if REPLACES in change.after else found.reason
        return Assessment(reason=reason, destructive=found.destructive, refusals=tuple(refusals))

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One volume, and its size or what it grows by; the same of its type, where that is known.

        Which type a volume gets that names none is a setting of the cloud and of the project in it, which no listing
        tells: there Cinder alone counts by type.
        """
        if change.verb is Verb.DELETE or SIZE not in change.after:
            return NO_DEMAND
        before = [each for each in asked.items(VOLUMES) if each.get("name") == change.address.key]
        # What is left of a failed attempt holds quota too, until it is replaced.
        count = 1 - len(before) if change.verb is Verb.CREATE else 0
        size = int(change.after[SIZE] or 0) - sum(int(each.get("size") or 0) for each in before)
        named = change.after.get(TYPE) or next((each.get("volume_type") for each in before), None)
        types = {None, VolumeTypeName(str(named)) if named else None}
        return {
            Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=volume_type): amount
            for volume_type in types
            for name, amount in (("volumes", count), ("gigabytes", size))
            if amount
        }

    def body(self, change: Change, target: Target) -> Body:
        """Name, size and mark, and what else the manifest says."""
        after = change.after
        image = after.get("image")
        said: dict[str, Any] = {
            "name": change.address.key,
            "size": after[SIZE],
            "volume_type": after.get(TYPE),
            "imageRef": None if image is None else _image_id(target.offers, str(image)),
            "availability_zone": after.get("availabilityZone"),
            "metadata": {APPLICATION: after[MADE_FOR]},
        }
        return {name: value for name, value in said.items() if value is not None}

    def create(self, change: Change, target: Target) -> Evidence:
        """As of any item, once what is left of a failed attempt is away."""
        if leftovers := change.after.get(REPLACES):
            volume_leftovers.take_away(frozenset(str(leftovers).split()), change, target)
        try:
            return super().create(change, target)
        except CloudRefused as refused:
            raise _explained(refused, change) from refused

    def found(self, change: Change, target: Target) -> Evidence | None:
        """The volume that an earlier attempt made, if it did. Raises CloudConflict where there are several of its name."""
        named = [
            each
            for each in target.cloud.resources.named(VOLUMES, target.known_project, change.address.key)
            if volume_states.status_of(each) != volume_states.DELETING
        ]
        there = the_only(named, change)
        return None if there is None else self.proved(change, Answered(item=there))

    def update(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """Grow it, whether a server has it or not; an interrupted attempt may have begun that already."""
        size = int(change.after[SIZE] or 0)
        grow = Act(below="/action", body={"os-extend": {"new_size": size}})
        values: dict[str, Value] = {**change.after, "id": str(item)}
        if target.resumed:
            current = target.cloud.resources.fetch(VOLUMES, target.known_project, item) or {}
            if current.get("status") == "extending" or int(current.get("size") or 0) >= size:
                return Evidence(values=values)
        answered = target.cloud.resources.act(VOLUMES, target.known_project, item, grow)
        return Evidence(request_ids=answered.receipt.request_ids, values=values)

    def remove(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """Delete it in one request; where its server has only just gone, it may still be on its way off it."""
        try:
            return super().remove(change, target, item)
        except CloudRefused as refused:
            current = target.cloud.resources.fetch(VOLUMES, target.known_project, item)
            if current is None or volume_states.status_of(current) == volume_states.DELETING:
                return Evidence(values={"deleted": str(item)})
            if volume_states.status_of(current) in {"in-use", "detaching"}:
                raise CloudUnavailable(str(refused), request_id=refused.request_id) from refused
            raise

    def settle(self, begun: Mapping[Address, Evidence], target: Target) -> Mapping[Address, Evidence | CloudError]:
        """One listing for all volumes under way; one more request, or two, for each that failed."""
        items = listed_now(VOLUMES, target)
        ends: dict[Address, Evidence | CloudError] = {}
        for address, evidence in begun.items():
            item = items.get(str(evidence.values.get("id") or evidence.values.get("deleted")))
            end = volume_states.end_of(evidence, item)
            if isinstance(end, CloudError) and item is not None:
                end = volume_leftovers.failed(end, evidence, item, target)
            if end is not None:
                ends[address] = end
        return ends


def _worth_knowing(application: ApplicationSpec, asked: Asked, item: Item | None, *, again: bool) -> str:
    if application.name in asked.project.on_the_way:
        return ""
    if item is None:
        observed_only = application.management is Management.OBSERVE and asked.view is not None
        return "is described (manage: observe) and not there" if observed_only else ""
    if again and application.presence is Presence.PRESENT:
        return "could not be made and is in error; what is left of it never was a volume, and is replaced"
    if volume_states.is_in_error(item):
        status = volume_states.status_of(item)
        return (
            f"is in the state {status} and may hold data, so it is left alone: its cloud's operators must see to it; "
            "once it is deleted, the next apply makes it anew"
        )
    return ""


def _explained(refused: CloudRefused, change: Change) -> CloudRefused:
    """What Cinder's refusal to make a volume means, where it speaks of what the manifest names."""
    image, zone = change.after.get("image"), change.after.get("availabilityZone")
    said = str(refused).lower()
    if zone is not None and "availability zone" in said:
        words = f"Cinder has no availability zone {zone}, which is that of the project's zone, and falls back to none"
    elif image is not None and "image" in said:
        words = f"the image {image} is there no longer, or cannot be used for this volume"
    else:
        return refused
    return CloudRefused(f"{words} ({refused})", request_id=refused.request_id)


def _image_id(offers: Offers, name: str) -> str:
    found = the_one(offers.images, name)
    if found is None:
        raise CloudRefused(f"the cloud has no image {name}")
    return found.id
