"""Metering as series: counters, and how much of the running month is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.exposition import metering
from monitoring.exposition.catalogue import named
from monitoring.exposition.places import Place, Places
from monitoring.exposition.samples import Samples, Value
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Coverage, Looked, Span, coverage
from provisioner.usage.quantities import Line, Measure, Quantity
from provisioner.usage.sightings import Sort, State, Variant
from tenants.names import CloudName, ProjectName, TenantName

CITY = CloudName("city")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLACES: Places = {
    ProjectId("p1"): Place(
        tenant=TenantName("market"), project=ProjectName("registration"), keystone_name="scjg", declared={}
    )
}


def values(samples: Samples, name: str) -> dict[tuple[str, ...], Value]:
    """The values of a family."""
    return dict(samples.of(named(name)))


def line(measure: Measure, sort: Sort = Sort.SERVER, state: State = State.ACTIVE, variant: str = "small") -> Line:
    """What is added up."""
    return Line(
        cloud=CITY,
        tenant=TenantName("market"),
        project=ProjectId("p1"),
        sort=sort,
        variant=Variant(variant),
        state=state,
        measure=measure,
    )


def test_metered_seconds_are_counters_without_what_is_shelved() -> None:
    """Storage is by type; whatever nobody holds is left out."""
    counted = metering.counters(
        [
            (line(Measure.VCPUS), Quantity(metered=7)),
            (line(Measure.VCPUS, state=State.STOPPED), Quantity(metered=5)),
            (line(Measure.VCPUS, state=State.SHELVED_OFFLOADED), Quantity(metered=100)),
            (line(Measure.SIZE_BYTES, Sort.VOLUME, State.IN_USE, "ssd"), Quantity(metered=9)),
            (line(Measure.COUNT), Quantity(metered=1)),
        ]
    )
    assert counted == {
        ("usage_vcpu_seconds", ("market", "city")): 12,
        ("usage_storage_byte_seconds", ("market", "city", "ssd")): 9,
    }


def test_a_counter_never_goes_back() -> None:
    """Whatever is known better later."""
    before, now = {("usage_vcpu_seconds", ("a", "c")): 5}, {("usage_vcpu_seconds", ("a", "c")): 4}
    assert metering.grown(before, now) == before


@dataclass(frozen=True, slots=True)
class Covered:
    """What is known of each sort."""

    spans: Mapping[Sort, tuple[Span, ...]]

    def of(self, cloud: CloudName, sort: Sort, project: ProjectId, part: Span, /) -> Coverage:
        """How much of a part."""
        return coverage(self.spans.get(sort, ()), part)


#: Of the calendar month in which it is the 22nd.
MONTH = metering.running_month(NOW)
EVERY = timedelta(minutes=5)


def knowledge(
    first: datetime | None, *, servers: tuple[Span, ...] = (), volumes: tuple[Span, ...] = (), every: timedelta = EVERY
) -> metering.Knowledge:
    """The city's servers and volumes were looked at since then, and are known of these times."""
    sorts = (Sort.SERVER, Sort.VOLUME) if first else ()
    return metering.Knowledge(
        month=MONTH,
        known=Covered({Sort.SERVER: servers, Sort.VOLUME: volumes}),
        looked={(CITY, sort): Looked(first=first, every=every) for sort in sorts if first},
    )


def ratio(known: metering.Knowledge) -> float:
    """The market's coverage in the city."""
    made = metering.metering({CITY: PLACES}, {}, known)
    assert values(made, "usage_vcpu_seconds") == {("market", "city"): 0}
    return float(values(made, "metering_coverage_ratio")["market", "city"])  # type: ignore[arg-type]  # a gauge's


def until(end: datetime, start: datetime = MONTH.start) -> tuple[Span, ...]:
    """Known up to there."""
    return (Span(start=start, end=end),)


def test_coverage_is_that_of_which_least_is_known() -> None:
    """No data is not zero use: half of the time of volumes is known, and all of servers."""
    end = NOW - 3 * EVERY
    half = MONTH.start + (end - MONTH.start) / 2
    assert ratio(knowledge(MONTH.start, servers=until(NOW), volumes=until(half))) == 0.5


def test_coverage_begins_at_a_cloud_s_first_look() -> None:
    """In the month in which metering of it began, nobody could know what was before."""
    began = NOW - timedelta(hours=10)
    whole = until(NOW - EVERY, began)
    assert ratio(knowledge(began, servers=whole, volumes=whole)) == 1


def test_a_gap_after_the_first_look_is_one_in_the_first_month_too() -> None:
    """Nine hours of the ten less a quarter are known."""
    began = NOW - timedelta(hours=10)
    known = until(NOW - timedelta(hours=1), began)
    assert ratio(knowledge(began, servers=known, volumes=known)) == pytest.approx(9 / 9.75)


def test_a_first_look_of_an_earlier_month_leaves_the_whole_month_to_be_known() -> None:
    """What was not looked at at the month's beginning is a gap."""
    known = until(NOW, NOW - timedelta(days=1))
    found = ratio(knowledge(MONTH.start - timedelta(days=90), servers=known, volumes=known))
    assert found == pytest.approx((24 - 0.25) / ((NOW - MONTH.start) / timedelta(hours=1) - 0.25), abs=1e-6)


def test_what_was_never_looked_at_while_other_things_were_is_not_known() -> None:
    """Servers are, volumes never came."""
    known = metering.Knowledge(
        month=MONTH,
        known=Covered({Sort.SERVER: until(NOW)}),
        looked={(CITY, Sort.SERVER): Looked(first=NOW - timedelta(hours=2), every=EVERY)},
    )
    assert ratio(known) == 0


def test_nothing_is_known_of_a_cloud_that_was_never_looked_at() -> None:
    """Rather than all of no time."""
    assert ratio(knowledge(None)) == 0


def test_three_intervals_without_a_look_are_no_gap_yet() -> None:
    """However long they are: a collector that comes every two hours is not behind after five."""
    known = until(NOW - timedelta(hours=5))
    assert ratio(knowledge(MONTH.start, servers=known, volumes=known, every=timedelta(hours=2))) == 1
    assert ratio(knowledge(MONTH.start, servers=known, volumes=known)) < 0.999


def test_the_running_month_begins_at_midnight_in_china() -> None:
    """And ends now."""
    assert metering.running_month(NOW) == Span(start=datetime(2026, 10, 31, 16, tzinfo=UTC), end=NOW)
