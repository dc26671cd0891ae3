"""The contract of a sort of thing that may be granted. Pure, but for `give`, `take` and `state`."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, Item, Read
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.offers import Offers, OneOffered
from provisioner.errors import CloudError
from tenants.landing_zone import Grant, GrantsSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Why a thing cannot be granted as it is, and what would have to be different."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that a cloud offers."""

    id: str
    name: str
    #: Keystone's id of the project that owns it; empty where it is the cloud's own.
    owner: str = ""
    #: Whether every project may use it.
    public: bool = False
    hindrance: Hindrance | None = None


class Grantable(ABC, Generic[OneOffered]):
    """One sort of thing: flavors, say."""

    #: As it stands in addresses and messages: `volume-type`.
    word: ClassVar[str]
    #: The projects that a thing is granted to, or the things granted to a project.
    collection: ClassVar[Collection]
    #: The key of an item there that holds the thing's id.
    thing_key: ClassVar[str] = "parent"
    #: What becomes of those who use it when it is taken away.
    taken: ClassVar[str]

    @abstractmethod
    def asked(self, grants: GrantsSpec) -> tuple[Grant, ...]:
        """The manifest's grants of this sort."""

    @abstractmethod
    def offered(self, offers: Offers) -> tuple[OneOffered, ...]:
        """All that the cloud offers of this sort."""

    @abstractmethod
    def thing(self, offered: OneOffered) -> Thing:
        """One of it, as far as granting it goes."""

    def named(self, offers: Offers, name: str) -> tuple[Thing, ...]:
        """All of that name."""
        return tuple(self.thing(each) for each in self.offered(offers) if each.name == name)

    @abstractmethod
    def give(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """Let the project use it. Raises CloudConflict where it may already."""

    @abstractmethod
    def take(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """Let the project use it no longer. Raises CloudRefused where it may not anyhow."""

    def holds(self, item: Item) -> bool:
        """Whether an item that names the project lets it use the thing already."""
        return True

    def read(self, things: Iterable[Thing]) -> Read | None:
        """The listing that tells which of the things are granted; None where there is nothing to be told."""
        ids = frozenset(each.id for each in things if not each.public and each.hindrance is None)
        return Read(collection=self.collection, parents=ids) if ids else None

    def state(self, cloud: Cloud, project: ProjectId, thing: Thing) -> bool | None:
        """Whether the project may use the thing, asked anew; None where nothing at all was granted."""
        read = self.read((thing,))
        listed = cloud.resources.list(read, (project,))[project] if read else ()
        if isinstance(listed, CloudError):
            raise listed
        return next((self.holds(item) for item in listed if item[self.thing_key] == thing.id), None)
