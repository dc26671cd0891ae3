"""What a migration made, found again: by its name and the migration's mark, never by chance. What all deeds that make share.

A look reads the service itself. What bears the name without the mark is somebody else's, and nothing here touches it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, Item, ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.errors import CloudConflict, CloudError, CloudRefused
from provisioner.migration.identifiers import MARK, MARK_SUBJECT, made_name, marks
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, broken
from provisioner.moving.removing import remove

#: Seconds that something may be there which was asked to go, and longest where its service is at it all the while.
_GOING: Final = 600.0
_AT_IT: Final = 6 * 3600.0
#: What Cinder is at something with: it refuses to delete such a volume or snapshot until that has ended (block storage API v3, "Delete a
#: volume"), and a deletion that wipes takes its time.
_PASSING: Final = frozenset(
    {"creating", "downloading", "uploading", "deleting", "attaching", "detaching", "reserved", "extending"}
)
_DELETING: Final = "deleting"
#: Seconds after which something is asked to go again that is still there as if it had not been: Cinder agrees, and puts what its store has open
#: yet (for half a minute where a host died) back to what it was; Glance declines such an image with a conflict.
_AGAIN: Final = 60.0
#: Seconds between two looks at what is waited for: at first, and at most.
_FIRST: Final = 0.2
_LONGEST: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things of one sort are made."""

    cloud: Cloud
    project: ProjectId
    collection: Collection

    def named(self, name: str) -> tuple[Item, ...]:
        """What bears the name there, read anew."""
        return self.cloud.resources.named(self.collection, self.project, name)

    def make(self, body: Mapping[str, Any]) -> Receipt:
        """One request."""
        return self.cloud.resources.create(self.collection, self.project, body).receipt

    def delete(self, item: Item) -> Receipt:
        """One request, and it goes for good; what is not there counts as deleted."""
        return remove(self.cloud.resources, self.collection, self.project, ItemId(str(item["id"])))


def only_serves(spot: Spot, role: str) -> str:
    """The name of what serves the migration alone, for the step's subject."""
    return made_name(spot.id, role, spot.subject)


def marked(items: tuple[Item, ...], spot: Spot, *, subject: str | None = None) -> tuple[Item, ...]:
    """Those that bear the migration's mark for the step's subject in their metadata."""
    wanted = spot.subject if subject is None else subject

    def ours(item: Item) -> bool:
        said = item.get("metadata") or {}
        return bool(said.get(MARK) == spot.id and said.get(MARK_SUBJECT) == wanted)

    return tuple(filter(ours, items))


def marks_of(spot: Spot, role: str) -> dict[str, str]:
    """The metadata of what the step makes."""
    return marks(spot.id, role, spot.subject)


def one(items: tuple[Item, ...]) -> Item | None:
    """The one that there is; of several, which only somebody else's doing can explain, the oldest."""
    return min(items, key=lambda item: (str(item.get("created_at")), str(item["id"])), default=None)


def by_status(item: Item | None, *, ready: str, ended_badly: Callable[[str], bool], what: str) -> Look | None:
    """What a status says: absent, under way, broken; None where it is ready, and the caller has more to ask."""
    if item is None:
        return ABSENT
    status = str(item.get("status"))
    if status == ready:
        return None
    if ended_badly(status):
        return broken(f"{what} {item.get('name') or item['id']} ended in {status}")
    return UNDER_WAY


def is_error(status: str) -> bool:
    """Whether a status of Cinder or Nova tells of a failure."""
    return status.lower().startswith("error")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The last time that something was asked to go."""

    at: float
    #: What its service was at with it then, and declined for; empty where it agreed.
    doing: str = ""


def gone(place: Place, found: Callable[[], tuple[Item, ...]], spot: Spot) -> None:
    """Delete all that `found` finds, and wait until it finds nothing; what a service is at is deleted once that has ended.

    What a service agreed to and left as it was is asked for again. Raises CloudError where that takes too long, or the service declines
    for another reason.
    """
    began, moved, pauses = monotonic(), monotonic(), growing()
    asked: dict[str, _Asked] = {}
    conflict: CloudConflict | None = None
    while items := found():
        for item in items:
            identity, status = str(item["id"]), str(item.get("status"))
            if status in _PASSING:
                moved = monotonic()
            if _is_to_be_asked(status, asked.get(identity)):
                try:
                    doing = ask_to_go(place, item)[1]
                except CloudConflict as error:
                    conflict, doing = error, status
                asked[identity] = _Asked(at=monotonic(), doing=doing)
        if monotonic() > min(moved + _GOING, began + _AT_IT):
            raise conflict or CloudError(
                f"{place.cloud.name}: {items[0].get('name') or items[0]['id']} was asked to go and is still "
                f"{items[0].get('status')}"
            )
        spot.scene.control.wait(next(pauses))
        spot.must_go_on()


def _is_to_be_asked(status: str, before: _Asked | None) -> bool:
    """Whether something that is there is asked to go now, first or again."""
    if status == _DELETING:
        return False
    if before is None or (before.doing and before.doing != status):
        return True
    return status not in _PASSING and (is_error(status) or monotonic() - before.at >= _AGAIN)


def ask_to_go(place: Place, item: Item) -> tuple[Receipt, str]:
    """One request; with its receipt, what the service is at with the thing and has to end before: empty where it goes.

    A deletion whose answer was lost is declined when it is sent again, for it is being carried out. Raises what else is declined.
    """
    try:
        return place.delete(item), ""
    except (CloudConflict, CloudRefused):
        now = place.cloud.resources.fetch(place.collection, place.project, ItemId(str(item["id"])))
        status = _DELETING if now is None else str(now.get("status"))
        if status not in _PASSING:
            raise
        return Receipt(), "" if status == _DELETING else status


def growing() -> Iterator[float]:
    """Seconds to wait between looks, ever longer up to a bound."""
    pause = _FIRST
    while True:
        yield pause
        pause = min(_LONGEST, pause * 1.5)
