"""What intervals amount to within a period: integer resource-seconds with their bounds, and levels over time.

The store adds up the same in SQL over millions of rows (`provisioner.store.usage_sums`); a test holds the two equal.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import groupby, product

from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Evidence, Interval, Ledger, Moment, Open
from provisioner.usage.quantities import Level, Line, Measure, Piece, Quantity, amount_of
from provisioner.usage.sightings import ResourceId, Scope, Sort
from provisioner.usage.systems import Belonging
from provisioner.usage.tenancy import Tenancy, shares
from tenants.names import CloudName


def pieces(ledger: Ledger, closed: Iterable[Interval] = ()) -> Iterable[Piece]:
    """Intervals of one scope as pieces: those that are closed, and of what is open as much as was seen."""
    for each in closed:
        yield _piece(ledger.scope, each, each.end)
    for opened in ledger.open.values():
        end = _seen_to(ledger, opened)
        if end is not None:
            yield _piece(ledger.scope, opened, end)


def totals(
    parts: Iterable[Piece],
    period: Span,
    tenancies: Callable[[CloudName, ProjectId], Iterable[Tenancy]],
    belongings: Callable[[CloudName, Sort, ResourceId], Iterable[Belonging]] = lambda *_: (),
) -> Mapping[Line, Quantity]:
    """Resource-seconds within a period, by whoever held the project at the time, and by system where belongings are given.

    Nothing that amounts to nothing.
    """
    result: defaultdict[Line, Quantity] = defaultdict(Quantity)
    for part in parts:
        condition = part.condition
        held = tuple(belongings(part.cloud, part.sort, part.id)) or (Belonging(system=""),)
        for (tenant, share), each in product(shares(tenancies(part.cloud, condition.project), period), held):
            seconds = seconds_of(part, _while(each, share))
            for measure in Measure:
                line = Line(
                    cloud=part.cloud,
                    tenant=tenant,
                    project=condition.project,
                    sort=part.sort,
                    variant=condition.variant,
                    state=condition.state,
                    measure=measure,
                    system=each.system,
                )
                result[line] += seconds.times(amount_of(condition.sizes, measure))
    return {line: each for line, each in result.items() if each.most}


def seconds_of(part: Piece, period: Span) -> Quantity:
    """How long an interval lasted within a period: as metered, and the least and most that it can have been."""
    start, end = part.start, part.end
    return Quantity(
        metered=_between(start.at, end.at, period),
        least=_between(start.latest, end.earliest, period),
        most=_between(start.earliest, end.latest, period),
    )


def level(parts: Iterable[Piece], measure: Measure, period: Span) -> Level:
    """The average and the peak of a measure over all these pieces together.

    What ends in the second in which something else begins is not counted beside it.
    """
    steps: list[tuple[int, int]] = []
    for part in parts:
        amount = amount_of(part.condition.sizes, measure)
        span = Span(start=part.start.at, end=max(part.start.at, part.end.at)).within(period)
        if amount and span.seconds:
            steps += [(int(span.start.timestamp()), amount), (int(span.end.timestamp()), -amount)]
    now = peak = total = 0
    before = int(period.start.timestamp())
    for at, changes in groupby(sorted(steps), key=lambda step: step[0]):
        total += now * (at - before)
        now += sum(change for _, change in changes)
        peak, before = max(peak, now), at
    return Level(resource_seconds=total, seconds=period.seconds, peak=peak)


def _while(belonging: Belonging, period: Span) -> Span:
    return Span(start=belonging.since or period.start, end=belonging.until or period.end).within(period)


def _between(start: datetime, end: datetime, period: Span) -> int:
    return Span(start=max(start, period.start), end=min(end, period.end)).seconds


def _piece(scope: Scope, opened: Open | Interval, end: Moment) -> Piece:
    return Piece(
        cloud=scope.cloud, sort=scope.sort, id=opened.id, condition=opened.condition, start=opened.start, end=end
    )


def _seen_to(ledger: Ledger, opened: Open) -> Moment | None:
    """Rule "open": what has not ended counts up to the end of the last look that told of it, and no further."""
    seen = ledger.standing.seen(opened.condition.project)
    if seen is None:
        return None
    at = max(seen.end, opened.start.at)
    earliest = max(seen.start, opened.start.earliest)
    return Moment(at=at, evidence=Evidence.LOOK, earliest=min(earliest, at), latest=at)
