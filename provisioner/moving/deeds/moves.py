"""What Nova keeps of a server's moves: which were tried and failed, and why. Shared by live and cold migration.

Nova writes an action for each request before it answers, and a migration once the request is taken up (compute API reference,
`os-instance-actions` 2.84, `os-migrations` 2.80). A request that failed leaves the server as it was and is seen nowhere else. What
there was at an attempt's first look counts for nothing at later ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from provisioner.clouds.collections import Item, ItemId, Read
from provisioner.kinds.server_ends import reason_of
from provisioner.migration.collections import INSTANCE_ACTIONS, MIGRATIONS
from provisioner.moving.deed import Spot
from provisioner.moving.deeds import sources
from provisioner.moving.reading import everything, of_project

_KNOWN: Final = "failures_known"
#: How migrations end that did not get there.
_FAILED: Final = frozenset({"error", "failed", "cancelled"})
_ENDED: Final = _FAILED | {"completed", "confirmed", "reverted", "done"}


class Manner(StrEnum):
    """How a server moves, as Nova calls it among migrations."""

    LIVE = "live-migration"
    COLD = "migration"

    @property
    def action(self) -> str:
        """The same among actions."""
        return "live-migration" if self is Manner.LIVE else "migrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What was tried."""

    #: Ids of the requests for it.
    actions: tuple[str, ...]
    #: As Nova lists them, the newest first.
    migrations: tuple[Item, ...]

    @property
    def tried(self) -> frozenset[str]:
        """What tells one try from another, where the server is at rest and not moved: all have failed."""
        return frozenset(self.actions) | {_key(each) for each in self.migrations if each.get("status") in _FAILED}


def read(spot: Spot, manner: Manner) -> Moves:
    """What Nova has of this server's moves."""
    machine, resources = sources.machine_of(spot), spot.scene.source.resources
    of_server = Read(collection=INSTANCE_ACTIONS, parents=frozenset({machine.id}))
    found = of_project(resources, of_server, spot.scene.source_project)
    return Moves(
        actions=tuple(str(each["request_id"]) for each in found if each.get("action") == manner.action),
        migrations=_migrations(spot, manner),
    )


def under_way(spot: Spot, manner: Manner) -> Item | None:
    """The server's migration that has not ended, as Nova's list has it; None where there is none (yet)."""
    return next((each for each in _migrations(spot, manner) if each.get("status") not in _ENDED), None)


def _migrations(spot: Spot, manner: Manner) -> tuple[Item, ...]:
    machine = sources.machine_of(spot)
    listed = everything(spot.scene.source.resources, MIGRATIONS, {"instance_uuid": machine.id})
    return tuple(
        each for each in listed if each.get("instance_uuid") == machine.id and each.get("migration_type") == manner
    )


def failure(spot: Spot, manner: Manner) -> str | None:
    """Why the server, which is at rest and not where it was to go, did not get there; None where nothing new was tried."""
    found = read(spot, manner)
    known = spot.notes.setdefault(_KNOWN, found.tried)
    new = found.tried - known
    return _why(spot, found, new) if new else None


def arrival(spot: Spot, manner: Manner) -> Mapping[str, str]:
    """When and by which of Nova's migrations the server came where it is, as evidence; empty where Nova keeps none."""
    ended = [each for each in read(spot, manner).migrations if each.get("status") not in _FAILED]
    if not ended:
        return {}
    last = max(ended, key=lambda each: str(each.get("created_at")))
    return {
        "migration": _key(last),
        "began": str(last.get("created_at") or ""),
        "ended": str(last.get("updated_at") or ""),
    }


def _why(spot: Spot, found: Moves, new: frozenset[str]) -> str:
    request = next((each for each in found.actions if each in new), None)
    said = _of_events(spot, request) if request else ""
    if said:
        return f"{reason_of({'fault': {'message': said}})} (request {request})"
    ends = sorted(str(each.get("status")) for each in found.migrations if _key(each) in new)
    return (
        f"Nova ended its migration as {ends[0]}"
        if ends
        else f"Nova did not move it, and gives no reason (request {request})"
    )


def _of_events(spot: Spot, request: str) -> str:
    """What the events of an action say that failed: details from 2.84 on, or the last line of a traceback."""
    action = spot.scene.source.resources.fetch(
        INSTANCE_ACTIONS, spot.scene.source_project, ItemId(request), parent=sources.machine_of(spot).id
    )
    failed = [each for each in (action or {}).get("events") or () if each.get("result") == "Error"]
    return next((words for each in failed if (words := _words(each))), "")


def _words(event: Mapping[str, Any]) -> str:
    details = str(event.get("details") or "").strip()
    last = (str(event.get("traceback") or "").strip().splitlines() or [""])[-1].strip()
    # Details may be no more than the name of a class.
    return last if last and (not details or details.isidentifier()) else details


def _key(migration: Item) -> str:
    return str(migration.get("uuid") or migration.get("id"))
