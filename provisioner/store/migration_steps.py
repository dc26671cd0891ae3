"""The journal of migrations' steps: the intent before, the evidence after, and who is at which attempt.

Every write about a step that is under way names the attempt that it is about. A process that was thought dead and comes back
writes of an attempt that is over, changes nothing, and is told so (`Superseded`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, text, update

from provisioner.errors import StoreError
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.script import StepSpec
from provisioner.migration.slots import Slot, arriving, is_carried, is_free
from provisioner.operation import Evidence, Failure
from provisioner.store.codec import decode, encode
from provisioner.store.schema_migration import migration_steps as table
from provisioner.store.schema_migration import migrations as carried
from tenants.names import CloudName
from tenants.wave import HostName

_UNDER_WAY: Final = (StepState.STARTED.value, StepState.UNDOING.value)
#: Whoever takes a place holds this lock until the transaction ends, so that two never take the last one.
_PLACES: Final = 0x74656E_6D69
#: Whoever asks whether a gate opens holds this one.
_GATES: Final = 0x74656E_6D67


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One go at a step."""

    migration: MigrationId
    position: int
    #: From 1.
    number: int


class Superseded(StoreError):
    """The step is at another attempt by now: somebody else carries it out."""


def create(connection: Connection, migrations: Iterable[Migration]) -> None:
    """Write down the steps of new migrations."""
    rows = [
        {
            "migration_id": migration.id,
            "position": step.spec.position,
            "spec": encode(StepSpec, step.spec),
            "state": step.state.value,
            "slots": [slot.name for slot in step.spec.slots],
        }
        for migration in migrations
        for step in migration.steps
    ]
    if rows:
        connection.execute(insert(table), rows)


def of(connection: Connection, migrations: Sequence[MigrationId]) -> Mapping[MigrationId, tuple[Step, ...]]:
    """The steps of these migrations, in order."""
    found: dict[MigrationId, list[Step]] = {}
    query = select(table).where(table.c.migration_id.in_(migrations)).order_by(table.c.migration_id, table.c.position)
    for row in connection.execute(query):
        found.setdefault(MigrationId(row.migration_id), []).append(_step(row))
    return {migration: tuple(steps) for migration, steps in found.items()}


def begin(
    connection: Connection, migration: MigrationId, position: int, slots: Iterable[Slot], *, at: datetime
) -> Attempt | None:
    """Journal the intent, in a transaction; gives the attempt, or None where a place that the step needs is taken.

    A step that was under way has its places already, but for those that it had only while somebody was at work on it.
    """
    state, wanted = StepState(_current(connection, migration, position).state), tuple(slots)
    if state is StepState.DONE:
        raise Superseded(f"step {position} of migration {migration} is done")
    lacking = [each for each in wanted if state is not StepState.STARTED or is_carried(each.name)]
    if not _places(connection, migration, position, lacking):
        return None
    attempt = _attempt(connection, migration, position, StepState.STARTED, at=at)
    if state is not StepState.STARTED:
        _write(connection, attempt, {"slots": [each.name for each in wanted]})
    return attempt


def one_gate_at_a_time(connection: Connection) -> None:
    """Keep everybody else from going through a gate until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _GATES})


def begin_undo(connection: Connection, migration: MigrationId, position: int, *, at: datetime) -> Attempt:
    """Journal that a step is being taken back."""
    _current(connection, migration, position)
    return _attempt(connection, migration, position, StepState.UNDOING, at=at)


def confirm(connection: Connection, attempt: Attempt) -> None:
    """Raises Superseded where the step is no longer at this attempt: whoever would act on a cloud asks before."""
    query = select(table.c.position).where(
        table.c.migration_id == attempt.migration,
        table.c.position == attempt.position,
        table.c.attempts == attempt.number,
        table.c.state.in_(_UNDER_WAY),
    )
    if connection.execute(query).one_or_none() is None:
        raise _superseded(attempt)


def finish(connection: Connection, attempt: Attempt, evidence: Evidence, *, at: datetime) -> None:
    """Journal the effect, with its proof."""
    values = {"state": StepState.DONE.value, "evidence": encode(Evidence, evidence), "failure": None, "finished_at": at}
    _write(connection, attempt, values)


def fail(connection: Connection, attempt: Attempt, failure: Failure, *, at: datetime) -> None:
    """Journal why it did not succeed."""
    values = {"state": StepState.FAILED.value, "failure": encode(Failure, failure), "finished_at": at}
    _write(connection, attempt, values)


def undone(connection: Connection, attempt: Attempt, *, at: datetime) -> None:
    """Journal that it is taken back."""
    _write(connection, attempt, {"state": StepState.UNDONE.value, "finished_at": at})


def travelled(connection: Connection, attempt: Attempt, *, done: int, total: int) -> None:
    """Note how many bytes of how many have travelled."""
    _write(connection, attempt, {"done_bytes": done, "total_bytes": total})


def arrives(connection: Connection, attempt: Attempt, cloud: CloudName, host: HostName) -> None:
    """Note the host on which a server arrives that could have arrived on any."""
    slots = func.array_replace(table.c.slots, arriving(cloud, None), arriving(cloud, host))
    _write(connection, attempt, {"slots": slots})


def _places(connection: Connection, migration: MigrationId, position: int, wanted: Sequence[Slot]) -> bool:
    if not wanted:
        return True
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PLACES})
    taken = _taken(connection, migration, position)
    return all(is_free(each, taken) for each in wanted)


def _taken(connection: Connection, migration: MigrationId, position: int) -> Mapping[str, int]:
    """How many steps of all migrations take each place now, but for one step."""
    is_other = (table.c.migration_id != migration) | (table.c.position != position)
    places = (
        select(func.unnest(table.c.slots).label("name"), carried.c.queued)
        .join(carried, carried.c.id == table.c.migration_id)
        .where(table.c.state.in_(_UNDER_WAY), is_other)
        .subquery()
    )
    query = select(places.c.name, places.c.queued, func.count()).group_by(places.c.name, places.c.queued)
    found: dict[str, int] = {}
    for name, queued, count in connection.execute(query):
        if queued or not is_carried(name):
            found[str(name)] = found.get(str(name), 0) + int(count)
    return found


def _current(connection: Connection, migration: MigrationId, position: int) -> Row[Any]:
    query = select(table).where(table.c.migration_id == migration, table.c.position == position).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise StoreError(f"migration {migration} has no step {position}")
    return row


def _attempt(
    connection: Connection, migration: MigrationId, position: int, state: StepState, *, at: datetime
) -> Attempt:
    query = (
        update(table)
        .where(table.c.migration_id == migration, table.c.position == position)
        .values(
            state=state.value,
            attempts=table.c.attempts + 1,
            started_at=func.coalesce(table.c.started_at, at),
            finished_at=None,
        )
        .returning(table.c.attempts)
    )
    number = int(connection.execute(query).scalar_one())
    return Attempt(migration=migration, position=position, number=number)


def _write(connection: Connection, attempt: Attempt, values: Mapping[str, Any]) -> None:
    query = update(table).where(
        table.c.migration_id == attempt.migration,
        table.c.position == attempt.position,
        table.c.attempts == attempt.number,
        table.c.state.in_(_UNDER_WAY),
    )
    if connection.execute(query.values(values)).rowcount != 1:
        raise _superseded(attempt)


def _superseded(attempt: Attempt) -> Superseded:
    where = f"step {attempt.position} of migration {attempt.migration}"
    return Superseded(f"{where} is no longer at attempt {attempt.number}")


def _step(row: Row[Any]) -> Step:
    return Step(
        spec=decode(StepSpec, row.spec),
        state=StepState(row.state),
        attempts=row.attempts,
        evidence=None if row.evidence is None else decode(Evidence, row.evidence),
        failure=None if row.failure is None else decode(Failure, row.failure),
        started_at=row.started_at,
        finished_at=row.finished_at,
        done_bytes=row.done_bytes,
        total_bytes=row.total_bytes,
    )
