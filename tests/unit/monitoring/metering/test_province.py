"""A small province's month by the code that meters a whole one: beside the sum of its servers' lives."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from monitoring.metering.sums import pieces, totals
from provisioner.usage.coverage import Span
from provisioner.usage.quantities import Measure, Quantity
from provisioner.usage.sightings import Sort
from tests.benchmarks.province import BEGIN, Looks, Province, Size

_SMALL = Size(servers=120, projects=6, vcpus=1200, days=10)
_LAST = _SMALL.days * 24 * 3600


@pytest.fixture(scope="module")
def province() -> Province:
    """120 servers for ten days."""
    return Province(_SMALL)


def metered(world: Any) -> Mapping[tuple[int, str, int], Quantity]:
    """Server-seconds of all that was metered."""
    everything = Span(start=BEGIN, end=world.ledger.standing.last.end)
    sums = totals(pieces(world.ledger, world.closed), everything, lambda _cloud, _project: ())
    return {
        (int(line.project, 16), line.state.value, int(line.variant[1:])): each
        for line, each in sums.items()
        if line.measure is Measure.COUNT
    }


def test_with_the_apis_times_a_month_is_exact(new_world: Any, province: Province) -> None:
    """To the second, though the cloud was away for nine hours and two looks were partial."""
    looks = Looks(province=province, away=range(100, 109), partial=frozenset({20, 21, 150}))
    world = new_world()
    for look in looks.looks():
        world.take(look)
    assert {key: each.metered for key, each in metered(world).items()} == province.truth(0, _LAST)
    assert sum(each.most - each.least for each in metered(world).values()) == 0


def test_the_sum_is_of_a_month_in_which_much_happens(province: Province) -> None:
    """Stops, resizes and ends are among the lives; else the comparison would prove little."""
    truth = province.truth(0, _LAST)
    happened = Counter(len(life.parts) for life in province.lives)
    assert {state for _, state, _ in truth} == {"active", "stopped", "building"}
    assert sum(number for parts, number in happened.items() if parts > 1) > 20
    assert sum(1 for life in province.lives if life.ended is not None and life.ended < _LAST) > 3


def test_without_times_a_month_lies_in_its_bounds(new_world: Any) -> None:
    """Hourly looks, some partial, and no API that tells a time: what a project's servers were is between least and most."""
    calm = Province(replace(_SMALL, hectic=False))
    world = new_world(Sort.VOLUME)
    for look in Looks(province=calm, timed=False, partial=frozenset({20, 77, 200})).looks():
        world.take(look)
    truth, found = calm.truth(0, _LAST), metered(world)
    assert truth.keys() <= found.keys()
    assert all(each.least <= truth[key] <= each.most for key, each in found.items())
    assert any(each.least < truth[key] < each.most for key, each in found.items())
    assert sum(each.most - each.least for each in found.values()) < sum(truth.values()) // 100
