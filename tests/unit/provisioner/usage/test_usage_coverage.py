"""What is covered, and who held a project when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Coverage, Span, coverage, merged, without
from provisioner.usage.sightings import STATES, Sort, State, Variant, quota_id, state_of
from provisioner.usage.tenancy import Tenancy, shares
from tenants.names import CloudName, TenantName

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


def span(start: int, end: int) -> Span:
    """From one second after noon to another."""
    return Span(start=NOON + timedelta(seconds=start), end=NOON + timedelta(seconds=end))


def spans(drawn: Sequence[tuple[int, int]]) -> list[Span]:
    """Spans of any order and overlap."""
    return [span(min(each), max(each)) for each in drawn]


def seconds(those: Sequence[Span]) -> set[int]:
    """Every second that lies in one of them."""
    starts = [(int((each.start - NOON).total_seconds()), int((each.end - NOON).total_seconds())) for each in those]
    return {second for start, end in starts for second in range(start, end)}


def tenancy(tenant: str, since: int, until: int | None = None) -> Tenancy:
    """A project in somebody's hands."""
    return Tenancy(
        cloud=CloudName("city"),
        project=ProjectId("p"),
        tenant=TenantName(tenant),
        name="market-web",
        since=span(0, since).end,
        until=None if until is None else span(0, until).end,
    )


@given(SPANS)
def test_merged_spans_are_the_same_seconds(drawn: list[tuple[int, int]]) -> None:
    """In order, and none touches another."""
    found = merged(spans(drawn))
    assert seconds(found) == seconds(spans(drawn))
    assert all(before.end < after.start for before, after in pairwise(found))


@given(SPANS, SPANS)
def test_holes_are_taken_out(drawn: list[tuple[int, int]], holes: list[tuple[int, int]]) -> None:
    """Every second of the spans that lies in no hole, and no other."""
    found = without(spans(drawn), spans(holes))
    assert seconds(found) == seconds(spans(drawn)) - seconds(spans(holes))


@given(SPANS)
def test_covered_seconds_and_gaps_make_up_the_period(drawn: list[tuple[int, int]]) -> None:
    """Integers both, so that a ratio can be made of them anywhere."""
    found = coverage(spans(drawn), span(10, 50))
    assert found.covered_seconds + sum(each.seconds for each in found.gaps) == found.asked_seconds == 40
    assert found.covered_seconds == len(seconds(spans(drawn)) & set(range(10, 50)))


def test_of_nothing_all_is_a_gap() -> None:
    """No data is no zero."""
    period = span(0, 60)
    assert coverage((), period) == Coverage(covered_seconds=0, asked_seconds=60, gaps=(period,))


def test_a_period_is_shared_by_those_who_held_the_project() -> None:
    """Nobody before the first, and from hand to hand."""
    held = [tenancy("water", 30), tenancy("market", 10, 30)]
    assert list(shares(held, span(0, 60))) == [(None, span(0, 10)), ("market", span(10, 30)), ("water", span(30, 60))]


def test_a_period_after_somebody_let_go_is_nobodys() -> None:
    """A project that no manifest has any more."""
    assert list(shares([tenancy("market", -5, 20)], span(0, 60))) == [("market", span(0, 20)), (None, span(20, 60))]


def test_a_project_that_was_renamed_is_one_share() -> None:
    """Each name is a tenancy, and whoever has it has it throughout."""
    held = [tenancy("market", 10, 30), replace(tenancy("market", 30, 40), name="market-portal"), tenancy("water", 40)]
    assert list(shares(held, span(0, 60))) == [(None, span(0, 10)), ("market", span(10, 40)), ("water", span(40, 60))]


def test_the_services_words_become_a_bounded_set_of_states() -> None:
    """Whatever a cloud invents is `other`, not a new series."""
    assert state_of(Sort.SERVER, "ACTIVE") is State.ACTIVE
    assert state_of(Sort.VOLUME, "retyping") is State.BUSY
    assert state_of(Sort.SERVER, "teleporting") is State.OTHER
    assert STATES.keys() == set(Sort)


def test_a_quota_is_known_by_its_project_and_resource() -> None:
    """It has no id of its own."""
    assert quota_id(ProjectId("p"), Variant("compute/cores")) == "p/compute/cores"
