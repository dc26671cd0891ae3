"""What a cloud offers to its projects beside quotas: flavors, images, volume types, networks, each with its id.

Read once in a look where landing zones or applications need it; manifests speak of these by name. Pure records.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar


class Offered(Protocol):
    """Anything with an id and a name that its owner chose, which may not be the only one of that name."""

    @property
    def id(self) -> str:
        """The id in its service."""

    @property
    def name(self) -> str:
        """The name."""


OneOffered = TypeVar("OneOffered", bound=Offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """A server's size (compute API reference, `flavors`)."""

    id: str
    name: str
    vcpus: int
    #: MiB.
    ram: int
    #: GiB; 0 is as large as the image.
    disk: int
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What a root disk is made from (image API reference v2)."""

    id: str
    name: str
    #: `active`, `queued`, `deactivated`…
    status: str
    #: `public`, `community`, `shared`, `private`.
    visibility: str
    #: Keystone's id of the project that owns it.
    owner: str
    #: GiB.
    min_disk: int = 0
    #: MiB.
    min_ram: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeType:
    """A kind of storage (block storage API reference v3, `types`)."""

    id: str
    name: str
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedNetwork:
    """A network of whatever project (network API reference v2.0)."""

    id: str
    name: str
    #: Keystone's id of the project that owns it.
    owner: str
    #: Whether routers reach the outside by it.
    external: bool = False
    #: Whether every project may use it.
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """All that a cloud offers."""

    flavors: tuple[Flavor, ...] = ()
    images: tuple[Image, ...] = ()
    volume_types: tuple[VolumeType, ...] = ()
    networks: tuple[OfferedNetwork, ...] = ()
    #: The services that did not tell what they offer, with the reason: not the same as offering nothing.
    unread: Mapping[str, str] = field(default_factory=dict)


def the_one(offered: Iterable[OneOffered], name: str) -> OneOffered | None:
    """The only one of that name; None where there is none, or more than one."""
    found = [each for each in offered if each.name == name]
    return found[0] if len(found) == 1 else None
