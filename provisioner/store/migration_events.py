"""What happened to waves and migrations, in order: for whoever watches, and for the evidence.

Whoever keeps an event of a wave waits for others that do so, until their transactions end. So numbers become visible in their
order, and whoever has read one has read all before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, text

from provisioner.audit import Detail
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.operation import Actor
from provisioner.store.schema_migration import migration_events as table

#: The first half of the locks' keys; the second is the wave's.
_LOCK: Final = 0x6D_6967


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened."""

    run: RunId
    #: None: to the wave as a whole.
    migration: MigrationId | None
    at: datetime
    actor: Actor
    #: `state`, `step`, `asked`, `signed-off`, `started`, `left`.
    what: str
    detail: Mapping[str, Detail] = field(default_factory=dict)
    #: Its number among all; 0 before it is kept.
    seq: int = 0


def note(connection: Connection, happening: Happening) -> None:
    """Keep it, in a transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key, hashtext(:run))"), {"key": _LOCK, "run": happening.run})
    connection.execute(
        insert(table).values(
            run_id=happening.run,
            migration_id=happening.migration,
            at=happening.at,
            actor=happening.actor,
            what=happening.what,
            detail=dict(happening.detail),
        )
    )


def since(
    connection: Connection, run: RunId, seq: int = 0, *, migration: MigrationId | None = None, limit: int = 1000
) -> tuple[Happening, ...]:
    """What happened in a wave after a number, oldest first; of one migration alone where it is named."""
    query = select(table).where(table.c.run_id == run, table.c.seq > seq).order_by(table.c.seq).limit(limit)
    if migration is not None:
        query = query.where(table.c.migration_id == migration)
    return tuple(
        Happening(
            run=RunId(row.run_id),
            migration=None if row.migration_id is None else MigrationId(row.migration_id),
            at=row.at,
            actor=Actor(row.actor),
            what=row.what,
            detail=row.detail,
            seq=row.seq,
        )
        for row in connection.execute(query)
    )


def newest(connection: Connection, run: RunId, *, migration: MigrationId | None = None) -> int:
    """The number of the last happening of a wave, or of one migration; 0 where there is none."""
    query = select(func.max(table.c.seq)).where(table.c.run_id == run)
    if migration is not None:
        query = query.where(table.c.migration_id == migration)
    return int(connection.scalar(query) or 0)


def has(connection: Connection, run: RunId, seq: int, *, migration: MigrationId | None = None) -> bool:
    """Whether a number is that of a happening of a wave, or of one migration."""
    query = select(table.c.seq).where(table.c.run_id == run, table.c.seq == seq)
    if migration is not None:
        query = query.where(table.c.migration_id == migration)
    return connection.scalar(query) is not None


def last(
    connection: Connection, migration: MigrationId, what: str, matching: Mapping[str, Detail]
) -> Mapping[str, Any] | None:
    """The detail of a migration's last happening of that sort whose detail has these values; None where there is none."""
    query = (
        select(table.c.detail)
        .where(table.c.migration_id == migration, table.c.what == what, table.c.detail.contains(dict(matching)))
        .order_by(table.c.seq.desc())
        .limit(1)
    )
    found: Mapping[str, Any] | None = connection.scalar(query)
    return found
