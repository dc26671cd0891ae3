"""What is open, what has ended, and how far each scope is known: a look's effects are written in one transaction.

Only what a look changes is written, in bulk. The row of its scope is locked throughout, so that looks at one scope are
metered one after another, whichever worker brings them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Table, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from provisioner.clouds.interface import ProjectId
from provisioner.errors import StoreError, StoreUnavailable
from provisioner.store import usage_months
from provisioner.store.schema_usage import (
    usage_coverage,
    usage_gaps,
    usage_intervals,
    usage_looks,
    usage_open,
    usage_scopes,
)
from provisioner.store.usage_rows import Row, interval_rows, months_of, open_of, open_row, scope_row
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Ledger, Open, Outcome, Standing, Verdict
from provisioner.usage.sightings import Look, ResourceId, Scope, Variant

#: Ids in one query: PostgreSQL takes more, and plans it slowly.
_BATCH: Final = 5000


class Meter(Protocol):
    """The rules: `monitoring.metering.looks.meter`."""

    def __call__(self, look: Look, ledger: Ledger, /) -> Outcome:
        """What a look changes."""


class Recorder:
    """Meters looks and keeps what they change; remembers what is open, so that it is not read again for every look.

    What is remembered holds where the scope is known exactly as far as it was then, which its row tells. Another worker's
    look, or a transaction that was rolled back, makes it be read anew. Safe to share between threads: whoever has the row
    locked has what is remembered of the scope.
    """

    def __init__(self, meter: Meter) -> None:
        """`meter` is the rules, which this package does not know."""
        self._meter = meter
        self._remembered: dict[Scope, tuple[Standing, dict[ResourceId, Open]]] = {}

    def record(self, connection: Connection, look: Look) -> Outcome:
        """Meter a look and keep what it changes. The same look again, or an older one, changes nothing."""
        month = usage_months.month_of(look.ended)
        # Before any lock: a partition is made with its table locked against everybody.
        usage_months.ensure(connection, usage_intervals.name, (month,))
        usage_months.ensure(connection, usage_looks.name, (month,))
        known, still = self._known(connection, look.scope)
        ended = _ended(connection, look, still) if known.newest else {}
        outcome = self._meter(look, Ledger(scope=look.scope, standing=known, open=still, ended=ended))
        if outcome.verdict is Verdict.METERED:
            _keep(connection, look, outcome)
            for name in outcome.removed:
                del still[name]
            still.update({each.id: each for each in outcome.opened})
            self._remembered[look.scope] = (outcome.standing, still)
        return outcome

    def _known(self, connection: Connection, scope: Scope) -> tuple[Standing, dict[ResourceId, Open]]:
        """How far a scope is known, and what is open in it, with its row locked."""
        new = insert(usage_scopes).values(**scope_row(scope), behind={}).on_conflict_do_nothing()
        connection.execute(new)
        row = connection.execute(select(usage_scopes).where(*_of(usage_scopes, scope)).with_for_update()).one()
        known, remembered = _standing(row), self._remembered.pop(scope, None)
        if remembered is not None and remembered[0] == known:
            return remembered
        return known, dict(opened(connection, scope))


def standing(connection: Connection, scope: Scope) -> Standing:
    """How far a scope is known."""
    row = connection.execute(select(usage_scopes).where(*_of(usage_scopes, scope))).one_or_none()
    return Standing() if row is None else _standing(row)


def opened(connection: Connection, scope: Scope) -> Mapping[ResourceId, Open]:
    """All intervals of a scope that have not ended."""
    rows = connection.execute(select(usage_open).where(*_of(usage_open, scope)))
    return {ResourceId(row.resource): open_of(row) for row in rows}


def variants(connection: Connection, scope: Scope, ids: Iterable[ResourceId]) -> Mapping[ResourceId, Variant]:
    """What these resources are of (volumes: their types), or were at their end; without those that were never metered."""
    wanted, result = sorted(ids), {}
    ended, still = usage_intervals.c, usage_open.c
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        was = select(ended.resource, ended.variant).where(*_of(usage_intervals, scope), ended.resource.in_(part))
        now = select(still.resource, still.variant).where(*_of(usage_open, scope), still.resource.in_(part))
        for query in (was.order_by(ended.end_at), now):
            result.update({ResourceId(name): Variant(variant) for name, variant in connection.execute(query)})
    return result


def ledger_of(connection: Connection, scope: Scope) -> Ledger:
    """What is known of a scope, without what ended."""
    return Ledger(scope=scope, standing=standing(connection, scope), open=opened(connection, scope))


def _ended(connection: Connection, look: Look, still: Mapping[ResourceId, Open]) -> Mapping[ResourceId, datetime]:
    """Until when those resources were metered that the look speaks of and that are not open."""
    ids = sorted({each.id for each in (*look.history, *look.sightings)} - still.keys())
    columns, result = usage_intervals.c, {}
    for start in range(0, len(ids), _BATCH):
        query = (
            select(columns.resource, func.max(columns.end_at))
            .where(*_of(usage_intervals, look.scope), columns.resource.in_(ids[start : start + _BATCH]))
            .group_by(columns.resource)
        )
        result.update({ResourceId(name): at for name, at in connection.execute(query)})
    return result


def _keep(connection: Connection, look: Look, outcome: Outcome) -> None:
    scope = look.scope
    _keep_standing(connection, scope, outcome.standing)
    gone = {each.id for each in outcome.opened} | outcome.removed
    _in_batches(sorted(gone), lambda ids: connection.execute(_without(scope, ids)))
    _insert(connection, usage_open, [open_row(scope, each) for each in outcome.opened])
    since = usage_months.oldest_kept(look.ended)
    rows = [row for each in outcome.closed for row in interval_rows(each, since=since)]
    usage_months.ensure(connection, usage_intervals.name, months_of(rows))
    _insert(connection, usage_intervals, rows)
    _keep_look(connection, look, outcome)
    _keep_coverage(connection, scope, outcome)


def _keep_standing(connection: Connection, scope: Scope, standing: Standing) -> None:
    last = standing.last
    values = {
        "last_began": last.start if last else None,
        "last_ended": last.end if last else None,
        "newest": standing.newest,
        "behind": {
            project: [span.start.isoformat(), span.end.isoformat()] for project, span in standing.behind.items()
        },
    }
    connection.execute(update(usage_scopes).where(*_of(usage_scopes, scope)).values(values))


def _keep_look(connection: Connection, look: Look, outcome: Outcome) -> None:
    failed = {"parts": list(look.failed), "projects": dict(look.failed_projects)}
    ahead = look.clock_ahead
    row = {
        "month": usage_months.month_of(look.ended),
        **scope_row(look.scope),
        "began": look.began,
        "ended": look.ended,
        "every_seconds": int(look.every.total_seconds()),
        "extent": look.extent.value,
        "failed": None if look.complete else failed,
        "clock_ahead_ms": None if ahead is None else round(ahead.total_seconds() * 1000),
        "seen": len(look.sightings),
        "opened": len(outcome.opened),
        "closed": len(outcome.closed),
    }
    connection.execute(insert(usage_looks).values(row))


def _keep_coverage(connection: Connection, scope: Scope, outcome: Outcome) -> None:
    """Covered time grows from look to look: it is one row until there is a gap."""
    covered = outcome.covered
    if covered is not None and covered.seconds:
        ends_there = (*_of(usage_coverage, scope), usage_coverage.c.end_at == covered.start)
        grown = connection.execute(update(usage_coverage).where(*ends_there).values(end_at=covered.end))
        if not grown.rowcount:
            connection.execute(insert(usage_coverage).values(**scope_row(scope), **_span_row(covered)))
    gaps = [
        {**scope_row(scope), "project": project, **_span_row(span)}
        for project, span in outcome.uncovered.items()
        if span.seconds
    ]
    _insert(connection, usage_gaps, gaps)


def _span_row(span: Span) -> Row:
    return {"start_at": span.start, "end_at": span.end}


def _without(scope: Scope, ids: Sequence[ResourceId]) -> Any:
    return delete(usage_open).where(*_of(usage_open, scope), usage_open.c.resource.in_(ids))


def _in_batches(ids: Sequence[ResourceId], act: Callable[[Sequence[ResourceId]], object]) -> None:
    for start in range(0, len(ids), _BATCH):
        act(ids[start : start + _BATCH])


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Many rows by COPY: a first look at a province is tens of thousands."""
    if not rows:
        return
    columns = list(rows[0])
    names = ", ".join(columns)
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.fullname} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[column] for column in columns])
    except connection.dialect.loaded_dbapi.Error as error:
        # SQLAlchemy knows nothing of COPY, so `Database` would not know this error.
        kind = StoreUnavailable if driver.broken else StoreError
        raise kind(f"the database refused what a look changes: {error}") from error


def _of(table: Table, scope: Scope) -> Iterable[Any]:
    return [table.c[name] == value for name, value in scope_row(scope).items()]


def _standing(row: Any) -> Standing:
    last = None if row.last_began is None else Span(start=row.last_began, end=row.last_ended)
    behind = {
        ProjectId(project): Span(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
        for project, (start, end) in row.behind.items()
    }
    return Standing(last=last, newest=row.newest, behind=behind)
