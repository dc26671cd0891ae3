"""Random worlds, looked at at random times: what is metered beside what was. Times are minutes after noon."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.usage.quantities import Quantity
from provisioner.usage.sightings import Sizes, Sort, State

See = Callable[..., Any]
_LAST = 400
_KNOWN_STATES = (State.ACTIVE, State.STOPPED, State.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a server was from a time on."""

    since: int
    state: State
    vcpus: int
    #: Its newest launch by then.
    launched: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A server from its creation to its end, if it ended."""

    versions: tuple[Version, ...]
    ended: int | None

    def parts(self) -> Iterator[tuple[Version, float]]:
        """Every version with its end."""
        ends = [each.since for each in self.versions[1:]] + [self.ended if self.ended is not None else _LAST + 1]
        yield from zip(self.versions, ends, strict=True)

    def seconds(self, start: int, end: int) -> Counter[State]:
        """How long it was in each state within a time."""
        result: Counter[State] = Counter()
        for version, until in self.parts():
            result[version.state] += 60 * max(0, min(int(until), end) - max(version.since, start))
        return result


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A server that is built, launched, stopped, paused, resized at any times, and perhaps deleted."""
    times = sorted(draw(st.sets(st.integers(-50, _LAST), min_size=2, max_size=8)))
    ended = times.pop() if len(times) > 2 and draw(st.booleans()) else None
    versions = [Version(since=times[0], state=State.BUILDING, vcpus=2, launched=None)]
    versions.append(Version(since=times[1], state=State.ACTIVE, vcpus=2, launched=times[1]))
    for time in times[2:]:
        before = versions[-1]
        if draw(st.booleans()):
            versions.append(Version(since=time, state=before.state, vcpus=before.vcpus * 2, launched=time))
        else:
            others = [each for each in _KNOWN_STATES if each is not before.state]
            other = draw(st.sampled_from(others))
            versions.append(Version(since=time, state=other, vcpus=before.vcpus, launched=before.launched))
    return Life(versions=tuple(versions), ended=ended)


@st.composite
def look_times(draw: st.DrawFn) -> list[int]:
    """Two looks at least, in order."""
    return sorted(draw(st.sets(st.integers(0, _LAST), min_size=2, max_size=10)))


def told(see: See, name: int, life: Life, *, since: int, until: int) -> tuple[list[Any], list[Any]]:
    """What APIs with all their times say of a server: how it was before, and how it is."""
    if life.versions[0].since > until or (life.ended is not None and life.ended <= since):
        return [], []
    ended = life.ended is not None and life.ended <= until
    sightings = [
        see(
            f"s{name}",
            state=version.state,
            sizes=Sizes(vcpus=version.vcpus),
            created_at=life.versions[0].since,
            launched_at=version.launched,
            changed_at=version.since,
        )
        for version, end in life.parts()
        if version.since <= until and end > since
    ]
    if ended:
        last = life.versions[-1]
        gone = see(
            f"s{name}",
            state=State.DELETED,
            sizes=Sizes(vcpus=last.vcpus),
            created_at=life.versions[0].since,
            launched_at=last.launched,
            terminated_at=life.ended,
        )
        return sightings, [gone]
    return sightings[:-1], sightings[-1:]


@settings(deadline=None)
@given(st.lists(lives(), max_size=4), look_times())
def test_whole_looks_with_the_apis_times_are_exact(
    new_world: Any, see: See, servers: Sequence[Life], looks: list[int]
) -> None:
    """From the first look to the last, to the second, in every state; and the bounds say so."""
    world, before = new_world(), looks[0]
    for look in looks:
        said = [told(see, name, life, since=before, until=look) for name, life in enumerate(servers)]
        history = tuple(each for past, _ in said for each in past)
        world.look(look, *(each for _, now in said for each in now), history=history)
        before = look
    truth: Counter[State] = Counter()
    for life in servers:
        truth.update(life.seconds(looks[0], looks[-1]))
    expected = {state: Quantity(metered=each, least=each, most=each) for state, each in truth.items() if each}
    assert world.seconds(-1000, 1000) == expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A volume of which no API gives a time: what it is from which minute on; None is not there."""

    turns: tuple[tuple[int, State | None], ...]

    def at(self, time: int) -> State | None:
        """What it is then."""
        return next((state for since, state in reversed(self.turns) if since <= time), None)

    def seconds(self, start: int, end: int) -> Counter[State]:
        """How long it was in each state within a time."""
        result: Counter[State] = Counter()
        for (since, state), (until, _) in pairwise((*self.turns, (_LAST + 1, None))):
            if state is not None:
                result[state] += 60 * max(0, min(until, end) - max(since, start))
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A look: when, and which volumes it could not list; None where it was whole."""

    at: int
    missed: frozenset[int] | None


@st.composite
def silent_worlds(draw: st.DrawFn) -> tuple[list[Glance], list[Silent]]:
    """Looks, some partial, and volumes that change at most once between two whole looks: more, nobody could see."""
    times = draw(look_times())
    partial = st.none() | st.frozensets(st.integers(0, 3))
    glances = [
        Glance(at=each, missed=draw(partial) if 0 < place < len(times) - 1 else None)
        for place, each in enumerate(times)
    ]
    whole = [each.at for each in glances if each.missed is None]
    volumes = []
    for _ in range(draw(st.integers(0, 3))):
        turns: list[tuple[int, State | None]] = [(-1, draw(st.sampled_from([State.AVAILABLE, None])))]
        for start, end in pairwise(whole):
            if turns[-1][1] is None and len(turns) > 1:
                break
            if draw(st.booleans()):
                others = [each for each in (State.AVAILABLE, State.IN_USE, None) if each is not turns[-1][1]]
                turns.append((draw(st.integers(start + 1, end)), draw(st.sampled_from(others))))
        volumes.append(Silent(turns=tuple(turns)))
    return glances, volumes


@settings(deadline=None)
@given(silent_worlds())
def test_the_bounds_hold_the_truth_where_no_api_tells_a_time(
    new_world: Any, see: See, drawn: tuple[list[Glance], list[Silent]]
) -> None:
    """Whatever the looks missed: in every state, no less than the least and no more than the most."""
    glances, volumes = drawn
    world = new_world(Sort.VOLUME)
    for glance in glances:
        there = [(name, state) for name, each in enumerate(volumes) if (state := each.at(glance.at)) is not None]
        seen = [see(f"v{name}", state=state) for name, state in there if name not in (glance.missed or ())]
        world.look(glance.at, *seen, failed=() if glance.missed is None else ("page 1: HTTP 504",))
    truth: Counter[State] = Counter()
    for each in volumes:
        truth.update(each.seconds(glances[0].at, glances[-1].at))
    metered = world.seconds(-1000, 1000)
    for state in State:
        sum_, true = metered.get(state, Quantity()), truth[state]
        assert sum_.least <= true <= sum_.most
        assert sum_.least <= sum_.metered <= sum_.most


@settings(deadline=None)
@given(st.lists(lives(), max_size=3), st.tuples(look_times(), st.integers(1, _LAST)))
def test_a_period_is_the_sum_of_its_parts(
    new_world: Any, see: See, servers: Sequence[Life], drawn: tuple[list[int], int]
) -> None:
    """Cut at any second, nothing is lost and nothing counts twice."""
    looks, cut = drawn
    world, before = new_world(), looks[0]
    for look in looks:
        said = [told(see, name, life, since=before, until=look) for name, life in enumerate(servers)]
        world.look(look, *(each for _, now in said for each in now))
        before = look
    whole, first, second = world.seconds(0, _LAST), world.seconds(0, cut), world.seconds(cut, _LAST)
    for state in State:
        both = first.get(state, Quantity()) + second.get(state, Quantity())
        assert both.metered == whole.get(state, Quantity()).metered


@settings(deadline=None)
@given(st.lists(lives(), max_size=3), look_times())
def test_every_look_taken_twice_is_as_if_taken_once(
    new_world: Any, see: See, servers: Sequence[Life], looks: list[int]
) -> None:
    """A worker that dies after a look was metered makes another meter it again."""
    once, twice, before = new_world(), new_world(), looks[0]
    for look in looks:
        said = [told(see, name, life, since=before, until=look) for name, life in enumerate(servers)]
        now = [each for _, those in said for each in those]
        once.look(look, *now)
        twice.look(look, *now)
        twice.look(look, *now)
        before = look
    assert once.told() == twice.told()
