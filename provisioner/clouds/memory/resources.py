"""Any collection of a cloud in memory: its items are stored by its path and given out as the OpenStack adapter gives them.

What the services add by themselves is the habit of the collection (`catalogue`). Calls are named after the port and the
collection: `resources.create.networks`, `resources.list.ports`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from typing import Any, Final

from provisioner.clouds.collections import Act, Answered, Collection, Item, ItemId, Listing, Read, Scope
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.memory.catalogue import habit_of
from provisioner.clouds.memory.habits import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    Declined,
    Making,
    asked_for,
    must_fit,
)
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.weather import Weather
from provisioner.clouds.memory.world import World, new_id
from provisioner.errors import CloudConflict, CloudError, CloudMisconfigured, CloudRefused
from tenants.names import CloudName

#: As the OpenStack adapter counts: projects that are asked for one by one, and in one query of Neutron.
_ONE_BY_ONE: Final = 8
_IN_ONE_QUERY: Final = 40
#: What a query may ask for that there is nothing of in memory.
_NARROWING: Final = frozenset({"deleted", "os_hidden"})
#: The services that every cloud in memory has; the others are furnished.
_ALWAYS: Final = frozenset({"image", "identity"})


class MemoryResources:
    """Collections in memory; implements `Resources`."""

    def __init__(self, cloud: CloudName, world: World, weather: Weather) -> None:
        self._cloud = cloud
        self._world = world
        self._weather = weather

    def list(self, read: Read, projects: Iterable[ProjectId]) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
        """A trouble with this call is every project's."""
        wanted = tuple(dict.fromkeys(projects))
        try:
            with self._calling("list", read.collection, requests=_requests(read, len(wanted))):
                return self._shared_out(read, wanted)
        except CloudError as error:
            return dict.fromkeys(wanted, error)

    def everything(self, collection: Collection, query: Mapping[str, Any] | None = None) -> Listing:
        """All that is there, in one page, also where only what changed is asked for. Nobody is told of what was deleted."""
        try:
            with self._calling("everything", collection):
                habit, asked = habit_of(collection.path), {**collection.everywhere, **(query or {})}
                stored = self._world.shelves.all(collection.path)[:: -1 if habit.newest_first else 1]
                wanted = [
                    each for each in stored if habit.is_listed(each) and asked_for(self._world, habit, each, asked)
                ]
                items = tuple(self._listed(collection, each) for each in wanted)
        except CloudError as error:
            return Listing(failure=error)
        nothing = any((query or {}).get(narrowing) for narrowing in _NARROWING)
        return Listing(items=() if nothing else items, pages=1, clock_ahead=timedelta())

    def named(self, collection: Collection, project: ProjectId, name: str, *, key: str = "name") -> tuple[Item, ...]:
        """With all their keys."""
        with self._calling("named", collection):
            shown = [self._look(collection, each) for each in self._of(collection, project)]
            return tuple(each for each in shown if each.get(key) == name)

    def fetch(self, collection: Collection, project: ProjectId, item: ItemId, *, parent: str = "") -> Item | None:
        """With all its keys."""
        with self._calling("fetch", collection):
            found = self._find(collection, item, parent)
            return None if found is None else self._look(collection, found)

    def create(
        self, collection: Collection, project: ProjectId, body: Mapping[str, Any], *, parent: str = ""
    ) -> Answered:
        """One that is ignored has an id all the same: that of one that is not there."""
        with self._calling("create", collection) as effective:
            stored = self._make(collection, project, body, parent)
            answer = habit_of(collection.path).answered(self._world, stored)
            if not effective:
                self._world.shelves.take(collection.path, stored)
            return Answered(item=answer, receipt=self._receipt())

    def create_all(
        self, collection: Collection, project: ProjectId, bodies: Sequence[Mapping[str, Any]]
    ) -> Sequence[Answered]:
        """All or none."""
        with self._calling("create_all", collection) as effective:
            made: list[Stored] = []
            try:
                for body in bodies:
                    made.append(self._make(collection, project, body, ""))  # noqa: PERF401 - what is made is needed where one fails
                receipt = self._receipt()
                habit = habit_of(collection.path)
                answers = tuple(Answered(item=habit.answered(self._world, each), receipt=receipt) for each in made)
            except Declined:
                self._unmake(collection, made)
                raise
            if not effective:
                self._unmake(collection, made)
            return answers

    def update(self, collection: Collection, project: ProjectId, item: ItemId, changed: Mapping[str, Any]) -> Answered:
        """The keys that are given."""
        habit = habit_of(collection.path)
        with self._calling("update", collection) as effective:
            stored = self._must_find(collection, item)
            _must_take(changed, habit.takes, "Unrecognized attribute(s)")
            _must_take(changed, habit.changes, "Cannot update read-only attribute")
            if effective:
                habit.change(self._world, stored, changed)
            return Answered(item=habit.shown(self._world, stored), receipt=self._receipt())

    def delete(self, collection: Collection, project: ProjectId, item: ItemId, *, parent: str = "") -> Receipt:
        """What is not there counts as deleted."""
        with self._calling("delete", collection) as effective:
            stored = self._find(collection, item, parent)
            if stored is not None and effective:
                habit_of(collection.path).delete(self._world, stored)
            return self._receipt()

    def act(self, collection: Collection, project: ProjectId, item: ItemId, act: Act) -> Answered:
        """What the collection's habit knows to do."""
        with self._calling("act", collection) as effective:
            stored = self._must_find(collection, item)
            named = project if collection.scope is Scope.PROJECT else self._world.own_project
            answer = habit_of(collection.path).act_for(self._world, stored, act, named) if effective else {}
            return Answered(item=answer, receipt=self._receipt())

    @contextmanager
    def _calling(self, method: str, collection: Collection, *, requests: int = 1) -> Iterator[bool]:
        """A call through the weather, whose refusals become CloudErrors with a request id."""
        if collection.service not in _ALWAYS | self._world.furnishing.services:
            raise CloudMisconfigured(f"{self._cloud}: its Keystone catalogue has no {collection.service} service")
        with self._weather.passing(f"resources.{method}.{collection.name}", requests=requests) as effective:
            try:
                with self._world.lock:
                    self._world.request_id = f"req-{new_id()}"
                    yield effective
            except Declined as declined:
                known_as = self._world.request_id
                kind = CloudConflict if declined.status == CONFLICT else CloudRefused
                raise kind(
                    f"{self._cloud}: {collection.service}: {method} {collection.name}: HTTP {declined.status}: {declined} "
                    f"(request {known_as})",
                    request_id=known_as,
                ) from declined

    def _shared_out(self, read: Read, wanted: Sequence[ProjectId]) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
        collection = read.collection
        if read.parents or "{parent}" in collection.path:
            below = [each for each in self._world.shelves.all(collection.path) if each.parent in read.parents]
            items = [{**self._listed(collection, each), "parent": each.parent} for each in below]
        elif collection.owner is None:
            items = [self._listed(collection, each) for each in self._world.shelves.all(collection.path)]
        else:
            return {
                project: tuple(self._listed(collection, each) for each in self._of(collection, project))
                for project in wanted
            }
        owner = collection.owner
        return {
            project: tuple(each for each in items if owner is None or each.get(owner) == project) for project in wanted
        }

    def _of(self, collection: Collection, project: ProjectId) -> tuple[Stored, ...]:
        habit = habit_of(collection.path)
        habit.looked_for(self._world, project)
        stored = self._world.shelves.of(collection.path, None if collection.owner is None else project)
        return tuple(filter(habit.is_listed, stored))

    def _listed(self, collection: Collection, stored: Stored) -> dict[str, Any]:
        shown = self._look(collection, stored)
        kept = ["id", *filter(None, [collection.owner]), *collection.fields]
        return {key: shown[key] for key in kept if key in shown}

    def _look(self, collection: Collection, stored: Stored) -> dict[str, Any]:
        """An item as it is now; after the look, what was coming to it has come."""
        habit = habit_of(collection.path)
        shown = deepcopy(habit.shown(self._world, stored))
        if stored.coming:
            habit.arrived(self._world, stored, stored.coming.pop(0))
        return shown

    def _find(self, collection: Collection, item: ItemId, parent: str = "") -> Stored | None:
        below = habit_of(collection.path).parent(self._world, parent, {})
        return self._world.shelves.find(collection.path, item, parent=below)

    def _must_find(self, collection: Collection, item: ItemId) -> Stored:
        found = self._find(collection, item)
        if found is None:
            raise Declined(NOT_FOUND, f"{collection.item} {item} could not be found.")
        return found

    def _make(self, collection: Collection, project: ProjectId, body: Mapping[str, Any], parent: str) -> Stored:
        world, habit = self._world, habit_of(collection.path)
        self._must_have_parent(collection, parent)
        beside = {key: body[key] for key in collection.beside if key in body}
        inner = {key: value for key, value in body.items() if key not in beside}
        _must_take(inner, habit.takes, "Unrecognized attribute(s)")
        owner = self._owner(collection, project, inner)
        making = Making(project=owner or project, body=inner, beside=beside, parent=parent)
        item = habit.make(world, making) | _owned(collection, owner)
        holds = habit.holds(world, item)
        must_fit(world, owner, holds)
        item["id"] = habit.identity(item, new_id())
        stored = Stored(
            id=item["id"],
            item=item,
            project=owner,
            parent=habit.parent(world, parent, inner),
            holds=holds,
            inner={"body": inner, "beside": beside},
        )
        world.shelves.put(collection.path, stored)
        habit.made(world, stored)
        fate = world.fates.pop((collection.path, str(item.get("name"))), None)
        if fate is not None:
            stored.coming = fate
        return stored

    def _owner(self, collection: Collection, project: ProjectId, body: Mapping[str, Any]) -> ProjectId | None:
        """Whose a new item is: the token's project, unless the body names another."""
        if collection.owner is None:
            return None
        own = project if collection.scope is Scope.PROJECT else self._world.own_project
        return ProjectId(str(body.get(collection.owner) or body.get("project_id") or body.get("tenant_id") or own))

    def _must_have_parent(self, collection: Collection, parent: str) -> None:
        above, marked, _ = collection.path.partition("/{parent}")
        if marked and not self._world.offers(above, parent) and not self._world.shelves.find(above, parent):
            raise Declined(NOT_FOUND, f"{above.strip('/')} {parent} could not be found.")

    def _receipt(self) -> Receipt:
        return Receipt(request_ids=(self._world.request_id,))

    def _unmake(self, collection: Collection, made: Iterable[Stored]) -> None:
        for each in made:
            self._world.shelves.take(collection.path, each)


def _must_take(body: Mapping[str, Any], known: frozenset[str] | None, otherwise: str) -> None:
    unknown = sorted(body.keys() - known) if known is not None else []
    if unknown:
        raise Declined(BAD_REQUEST, f"{otherwise} {', '.join(unknown)}")


def _owned(collection: Collection, owner: ProjectId | None) -> dict[str, Any]:
    """The keys by which an item tells whose it is; Neutron has two."""
    if owner is None or collection.owner is None:
        return {}
    both = {"project_id": owner, "tenant_id": owner} if collection.neutron else {}
    return {**both, collection.owner: owner}


def _requests(read: Read, projects: int) -> int:
    collection = read.collection
    if read.parents or "{parent}" in collection.path:
        return len(read.parents)
    if collection.project_filter is None or collection.owner is None:
        return 1
    if collection.neutron:
        chunks = -(-projects // _IN_ONE_QUERY)
        return 1 if chunks > _ONE_BY_ONE else chunks
    return 1 if projects > _ONE_BY_ONE else projects
