"""Average and peak: quota held beside its use. Times are minutes after noon."""

from collections.abc import Callable
from typing import Any

from monitoring.metering.sums import level, pieces
from provisioner.usage.coverage import Span
from provisioner.usage.quantities import Level, Measure
from provisioner.usage.sightings import Sizes, Sort, State, Variant

See = Callable[..., Any]
Moment = Callable[[float], Any]


def hour(world: Any, moment: Moment, measure: Measure) -> Level:
    """The level over the hour from noon."""
    return level(pieces(world.ledger, world.closed), measure, Span(start=moment(0), end=moment(60)))


def test_servers_side_by_side_add_up_to_a_peak(world: Any, see: See, moment: Moment) -> None:
    """Three for ten minutes, one or two for the rest."""
    world.look(10, see("a", created_at=0, launched_at=0))
    world.look(20, see("a"), see("b", created_at=10, launched_at=10), see("c", created_at=20, launched_at=20))
    world.look(30, see("a"), see("b"), see("c", state=State.DELETED, terminated_at=30))
    world.look(60, see("a"), see("b"))
    found = hour(world, moment, Measure.VCPUS)
    assert (found.peak, found.resource_seconds, found.seconds) == (6, 2 * 60 * (60 + 50 + 10), 3600)


def test_what_follows_in_the_same_second_is_not_counted_beside_it(
    world: Any, see: See, moment: Moment, sized: Callable[[str], Sizes]
) -> None:
    """A resize is no moment with both sizes."""
    world.look(10, see(created_at=0, launched_at=0))
    world.look(60, see(sizes=sized("large"), launched_at=30))
    assert hour(world, moment, Measure.VCPUS).peak == 8


def test_quota_held_is_a_level_like_any_other(new_world: Any, see: See, moment: Moment) -> None:
    """A limit that was raised in the middle of the hour."""
    world, cores = new_world(Sort.QUOTA), Variant("compute/cores")
    world.look(0, see(variant=cores, state=State.LIMITED, sizes=Sizes(amount=20)))
    world.look(30, see(variant=cores, state=State.LIMITED, sizes=Sizes(amount=50)))
    world.look(60, see(variant=cores, state=State.LIMITED, sizes=Sizes(amount=50)))
    found = hour(world, moment, Measure.AMOUNT)
    assert (found.peak, found.resource_seconds) == (50, (20 + 50) * 1800)


def test_nothing_has_a_level_of_nothing(world: Any, moment: Moment) -> None:
    """Neither an average nor a peak."""
    assert hour(world, moment, Measure.COUNT) == Level(resource_seconds=0, seconds=3600, peak=0)
