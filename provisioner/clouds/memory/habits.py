"""What services do by themselves with the items of their collections: the base of all such habits, which does nothing.

`resources` stores and gives out; the habit of a collection's path adds what OpenStack adds: defaults, refusals, what an
item holds of the quota, what becomes of it by and by. A collection without a habit is just stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from provisioner.clouds.collections import Act
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.world import World
from tenants.resources import UNLIMITED, Resource, Service, definition

BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
CONFLICT: Final = 409
TOO_LARGE: Final = 413
#: What queries of listings say that is not about single items.
_OF_LISTINGS: Final = frozenset({"limit", "marker", "sort_key", "sort_dir", "all_tenants", "all_projects", "deleted"})
#: How each service answers where the quota is reached.
_OVER_QUOTA: Final = {Service.COMPUTE: FORBIDDEN, Service.BLOCK_STORAGE: TOO_LARGE, Service.NETWORK: CONFLICT}
Holds = Mapping[Resource, int]


class Declined(Exception):
    """A service's answer of 400 or above. `resources` makes a CloudError of it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A request to make an item."""

    project: ProjectId
    body: Mapping[str, Any]
    #: What stood beside the item in the request.
    beside: Mapping[str, Any]
    #: The id of the item that it is to belong to.
    parent: str = ""


class Habit:
    """What a service does by itself with the items of one collection."""

    #: The collection's path.
    path: ClassVar[str] = ""
    #: The keys that a body may have; None where any may.
    takes: ClassVar[frozenset[str] | None] = None
    #: Those of them that may be changed later.
    changes: ClassVar[frozenset[str] | None] = None
    #: Whether whole listings begin with what was made last.
    newest_first: ClassVar[bool] = False

    def make(self, world: World, making: Making) -> dict[str, Any]:
        """The new item, with what the service adds. Changes nothing. Raises Declined."""
        return dict(making.body)

    def identity(self, item: Mapping[str, Any], fresh: str) -> str:
        """The id by which the new item is known."""
        return fresh

    def parent(self, world: World, asked: str, body: Mapping[str, Any]) -> str:
        """The id of what an item belongs to, where something else than the path says it."""
        return asked

    def matches(self, world: World, stored: Stored, key: str, value: object) -> bool:
        """Whether an item is among those that a listing's query asks for; a key that nobody knows narrows nothing."""
        return True

    def is_listed(self, stored: Stored) -> bool:
        """Whether listings have the item."""
        return True

    def looked_for(self, world: World, project: ProjectId) -> None:
        """What comes into being when somebody looks for the project's items."""

    def holds(self, world: World, item: Mapping[str, Any]) -> Holds:
        """How much of its project's quota an item holds."""
        return {}

    def made(self, world: World, stored: Stored) -> None:
        """What else comes of it when an item is stored."""

    def answered(self, world: World, stored: Stored) -> Mapping[str, Any]:
        """What the request that made the item is answered with."""
        return self.shown(world, stored)

    def shown(self, world: World, stored: Stored) -> dict[str, Any]:
        """An item with all that the service shows of it."""
        return dict(stored.item)

    def change(self, world: World, stored: Stored, changed: Mapping[str, Any]) -> None:
        """Change the item. Raises Declined."""
        stored.item.update(changed)

    def arrived(self, world: World, stored: Stored, state: Mapping[str, Any] | None) -> None:
        """What was coming to an item has come; None where it is gone."""
        if state is None:
            world.shelves.take(self.path, stored)
        else:
            stored.item.update(state)

    def delete(self, world: World, stored: Stored) -> None:
        """Delete the item. Raises Declined."""
        self.arrived(world, stored, None)

    def act(self, world: World, stored: Stored, act: Act) -> Mapping[str, Any]:
        """Do something with the item; gives the answer's body. Raises Declined."""
        raise Declined(NOT_FOUND, f"the cloud in memory has no {act.method} {self.path}/…{act.below}")

    def act_for(self, world: World, stored: Stored, act: Act, project: ProjectId) -> Mapping[str, Any]:
        """The same, where it matters in whose name. Raises Declined."""
        return self.act(world, stored, act)


def asked_for(world: World, habit: Habit, stored: Stored, query: Mapping[str, Any]) -> bool:
    """Whether an item is among those that a query asks for."""
    narrowing = ((key, value) for key, value in query.items() if key not in _OF_LISTINGS and value is not None)
    return all(habit.matches(world, stored, key, value) for key, value in narrowing)


def must_have(world: World, path: str, identity: object, what: str, *, status: int = NOT_FOUND) -> Stored:
    """The item that another refers to. Raises Declined where there is none."""
    found = world.shelves.find(path, str(identity))
    if found is None:
        raise Declined(status, f"{what} {identity} could not be found.")
    return found


def must_fit(world: World, project: ProjectId | None, more: Holds) -> None:
    """Raises Declined, in the service's own manner, where a project's limits leave no room for so much more."""
    if project is None:
        return
    for resource, amount in more.items():
        limit = world.enforced(project, resource.service).get(resource, UNLIMITED)
        use = world.use(project, resource)
        taken = use.used + use.reserved if definition(resource).additive else 0
        if amount > 0 and limit != UNLIMITED and taken + amount > limit:
            raise Declined(
                _OVER_QUOTA[resource.service],
                f"Quota exceeded for {resource.key}: Requested {amount}, but already used {taken} of {limit}",
            )
