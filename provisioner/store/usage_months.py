"""The months that usage is kept in: partitions made before they are needed, and dropped whole when they are old.

A month is UTC's. A piece of an interval that lies in more than one month is cut, so that reading a period reads its own
months and nothing else, and what is dropped with a month is that month's alone.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection, text

from provisioner.store.schema import SCHEMA
from provisioner.store.schema_usage import usage_coverage, usage_gaps, usage_intervals, usage_looks

#: For how many months before the present one intervals are kept: the law asks for three years.
INTERVALS_KEPT: Final = 36
#: Single looks are evidence of intervals; after this many months coverage says enough of them.
LOOKS_KEPT: Final = 6
#: How many months beyond the present one have their partitions made ahead.
_AHEAD: Final = 2
_TABLES: Final = {usage_intervals.name: INTERVALS_KEPT, usage_looks.name: LOOKS_KEPT}
#: Held while partitions are made, so that two processes never make one at once. Any number will do.
_LOCK: Final = 0x7E4A4D
_MONTHS_OF_YEAR: Final = 12


def month_of(time: datetime) -> date:
    """The first day of a time's month."""
    return time.astimezone(UTC).date().replace(day=1)


def later(month: date, by: int) -> date:
    """The first day of the month so many months later, or earlier."""
    count = month.year * _MONTHS_OF_YEAR + month.month - 1 + by
    return date(count // _MONTHS_OF_YEAR, count % _MONTHS_OF_YEAR + 1, 1)


def begin_of(month: date) -> datetime:
    """A month's first second."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def prepare(connection: Connection, now: datetime) -> None:
    """Make the partitions of the present month and of some to come; those that are there stay."""
    for table in _TABLES:
        ensure(connection, table, (later(month_of(now), ahead) for ahead in range(_AHEAD + 1)))


def ensure(connection: Connection, table: str, months: Iterable[date]) -> None:
    """Make what partitions a table lacks of these months."""
    missing = sorted(set(months) - partitions(connection, table))
    if missing:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    for month in missing:
        name = _partition(table, month)
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{name} PARTITION OF {SCHEMA}.{table} "
                f"FOR VALUES FROM ('{month}') TO ('{later(month, 1)}')"
            )
        )


def partitions(connection: Connection, table: str) -> frozenset[date]:
    """The months that a table has partitions of."""
    query = text(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = to_regclass(:parent)"
    )
    names = connection.execute(query, {"parent": f"{SCHEMA}.{table}"}).scalars()
    return frozenset(datetime.strptime(name[-6:], "%Y%m").replace(tzinfo=UTC).date() for name in names)


def retire(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Drop the months that are older than they are kept for, and coverage as old; gives the names of the dropped."""
    dropped = []
    for table, kept in _TABLES.items():
        for month in sorted(each for each in partitions(connection, table) if each < later(month_of(now), -kept)):
            connection.execute(text(f"DROP TABLE {SCHEMA}.{_partition(table, month)}"))
            dropped.append(_partition(table, month))
    oldest = begin_of(later(month_of(now), -INTERVALS_KEPT))
    for spans in (usage_coverage, usage_gaps):
        connection.execute(spans.delete().where(spans.c.end_at < oldest))
    return tuple(dropped)


def oldest_kept(now: datetime) -> datetime:
    """From when on intervals are kept; what lies before is dropped, or not written at all."""
    return begin_of(later(month_of(now), -INTERVALS_KEPT))


def _partition(table: str, month: date) -> str:
    return f"{table}_{month:%Y%m}"
