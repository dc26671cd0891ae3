"""A scope that is looked at, in minutes after noon: short enough that a rule fits into a test."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitoring.metering.looks import meter
from monitoring.metering.sums import pieces, totals
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Interval, Ledger, Outcome, Verdict
from provisioner.usage.quantities import Measure, Quantity
from provisioner.usage.sightings import Extent, Look, ResourceId, Scope, Sighting, Sizes, Sort, State, Variant
from tenants.names import CloudName

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
GIB = 2**30
SMALL = Sizes(vcpus=2, memory_bytes=4 * GIB, root_bytes=40 * GIB)
LARGE = Sizes(vcpus=8, memory_bytes=16 * GIB, root_bytes=40 * GIB)


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def server(name: str = "a", state: State = State.ACTIVE, sizes: Sizes = SMALL, **known: Any) -> Sighting:
    """A server as a look saw it. Times are minutes after noon."""
    times = {key: None if value is None else at(value) for key, value in known.items() if key.endswith("_at")}
    rest = {key: value for key, value in known.items() if not key.endswith("_at")}
    fields: dict[str, Any] = {"project": ProjectId("p"), "variant": Variant(f"v{sizes.vcpus}"), **rest, **times}
    return Sighting(id=ResourceId(name), state=state, sizes=sizes, **fields)


@dataclass(slots=True)
class World:
    """One scope, look after look."""

    sort: Sort = Sort.SERVER
    ledger: Ledger = field(init=False)
    closed: list[Interval] = field(default_factory=list)
    covered: list[Span] = field(default_factory=list)
    uncovered: list[tuple[ProjectId, Span]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(scope=Scope(cloud=CloudName("city"), sort=self.sort))

    def look(self, minutes: float, *sightings: Sighting, **fields: Any) -> Outcome:
        """A look that ended then and took no time, ten minutes after the last as it should."""
        known: dict[str, Any] = {"began": at(minutes), "every": timedelta(minutes=10), **fields}
        look = Look(scope=self.ledger.scope, ended=at(minutes), sightings=sightings, **known)
        return self.take(look)

    def changes(self, minutes: float, *sightings: Sighting, **fields: Any) -> Outcome:
        """A look at what changed."""
        return self.look(minutes, *sightings, extent=Extent.CHANGES, **fields)

    def take(self, look: Look) -> Outcome:
        """Meter any look and take what it changes, as the store does."""
        outcome = meter(look, self.ledger)
        if outcome.verdict is Verdict.LATE:
            return outcome
        self.closed += outcome.closed
        self.covered += [outcome.covered] if outcome.covered else []
        self.uncovered += outcome.uncovered.items()
        opened = {name: each for name, each in self.ledger.open.items() if name not in outcome.removed}
        opened |= {each.id: each for each in outcome.opened}
        ended = dict(self.ledger.ended)
        for each in outcome.closed:
            ended[each.id] = max(each.end.at, ended.get(each.id, each.end.at))
        self.ledger = replace(self.ledger, standing=outcome.standing, open=opened, ended=ended)
        return outcome

    def told(self) -> list[tuple[str, float, float | None]]:
        """Every interval as (state and vCPUs, start, end) in minutes, by start; the open ones without an end."""
        ended = [(each.condition, each.start.at, each.end.at) for each in self.closed]
        still = [(each.condition, each.start.at, None) for each in self.ledger.open.values()]
        rows = [
            (f"{condition.state} {condition.sizes.vcpus}", minutes(start), None if end is None else minutes(end))
            for condition, start, end in [*ended, *still]
        ]
        return sorted(rows, key=lambda row: row[1])

    def seconds(self, start: float, end: float, measure: Measure = Measure.COUNT) -> Mapping[State, Quantity]:
        """Resource-seconds by state between two minutes."""
        period = Span(start=at(start), end=at(end))
        result: dict[State, Quantity] = {}
        for line, quantity in totals(pieces(self.ledger, self.closed), period, lambda _cloud, _project: ()).items():
            if line.measure is measure:
                result[line.state] = result.get(line.state, Quantity()) + quantity
        return result


def minutes(time: datetime) -> float:
    """How many minutes after noon."""
    return (time - NOON) / timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    """Servers of a cloud, looked at for the first time at noon, when there were none."""
    world = World()
    world.look(0)
    return world


@pytest.fixture(scope="session")
def see() -> Callable[..., Sighting]:
    """Makes sightings."""
    return server


@pytest.fixture(scope="session")
def sized() -> Callable[[str], Sizes]:
    """Two flavors."""
    return lambda name: {"small": SMALL, "large": LARGE}[name]


@pytest.fixture(scope="session")
def new_world() -> Callable[..., World]:
    """Worlds that nobody has looked at yet."""
    return World


@pytest.fixture(scope="session")
def moment() -> Callable[[float], datetime]:
    """Minutes after noon as a time."""
    return at


@pytest.fixture(scope="session")
def spans() -> Callable[[Iterable[Span]], list[tuple[float, float]]]:
    """Spans in minutes."""
    return lambda those: [(minutes(each.start), minutes(each.end)) for each in those]
