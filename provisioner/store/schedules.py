"""What is to be done again and again, each by one worker at a time, whichever of them dies.

A row is one task about one subject. Whoever takes it up holds it for a short lease, and longer as long as they say so; a
dead worker's lease runs out, and another takes the row up. All times are the database's clock: workers' clocks may
disagree. Somebody who was frozen past the end of a lease may still be at work when another begins: what a task does
MUST bear being done twice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from provisioner.store.schema_service import schedules as table

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
    """Have the task done about these subjects and no others; new ones are first due at random within that time.

    What is being done about one that is no longer wanted is left to end. Where all is as it should be, nothing is written.
    """
    wanted = frozenset(subjects)
    there = set(connection.scalars(select(table.c.subject).where(table.c.task == task)))
    if gone := sorted(there - wanted):
        idle = and_(table.c.task == task, table.c.subject.in_(gone), _free())
        connection.execute(delete(table).where(idle))
    if new := sorted(wanted - there):
        due = func.clock_timestamp() + func.random() * literal(within)
        rows = [{"task": task, "subject": each, "due_at": due} for each in new]
        connection.execute(insert(table).values(rows).on_conflict_do_nothing())


def hasten(connection: Connection, task: TaskName, subjects: Iterable[Subject]) -> None:
    """Have the task done at once; where it is being done, once more after that. Subjects not kept yet are kept from now on."""
    rows = [{"task": task, "subject": each, "due_at": func.clock_timestamp()} for each in sorted(set(subjects))]
    if rows:
        change = insert(table).values(rows)
        key = [table.c.task, table.c.subject]
        connection.execute(change.on_conflict_do_update(index_elements=key, set_={"due_at": func.clock_timestamp()}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What somebody would take up."""

    tasks: Collection[TaskName]
    holder: HolderId
    lease: timedelta
    #: At most so many.
    limit: int
    #: What the holder is still at, by task and subject: not a second time, even where the lease ran out meanwhile.
    besides: Collection[tuple[TaskName, Subject]] = ()


def claim(connection: Connection, taking: Taking) -> tuple[Due, ...]:
    """Take up what is due, the longest due first."""
    key = (table.c.task, table.c.subject)
    due = [table.c.task.in_(sorted(taking.tasks)), table.c.due_at <= func.clock_timestamp(), _free()]
    if taking.besides:
        due.append(tuple_(*key).not_in(sorted(taking.besides)))
    # By itself, so that it is done once: what a subquery in the update's condition returns may be asked for again and again.
    chosen = select(*key).where(*due).order_by(table.c.due_at).limit(taking.limit)
    locked = chosen.with_for_update(skip_locked=True).cte("chosen")
    taken = {
        "holder": taking.holder,
        "leased_until": func.clock_timestamp() + taking.lease,
        "started_at": func.clock_timestamp(),
    }
    its_own = and_(table.c.task == locked.c.task, table.c.subject == locked.c.subject)
    rows = connection.execute(update(table).where(its_own).values(taken).returning(table))
    return tuple(
        Due(
            task=TaskName(row.task),
            subject=Subject(row.subject),
            holder=taking.holder,
            started_at=row.started_at,
            failures=row.failures,
            finished_at=row.finished_at,
        )
        for row in rows
    )


def renew(connection: Connection, held: Iterable[Due], *, lease: timedelta) -> int:
    """Say that their holder goes on with these; returns how many are still the holder's."""
    later = func.clock_timestamp() + lease
    return sum(
        connection.execute(update(table).where(_still(each)).values(leased_until=later)).rowcount
        for each in sorted(held, key=lambda due: (due.task, due.subject))
    )


def finish(connection: Connection, due: Due, *, after: timedelta, error: str | None = None) -> bool:
    """Give a task back, to be done again after that time, or at once where `hasten` asked for it meanwhile.

    Returns False where somebody else has taken it up since: then it is theirs to say.
    """
    later = func.clock_timestamp() + after
    given = {
        "holder": None,
        "leased_until": None,
        "finished_at": func.clock_timestamp(),
        "due_at": case((table.c.due_at > table.c.started_at, table.c.due_at), else_=later),
        "failures": 0 if error is None else table.c.failures + 1,
        "error": error,
    }
    return bool(connection.execute(update(table).where(_still(due)).values(given)).rowcount)


def release(connection: Connection, holder: HolderId) -> None:
    """Give back all that a holder has not finished, to be taken up at once."""
    connection.execute(update(table).where(table.c.holder == holder).values(holder=None, leased_until=None))


def clock(connection: Connection) -> datetime:
    """The time that schedules go by."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A time of doing a task about subjects that nobody takes up one by one."""

    task: TaskName
    #: By `clock`.
    began: datetime
    #: In which they are due again.
    after: timedelta


def note(connection: Connection, this: Round, outcomes: Mapping[Subject, str | None]) -> None:
    """Note what came of a round for its subjects: why one failed, or None where it did not.

    One that was hastened since the round began is due at once.
    """
    for subject, error in sorted(outcomes.items()):
        hastened = and_(table.c.due_at > this.began, table.c.due_at <= func.clock_timestamp())
        given = {
            "finished_at": func.clock_timestamp(),
            "due_at": case((hastened, table.c.due_at), else_=func.clock_timestamp() + this.after),
            "failures": 0 if error is None else table.c.failures + 1,
            "error": error,
        }
        connection.execute(update(table).where(table.c.task == this.task, table.c.subject == subject).values(given))


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


def _free() -> ColumnElement[bool]:
    """Nobody is at it, or whoever was has not been heard of for too long."""
    return or_(table.c.leased_until.is_(None), table.c.leased_until < func.clock_timestamp())


def _still(due: Due) -> ColumnElement[bool]:
    """It is still theirs, by this taking-up and no other."""
    return and_(
        table.c.task == due.task,
        table.c.subject == due.subject,
        table.c.holder == due.holder,
        table.c.started_at == due.started_at,
    )
