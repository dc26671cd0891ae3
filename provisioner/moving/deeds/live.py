"""Step MOVE_LIVE: a running server changes its host within its cloud.

`os-migrateLive` with a host or none, and `block_migration` left to Nova (compute API reference, "Live-Migrate Server"; from 2.34
on everything is checked after the answer, from 2.68 on a host is never forced). What came of it is seen by the server's host
alone; its migration, while it runs, tells how far it is (`server-migrations`). It is aborted by deleting that (2.24; 2.65 while it
is queued), and ended at the guest's cost by `force_complete` (2.22), which pauses the guest or fetches its memory afterwards.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from provisioner.clouds.collections import Act, Item, ItemId, Read
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudConflict, CloudError, CloudRefused
from provisioner.migration.collections import SERVER_MIGRATIONS, SERVERS
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, broken, done, impossible
from provisioner.moving.deeds import destinations, moves, sources
from provisioner.moving.deeds.destinations import has_arrived, host_to_ask_for
from provisioner.moving.deeds.moves import Manner
from provisioner.moving.deeds.sources import Server
from provisioner.moving.reading import of_project
from tenants.wave import HostName

#: How long a migration may come no closer to its end before it counts as one that never will.
STALLED_AFTER: Final = timedelta(minutes=5)
#: A server that is paused moves as well as one that runs.
_MOVABLE: Final = frozenset({"ACTIVE", "PAUSED"})
_LEAST: Final = "least_memory_remaining"
_GIVEN_UP: Final = "given_up"
_FORCED: Final = "forced"


class MoveLive:
    """The source's servers run on another host."""

    #: Nova itself gives a migration up after 800 seconds for each GiB, unless its operators say otherwise.
    patience = 14400.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """Done where it runs on its new host. Broken where it is under way and does not end by itself."""
        found = sources.find(spot)
        if found is None:
            return impossible(f"the server {spot.subject} is not there any more")
        if found.busy:
            return self._on_the_way(spot)
        if found.status not in _MOVABLE:
            why = found.trouble if found.broken else "only a server that runs can be moved live"
            return impossible(f"the server {spot.subject} is {found.status}: {why}")
        if has_arrived(spot, found):
            values = {"host": found.host, "from": sources.machine_of(spot).host, "zone": found.zone}
            return done(**values, **moves.arrival(spot, Manner.LIVE))
        return _at_home(spot)

    def begin(self, spot: Spot) -> Receipt:
        """Ask Nova to move it."""
        return _send(spot, host_to_ask_for(spot), lambda found: has_arrived(spot, found))

    def clear(self, spot: Spot) -> None:
        """End a migration that does not end by itself: at the guest's cost where the wave allows that, else by giving it up."""
        running = under_way(spot)
        if running is None:
            return
        if spot.scene.run.wave.may_pause:
            _force(spot, running)
        else:
            spot.notes[_GIVEN_UP] = (
                "it did not end by itself and was given up: the wave does not allow it to pause the guest (mayPause)"
            )
            abort(spot, running)

    def undo(self, spot: Spot) -> None:
        """Back on the host that it was on when the migration was planned; one that is under way is aborted."""
        home = sources.machine_of(spot).host
        end = spot.scene.now() + timedelta(seconds=self.patience)
        asked = False
        while (found := sources.find(spot)) is not None:
            if found.broken:
                raise CloudRefused(f"the server {spot.subject} is in the state ERROR: {found.trouble}")
            if found.busy:
                _turn(spot, home)
            elif home is None or found.host == home:
                return
            elif (why := moves.failure(spot, Manner.LIVE)) and asked:
                raise CloudRefused(f"the server {spot.subject} stays on {found.host} and not on {home}: {why}")
            else:
                _send(spot, home, lambda each: each.host == home)
                asked = True
            if spot.scene.now() >= end:
                raise CloudError(f"the server {spot.subject} did not come back to {home}")
            sources.pause(spot)

    def _on_the_way(self, spot: Spot) -> Look:
        running = under_way(spot)
        if running is None:
            return UNDER_WAY
        destinations.tell_choice(spot, lambda: running)
        total, left = running.get("memory_total_bytes"), running.get("memory_remaining_bytes")
        if total and left is not None:
            spot.travelled(int(total) - int(left), int(total))
        if spot.notes.get(_FORCED) == running["id"] or running.get("status") != "running":
            return UNDER_WAY
        if spot.scene.control.forced():
            return broken("it is to end now")
        if _is_stalled(spot, left):
            return broken("it comes no closer to its end: the guest changes its memory faster than that travels")
        return UNDER_WAY


def under_way(spot: Spot) -> Item | None:
    """The live migration that the server is in, or None."""
    project, machine = spot.scene.source_project, sources.machine_of(spot)
    read = Read(collection=SERVER_MIGRATIONS, parents=frozenset({machine.id}))
    found = of_project(spot.scene.source.resources, read, project)
    return found[0] if found else None


def abort(spot: Spot, running: Item) -> None:
    """Give a migration up, if it still can be; whether it was, the next look tells."""
    project, machine = spot.scene.source_project, sources.machine_of(spot)
    with suppress(CloudConflict, CloudRefused):
        spot.scene.source.resources.delete(SERVER_MIGRATIONS, project, ItemId(str(running["id"])), parent=machine.id)


def _at_home(spot: Spot) -> Look:
    """At rest where it was: not asked for yet, or tried in vain."""
    why = moves.failure(spot, Manner.LIVE)
    if given_up := spot.notes.get(_GIVEN_UP):
        return impossible(f"the server {spot.subject} was not moved: {given_up}")
    return ABSENT if why is None else impossible(f"the server {spot.subject} was not moved: {why}")


def _send(spot: Spot, host: HostName | None, taken: Callable[[Server], bool]) -> Receipt:
    return sources.ask(spot, {"os-migrateLive": {"host": host, "block_migration": "auto"}}, taken)


def _turn(spot: Spot, home: HostName | None) -> None:
    """Let a migration homewards go on, abort any other."""
    running = under_way(spot)
    if running is not None and (home is None or running.get("dest_compute") != home):
        abort(spot, running)


def _force(spot: Spot, running: Item) -> None:
    """End it at the guest's cost. One that is at its end already declines, which the next look tells."""
    sent = Act(below=f"/migrations/{running['id']}/action", body={"force_complete": None})
    identity = ItemId(sources.machine_of(spot).id)
    with suppress(CloudConflict, CloudRefused):
        spot.scene.source.resources.act(SERVERS, spot.scene.source_project, identity, sent)
    spot.notes[_FORCED] = running["id"]


def _is_stalled(spot: Spot, left: int | None) -> bool:
    """Whether there has not been less left for so long."""
    if left is None:
        return False
    at = spot.scene.now()
    before: tuple[int, datetime] = spot.notes.get(_LEAST, (left + 1, at))
    least, since = before
    if left < least:
        spot.notes[_LEAST] = (left, at)
        return False
    return at - since >= STALLED_AFTER
