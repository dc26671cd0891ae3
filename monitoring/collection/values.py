"""Values out of APIs' items, which may lack any of them, or have nothing or nonsense where a number should be. Pure."""

from datetime import UTC, datetime
from typing import Final

from provisioner.clouds.collections import Item
from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import ResourceId

MEBIBYTE: Final = 2**20
GIBIBYTE: Final = 2**30


def text(item: Item, key: str) -> str:
    """A text; empty where there is none."""
    value = item.get(key)
    return value if isinstance(value, str) else ""


def number(item: Item, key: str) -> int:
    """A whole number of zero or more; 0 where there is none, as Nova says of swap (an empty text) and Glance of a size."""
    value = item.get(key)
    try:
        return max(0, int(str(value)))
    except ValueError:
        return 0


def time(item: Item, key: str) -> datetime | None:
    """A time, UTC as all services say it, with a zone or without; None where there is none that can be read."""
    try:
        said = datetime.fromisoformat(text(item, key))
    except ValueError:
        return None
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


def id_of(item: Item) -> ResourceId | None:
    """The item's id; None for an item that has none, of which nothing can be said."""
    return ResourceId(text(item, "id")) if text(item, "id") else None


def project_of(item: Item, key: str) -> ProjectId:
    """The owner; empty for what belongs to nobody."""
    return ProjectId(text(item, key))
