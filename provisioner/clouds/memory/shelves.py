"""Where a cloud in memory keeps what its projects hold: shelf by shelf, one for each collection's path. Plain data.

Whoever reads or changes it holds the world's lock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioner.clouds.interface import ProjectId
from tenants.resources import Resource


@dataclass(slots=True, kw_only=True)
class Stored:
    """One item."""

    id: str
    #: What the service itself keeps of it; what it shows beside that is put together when it is read.
    item: dict[str, Any]
    #: None where the collection's items belong to no project.
    project: ProjectId | None
    #: The id of the item that it belongs to, where its collection's path has a `{parent}`.
    parent: str = ""
    #: How much of its project's quota it holds, in API units.
    holds: Mapping[Resource, int] = field(default_factory=dict)
    #: What becomes of it, one with each look at it: keys that change, or None when it is gone.
    coming: list[Mapping[str, Any] | None] = field(default_factory=list)
    #: What nobody is shown.
    inner: dict[str, Any] = field(default_factory=dict)


class Shelves:
    """All items of a cloud, in the order of their making."""

    def __init__(self) -> None:
        self._shelves: dict[str, dict[str, Stored]] = {}

    def put(self, path: str, stored: Stored) -> Stored:
        """Keep an item in the collection of that path."""
        self._shelves.setdefault(path, {})[_key(stored.parent, stored.id)] = stored
        return stored

    def take(self, path: str, stored: Stored) -> None:
        """Keep it no longer."""
        self._shelves.get(path, {}).pop(_key(stored.parent, stored.id), None)

    def find(self, path: str, identity: str, *, parent: str = "") -> Stored | None:
        """The item of that id."""
        return self._shelves.get(path, {}).get(_key(parent, identity))

    def all(self, path: str) -> tuple[Stored, ...]:
        """Every item of the collection."""
        return tuple(self._shelves.get(path, {}).values())

    def of(self, path: str, project: ProjectId | None) -> tuple[Stored, ...]:
        """A project's items of the collection."""
        return tuple(each for each in self.all(path) if each.project == project)

    def holding(self, project: ProjectId, resource: Resource) -> Iterator[Stored]:
        """What of the project holds some of the resource."""
        for shelf in self._shelves.values():
            yield from (each for each in shelf.values() if each.project == project and each.holds.get(resource))


def _key(parent: str, identity: str) -> str:
    """An id is unique below its parent (an image's members, say)."""
    return f"{parent}/{identity}"
