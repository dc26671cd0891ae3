"""Which migrations of a wave may go on now: dependencies, how many at once, gates. Pure.

The places on hosts and links are not counted here but where steps take them (`provisioner.store.migration_steps`), for they
are shared by all waves.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from provisioner.migration.migration import Migration, Run, RunState
from provisioner.migration.progress import Waiting, may_be_handed_out, next_of
from provisioner.migration.states import Asked, State


def due(
    run: Run, migrations: Sequence[Migration], *, now: datetime, opens: Callable[[Migration], bool]
) -> tuple[Migration, ...]:
    """The migrations that the engine is to be given, in the wave's order.

    One that has begun goes on whatever the others do. One that has not waits until all that it depends on serve, and until
    fewer than the wave's limit are under way. A pause of the wave holds up what goes there, not what comes back. `opens` tells of
    a migration whether its window's gate would open.
    """
    if run.state is not RunState.RUNNING:
        return tuple(each for each in migrations if _goes_back(each) and _handed(each, now=now, opens=opens))
    by_name = {each.name: each for each in migrations}
    busy = sum(1 for each in migrations if is_busy(each))
    found: list[Migration] = []
    for each in migrations:
        if not _handed(each, now=now, opens=opens):
            continue
        if has_begun(each) or _goes_back(each):
            found.append(each)
        elif busy < run.wave.limits.applications and not waits_for(run, each, by_name):
            found.append(each)
            busy += 1
    return tuple(found)


def has_begun(migration: Migration) -> bool:
    """Whether it was ever handed out."""
    return migration.legs > 0


def is_busy(migration: Migration) -> bool:
    """Whether it counts among those that are under way at once: begun, and not waiting for people or their time."""
    if not has_begun(migration) or migration.state.final or migration.state is State.MANUAL:
        return False
    return not migration.state.serves or not isinstance(next_of(migration), Waiting)


def waits_for(run: Run, migration: Migration, by_name: Mapping[str, Migration]) -> tuple[str, ...]:
    """The applications of the wave that it depends on and that do not serve at the target yet."""
    return tuple(
        name
        for name in run.order.get(migration.name, ())
        if (other := by_name.get(name)) is not None and not other.state.serves
    )


def has_ended(migrations: Sequence[Migration]) -> bool:
    """Whether nothing of a wave is left to do."""
    return all(each.state.final for each in migrations)


def _goes_back(migration: Migration) -> bool:
    return migration.asked is Asked.ABORT or migration.state is State.COMPENSATING


def _handed(migration: Migration, *, now: datetime, opens: Callable[[Migration], bool]) -> bool:
    return may_be_handed_out(migration, now=now, opens=lambda: opens(migration))
