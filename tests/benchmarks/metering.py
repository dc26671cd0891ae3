"""A province's month metered look by look into the records, beside the sum of its servers' lives; and three years of it.

Where a single second differs, or a sum that is told no times lies outside its bounds, the benchmark says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median, quantiles
from time import perf_counter
from typing import Final

from sqlalchemy import ColumnElement, Date, DateTime, Table, func, insert, literal, select, text

from monitoring.metering.looks import meter
from monitoring.metering.sums import level, pieces, totals
from provisioner.clouds.interface import ProjectId
from provisioner.store import usage, usage_months, usage_sums
from provisioner.store.database import Connection, Database, open_database
from provisioner.store.schema_usage import usage_intervals, usage_looks, usage_open
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Interval, Ledger, Outcome
from provisioner.usage.quantities import Line, Measure, Piece, Quantity
from provisioner.usage.sightings import Sort
from provisioner.usage.tenancy import Tenancy
from tests.benchmarks.bench import Bench
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement
from tests.benchmarks.province import BEGIN, CLOUD, Key, Looks, Province, Size

NAME: Final = "metering"
_MONTHS: Final = usage_months.INTERVALS_KEPT
#: Hourly looks, by number: the cloud is away for nine of them, and some are partial.
_AWAY: Final = range(300, 309)
_PARTIAL: Final = frozenset({50, 51, 400, 600})
#: The week of looks that are told no times, in whole days.
_UNTIMED_DAYS: Final = 7
_REPETITIONS: Final = 5
_SECOND: Final = timedelta(seconds=1)


@dataclass(slots=True)
class _Taken:
    """What a month of looks took."""

    looks: int = 0
    sightings: int = 0
    intervals: int = 0
    #: Of each look that was not the first, metering and writing it.
    seconds: list[float] = field(default_factory=list)
    first: float = 0.0


def measure(bench: Bench) -> Measurement:
    """Meter, compare, add up, and fill three years."""
    standard = Size()
    servers = bench.sizes.province
    size = replace(standard, servers=servers, vcpus=standard.vcpus * servers // standard.servers)
    province = Province(size)
    with open_database(None, bench.scratch / NAME) as database:
        taken = _month(database, Looks(province=province, away=_AWAY, partial=_PARTIAL))
        differing = _compare(database, province)
        month_bytes, month_rows = _sizes(database)
        whole = Span(start=BEGIN, end=_end(province))
        one = usage_sums.Selection(cloud=CLOUD, projects=(ProjectId(f"{7:032x}"),))
        month, project = _timed(database, whole), _timed(database, whole, one)
        levels = _levels(database, whole)
        _fill(database, _MONTHS)
        years_bytes, years_rows = _sizes(database)
        old = Span(start=_later(-20), end=_later(-19))
        old_month, year = _timed(database, old), _timed(database, Span(start=_later(-11), end=_later(1)))
    width = _untimed(replace(size, hectic=False, days=_UNTIMED_DAYS))
    spread = quantiles(taken.seconds, n=20)[-1]
    return Measurement(
        name=NAME,
        title=f"A province's month metered: {servers:,} servers, {size.vcpus:,} vCPU, {size.projects} systems",
        figures=(
            Figure(name="looks, one an hour", value=taken.looks),
            Figure(name="sightings", value=taken.sightings),
            Figure(name="intervals that ended", value=taken.intervals),
            Figure(name="seconds that differ from the sum of all lives", value=differing, unit="s", at_most=0),
            Figure(
                name="one look metered and written, median", value=median(taken.seconds) * 1000, unit="ms", at_most=1000
            ),
            Figure(name="one look metered and written, 95th percentile", value=spread * 1000, unit="ms"),
            Figure(name="the first look", value=taken.first * 1000, unit="ms"),
            Figure(name="all looks of the month metered and written", value=sum(taken.seconds) + taken.first, unit="s"),
            Figure(name="rows of the month, looks and open intervals included", value=month_rows),
            Figure(name="the month on disk, indexes included", value=month_bytes / 1e6, unit="MB"),
            Figure(name="the month's sums, all projects", value=month * 1000, unit="ms", at_most=2000),
            Figure(name="the month's sums, one project", value=project * 1000, unit="ms", at_most=200),
            Figure(name="average and peak vCPU of every project in the month", value=levels * 1000, unit="ms"),
            Figure(name=f"rows of {_MONTHS} months", value=years_rows),
            Figure(name=f"{_MONTHS} months on disk, indexes included", value=years_bytes / 1e6, unit="MB"),
            Figure(name=f"a month's sums among {_MONTHS} months", value=old_month * 1000, unit="ms", at_most=2000),
            Figure(name="a year's sums, all projects", value=year * 1000, unit="ms"),
            Figure(
                name="looks alone, no times told: width of the bounds ÷ sum", value=width * 100, unit="%", at_most=1
            ),
        ),
        notes=(
            (
                "Every look brings all servers; among them servers are built, stopped, started, resized and deleted, some between "
                "two looks, the cloud is away for nine hours, and four looks are partial. The sum of all lives is made by a "
                "loop of its own over what was made up; it is compared by project, state and size, for the month and for a "
                "part of it."
            ),
            (
                "The cost of a look does not depend on how often looks come: what is as it was is compared and not written. Making "
                "the sightings is the collector's, and not counted."
            ),
            (
                f"The {_MONTHS} months are the month's ended intervals once for each. Times of sums are medians of {_REPETITIONS}. "
                f"The last figure is of {_UNTIMED_DAYS} days in which no API tells when anything happened; every sum lay within "
                "its bounds, or the benchmark would have failed."
            ),
        ),
    )


def _month(database: Database, looks: Looks) -> _Taken:
    """Meter a month's looks, each in a transaction of its own, as a worker does."""
    taken, recorder = _Taken(), usage.Recorder(meter)
    for look in looks.looks():
        begun = perf_counter()
        with database.transaction() as connection:
            outcome = recorder.record(connection, look)
        took = perf_counter() - begun
        if taken.looks:
            taken.seconds.append(took)
        else:
            taken.first = took
        taken.looks += 1
        taken.sightings += len(look.sightings) + len(look.history)
        taken.intervals += len(outcome.closed)
    return taken


def _compare(database: Database, province: Province) -> int:
    """How far the records' sums are from the lives', in server-seconds: the month, and ten days and a bit in its middle."""
    differing = 0
    for start, end in ((0, province.seconds), (333_333, 1_234_567)):
        with database.transaction() as connection:
            found = _counted(usage_sums.totals(connection, Span(start=_at(start), end=_at(end))))
        truth = province.truth(start, end)
        differing += sum(abs(found.get(key, Quantity()).metered - truth[key]) for key in found.keys() | truth.keys())
    return differing


def _untimed(size: Size) -> float:
    """A week of looks that are told no times: the bounds' width beside the sum. Fails where a truth is outside."""
    province = Province(size)
    looks = Looks(province=province, timed=False, partial=frozenset({20, 21}))
    ledger, closed = Ledger(scope=looks.scope), list[Interval]()
    for look in looks.looks():
        outcome = meter(look, ledger)
        closed += outcome.closed
        ledger = _after(ledger, outcome)
    period, truth = Span(start=BEGIN, end=_end(province)), province.truth(0, province.seconds)
    found = _counted(totals(pieces(ledger, closed), period, _nobody))
    outside = [key for key in truth.keys() | found.keys() if not _holds(found.get(key, Quantity()), truth[key])]
    if outside:
        raise BenchmarkFailed(f"{len(outside)} sums lie outside their bounds")
    return sum(each.most - each.least for each in found.values()) / sum(truth.values())


def _after(ledger: Ledger, outcome: Outcome) -> Ledger:
    still = {name: each for name, each in ledger.open.items() if name not in outcome.removed}
    still |= {each.id: each for each in outcome.opened}
    ended = dict(ledger.ended) | {each.id: each.end.at for each in outcome.closed}
    return Ledger(scope=ledger.scope, standing=outcome.standing, open=still, ended=ended)


def _nobody(_cloud: object, _project: object) -> tuple[Tenancy, ...]:
    return ()


def _holds(quantity: Quantity, truth: int) -> bool:
    return quantity.least <= truth <= quantity.most


def _counted(sums: Mapping[Line, Quantity]) -> dict[Key, Quantity]:
    return {
        (int(line.project, 16), line.state.value, int(line.variant[1:])): each
        for line, each in sums.items()
        if line.measure is Measure.COUNT and each.metered | each.most
    }


def _timed(database: Database, period: Span, selection: usage_sums.Selection | None = None) -> float:
    return _median(database, lambda connection: usage_sums.totals(connection, period, selection))


def _levels(database: Database, period: Span) -> float:
    def levels(connection: Connection) -> None:
        by_project: dict[ProjectId, list[Piece]] = {}
        for piece in usage_sums.pieces(connection, period, usage_sums.Selection(sorts=(Sort.SERVER,))):
            by_project.setdefault(piece.condition.project, []).append(piece)
        for those in by_project.values():
            level(those, Measure.VCPUS, period)

    return _median(database, levels)


def _median(database: Database, act: Callable[[Connection], object]) -> float:
    taken = []
    for _ in range(_REPETITIONS):
        begun = perf_counter()
        with database.transaction() as connection:
            act(connection)
        taken.append(perf_counter() - begun)
    return median(taken)


def _fill(database: Database, months: int) -> None:
    """The month's ended intervals and looks once more for each month before it."""
    with database.transaction() as connection:
        for back in range(1, months):
            month = usage_months.later(BEGIN.date(), -back)
            start, end = usage_months.begin_of(month), _later(1 - back)
            for table in (usage_intervals, usage_looks):
                usage_months.ensure(connection, table.name, (month,))
                rows = select(*_moved(table, start, end)).where(table.c.month == BEGIN.date())
                connection.execute(insert(table).from_select(list(table.c), rows))
    with database.autocommit() as connection:
        connection.execute(text(f"VACUUM ANALYZE {usage_intervals.fullname}"))


def _moved(table: Table, start: datetime, end: datetime) -> Iterator[ColumnElement[object]]:
    """A row's columns as they would be in another month, which may be shorter."""
    for each in table.c:
        if isinstance(each.type, Date):
            yield literal(start.date())
        elif isinstance(each.type, DateTime):
            yield func.least(each - (BEGIN - start), end)
        else:
            yield each


def _sizes(database: Database) -> tuple[int, int]:
    """Bytes and rows of what is open, of what ended and of looks."""
    taken = rows = 0
    with database.transaction() as connection:
        for table in (usage_open, usage_intervals, usage_looks):
            rows += connection.execute(select(func.count()).select_from(table)).scalar_one()
            taken += connection.scalar(
                text(
                    "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(:name) "
                    "UNION ALL SELECT pg_total_relation_size(:name) ORDER BY 1 DESC NULLS LAST LIMIT 1"
                ),
                {"name": table.fullname},
            )
    return int(taken), int(rows)


def _end(province: Province) -> datetime:
    return _at(province.seconds)


def _at(second: int) -> datetime:
    return BEGIN + _SECOND * second


def _later(months: int) -> datetime:
    return usage_months.begin_of(usage_months.later(BEGIN.date(), months))
