"""The port to what projects hold: OpenStack's REST collections, described as data and driven by one interface.

Quotas and Keystone have interfaces of their own (`provisioner.clouds.interface`), for their APIs differ in kind. Networks,
servers or volumes do not: each is a collection whose items are listed, made, changed and deleted. A `Collection` says
how, the module of the kind in `provisioner.kinds` owns it together with what its items' JSON means, and the adapters
(`openstack`, `memory`) drive any of them. So a new kind of object needs nothing here.

All methods raise only `provisioner.errors.CloudError`s, after retrying what is safe to retry. A POST is never repeated
once it may have arrived: whoever makes something looks for it by name after a lost answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, NewType, Protocol

from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.errors import CloudError
from tenants.names import PrincipalName

CollectionName = NewType("CollectionName", str)
#: An item's id in its service.
ItemId = NewType("ItemId", str)
#: A JSON object as the service's API reference has it; of a listed one only the collection's `fields`.
Item = Mapping[str, Any]
#: Stands for the user that Tenantry itself is, among the users whose items a listing shows.
OWN_USER: Final = PrincipalName("")


class Scope(StrEnum):
    """Whose token a request carries."""

    #: That of Tenantry's own project, with its administrator's role; the body or query names the project.
    CLOUD = "cloud"
    #: One for the project itself, as Nova and Cinder want it where the token decides whose a new thing is.
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection of one service: how its items are reached."""

    #: Unique among all collections.
    name: CollectionName
    #: OpenStack's service type: `network`.
    service: str
    #: Below the service's endpoint. `{parent}` stands for an id where the collection belongs to another item.
    path: str
    #: What wraps one item in a body; empty where nothing does.
    item: str
    #: What wraps a list of them.
    items: str
    #: The keys of an item that observations keep; `id` and the owner's are kept in any case.
    fields: tuple[str, ...] = ()
    #: The key that names an item's project; None where items belong to none.
    owner: str | None = "project_id"
    #: Where items are listed with all their keys, if not at `path`.
    listing: str | None = None
    microversion: str | None = None
    #: What a listing of all projects asks for: `{"all_tenants": 1}`.
    everywhere: Mapping[str, Any] = field(default_factory=dict)
    #: The query that narrows a listing to a project; None where there is none.
    project_filter: str | None = "project_id"
    #: The query that names an item's parent, where the path does not (`user_id` of Nova's key pairs).
    parent_filter: str | None = None
    #: Whether `project_filter` may be repeated for several projects at once (Neutron), and `fields` narrow the answer.
    neutron: bool = False
    #: Whether pages are asked for by offset, without links (Nova's server groups).
    by_offset: bool = False
    #: Whether a listing takes a name for a regular expression (Nova's servers).
    patterns: bool = False
    #: Keys of a body that stand beside the item in the request, not in it (`os:scheduler_hints`).
    beside: tuple[str, ...] = ()
    #: Whether items are changed by a JSON patch (RFC 6902, as Glance takes it) rather than by PUT.
    patched: bool = False
    #: Whose token makes, changes and deletes.
    scope: Scope = Scope.CLOUD


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One listing that an observation needs."""

    collection: Collection
    #: Ids of the items that it belongs to, where its path has a `{parent}`.
    parents: frozenset[str] = frozenset()
    #: The users that it belongs to, of the cloud's domain, where the service keeps it for users. A look, which knows
    #: their ids, puts those in the place of `parents`.
    users: frozenset[PrincipalName] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a service answered to a write."""

    #: The item as the service then has it; empty where the answer has none.
    item: Item = field(default_factory=dict)
    receipt: Receipt = field(default_factory=Receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A write that is neither making, changing nor deleting: an action, an attachment, an interface."""

    #: Below the item's own path: `/action`, `/add_router_interface`.
    below: str
    body: Mapping[str, Any] | None = None
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What could be read of a whole collection, of all projects alike."""

    items: tuple[Item, ...] = ()
    #: How many pages were read.
    pages: int = 0
    #: Why the page after these could not be read; None where these are all.
    failure: CloudError | None = None
    #: How far the service's clock is ahead of ours, by the `Date` of its answers; None where it told nothing.
    clock_ahead: timedelta | None = None


class Resources(Protocol):
    """Any collection of a cloud."""

    def everything(self, collection: Collection, query: Mapping[str, Any] | None = None) -> Listing:
        """All items that there are, whoever's, narrowed by a query, page by page: what was read before a page failed as well.

        A parameter of the query that is None is left out of what is usually asked for.
        """

    def list(self, read: Read, projects: Iterable[ProjectId]) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
        """The items of each project, in bulk where that is fewer requests.

        Items of collections without an owner are every project's. Items of a parent carry its id as `parent`.
        """

    def named(self, collection: Collection, project: ProjectId, name: str, *, key: str = "name") -> tuple[Item, ...]:
        """The project's items that have just this name under `key`, read anew; all keys of theirs."""

    def fetch(self, collection: Collection, project: ProjectId, item: ItemId, *, parent: str = "") -> Item | None:
        """One item with all its keys, or None where there is none."""

    def create(
        self, collection: Collection, project: ProjectId, body: Mapping[str, Any], *, parent: str = ""
    ) -> Answered:
        """Make an item of the project."""

    def create_all(
        self, collection: Collection, project: ProjectId, bodies: Sequence[Mapping[str, Any]]
    ) -> Sequence[Answered]:
        """Make several items at once, all or none, in one request (Neutron's bulk creation); answers in their order."""

    def update(self, collection: Collection, project: ProjectId, item: ItemId, changed: Mapping[str, Any]) -> Answered:
        """Change the item's keys that are given (HTTP PUT); where the collection is `patched`, None takes a key away."""

    def delete(self, collection: Collection, project: ProjectId, item: ItemId, *, parent: str = "") -> Receipt:
        """Delete the item; one that is not there counts as deleted."""

    def act(self, collection: Collection, project: ProjectId, item: ItemId, act: Act) -> Answered:
        """Do something with the item."""
