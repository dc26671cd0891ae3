"""The worker is killed after every single step in turn, there and on the way back: everything arrives all the same, once."""

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.migration.states import Asked, State
from tenants.wave import Mode
from tests.integration.moving.theatre import Show

Staged = Callable[[Mode], Show]
#: After every step; before the first act of every one; after every answer to a change.
_MOMENTS = (("done", "undone"), ("begun", "undoing"), ("called",))


def _small(show: Show) -> Show:
    show.estate.server("网-web", data=1, from_volume=not show.within)
    show.put_on("网-web")
    return show


def _large(show: Show) -> Show:
    """A server on an image and one on a volume, each with three volumes."""
    show.estate.server("网-web", data=3, metadata={"duty": "网页"})
    show.estate.server("db", from_volume=True, data=2)
    show.put_on("网-web", "db")
    return show


def _moves(show: Show, at: tuple[str, ...]) -> None:
    if show.within:
        show.goes_on_to(State.CLOSED, at=at, meanwhile=show.source_is_there)
        show.moved_within()
        return
    show.goes_on_to(State.ACCEPTED, at=at, meanwhile=show.source_is_there)
    show.arrived()
    show.source_is_as_before_but_locked()
    assert show.marked_elsewhere() == []
    show.sign_off()
    show.goes_on_to(State.CLOSED, at=at)
    show.source_is_gone()
    show.arrived()


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.CROSS_PROJECT])
def test_killed_after_every_step_it_arrives(staged: Staged, mode: Mode) -> None:
    """Once, with its content; the source is there until somebody signs off."""
    show = _small(staged(mode))
    _moves(show, ("done",))
    # Two steps of one stage may end before the death that the first of them brings.
    stages = {each.spec.stage for each in show.load().steps}
    assert len(stages) <= show.deaths <= len(show.load().steps)


@pytest.mark.parametrize("at", _MOMENTS, ids=lambda at: at[0])
@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.COLD, Mode.CROSS_PROJECT, Mode.CROSS_CLOUD])
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_it_arrives(
    staged: Staged, mode: Mode, at: tuple[str, ...], record_property: Any
) -> None:
    """Servers on images and on volumes, with three volumes each."""
    show = _large(staged(mode))
    _moves(show, at)
    record_property("deaths", show.deaths)
    assert show.deaths


@pytest.mark.parametrize("at", _MOMENTS, ids=lambda at: at[0])
@pytest.mark.parametrize("mode", [Mode.CROSS_PROJECT, Mode.CROSS_CLOUD])
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_of_the_way_back_the_source_runs(
    staged: Staged, mode: Mode, at: tuple[str, ...], record_property: Any
) -> None:
    """Though the target served already: nothing of it is left."""
    show = _large(staged(mode))
    show.goes_on_to(State.ACCEPTED)
    show.ask(Asked.ABORT)
    show.goes_on_to(State.ROLLED_BACK, at=at, meanwhile=show.source_is_there)
    show.source_runs()
    assert show.marked_elsewhere() == []
    record_property("deaths", show.deaths)
    assert show.deaths
