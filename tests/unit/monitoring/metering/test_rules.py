"""The written rules of metering, each by its name: see docs/metering.md. Times are minutes after noon."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.usage.intervals import Evidence, Verdict
from provisioner.usage.sightings import Look, Sizes, Sort, State

See = Callable[..., Any]
Sized = Callable[[str], Sizes]


def test_first_metering_begins_with_the_first_look(new_world: Any, see: See) -> None:
    """What was before, nobody saw, even where the API tells since when the server is there."""
    world = new_world()
    world.look(0, see(created_at=-600, launched_at=-599))
    assert world.told() == [("active 2", 0, None)]
    assert world.covered == []


def test_first_looks_that_are_partial_begin_what_they_see(new_world: Any, see: See) -> None:
    """A change after them lies between them and the look that found it, though no whole look was before."""
    world = new_world()
    world.look(0, see("a"), see("b"), failed=("page 2: HTTP 504",))
    world.look(10, see("a", state=State.STOPPED))
    bounds = [end.latest - end.earliest for end in (each.end for each in world.closed)]
    assert world.told() == [("active 2", 0, 10), ("active 2", 0, 10), ("stopped 2", 10, None)]
    assert bounds == [timedelta(minutes=10)] * 2


def test_begin_a_server_is_built_from_its_creation_and_runs_from_its_launch(world: Any, see: See) -> None:
    """Both times are the API's, whenever the look came."""
    world.look(10, see(created_at=3, launched_at=4))
    assert world.told() == [("building 2", 3, 4), ("active 2", 4, None)]


def test_begin_does_not_depend_on_when_the_looks_come(world: Any, see: See) -> None:
    """A look into the building sees the same intervals in the end."""
    world.look(3.5, see(state=State.BUILDING, created_at=3))
    world.look(10, see(created_at=3, launched_at=4))
    assert world.told() == [("building 2", 3, 4), ("active 2", 4, None)]


def test_begin_without_the_apis_time_is_the_later_look(world: Any, see: See) -> None:
    """And the bounds say how long it may have been there before."""
    world.look(10, see())
    (opened,) = world.ledger.open.values()
    assert opened.start.evidence is Evidence.LOOK
    assert (opened.start.at, opened.start.earliest) == (world.ledger.standing.last.end, world.covered[0].start)


def test_begin_a_creation_that_an_earlier_look_should_have_seen_is_not_believed(world: Any, see: See) -> None:
    """What that look did not see begins with the one that did."""
    world.look(10, see(created_at=-100, launched_at=-99))
    assert world.told() == [("active 2", 10, None)]


def test_change_a_resize_is_dated_by_the_launch_that_it_renews(world: Any, see: See, sized: Sized) -> None:
    """Nova sets `launched_at` where a resize is finished."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(sizes=sized("large"), created_at=1, launched_at=13, updated_at=15))
    assert world.told()[1:] == [("active 2", 2, 13), ("active 8", 13, None)]
    assert world.closed[-1].end.evidence is Evidence.API


def test_change_a_resize_and_a_stop_between_two_looks_are_two(world: Any, see: See, sized: Sized) -> None:
    """The size from its launch, the state no later than the last change."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.STOPPED, sizes=sized("large"), created_at=1, launched_at=13, updated_at=15))
    assert world.told()[1:] == [("active 2", 2, 13), ("active 8", 13, 15), ("stopped 8", 15, None)]


def test_change_a_stop_is_no_later_than_the_last_change(world: Any, see: See) -> None:
    """Nova's `updated` may be of another change after it: the bounds begin with the look before."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.STOPPED, launched_at=2, updated_at=14))
    end = world.closed[-1].end
    assert world.told()[1:] == [("active 2", 2, 14), ("stopped 2", 14, None)]
    assert end.evidence is Evidence.BOUND
    assert (end.latest - end.earliest) == timedelta(minutes=4)


def test_change_instance_actions_date_it_exactly(world: Any, see: See) -> None:
    """Where they were asked for, they come before anything else."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.STOPPED, launched_at=2, updated_at=16, changed_at=14))
    end = world.closed[-1].end
    assert (end.at, end.earliest, end.latest) == (end.at, end.at, end.at)
    assert world.told()[-1] == ("stopped 2", 14, None)


def test_change_without_any_time_is_the_later_look(world: Any, see: See, sized: Sized) -> None:
    """And lies anywhere between the two."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(sizes=sized("large"), launched_at=2))
    end = world.closed[-1].end
    assert (end.evidence, end.latest - end.earliest) == (Evidence.LOOK, timedelta(minutes=10))
    assert world.told()[-1] == ("active 8", 20, None)


def test_history_tells_of_a_stop_and_a_start_between_two_looks(world: Any, see: See) -> None:
    """Both looks saw it running; what the API tells of the time between is metered."""
    world.look(10, see(created_at=1, launched_at=2))
    stopped = see(state=State.STOPPED, launched_at=2, changed_at=13)
    world.look(20, see(launched_at=2, changed_at=17), history=(stopped,))
    assert world.told()[1:] == [("active 2", 2, 13), ("stopped 2", 13, 17), ("active 2", 17, None)]


def test_change_a_rescue_is_dated_by_the_launch_that_it_renews(world: Any, see: See) -> None:
    """Nova boots the rescue image as a launch of its own."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.RESCUED, created_at=1, launched_at=13, updated_at=19))
    assert world.told()[1:] == [("active 2", 2, 13), ("rescued 2", 13, None)]


def test_change_a_rebuild_changes_nothing_that_counts(world: Any, see: See) -> None:
    """It is a launch to Nova, and the same server in the same state to us."""
    world.look(10, see(created_at=1, launched_at=2))
    assert world.look(20, see(created_at=1, launched_at=13, updated_at=13)).closed == ()


def test_shelving_offloads_and_unshelving_launches_anew(world: Any, see: See) -> None:
    """Unshelved it runs from the launch that unshelving is."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.SHELVED_OFFLOADED, launched_at=2, updated_at=15))
    world.look(30, see(launched_at=26, updated_at=27))
    assert world.told()[1:] == [("active 2", 2, 15), ("shelved-offloaded 2", 15, 26), ("active 2", 26, None)]


def test_end_a_deletion_is_dated_by_its_termination(world: Any, see: See) -> None:
    """`changes-since` lists deleted servers with the time."""
    world.look(10, see(created_at=1, launched_at=2))
    world.changes(20, see(state=State.DELETED, launched_at=2, terminated_at=12, updated_at=13))
    assert world.told()[1:] == [("active 2", 2, 12)]


def test_end_a_deletion_without_a_termination_is_no_later_than_its_last_change(world: Any, see: See) -> None:
    """As of a server that was deleted before any compute had it."""
    world.look(10, see(state=State.ERROR, created_at=1))
    world.changes(20, see(state=State.DELETED, created_at=1, updated_at=13))
    assert world.told()[-1] == ("error 2", 1, 13)
    assert world.closed[-1].end.evidence is Evidence.BOUND


def test_end_a_deletion_told_twice_counts_once(world: Any, see: See) -> None:
    """Times of `changes-since` overlap."""
    world.look(10, see(created_at=1, launched_at=2))
    gone = see(state=State.DELETED, created_at=1, launched_at=2, terminated_at=12)
    world.changes(20, gone)
    assert world.changes(30, gone).closed == ()


def test_end_what_a_partial_look_told_counts_once_too(world: Any, see: See) -> None:
    """The next whole look reaches back before it, and is told again."""
    gone = see(state=State.DELETED, created_at=3, launched_at=4, terminated_at=9)
    world.look(10, gone, failed=("page 2: HTTP 504",))
    world.look(20, gone)
    assert world.told() == [("building 2", 3, 4), ("active 2", 4, 9)]


def test_end_before_a_change_that_only_a_look_dated_is_at_that_change(world: Any, see: See) -> None:
    """Nothing lasts less than no time; the bounds tell how it can have been."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.STOPPED, launched_at=2), failed=("page 2: HTTP 504",))
    world.look(30, see(state=State.DELETED, launched_at=2, terminated_at=15))
    stopped = world.seconds(0, 30)[State.STOPPED]
    assert world.told()[1:] == [("active 2", 2, 20), ("stopped 2", 20, 20)]
    assert (stopped.least, stopped.metered, stopped.most) == (0, 0, 600)


def test_open_what_was_seen_during_a_long_look_may_have_ended_in_it(world: Any, see: See, moment: Any) -> None:
    """Its page was read some time between the look's beginning and its end."""
    world.look(20, see(created_at=1, launched_at=2), began=moment(17))
    active = world.seconds(0, 60)[State.ACTIVE]
    assert (active.least, active.metered, active.most) == (15 * 60, 18 * 60, 18 * 60)


def test_end_created_and_deleted_between_two_looks(world: Any, see: See) -> None:
    """Nobody saw it alive, and it is metered to the second."""
    world.look(10, see(state=State.DELETED, created_at=3, launched_at=4, terminated_at=9))
    assert world.told() == [("building 2", 3, 4), ("active 2", 4, 9)]


def test_end_what_was_dead_before_metering_began_is_nothing(new_world: Any, see: See) -> None:
    """The first listing of deleted servers reaches back before the first look."""
    world = new_world()
    world.look(0, see(state=State.DELETED, created_at=-30, launched_at=-29, terminated_at=-5))
    assert world.told() == []


def test_end_resized_and_deleted_between_two_looks(world: Any, see: See, sized: Sized) -> None:
    """The last launch dates the resize, the termination the end."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.DELETED, sizes=sized("large"), created_at=1, launched_at=12, terminated_at=17))
    assert world.told()[1:] == [("active 2", 2, 12), ("active 8", 12, 17)]


def test_absent_from_a_whole_look_ends_there(world: Any, see: See) -> None:
    """A volume, say, of which no listing of deleted ones exists: some time before the later look."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20)
    end = world.closed[-1].end
    assert world.told()[-1] == ("active 2", 2, 20)
    assert (end.evidence, end.latest - end.earliest) == (Evidence.LOOK, timedelta(minutes=10))


def test_absent_after_a_long_gap_ends_where_it_was_last_seen(world: Any, see: See) -> None:
    """A state is carried over a gap only where the resource is there after it."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(600)
    end = world.closed[-1].end
    assert world.told()[-1] == ("active 2", 2, 10)
    assert end.latest - end.earliest == timedelta(minutes=590)


def test_absent_from_a_look_at_changes_is_as_it_was(world: Any, see: See) -> None:
    """Nothing of it changed."""
    world.look(10, see(created_at=1, launched_at=2))
    assert world.changes(20).closed == ()
    assert world.seconds(0, 60)[State.ACTIVE].metered == 18 * 60


def test_partial_absence_closes_nothing(world: Any, see: See) -> None:
    """A page was not read: what is missing may have been on it. The next whole look decides."""
    world.look(10, see("a", created_at=1, launched_at=2), see("b", created_at=1, launched_at=2))
    assert world.look(20, see("a", created_at=1, launched_at=2), failed=("page 2: HTTP 504",)).closed == ()
    world.look(30, see("a", created_at=1, launched_at=2))
    (end,) = [each.end for each in world.closed if each.id == "b" and each.condition.state is State.ACTIVE]
    assert end.latest - end.earliest == timedelta(minutes=20)


def test_partial_what_it_saw_counts(world: Any, see: See) -> None:
    """A change that it found is a change."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.STOPPED, launched_at=2, updated_at=14), failed=("page 2: HTTP 504",))
    world.look(30, see(state=State.STOPPED, launched_at=2, updated_at=14))
    assert world.told()[1:] == [("active 2", 2, 14), ("stopped 2", 14, None)]


def test_partial_an_open_interval_counts_up_to_the_last_whole_look(world: Any, see: See) -> None:
    """Nobody knows of the time since; the next look will tell."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, failed=("page 1: HTTP 504",))
    assert world.seconds(0, 60)[State.ACTIVE].metered == 8 * 60


def test_partial_a_project_that_could_not_be_read_costs_only_itself(world: Any, see: See) -> None:
    """Another project's server is gone, that of the unread project is unknown."""
    p, q = ProjectId("p"), ProjectId("q")
    world.look(10, see("a", project=p, created_at=1, launched_at=2), see("b", project=q, created_at=1, launched_at=2))
    world.look(20, failed_projects={q: "HTTP 403"})
    assert [each.id for each in world.closed if each.condition.state is State.ACTIVE] == ["a"]
    world.look(30, see("b", project=q, created_at=1, launched_at=2))
    assert world.seconds(0, 60)[State.ACTIVE].metered == (18 + 28) * 60


def test_coverage_grows_from_look_to_look(world: Any, spans: Any) -> None:
    """Every look makes the time since the last one known."""
    world.look(10)
    world.look(25)
    assert spans(world.covered) == [(0, 10), (10, 25)]


def test_coverage_has_a_gap_where_a_cloud_was_away(world: Any, see: See, spans: Any) -> None:
    """What is there before and after is carried over, and the time is still not covered."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(310, see(created_at=1, launched_at=2))
    assert spans(world.covered) == [(0, 10)]
    assert world.seconds(0, 310)[State.ACTIVE].metered == 308 * 60


def test_coverage_bridges_a_single_failure(world: Any, spans: Any) -> None:
    """Twice the usual time between two whole looks is still known."""
    world.look(10, failed=("page 1: HTTP 504",))
    world.look(20)
    assert spans(world.covered) == [(0, 20)]


def test_coverage_of_a_project_that_stayed_unread_has_a_gap_of_its_own(world: Any, spans: Any) -> None:
    """The cloud is covered, the project not, from its last look to its next."""
    p = ProjectId("p")
    for minute in (10, 20, 30, 40):
        world.look(minute, failed_projects={p: "HTTP 403"})
    assert world.uncovered == []
    world.look(50)
    assert [project for project, _ in world.uncovered] == [p]
    assert spans(span for _, span in world.uncovered) == [(0, 50)]


def test_clock_a_time_after_the_later_look_is_drawn_back_to_it(world: Any, see: See) -> None:
    """The cloud's clock is ahead by nobody knows how much; the bounds are the whole window."""
    world.look(10, see(created_at=17, launched_at=18))
    (opened,) = world.ledger.open.values()
    assert world.told()[-1] == ("active 2", 10, None)
    assert opened.start.evidence is Evidence.CLAMPED
    assert opened.start.latest - opened.start.earliest == timedelta(minutes=10)


def test_clock_an_end_before_the_look_that_saw_it_alive_is_drawn_up_to_it(world: Any, see: See) -> None:
    """The cloud's clock is behind."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20, see(state=State.DELETED, created_at=1, launched_at=2, terminated_at=8))
    assert world.told()[-1] == ("active 2", 2, 10)
    assert world.closed[-1].end.evidence is Evidence.CLAMPED


def test_clock_a_known_offset_is_put_right(world: Any, see: See) -> None:
    """To the second that a `Date` header is exact to."""
    world.look(10, see(created_at=17, launched_at=18), clock_ahead=timedelta(minutes=12))
    (opened,) = world.ledger.open.values()
    assert world.told() == [("building 2", 5, 6), ("active 2", 6, None)]
    assert opened.start.evidence is Evidence.CORRECTED
    assert opened.start.latest - opened.start.earliest == timedelta(seconds=2)


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(seconds=-1), None])
def test_clock_a_second_is_no_offset(world: Any, see: See, ahead: timedelta | None) -> None:
    """Headers take part of a second to arrive."""
    world.look(10, see(created_at=5, launched_at=6), clock_ahead=ahead)
    assert world.told() == [("building 2", 5, 6), ("active 2", 6, None)]


def test_moved_to_another_project_it_is_that_ones_from_then_on(new_world: Any, see: See) -> None:
    """A volume was transferred: the accepting is its last change."""
    world = new_world(Sort.VOLUME)
    world.look(0, see(state=State.AVAILABLE, project=ProjectId("p")))
    world.look(10, see(state=State.AVAILABLE, project=ProjectId("q"), updated_at=4))
    (closed,) = world.closed
    (opened,) = world.ledger.open.values()
    assert (closed.condition.project, opened.condition.project) == ("p", "q")
    assert world.told() == [("available 2", 0, 4), ("available 2", 4, None)]


def test_reappearing_it_counts_from_the_look_that_sees_it_again(world: Any, see: See) -> None:
    """A whole look did not have it, so the time between is nobody's, and nothing counts twice."""
    world.look(10, see(created_at=1, launched_at=2))
    world.look(20)
    world.look(30, see(created_at=1, launched_at=2))
    assert world.told()[1:] == [("active 2", 2, 20), ("active 2", 30, None)]


def test_reappearing_never_counts_a_second_twice(new_world: Any, see: See) -> None:
    """A partial look told of its end, and a later one that it was there before that."""
    world = new_world(Sort.VOLUME)
    world.look(0, see(state=State.AVAILABLE))
    world.look(10, see(state=State.DELETED, terminated_at=8), failed=("page 2: HTTP 504",))
    world.look(20, see(state=State.AVAILABLE, changed_at=5))
    assert world.told() == [("available 2", 0, 8), ("available 2", 8, None)]


def test_the_same_look_twice_changes_nothing(world: Any, see: See) -> None:
    """Whoever meters it again, after a crash, adds nothing."""
    look = Look(
        scope=world.ledger.scope,
        began=world.ledger.standing.last.end,
        ended=world.ledger.standing.last.end + timedelta(minutes=5),
        every=timedelta(minutes=10),
        sightings=(see(created_at=1, launched_at=2),),
    )
    world.take(look)
    before = world.ledger
    assert world.take(look).verdict is Verdict.LATE
    assert world.ledger == before


def test_a_look_out_of_order_changes_nothing(world: Any, see: See) -> None:
    """It is older than what is known."""
    world.look(20, see(created_at=1, launched_at=2))
    assert world.look(10).verdict is Verdict.LATE
    assert world.told()[-1] == ("active 2", 2, None)


def test_a_resource_that_two_pages_have_is_one(world: Any, see: See) -> None:
    """A page shifted while it was read; what was read later holds."""
    world.look(
        10, see(created_at=1, launched_at=2), see(state=State.STOPPED, launched_at=2, created_at=1, updated_at=5)
    )
    assert world.told() == [("building 2", 1, 2), ("active 2", 2, 5), ("stopped 2", 5, None)]


def test_fractions_of_seconds_are_dropped(world: Any, see: See, moment: Callable[[float], datetime]) -> None:
    """Nova gives microseconds of a launch; the sum is of whole seconds."""
    world.look(10, see(created_at=1, launched_at=2 + 0.7 / 60))
    (opened,) = world.ledger.open.values()
    assert opened.start.at == moment(2)


def test_nothing_is_changed_by_what_does_not_count(world: Any, see: See) -> None:
    """A new name or new metadata move `updated` and nothing else."""
    world.look(10, see(created_at=1, launched_at=2))
    outcome = world.look(20, see(created_at=1, launched_at=2, updated_at=15))
    assert (outcome.opened, outcome.closed, outcome.removed) == ((), (), frozenset())
