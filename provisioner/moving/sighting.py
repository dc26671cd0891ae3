"""A wave under way as the record has it at one moment, with what is left of it in time: what every watcher asks for.

Nothing is asked of the clouds, so that it can be looked at from anywhere, again and again, whoever does the work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from provisioner.migration.blocking import blockers
from provisioner.migration.estimate import NOTHING, Experience, Spread, beside, remaining
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, Step, StepState
from provisioner.migration.progress import under_way
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.migration.waiting import goes_on, waiting
from provisioner.migration.window import Shut, shut
from provisioner.moving.experience import experience
from provisioner.store import migration_records
from provisioner.store.database import Connection, Database

#: From where nothing serves at its target by itself.
_NOT_COMING: Final = frozenset({State.MANUAL, State.COMPENSATING, State.ROLLED_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One application."""

    migration: Migration
    #: What it waits for, in words; empty where it goes on or has ended.
    waits: str
    #: Seconds until it serves at its target.
    left: Spread
    #: The same as it was before its first step.
    whole: Spread
    #: Whether that is more than an assumption.
    measured: bool
    #: The applications of the wave that keep it from beginning until somebody does something about them.
    held_up_by: tuple[str, ...] = ()

    @property
    def comes(self) -> bool:
        """Whether it serves at its target, or is to without anybody's doing but a sign-off."""
        migration = self.migration
        back = migration.state in _NOT_COMING or migration.asked is Asked.ABORT
        return not back and not self.held_up_by

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is being done now."""
        return under_way(self.migration)

    @property
    def part(self) -> float:
        """How much of the way to the target is done, from 0 to 1."""
        if self.migration.state.serves:
            return 1.0
        if self.whole.likely <= 0 or self.migration.state is State.ROLLED_BACK:
            return 0.0
        return max(0.0, min(1.0, 1 - self.left.likely / self.whole.likely))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A wave."""

    run: Run
    lines: tuple[Line, ...]
    at: datetime
    #: Whether more comes of it without anybody's doing.
    goes_on: bool

    @property
    def left(self) -> Spread:
        """Seconds until all serve that are on the way, so many at a time as the wave allows.

        Of those that go back, need a person, or wait for such a one, nothing is expected.
        """
        ways = [each.left for each in self.lines if each.comes and not _is_over(each.migration)]
        lanes = max(1, self.run.wave.limits.applications)
        return Spread(
            low=_lasting([each.low for each in ways], lanes),
            likely=_lasting([each.likely for each in ways], lanes),
            high=_lasting([each.high for each in ways], lanes),
        )

    @property
    def not_coming(self) -> int:
        """How many will not serve unless somebody does something."""
        return sum(not each.comes for each in self.lines)

    @property
    def well(self) -> bool:
        """Whether every application serves at its target."""
        return all(each.migration.state.serves for each in self.lines)


def see(database: Database, run: RunId, *, at: datetime) -> Sight:
    """The wave as it is now. Raises StoreError where there is none of that id, or the record is away."""
    with database.transaction() as connection:
        found = migration_records.load_run(connection, run)
        migrations = migration_records.of_run(connection, run)
        known = _known(connection, found, migrations)

    def gate(migration: Migration) -> Shut | None:
        return shut(found.wave, migration, beside(known[migration.id], migration, migrations), now=at)

    def opens(migration: Migration) -> bool:
        closed = gate(migration)
        return closed is None or closed.until is not None

    by_name = {each.name: each for each in migrations}

    def line(migration: Migration) -> Line:
        held = tuple(each.name for each in blockers(found, migration, by_name, gate=gate))
        waits = waiting(found, migration, by_name, gate=gate)
        return replace(_line(migration, known[migration.id], waits), held_up_by=held)

    return Sight(
        run=found,
        lines=tuple(map(line, migrations)),
        at=at,
        goes_on=goes_on(found, migrations, now=at, opens=opens),
    )


def _known(connection: Connection, run: Run, migrations: Sequence[Migration]) -> Mapping[MigrationId, Experience]:
    """What was measured, asked for once for each link."""
    links: dict[tuple[str, str], Experience] = {}
    found: dict[MigrationId, Experience] = {}
    for each in migrations:
        link = (each.workload.cloud, each.bindings.cloud)
        if link not in links:
            links[link] = experience(connection, run, each)
        found[each.id] = links[link]
    return found


def _line(migration: Migration, known: Experience, waits: str) -> Line:
    until = StepKind.ACCEPT if any(migration.of_kind(StepKind.ACCEPT)) else None
    over = _is_over(migration)
    return Line(
        migration=migration,
        waits=waits,
        left=NOTHING if over else remaining(migration, known, until=until),
        whole=NOTHING if over else remaining(_untouched(migration), known, until=until),
        measured=known.measured,
    )


def _untouched(migration: Migration) -> Migration:
    return replace(
        migration, steps=tuple(replace(each, state=StepState.PENDING, done_bytes=None) for each in migration.steps)
    )


def _is_over(migration: Migration) -> bool:
    return migration.state.final or migration.state.serves


def _lasting(times: Sequence[float], lanes: int) -> float:
    return max([*times, sum(times) / lanes], default=0.0)
