"""What kinds have in common whose objects are items of one collection, known by their names.

A kind says what its manifest asks for, what an item of its API means as properties, and which bodies make and change one;
finding, adopting, making, changing, deleting and proving is done here, the same for all.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from provisioner.clouds.collections import Answered, Collection, Item, ItemId, Read
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudError, CloudUnavailable, EffectMissing
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.objects import Address, Properties, Value
from provisioner.operation import Evidence
from provisioner.plan import Refusal
from tenants.spec import ProjectSpec

Body = Mapping[str, Any]


class ItemKind(Kind):
    """A kind of items. An object's key is its item's name, and its properties hold the item's `id`."""

    collection: ClassVar[Collection]
    #: Among its project's changes, the places of making or changing one and of deleting one (`provisioner.kinds.ranks`).
    made_at: ClassVar[int]
    deleted_at: ClassVar[int]
    #: The item's key that holds our name for it.
    name_key: ClassVar[str] = "name"

    @abstractmethod
    def concerns(self, project: ProjectSpec) -> bool:
        """Whether the project's manifest speaks of any."""

    @abstractmethod
    def plain(self, item: Item) -> Properties:
        """What an item says by itself, in the manifest's terms."""

    def referring(self, item: Item, asked: Asked) -> Properties:
        """What an item says of others, by their names."""
        return {}

    @abstractmethod
    def body(self, change: Change, target: Target) -> Body:
        """The item to be made. Raises DependencyMissing where what it refers to was not made."""

    def changed(self, change: Change, target: Target) -> Body:
        """The item's keys to be changed."""
        return dict(change.after)

    def parent_of(self, change: Change, target: Target) -> str:
        """The id that stands for `{parent}` in the collection's path."""
        return ""

    def rank(self, change: Change) -> int:
        """Deleting goes the other way round than making."""
        return self.deleted_at if change.verb is Verb.DELETE else self.made_at

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """Its one listing, where the manifest speaks of any."""
        return (Read(collection=self.collection),) if project is None or self.concerns(project) else ()

    def key(self, item: Item) -> str:
        """The object's key; empty for an item that is none of ours."""
        return str(item.get(self.name_key) or "")

    def standing(self, asked: Asked) -> Sequence[Item]:
        """The items that count: all that were listed, unless a kind knows of some that are none any more."""
        return asked.items(self.collection)

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """Every item whose name is the only one of its kind in the project."""
        items = self.standing(asked)
        counts = Counter(map(self.key, items))
        for item in items:
            if (key := self.key(item)) and counts[key] == 1:
                yield asked.address(self.name, key), self._properties(item, asked)

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """A name that the manifest uses and several items bear: which is meant nobody can tell."""
        counts = Counter(map(self.key, self.standing(asked)))
        for desired in self.desired(asked):
            if (count := counts[desired.address.key]) > 1:
                yield Refusal(
                    address=desired.address,
                    message=f"{count} of this name are in the project",
                    remedy="rename all but one of them in the cloud, or use another name in the manifest",
                )

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Deleting is destructive; the rest is harmless unless a kind knows better."""
        if change.verb is Verb.CREATE:
            return Assessment(reason="the manifest asks for it and there is none")
        if change.verb is Verb.DELETE:
            return Assessment(reason="the manifest has it absent", destructive=True)
        return Assessment(reason="the manifest describes it differently")

    def perform(self, change: Change, target: Target) -> Evidence:
        """One request for each change, and what its answer shows as the proof."""
        if change.verb is Verb.CREATE:
            return self.create(change, target)
        item = (
            ItemId(str(change.before["id"]))
            if change.verb is Verb.DELETE
            else target.id_of(self.name, change.address.key)
        )
        if change.verb is Verb.DELETE:
            return self.remove(change, target, item)
        return self.update(change, target, item)

    def in_bulk(self, change: Change) -> bool:
        """New items of Neutron, where nothing of their own has to be done beside making them."""
        return self.collection.neutron and change.verb is Verb.CREATE and type(self).create is ItemKind.create

    def perform_all(self, changes: Sequence[Change], target: Target) -> Sequence[Evidence]:
        """New items in one request, whose answer is in their order."""
        bodies = [self.body(change, target) for change in changes]
        made = target.cloud.resources.create_all(self.collection, target.known_project, bodies)
        return [self.proved(change, answered) for change, answered in zip(changes, made, strict=True)]

    def create(self, change: Change, target: Target) -> Evidence:
        """Make the item; after a lost answer or an interruption, find it rather than make a second one."""
        if target.resumed and (found := self.found(change, target)):
            return found
        body = self.body(change, target)
        try:
            answered = target.cloud.resources.create(
                self.collection, target.known_project, body, parent=self.parent_of(change, target)
            )
        except (CloudUnavailable, CloudConflict):
            if found := self.found(change, target):
                return found
            raise
        return self.proved(change, answered)

    def update(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """Change the item in one request."""
        body = self.changed(change, target)
        return self.proved(change, target.cloud.resources.update(self.collection, target.known_project, item, body))

    def remove(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """Delete the item in one request; one that is gone counts as deleted."""
        receipt = target.cloud.resources.delete(
            self.collection, target.known_project, item, parent=self.parent_of(change, target)
        )
        return Evidence(request_ids=receipt.request_ids, values={"deleted": str(item)})

    def found(self, change: Change, target: Target) -> Evidence | None:
        """The item that an earlier attempt made, if it did. Raises CloudConflict where there are several of its name."""
        named = target.cloud.resources.named(
            self.collection, target.known_project, change.address.key, key=self.name_key
        )
        there = the_only(named, change)
        return None if there is None else self.proved(change, Answered(item=there))

    def proved(self, change: Change, answered: Answered) -> Evidence:
        """What the service has after the write. Raises EffectMissing where that is not what was written."""
        seen: dict[str, Value] = {**self.plain(answered.item)}
        wrong = [name for name in change.after if name in seen and seen[name] != change.after[name]]
        if wrong:
            shown = ", ".join(f"{name} = {seen[name]!r}, not {change.after[name]!r}" for name in wrong)
            raise EffectMissing(
                f"{self.collection.service} accepted the change but shows {shown}",
                request_id=next(iter(answered.receipt.request_ids), None),
            )
        identified: dict[str, Value] = {"id": str(answered.item["id"])} if answered.item.get("id") else {}
        values = {name: seen.get(name, value) for name, value in change.after.items()}
        return Evidence(request_ids=answered.receipt.request_ids, values={**values, **identified})

    def _properties(self, item: Item, asked: Asked) -> Properties:
        return {"id": str(item["id"]), **self.plain(item), **self.referring(item, asked)}


def listed_now(collection: Collection, target: Target) -> Mapping[str, Item]:
    """The project's items of a collection as they are now, by their ids, in one listing. Raises CloudError."""
    listed = target.cloud.resources.list(Read(collection=collection), [target.known_project])[target.known_project]
    if isinstance(listed, CloudError):
        raise listed
    return {str(each["id"]): each for each in listed}


def the_only(named: Sequence[Item], change: Change) -> Item | None:
    """The item that bears a change's name, if one does. Raises CloudConflict where several do: no further one is made."""
    if len(named) > 1:
        raise CloudConflict(
            f"there are {len(named)} of the name {change.address.key} in the project, and which is meant nobody can "
            "tell: rename all but one of them in the cloud"
        )
    return named[0] if named else None
