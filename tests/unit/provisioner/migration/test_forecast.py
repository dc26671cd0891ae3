"""A wave played through in time: order, places, the link, the window; and estimates that grow with what there is to do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioner.migration.estimate import GIB, MIB, Experience, Measured, Spread, remaining, standstill, travelling
from provisioner.migration.forecast import Course, Forecast, Lanes, forecast
from provisioner.migration.script import StepKind
from tenants.names import ServerName
from tenants.wave import Mode, WindowSpec
from tests.cases import bindings, disk, machine, migration, volume, wave, workload

START = datetime(2027, 3, 6, 20, tzinfo=UTC)
WIDE = Lanes(applications=100, link=100)


def always(seconds: float) -> Spread:
    """Known to the second."""
    return Spread(low=seconds, likely=seconds, high=seconds)


def course(name: str, **changes: Any) -> Course:
    """An application that stands still for ten minutes, five of them for its one disk."""
    fields: dict[str, Any] = {
        "name": name,
        "before": always(60),
        "standstill": always(600),
        "travelling": always(300),
        "disks": 1,
        "size": 300 * GIB,
        **changes,
    }
    return Course(**fields)


def play(*courses: Course, lanes: Lanes = WIDE, window: tuple[int, int] | None = None) -> Forecast:
    """From the start, with a window in minutes from then."""
    given_window = window and WindowSpec(
        start=START + timedelta(minutes=window[0]), end=START + timedelta(minutes=window[1])
    )
    return forecast(courses, lanes, given_window or None, start=START)


def minutes(found: Forecast, name: str) -> float | None:
    """When an application serves at the latest."""
    high = found.ends[name].high
    return None if high is None else (high - START).total_seconds() / 60


def test_one_alone_takes_as_long_as_estimated() -> None:
    """What comes before, and its standstill."""
    assert minutes(play(course("a")), "a") == 11


def test_no_more_are_under_way_than_the_wave_allows() -> None:
    """The second begins when the first serves."""
    found = play(course("a"), course("b"), lanes=replace(WIDE, applications=1))
    assert (minutes(found, "a"), minutes(found, "b")) == (11, 22)


def test_an_application_waits_for_those_it_depends_on() -> None:
    """Whatever places are free."""
    found = play(course("b", after=("a",)), course("a"))
    assert (minutes(found, "a"), minutes(found, "b")) == (11, 22)


def test_disks_share_the_places_of_the_link() -> None:
    """Two on a link of one place take twice as long to travel."""
    found = play(course("a"), course("b"), lanes=replace(WIDE, link=1))
    assert minutes(found, "a") == minutes(found, "b") == 1 + 10 + 5


def test_disks_share_the_bandwidth() -> None:
    """Each alone would use all of it."""
    found = play(course("a"), course("b"), lanes=replace(WIDE, bandwidth=GIB))
    assert minutes(found, "a") == minutes(found, "b") == 1 + 10 + 5


def test_cutovers_wait_for_the_window() -> None:
    """What comes before them does not."""
    assert minutes(play(course("a"), window=(30, 60)), "a") == 40


def test_a_cutover_that_could_not_end_is_not_begun() -> None:
    """It is told, and so is all that waits for it."""
    found = play(course("a"), course("b", after=("a",)), window=(0, 15))
    assert found.late == ("b",)
    assert not found.fits
    assert (found.end.high, minutes(found, "a")) == (None, 11)


def test_what_is_late_for_another_s_sake_is_told_apart() -> None:
    """With those that it waits for; one that it waits for and that is in time is no reason."""
    slow = course("a", standstill=always(3600))
    found = play(slow, course("b"), course("c", after=("a", "b")), course("d", after=("c",)), window=(0, 30))
    assert found.late == ("a", "c", "d")
    assert found.behind == {"c": ("a",), "d": ("c",)}


def test_what_is_not_begun_keeps_its_place() -> None:
    """As it does in truth."""
    found = play(course("a", standstill=always(3600)), course("b"), lanes=replace(WIDE, applications=1), window=(0, 30))
    assert found.late == ("a", "b")


def test_bounds_are_in_order() -> None:
    """A quick wave ends before a slow one."""
    slow = course("a", standstill=Spread(low=60, likely=600, high=1800))
    end = play(slow).end
    assert end.low < end.likely < end.high  # type: ignore[operator]


def test_an_empty_wave_ends_at_once() -> None:
    """Nothing has to be waited for."""
    assert play().end.high == START


spreads = st.lists(st.floats(0, 7200), min_size=3, max_size=3).map(
    lambda three: Spread(low=min(three), likely=sorted(three)[1], high=max(three))
)


@st.composite
def waves(draw: st.DrawFn) -> tuple[Course, ...]:
    """Up to eight applications, each depending on some of those before it."""
    found: list[Course] = []
    for place in range(draw(st.integers(1, 8))):
        after = draw(st.sets(st.sampled_from([each.name for each in found]))) if found else set()
        still, share = draw(spreads), draw(st.floats(0, 1))
        found.append(
            course(
                f"a{place}",
                after=tuple(sorted(after)),
                before=draw(spreads),
                standstill=still,
                travelling=still * share,
                disks=draw(st.integers(0, 6)),
                size=draw(st.integers(0, 10**12)),
            )
        )
    return tuple(found)


lanes_of_any_width = st.builds(
    Lanes,
    applications=st.integers(1, 4),
    link=st.integers(1, 4),
    bandwidth=st.one_of(st.none(), st.integers(10**6, 10**9)),
)


@given(waves(), lanes_of_any_width)
def test_everything_moves_without_a_window(courses: Sequence[Course], lanes: Lanes) -> None:
    """After those it depends on, and no sooner than it would alone."""
    found = forecast(courses, lanes, None, start=START)
    assert found.fits
    for each in courses:
        ends = found.ends[each.name]
        assert ends.low <= ends.likely <= ends.high  # type: ignore[operator]
        alone = timedelta(seconds=each.before.high + each.standstill.high)
        assert ends.high >= START + alone - timedelta(seconds=1)  # type: ignore[operator]
        assert all(found.ends[name].high <= ends.high for name in each.after)  # type: ignore[operator]


@given(waves(), lanes_of_any_width, st.integers(1, 600))
def test_whatever_is_said_to_fit_ends_in_the_window_alone(courses: Sequence[Course], lanes: Lanes, length: int) -> None:
    """No application is begun whose own cutover is longer than the window."""
    window = WindowSpec(start=START, end=START + timedelta(minutes=length))
    found = forecast(courses, lanes, window, start=START)
    too_long = {each.name for each in courses if each.standstill.high > length * 60}
    assert too_long <= set(found.late)


sizes = st.lists(st.integers(1, 4000), min_size=1, max_size=6)
measurements = st.lists(
    st.builds(Measured, size=st.integers(MIB, 100 * GIB), seconds=st.floats(0.1, 10_000)), max_size=12
)
experiences = st.builds(
    Experience,
    copies=measurements,
    side_by_side=st.integers(1, 8),
    bandwidth=st.one_of(st.none(), st.integers(MIB, GIB)),
)


def estimates(gigabytes: Sequence[int], known: Experience) -> list[Spread]:
    """Of a server with volumes of these sizes, all that is ever asked for."""
    volumes = (volume(subject=f"s#{place}", size=size) for place, size in enumerate(gigabytes, start=1))
    here = workload(machine(name=ServerName("s"), disks=(disk(subject="s#0"), *volumes)))
    plan = migration(here, bindings(here), wave(Mode.CROSS_CLOUD))
    return [
        remaining(plan, known),
        remaining(plan, known, until=StepKind.COPY),
        standstill(plan, known),
        travelling(plan, known),
    ]


def _is_within(one: Spread, other: Spread) -> bool:
    return one.low <= other.low and one.likely <= other.likely and one.high <= other.high


@given(sizes, st.integers(0, 5), st.integers(1, 4000), experiences)
def test_more_bytes_never_take_less_time(gigabytes: list[int], place: int, more: int, known: Experience) -> None:
    """Whichever disk is larger, and whatever was measured."""
    larger = [*gigabytes]
    larger[place % len(larger)] += more
    pairs = zip(estimates(gigabytes, known), estimates(larger, known), strict=True)
    assert all(_is_within(before, after) for before, after in pairs)


@given(sizes, st.integers(1, 4000), experiences)
def test_one_more_disk_never_takes_less_time(gigabytes: list[int], more: int, known: Experience) -> None:
    """Nor do its bytes side by side with others'."""
    pairs = zip(estimates(gigabytes, known), estimates([*gigabytes, more], known), strict=True)
    assert all(_is_within(before, after) for before, after in pairs)


@given(sizes, experiences)
def test_estimates_have_their_bounds_in_order(gigabytes: list[int], known: Experience) -> None:
    """The likely time lies between them, and travelling is part of standing still."""
    found = estimates(gigabytes, known)
    assert all(0 <= each.low <= each.likely <= each.high for each in found)
    assert _is_within(found[3], found[2])
