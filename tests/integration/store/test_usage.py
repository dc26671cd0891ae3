"""Usage as it is kept: what a look changes, month by month, and the sums over any period."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from monitoring.metering.looks import meter
from monitoring.metering.sums import pieces, totals
from provisioner.clouds.interface import ProjectId
from provisioner.errors import StoreError
from provisioner.store import (
    usage,
    usage_coverages,
    usage_late,
    usage_months,
    usage_sums,
    usage_systems,
    usage_tenancies,
)
from provisioner.store.database import Connection, Database
from provisioner.store.schema_usage import usage_intervals, usage_looks, usage_open
from provisioner.usage.coverage import Looked, Span
from provisioner.usage.intervals import Interval, Ledger, Outcome, Verdict
from provisioner.usage.late import Unseen
from provisioner.usage.quantities import Measure, Quantity
from provisioner.usage.sightings import Look, ResourceId, Scope, Sighting, Sizes, Sort, State, Variant
from provisioner.usage.systems import Belonging, System
from provisioner.usage.tenancy import Tenancy, shares
from tenants.names import CloudName, TenantName

START = datetime(2027, 1, 30, tzinfo=UTC)
CITY = CloudName("city")
SCOPE = Scope(cloud=CITY, sort=Sort.SERVER)
P, Q = ProjectId("p"), ProjectId("q")
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    """So many hours after the first look, which is two days before a month's end."""
    return START + hours * HOUR


def server(
    name: str, *, project: ProjectId = P, state: State = State.ACTIVE, vcpus: int = 2, **times: float
) -> Sighting:
    """A server whose times are hours."""
    known = {key: at(value) for key, value in times.items()}
    sizes = Sizes(vcpus=vcpus, memory_bytes=vcpus * 2**31)
    return Sighting(id=ResourceId(name), project=project, variant=Variant("v"), state=state, sizes=sizes, **known)


def look_of(hours: float, sightings: Iterable[Sighting], **fields: Any) -> Look:
    """An hourly look."""
    return Look(scope=SCOPE, began=at(hours), ended=at(hours), every=HOUR, sightings=tuple(sightings), **fields)


@pytest.fixture
def look(connection: Connection) -> Callable[..., Outcome]:
    """Records looks; one recorder for all, as a worker has it."""
    recorder = usage.Recorder(meter)
    return lambda hours, *seen, **fields: recorder.record(connection, look_of(hours, seen, **fields))


@pytest.fixture
def seconds(connection: Connection) -> Callable[..., dict[Any, int]]:
    """Metered server-seconds between two hours, by what of a line is asked for."""

    def seconds(start: float, end: float, by: str = "project", **chosen: Any) -> dict[Any, int]:
        result: dict[Any, int] = {}
        period, selection = Span(start=at(start), end=at(end)), usage_sums.Selection(**chosen)
        for line, quantity in usage_sums.totals(connection, period, selection).items():
            if line.measure is Measure.COUNT:
                key = getattr(line, by)
                result[key] = result.get(key, 0) + quantity.metered
        return result

    return seconds


Looking = Callable[..., Outcome]
Summing = Callable[..., dict[Any, int]]


def test_what_is_open_is_read_back_as_it_was_metered(connection: Connection, look: Looking) -> None:
    """Another worker goes on from the same."""
    look(0)
    outcome = look(1, server("a", created_at=0.25, launched_at=0.5))
    assert usage.opened(connection, SCOPE) == {each.id: each for each in outcome.opened}
    assert usage.standing(connection, SCOPE) == outcome.standing


def test_a_look_that_changes_nothing_writes_no_interval(connection: Connection, look: Looking) -> None:
    """Only that there was a look, and how far the scope is known."""
    look(0, server("a"))
    look(1, server("a"))
    counts = [
        connection.scalar(select(func.count()).select_from(each)) for each in (usage_open, usage_intervals, usage_looks)
    ]
    assert counts == [1, 0, 2]


def test_another_worker_that_forgot_nothing_takes_over(connection: Connection, seconds: Summing) -> None:
    """Each look by a recorder of its own gives what one for all gives."""
    for hour, state in enumerate([State.ACTIVE, State.STOPPED, State.STOPPED, State.ACTIVE]):
        usage.Recorder(meter).record(connection, look_of(hour, [server("a", state=state)]))
    assert seconds(0, 10, "state") == {State.ACTIVE: 3600, State.STOPPED: 7200}


def test_what_one_worker_remembers_is_dropped_where_another_went_on(connection: Connection, seconds: Summing) -> None:
    """The row of the scope tells."""
    one, other = usage.Recorder(meter), usage.Recorder(meter)
    one.record(connection, look_of(0, [server("a")]))
    other.record(connection, look_of(1, [server("a", state=State.STOPPED)]))
    one.record(connection, look_of(2, [server("a", state=State.STOPPED)]))
    assert seconds(0, 10, "state") == {State.ACTIVE: 3600, State.STOPPED: 3600}


def test_a_transaction_that_was_rolled_back_is_forgotten(database: Database) -> None:
    """What the recorder remembered of it is not what is kept."""
    recorder = usage.Recorder(meter)
    with database.transaction() as connection:
        recorder.record(connection, look_of(0, [server("a")]))
    with database.transaction() as connection:
        undone = connection.begin_nested()
        recorder.record(connection, look_of(1, []))
        undone.rollback()
    with database.transaction() as connection:
        assert recorder.record(connection, look_of(1, [server("a")])).closed == ()


def test_workers_that_bring_the_same_look_at_once_meter_it_once(database: Database) -> None:
    """The row of the scope is locked by one; the other finds the look taken."""

    def bring(_: int) -> Verdict:
        with database.transaction() as connection:
            return usage.Recorder(meter).record(connection, look_of(1, [server("a")])).verdict

    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(bring, range(4)))
    assert sorted(verdicts) == [Verdict.LATE, Verdict.LATE, Verdict.LATE, Verdict.METERED]


def test_what_the_database_refuses_is_an_error_of_ours(connection: Connection) -> None:
    """Bulk writes go past SQLAlchemy, and their errors still are what callers know."""

    def twice(look: Look, ledger: Ledger) -> Outcome:
        outcome = meter(look, ledger)
        return replace(outcome, opened=(*outcome.opened, *outcome.opened))

    with pytest.raises(StoreError, match="what a look changes"):
        usage.Recorder(twice).record(connection, look_of(0, [server("a")]))


def test_the_same_look_again_is_late(connection: Connection, look: Looking) -> None:
    """Nothing is written for it, not even that it was."""
    look(1, server("a"))
    assert look(1, server("a")).verdict is Verdict.LATE
    assert connection.scalar(select(func.count()).select_from(usage_looks)) == 1


def test_a_deleted_server_that_is_told_of_again_was_metered_already(look: Looking, seconds: Summing) -> None:
    """Its end is found among what ended."""
    look(0)
    look(1, server("a", created_at=0.25, launched_at=0.5))
    gone = server("a", state=State.DELETED, created_at=0.25, launched_at=0.5, terminated_at=1.5)
    look(2, gone)
    look(3, gone)
    assert seconds(0, 10, "state") == {State.BUILDING: 900, State.ACTIVE: 3600}


def test_an_interval_over_a_months_end_is_cut_there(connection: Connection, look: Looking, seconds: Summing) -> None:
    """Each month has its own part; a period over both has all of it."""
    look(0)
    look(1, server("a", created_at=0.5, launched_at=1))
    for hour in range(2, 60):
        look(hour, server("a", created_at=0.5, launched_at=1))
    look(60, server("a", state=State.DELETED, created_at=0.5, launched_at=1, terminated_at=59.5))
    months = select(usage_intervals.c.month).where(usage_intervals.c.state == "active")
    assert sorted(connection.scalars(months)) == [date(2027, 1, 1), date(2027, 2, 1)]
    assert [seconds(*each, "state")[State.ACTIVE] for each in ((0, 48), (48, 99), (0, 99))] == [
        47 * 3600,
        int(11.5 * 3600),
        int(58.5 * 3600),
    ]


def test_what_is_open_counts_up_to_the_last_look(look: Looking, seconds: Summing) -> None:
    """And its unread project up to the last look that read it."""
    look(0, server("a"), server("b", project=Q))
    look(1, server("a"), server("b", project=Q))
    look(2, server("a"), failed_projects={Q: "HTTP 403"})
    assert seconds(0, 99) == {P: 7200, Q: 3600}


def test_a_project_counts_for_whoever_held_it_at_the_time(
    connection: Connection, look: Looking, seconds: Summing
) -> None:
    """A department was merged into another in the middle of the period; before the first, nobody is known."""
    look(0, server("a"), server("b", project=Q))
    look(3, server("a"), server("b", project=Q))
    market, water = TenantName("market"), TenantName("water")
    first = Tenancy(cloud=CITY, project=P, tenant=market, name="market-web", since=at(0.5))
    usage_tenancies.note(connection, [first, replace(first, project=Q, since=at(-9))])
    usage_tenancies.note(connection, [replace(first, tenant=water, since=at(2))])
    assert seconds(0, 3, "tenant") == {None: 1800, market: 5400 + 3 * 3600, water: 3600}


@pytest.mark.parametrize("fraction", [0.4, 0.5, 0.6])
def test_a_project_that_changes_hands_within_a_second_does_so_at_its_beginning(
    connection: Connection, look: Looking, seconds: Summing, fraction: float
) -> None:
    """As fractions are dropped everywhere: nobody has more seconds than the time that was theirs has."""
    look(0, server("a"))
    look(3, server("a"))
    first = Tenancy(cloud=CITY, project=P, tenant=TenantName("market"), name="market-web", since=at(-9))
    usage_tenancies.note(connection, [first])
    since = at(2) + timedelta(seconds=fraction)
    usage_tenancies.note(connection, [replace(first, tenant=TenantName("water"), since=since)])
    period = Span(start=at(0), end=at(3))
    held = usage_tenancies.within(connection, period)[CITY, P]
    assert seconds(0, 3, "tenant") == {tenant: span.seconds for tenant, span in shares(held, period)}
    assert seconds(0, 3, "tenant") == {"market": 7200, "water": 3600}


def test_tenancies_noted_again_stay_as_they_are(connection: Connection) -> None:
    """Every look notes them all."""
    tenancy = Tenancy(cloud=CITY, project=P, tenant=TenantName("market"), name="市场监管", since=at(0))
    usage_tenancies.note(connection, [tenancy])
    usage_tenancies.note(connection, [replace(tenancy, since=at(5))])
    assert dict(usage_tenancies.within(connection, Span(start=at(0), end=at(9)))) == {(CITY, P): [tenancy]}


def test_coverage_is_one_span_until_a_gap(connection: Connection, look: Looking) -> None:
    """A cloud that was away for five hours is not covered for them."""
    for hour in (0, 1, 2, 7, 8):
        look(hour)
    found = usage_sums.coverage_of(connection, CITY, Sort.SERVER, period=Span(start=at(0), end=at(10)))
    assert (found.covered_seconds, found.asked_seconds) == (3 * 3600, 10 * 3600)
    assert found.gaps == (Span(start=at(2), end=at(7)), Span(start=at(8), end=at(10)))


def test_what_is_looked_at_is_known_since_its_first_look(connection: Connection, look: Looking) -> None:
    """Through a gap, whose first look covers nothing; how often is what the newest says."""
    assert usage_coverages.looked(connection) == {}
    look(0)
    assert usage_coverages.looked(connection) == {(CITY, Sort.SERVER): Looked(first=at(0), every=HOUR)}
    look(30)
    usage.Recorder(meter).record(connection, replace(look_of(31, ()), every=2 * HOUR))
    assert usage_coverages.looked(connection) == {(CITY, Sort.SERVER): Looked(first=at(0), every=2 * HOUR)}


def test_coverage_of_an_unread_project_lacks_its_own_gap(connection: Connection, look: Looking) -> None:
    """While it is unread, and for good where it was so for too long."""
    look(0)
    for hour in range(1, 6):
        look(hour, failed_projects={Q: "HTTP 403"})
    asked = Span(start=at(0), end=at(6))
    covered = [
        usage_sums.coverage_of(connection, CITY, Sort.SERVER, period=asked, project=each).covered_seconds
        for each in (P, Q)
    ]
    assert covered == [5 * 3600, 0]
    look(6)
    again = usage_sums.coverage_of(connection, CITY, Sort.SERVER, period=asked, project=Q)
    assert again.covered_seconds == 0


def test_old_months_are_dropped_and_the_others_stay(connection: Connection) -> None:
    """Three years of intervals, half a year of looks."""
    now = datetime(2030, 3, 5, tzinfo=UTC)
    usage_months.prepare(connection, now)
    usage_months.ensure(connection, "usage_intervals", [date(2027, 2, 1), date(2027, 3, 1)])
    usage_months.ensure(connection, "usage_looks", [date(2029, 8, 1), date(2029, 9, 1)])
    assert usage_months.retire(connection, now) == ("usage_intervals_202702", "usage_looks_202908")
    assert usage_months.partitions(connection, "usage_intervals") == {
        date(2027, 3, 1),
        *(date(2030, month, 1) for month in (3, 4, 5)),
    }


def test_an_interval_older_than_what_is_kept_is_kept_from_there(connection: Connection, look: Looking) -> None:
    """A server of four years leaves three years of months behind."""
    four_years = 4 * 365 * 24
    look(0, server("a"))
    look(four_years, server("a"))
    look(four_years + 1, server("a", state=State.DELETED, terminated_at=four_years + 0.5))
    assert len(usage_months.partitions(connection, "usage_intervals")) == 36 + 1 + 1
    assert connection.scalar(select(func.count()).select_from(usage_intervals)) == 36 + 1


def test_sql_adds_up_what_the_rules_add_up(connection: Connection, look: Looking) -> None:
    """The store's sums, and the same intervals' sums by the pure rules, in metered seconds and in both bounds."""
    closed: list[Interval] = []
    for hour in range(0, 100, 2):
        seen = [
            server(f"s{number}", project=(P, Q)[number % 2], vcpus=1 + (hour // 20 + number) % 3, state=state)
            for number in range(9)
            if (state := (State.ACTIVE, State.STOPPED)[(hour // (6 + number)) % 2]) and (hour + number) % 31
        ]
        failed = ("page 2: HTTP 504",) if hour % 14 == 6 else ()
        closed += look(hour, *seen, failed=failed, failed_projects={Q: "HTTP 403"} if hour > 94 else {}).closed
    ledger = usage.ledger_of(connection, SCOPE)
    for start, end in ((0, 100), (0, 48), (48, 100), (13.5, 14.25), (-50, 500)):
        period = Span(start=at(start), end=at(end))
        expected = totals(list(pieces(ledger, closed)), period, lambda _cloud, _project: ())
        found = usage_sums.totals(connection, period)
        assert {line: each for line, each in found.items() if each != Quantity()} == expected
        assert sum(each.metered for each in found.values()) > 0
    assert len(closed) > 50


@dataclass
class Attributed:
    """Which system servers are of."""

    connection: Connection
    belongings: dict[ResourceId, list[Belonging]] = field(default_factory=dict)

    def note(self, hours: float, *, before: bool, **systems: str) -> None:
        """Keep it, and keep in mind what that means."""
        changed = {
            (Sort.SERVER, ResourceId(name)): System(code=code, name=code.upper()) if code else None
            for name, code in systems.items()
        }
        usage_systems.note(
            self.connection, CITY, changed, at=at(hours), before=changed.keys() if before else frozenset()
        )
        for (_, id_), system in changed.items():
            known = self.belongings.setdefault(id_, [Belonging(system="", until=at(hours))] if before else [])
            since = at(hours) if known else None
            if since and known[-1].until is None:
                known[-1] = replace(known[-1], until=since)
            known.append(Belonging(system=system.code if system else "", since=since))


def test_a_resource_is_of_one_system_after_another(connection: Connection, look: Looking, seconds: Summing) -> None:
    """What is new from its beginning; what was there before from when it was found; of none once it is of none."""
    look(0, server("old"))
    attributed = Attributed(connection)
    look(1, server("old"), server("new", created_at=0.5))
    attributed.note(1, before=False, new="portal")
    attributed.note(2, before=True, old="ledger")
    look(3, server("old", state=State.STOPPED), server("new"))
    attributed.note(3, before=True, new="")
    look(4, server("old", state=State.STOPPED), server("new"))
    assert seconds(0, 9, "system", by_system=True) == {"": 7200 + 3600, "portal": 9000, "ledger": 7200}
    assert usage_systems.known(connection, CITY).keys() == {(Sort.SERVER, "old")}
    assert usage_systems.names(connection) == {"portal": "PORTAL", "ledger": "LEDGER"}


def test_sql_divides_among_systems_as_the_rules_do(connection: Connection, look: Looking) -> None:
    """Intervals that lie across a change are divided at it, in all three sums; all of them together are what there was."""
    closed: list[Interval] = []
    attributed = Attributed(connection)
    for hour in range(0, 60, 2):
        seen = [server(f"s{each}", state=(State.ACTIVE, State.STOPPED)[hour // (6 + each) % 2]) for each in range(6)]
        closed += look(hour, *seen).closed
        if hour % 14 == 12:
            codes = {f"s{each}": ("portal", "", "ledger")[(hour + each) % 3] for each in range(hour % 5 + 1)}
            known = {f"{id_}" for _, id_ in usage_systems.known(connection, CITY)}
            attributed.note(hour, before=True, **{name: code for name, code in codes.items() if code or name in known})
    ledger, period = usage.ledger_of(connection, SCOPE), Span(start=at(5), end=at(55))
    found = usage_sums.totals(connection, period, usage_sums.Selection(by_system=True))
    nobody, belongings = (lambda _cloud, _project: ()), attributed.belongings
    assert {line: each for line, each in found.items() if each != Quantity()} == totals(
        list(pieces(ledger, closed)), period, nobody, lambda _cloud, _sort, id_: belongings.get(id_, ())
    )
    assert {line.system for line in found} == {"", "portal", "ledger"}
    together = sum(each.metered for each in usage_sums.totals(connection, period).values())
    assert sum(each.metered for each in found.values()) == together


def test_systems_of_what_is_kept_no_longer_go_with_it(connection: Connection, look: Looking) -> None:
    """What is metered stays whose it is."""
    look(0, server("a"))
    attributed = Attributed(connection)
    attributed.note(0, before=False, a="portal", dropped="ledger")
    usage_systems.retire(connection)
    assert usage_systems.names(connection) == {"portal": "PORTAL"}
    keys = [(Sort.SERVER, ResourceId(each)) for each in ("a", "dropped")]
    assert usage_systems.metered(connection, CITY, keys) == {keys[0]}


def test_what_is_found_late_tells_whose_sums_it_may_change(connection: Connection, look: Looking) -> None:
    """A beginning or an end within the time; not what goes on through its end, nor what was known before."""
    look(0, server("a"), server("b", project=Q))
    look(2, server("a"), server("b", project=Q, state=State.STOPPED))
    look(3, server("a", state=State.STOPPED, changed_at=2.5), server("b", project=Q, state=State.STOPPED))

    def touched(until: float, since: float) -> frozenset[ProjectId]:
        return usage_late.touched(connection, Span(start=at(0), end=at(until)), at(since))

    assert [touched(2.4, 2.1), touched(2.7, 2.1), touched(2.4, 1)] == [frozenset(), {P}, {Q}]
    look(4, server("a", state=State.STOPPED), server("c", created_at=3.5))
    assert touched(3.6, 3.2) == {P}


def test_what_was_not_seen_to_the_end_is_told(connection: Connection, look: Looking) -> None:
    """A project that could not be read, and a cloud whose looks stopped, each since its last look."""
    look(0, server("a"), server("b", project=Q))
    look(2, server("a"), failed_projects={Q: "HTTP 403"})
    behind = Unseen(cloud=CITY, project=Q, since=at(0))
    assert usage_late.unseen(connection, at(2)) == (behind,)
    assert usage_late.unseen(connection, at(3)) == (Unseen(cloud=CITY, project=None, since=at(2)), behind)
    assert usage_late.unseen(connection, at(0)) == ()


def test_pieces_amount_to_the_sums(connection: Connection, look: Looking) -> None:
    """Levels over time and the comparison with Nova start from the same seconds."""
    for hour in range(60):
        look(hour, server("a", state=(State.ACTIVE, State.STOPPED)[hour // 7 % 2]), server("b", project=Q))
    period = Span(start=at(3), end=at(55))
    parts = list(usage_sums.pieces(connection, period, usage_sums.Selection(projects=(P,))))
    assert {each.condition.project for each in parts} == {P}
    chosen = usage_sums.totals(
        connection, period, usage_sums.Selection(cloud=CITY, projects=(P,), sorts=(Sort.SERVER,))
    )
    assert totals(parts, period, lambda _cloud, _project: ()) == chosen
