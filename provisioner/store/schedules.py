"""What is to be done again and again, each by one worker at a time, whichever of them dies.

A row is one task about one subject. Whoever takes it up holds it for a short lease, and longer as long as they say so; a
dead worker's lease runs out, and another takes the row up. All times are the database's clock: workers' clocks may
disagree. Somebody who was frozen past the end of a lease may still be at work when another begins: what a task does
MUST bear being done twice.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import Connection, and_, case, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from provisioner.store.schema import schedules as table

#: What is done, such as `look`.
TaskName = NewType("TaskName", str)
#: What it is done about, such as a cloud's name; empty where it is about everything.
Subject = NewType("Subject", str)
#: One worker, for as long as its process lives.
HolderId = NewType("HolderId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A task that somebody has taken up."""

    task: TaskName
    subject: Subject
    holder: HolderId
    #: Which taking-up this is.
    started_at: datetime
    #: How often in a row it failed before.
    failures: int
    #: When it last ended, well or not; None where it never did.
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a task stands."""

    task: TaskName
    subject: Subject
    due_at: datetime
    running: bool
    finished_at: datetime | None
    failures: int
    error: str | None


def keep(connection: Connection, task: TaskName, subjects: Collection[Subject], *, within: timedelta) -> None:
    """Have the task done about these subjects and no others; new ones are first due at random within that time."""
    connection.execute(delete(table).where(table.c.task == task, table.c.subject.not_in(sorted(subjects))))
    if not subjects:
        return
    due = func.clock_timestamp() + func.random() * literal(within)
    rows = [{"task": task, "subject": each, "due_at": due} for each in sorted(subjects)]
    connection.execute(insert(table).values(rows).on_conflict_do_nothing())


def hasten(connection: Connection, task: TaskName, subjects: Iterable[Subject]) -> int:
    """Have the task done at once; where it is being done, once more after that. Returns about how many subjects."""
    asked = (table.c.task == task) & table.c.subject.in_(sorted(subjects))
    return connection.execute(update(table).where(asked).values(due_at=func.clock_timestamp())).rowcount


def claim(
    connection: Connection, tasks: Iterable[TaskName], *, holder: HolderId, lease: timedelta, limit: int
) -> tuple[Due, ...]:
    """Take up what is due, the longest due first."""
    free = or_(table.c.leased_until.is_(None), table.c.leased_until < func.clock_timestamp())
    due = and_(table.c.task.in_(sorted(tasks)), table.c.due_at <= func.clock_timestamp(), free)
    key = (table.c.task, table.c.subject)
    chosen = select(*key).where(due).order_by(table.c.due_at).limit(limit).with_for_update(skip_locked=True)
    taken = {
        "holder": holder,
        "leased_until": func.clock_timestamp() + lease,
        "started_at": func.clock_timestamp(),
    }
    rows = connection.execute(update(table).where(tuple_(*key).in_(chosen)).values(taken).returning(table))
    return tuple(
        Due(
            task=TaskName(row.task),
            subject=Subject(row.subject),
            holder=holder,
            started_at=row.started_at,
            failures=row.failures,
            finished_at=row.finished_at,
        )
        for row in rows
    )


def renew(connection: Connection, holder: HolderId, *, lease: timedelta) -> None:
    """Say that the holder goes on with all that it holds."""
    later = func.clock_timestamp() + lease
    connection.execute(update(table).where(table.c.holder == holder).values(leased_until=later))


def finish(connection: Connection, due: Due, *, after: timedelta, error: str | None = None) -> bool:
    """Give a task back, to be done again after that time, or at once where `hasten` asked for it meanwhile.

    Returns False where somebody else has taken it up since: then it is theirs to say.
    """
    held = and_(
        table.c.task == due.task,
        table.c.subject == due.subject,
        table.c.holder == due.holder,
        table.c.started_at == due.started_at,
    )
    later = func.clock_timestamp() + after
    given = {
        "holder": None,
        "leased_until": None,
        "finished_at": func.clock_timestamp(),
        "due_at": case((table.c.due_at > table.c.started_at, table.c.due_at), else_=later),
        "failures": 0 if error is None else table.c.failures + 1,
        "error": error,
    }
    return bool(connection.execute(update(table).where(held).values(given)).rowcount)


def release(connection: Connection, holder: HolderId) -> None:
    """Give back all that a holder has not finished, to be taken up at once."""
    connection.execute(update(table).where(table.c.holder == holder).values(holder=None, leased_until=None))


def listed(connection: Connection, task: TaskName) -> tuple[Standing, ...]:
    """How a task stands, subject by subject."""
    rows = connection.execute(select(table).where(table.c.task == task).order_by(table.c.subject))
    return tuple(
        Standing(
            task=task,
            subject=Subject(row.subject),
            due_at=row.due_at,
            running=row.holder is not None,
            finished_at=row.finished_at,
            failures=row.failures,
            error=row.error,
        )
        for row in rows
    )
