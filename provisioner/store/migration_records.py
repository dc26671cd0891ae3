"""Waves under way and their migrations: written when a wave is started, moved on by drivers and by people, never deleted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, select, update

from provisioner.errors import StoreError
from provisioner.migration.bindings import Bindings
from provisioner.migration.estimate import TRAVELS
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState, SignOff, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import FOLLOWERS, Asked, State
from provisioner.migration.workload import Workload
from provisioner.operation import Actor, Failure
from provisioner.store import migration_steps
from provisioner.store.codec import decode, encode
from provisioner.store.schema_migration import migration_steps as journal
from provisioner.store.schema_migration import migrations as table
from provisioner.store.schema_migration import wave_runs as runs
from tenants.names import ApplicationName, TenantName
from tenants.wave import WaveName, WaveSpec

_NOT_ENDED: Final = table.c.finished_at.is_(None)


def create(connection: Connection, run: Run, migrations: Iterable[Migration]) -> None:
    """Write a started wave down with all its migrations and their steps.

    Raises StoreError where the wave, or one of its applications, is under way already: the database lets neither be there twice.
    """
    connection.execute(
        insert(runs).values(
            id=run.id,
            wave=run.wave.name,
            owner=run.wave.owner,
            state=run.state.value,
            spec=encode(WaveSpec, run.wave),
            dependencies={name: list(others) for name, others in run.order.items()},
            authority=run.authority,
            started_by=run.started_by,
            started_at=run.started_at,
        )
    )
    made = tuple(migrations)
    if made:
        connection.execute(insert(table), [_row(each) for each in made])
        migration_steps.create(connection, made)


def find_run(connection: Connection, run: RunId) -> Run | None:
    """The wave under way, or ended, of that id."""
    row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
    return None if row is None else _run(row)


def load_run(connection: Connection, run: RunId) -> Run:
    """Raises StoreError where there is none."""
    found = find_run(connection, run)
    if found is None:
        raise StoreError(f"there is no wave under way with the id {run}")
    return found


def take_run(connection: Connection, run: RunId) -> Run:
    """As `load_run`, and nobody else can take it before the transaction ends; events of it can be kept meanwhile."""
    connection.execute(select(runs.c.id).where(runs.c.id == run).with_for_update(key_share=True))
    return load_run(connection, run)


def runs_of(connection: Connection, wave: WaveName) -> tuple[Run, ...]:
    """Every start of a wave, the newest first."""
    query = select(runs).where(runs.c.wave == wave).order_by(runs.c.started_at.desc(), runs.c.id.desc())
    return tuple(_run(row) for row in connection.execute(query))


def recent_runs(connection: Connection, limit: int) -> tuple[Run, ...]:
    """The last waves that were started, the newest first."""
    query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)
    return tuple(_run(row) for row in connection.execute(query))


def under_way(connection: Connection) -> tuple[Run, ...]:
    """The waves that have not ended, the oldest first."""
    query = select(runs).where(runs.c.finished_at.is_(None)).order_by(runs.c.started_at, runs.c.id)
    return tuple(_run(row) for row in connection.execute(query))


def set_run_state(connection: Connection, run: RunId, state: RunState, *, at: datetime) -> None:
    """Move a wave on; one that ended stays so."""
    ended = at if state is RunState.ENDED else None
    changed = update(runs).where(runs.c.id == run, runs.c.finished_at.is_(None))
    if connection.execute(changed.values(state=state.value, finished_at=ended)).rowcount != 1:
        raise StoreError(f"the wave under way {run} has ended, or there is none")


def find(connection: Connection, migration: MigrationId) -> Migration | None:
    """The migration with its steps, or None."""
    found = _select(connection, table.c.id == migration)
    return found[0] if found else None


def load(connection: Connection, migration: MigrationId) -> Migration:
    """Raises StoreError where there is none of that id."""
    found = find(connection, migration)
    if found is None:
        raise StoreError(f"there is no migration {migration}")
    return found


def take(connection: Connection, migration: MigrationId) -> Migration:
    """As `load`, and nobody else can take it before the transaction ends; events of it can be kept meanwhile."""
    connection.execute(select(table.c.id).where(table.c.id == migration).with_for_update(key_share=True))
    return load(connection, migration)


def of_run(connection: Connection, run: RunId) -> tuple[Migration, ...]:
    """The migrations of a wave, in the order that they were planned."""
    return _select(connection, table.c.run_id == run)


def unfinished(connection: Connection) -> tuple[Migration, ...]:
    """Every migration that has not ended, of whichever wave."""
    return _select(connection, _NOT_ENDED)


def carrying(connection: Connection) -> tuple[Migration, ...]:
    """Those whose window's gate is behind them and whose bytes have not all travelled, of whichever wave."""
    kind, of_it = journal.c.spec["kind"].astext, journal.c.migration_id == table.c.id
    done = journal.c.state == StepState.DONE.value
    began = exists().where(of_it, kind == StepKind.GATE_WINDOW.value, done)
    travels = exists().where(of_it, kind.in_(each.value for each in TRAVELS), ~done)
    return _select(connection, _NOT_ENDED & began & travels)


def asked_of(connection: Connection, migration: MigrationId) -> Asked:
    """What an operator wants of it now: cheap enough to be asked every second."""
    return Asked(connection.scalar(select(table.c.asked).where(table.c.id == migration)) or Asked.NOTHING)


def hold_wishes(connection: Connection, migration: MigrationId) -> Asked:
    """What an operator wants of it now; they cannot want anything else before the transaction ends."""
    query = select(table.c.asked).where(table.c.id == migration).with_for_update(key_share=True)
    return Asked(connection.scalar(query) or Asked.NOTHING)


def set_state(
    connection: Connection, migration: MigrationId, state: State, *, at: datetime, failure: Failure | None = None
) -> bool:
    """Move a migration on; gives False where it is there already. Raises StoreError for a state that cannot follow."""
    query = select(table.c.state).where(table.c.id == migration).with_for_update(key_share=True)
    before = State(connection.scalars(query).one())
    if before is state:
        return False
    if state not in FOLLOWERS[before]:
        raise StoreError(f"migration {migration} cannot become {state}: it is {before}")
    values: dict[str, Any] = {"state": state.value, "finished_at": at if state.final else None}
    if failure is not None:
        values["failure"] = encode(Failure, failure)
    connection.execute(update(table).where(table.c.id == migration).values(values))
    return True


def ask(connection: Connection, migration: MigrationId, asked: Asked) -> None:
    """Note what an operator wants."""
    connection.execute(update(table).where(table.c.id == migration).values(asked=asked.value))


def heed(connection: Connection, migration: MigrationId, asked: Asked) -> None:
    """Note that what an operator wanted has begun; what they want since then stays."""
    query = update(table).where(table.c.id == migration, table.c.asked == asked.value)
    connection.execute(query.values(asked=Asked.NOTHING.value))


def forget_failure(connection: Connection, migration: MigrationId) -> None:
    """Note that why it needed a person holds no longer."""
    connection.execute(update(table).where(table.c.id == migration).values(failure=None))


def hand_out(connection: Connection, migration: MigrationId) -> int | None:
    """Note that the engine is given it; gives the number of the leg, or None where it has it already."""
    query = (
        update(table)
        .where(table.c.id == migration, table.c.queued.is_(False))
        .values(queued=True, legs=table.c.legs + 1)
        .returning(table.c.legs)
    )
    leg = connection.scalar(query)
    return None if leg is None else int(leg)


def handed_out(connection: Connection) -> tuple[tuple[MigrationId, int], ...]:
    """The migrations that the engine has, each with the number of its leg."""
    query = select(table.c.id, table.c.legs).where(table.c.queued).order_by(table.c.id)
    return tuple((MigrationId(row.id), row.legs) for row in connection.execute(query))


def hand_in(connection: Connection, migration: MigrationId, leg: int, *, failure: Failure | None = None) -> None:
    """Note that a leg is over; that of one which others have taken further means nothing."""
    values: dict[str, Any] = {"queued": False}
    if failure is not None:
        values["failure"] = encode(Failure, failure)
    connection.execute(update(table).where(table.c.id == migration, table.c.legs == leg).values(values))


def note_down(
    connection: Connection, migration: MigrationId, *, begun: datetime | None = None, ended: datetime | None = None
) -> None:
    """Note when the application stopped, which is the first time that this is told, or when it served again."""
    if begun is not None:
        query = update(table).where(table.c.id == migration, table.c.down_from.is_(None))
        connection.execute(query.values(down_from=begun))
    if ended is not None:
        query = update(table).where(table.c.id == migration, table.c.down_from.is_not(None))
        connection.execute(query.values(down_until=ended))


def sign_off(connection: Connection, migration: MigrationId, word: SignOff) -> None:
    """Note that somebody signed off."""
    connection.execute(update(table).where(table.c.id == migration).values(signed_off=encode(SignOff, word)))


def keep_until(connection: Connection, migration: MigrationId, until: datetime) -> None:
    """Note until when the source is kept."""
    connection.execute(update(table).where(table.c.id == migration).values(kept_until=until))


def _row(migration: Migration) -> dict[str, Any]:
    return {
        "id": migration.id,
        "run_id": migration.run,
        "name": migration.name,
        "application": migration.application,
        "tenant": migration.tenant,
        "state": migration.state.value,
        "asked": migration.asked.value,
        "workload": encode(Workload, migration.workload),
        "bindings": encode(Bindings, migration.bindings),
        "created_at": migration.created_at,
    }


def _select(connection: Connection, condition: ColumnElement[bool]) -> tuple[Migration, ...]:
    rows = connection.execute(select(table).where(condition).order_by(table.c.created_at, table.c.id)).all()
    steps = migration_steps.of(connection, [MigrationId(row.id) for row in rows])
    return tuple(
        Migration(
            id=MigrationId(row.id),
            run=RunId(row.run_id),
            name=row.name,
            application=None if row.application is None else ApplicationName(row.application),
            tenant=TenantName(row.tenant),
            state=State(row.state),
            asked=Asked(row.asked),
            workload=decode(Workload, row.workload),
            bindings=decode(Bindings, row.bindings),
            steps=steps.get(MigrationId(row.id), ()),
            created_at=row.created_at,
            legs=row.legs,
            queued=row.queued,
            failure=None if row.failure is None else decode(Failure, row.failure),
            down_from=row.down_from,
            down_until=row.down_until,
            signed_off=None if row.signed_off is None else decode(SignOff, row.signed_off),
            kept_until=row.kept_until,
            finished_at=row.finished_at,
        )
        for row in rows
    )


def _run(row: Row[Any]) -> Run:
    return Run(
        id=RunId(row.id),
        wave=decode(WaveSpec, row.spec),
        state=RunState(row.state),
        started_by=Actor(row.started_by),
        started_at=row.started_at,
        order={name: tuple(others) for name, others in row.dependencies.items()},
        authority=row.authority,
        finished_at=row.finished_at,
    )
