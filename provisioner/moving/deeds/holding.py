"""HOLD: room in both projects' quotas, for what the migration makes and for what only serves it, kept until that is gone.

What others keep is noted before the clouds are asked, and again under the lock of all holds: so nothing that others make in between
is counted by nobody. Where it is only others that leave too little, their end is waited for.

An operation that is under way for one of the two tenants looked at the clouds before this room was kept: it may lower a limit yet, or
build what nobody counts. So its end is waited for too, and where one ended since the clouds were asked, they are asked again. Those
that begin later find the room kept (`provisioner.staging`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from provisioner.clouds.interface import Receipt, Usage
from provisioner.migration.headroom import Amounts, Project, Share, Shortfall, parts, shortfalls, total
from provisioner.migration.identifiers import MigrationId
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, done, impossible
from provisioner.moving.preflight import goal_of, readings_of, shares_of_others
from provisioner.moving.telling import tell
from provisioner.store import migration_holds, reconciliation, schedules
from provisioner.store.database import Connection
from tenants.names import CloudName, TenantName
from tenants.resources import Resource

#: Seconds that others' end is waited for.
_UNTIL_OTHERS_END: Final = 1800.0
#: Seconds that the end of operations is waited for. One that was interrupted and rests so long looks again before it writes.
_UNTIL_OPERATIONS_END: Final = 900.0
_SINCE: Final = "waits_since"
_SINCE_OPERATIONS: Final = "waits_for_operations_since"
_WHAT: Final = "waits-for-room"
_NEEDED: Final = "needed"


class Hold:
    """Room that others do not count on."""

    patience = 2 * _UNTIL_OTHERS_END
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Done where it is kept, or nothing is needed; under way while others have to end first."""
        needed = _needed(spot)
        with spot.scene.means.database.transaction() as connection:
            kept = spot.id in migration_holds.holders(connection)
        if kept or not any(needed.values()):
            return done(**{f"{cloud}/{resource}": amount for (cloud, resource), amount in _summed(needed).items()})
        with spot.scene.means.database.transaction() as connection:
            at_work = _at_work(connection, spot, needed)
        if not at_work:
            spot.notes.pop(_SINCE_OPERATIONS, None)
        elif _waits(spot, _SINCE_OPERATIONS, map(_operation_words, at_work)) <= _UNTIL_OPERATIONS_END:
            return UNDER_WAY
        lacking = _Question(spot, needed).shortfalls()
        if not lacking:
            return ABSENT
        if not all(each.for_others for each in lacking):
            return impossible(_words(each for each in lacking if not each.for_others))
        waited = _waits(spot, _SINCE, (each.message for each in lacking))
        return impossible(_words(lacking)) if waited > _UNTIL_OTHERS_END else UNDER_WAY

    def begin(self, spot: Spot) -> Receipt:
        """Keep it, in one transaction under the lock of all holds."""
        needed = _needed(spot)
        question = _Question(spot, needed)
        readings, before = question.readings, question.others
        with spot.scene.means.database.transaction() as connection:
            migration_holds.lock(connection)
            now = shares_of_others(connection, spot.id)
            if _at_work(connection, spot, needed, since=question.at):
                # What it lowered, or built, may be younger as well.
                return Receipt()
            if before.keys() - now.keys():
                # One ended meanwhile, and what it made may be younger than what the clouds told: the next look asks again.
                return Receipt()
            # What was not in use when the clouds were asked counts as kept, whether or not it is in use by now.
            counted = [before.get(holder, share) for holder, share in now.items()]
            if not any(shortfalls(needed, readings, counted)):
                migration_holds.hold(connection, spot.id, needed)
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Give it back."""
        with spot.scene.means.database.transaction() as connection:
            migration_holds.release(connection, spot.id)


class _Question:
    """What others keep, and then what clouds say, in this order."""

    def __init__(self, spot: Spot, needed: Amounts) -> None:
        scene = spot.scene
        with scene.means.database.transaction() as connection:
            #: When it was asked, by the database's clock.
            self.at = schedules.clock(connection)
            self.others: Mapping[MigrationId, Share] = shares_of_others(connection, spot.id)
        clouds = {scene.workload.cloud: scene.source, scene.bindings.cloud: scene.target}
        self.readings: Mapping[Project, Mapping[Resource, Usage]] = readings_of(clouds, needed)
        self._needed = needed

    def shortfalls(self) -> tuple[Shortfall, ...]:
        return tuple(shortfalls(self._needed, self.readings, self.others.values()))


def _needed(spot: Spot) -> Amounts:
    """What the migration needs; sizes do not change while it is under way, and are read once for each attempt."""
    if _NEEDED not in spot.notes:
        scene = spot.scene
        goal = goal_of(scene.target, scene.target_project, scene.workload)
        spot.notes[_NEEDED] = total(parts(scene.run.mode, scene.workload, scene.bindings, goal))
    needed: Amounts = spot.notes[_NEEDED]
    return needed


def _summed(needed: Amounts) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for (cloud, _), resources in needed.items():
        for resource, amount in resources.items():
            found[cloud, str(resource)] = found.get((cloud, str(resource)), 0) + amount
    return found


def _at_work(
    connection: Connection, spot: Spot, needed: Amounts, *, since: datetime | None = None
) -> tuple[tuple[CloudName, TenantName], ...]:
    """For whom of the two tenants operations are under way where room is needed; with a time, or ended since then.

    Those that were waited for long enough do not count.
    """
    workload, bindings = spot.scene.workload, spot.scene.bindings
    tenants = {
        (workload.cloud, workload.project_id): workload.tenant,
        (bindings.cloud, bindings.project_id): bindings.tenant,
    }
    waited = spot.scene.now() - spot.notes.get(_SINCE_OPERATIONS, spot.scene.now())
    found = set()
    for (cloud, project), tenant in tenants.items():
        busy = reconciliation.busy(connection, cloud, since=since)
        if since is not None and waited.total_seconds() > _UNTIL_OPERATIONS_END:
            busy -= reconciliation.busy(connection, cloud)
        if needed.get((cloud, project)) and tenant in busy:
            found.add((cloud, tenant))
    return tuple(sorted(found))


def _operation_words(whose: tuple[CloudName, TenantName]) -> str:
    cloud, tenant = whose
    return f"cloud {cloud}: an operation of {tenant} is under way, which may lower limits or build something: its end is waited for"


def _waits(spot: Spot, since: str, why: Iterable[str]) -> float:
    """For how many seconds something has been waited for; told when that begins."""
    now = spot.scene.now()
    if since not in spot.notes:
        spot.notes[since] = now
        tell(spot, _WHAT, {"why": list(why)})
    waited: timedelta = now - spot.notes[since]
    return waited.total_seconds()


def _words(lacking: Iterable[Shortfall]) -> str:
    return "; ".join(f"{each.message}; {each.remedy}" for each in lacking)
