"""The worker is killed after every single step in turn, there and on the way back: everything arrives all the same, once."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from devcloud.faultrules import Work
from devcloud.fixture import Devcloud
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


#: Where somebody wants a move within a cloud back, `{}` being a server's id: before anything is asked of Nova, while it is at it,
#: when the first server has moved, when all have, and where a cold move is confirmed, which only another move takes back.
_TURNS: Final = {
    "live-before": (Mode.LIVE, "begun move-live"),
    "live-asked": (Mode.LIVE, "called act migrated-servers {} ('/action', ['os-migrateLive'])"),
    "live-one-moved": (Mode.LIVE, "done move-live"),
    "live-moved": (Mode.LIVE, "done compare"),
    "live-unlocked": (Mode.LIVE, "done unlock"),
    "cold-before": (Mode.COLD, "begun move-cold"),
    "cold-asked": (Mode.COLD, "called act migrated-servers {} ('/action', ['migrate'])"),
    "cold-one-moved": (Mode.COLD, "done move-cold"),
    "cold-moved": (Mode.COLD, "done compare"),
    "cold-to-confirm": (Mode.COLD, "begun confirm"),
    "cold-confirming": (Mode.COLD, "called act migrated-servers {} ('/action', ['confirmResize'])"),
    "cold-unlocked": (Mode.COLD, "done unlock"),
}


@pytest.mark.parametrize(("mode", "turn"), _TURNS.values(), ids=_TURNS)
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_at_every_moment_of_the_way_back_within_its_cloud_it_runs_where_it_was(
    staged: Staged, mode: Mode, turn: str, record_property: Any
) -> None:
    """From wherever on its way; running, nobody's lock on it, nothing marked."""
    show = staged(mode)
    show.estate.server("网-web", data=1, metadata={"duty": "网页"})
    show.estate.server("db", from_volume=True)
    show.put_on("网-web", "db")
    with show.dies_at(turn.format(show.workload.machines[0].id), State.CLOSED):
        show.ask(Asked.ABORT)
    _runs_again(show, record_property)


@pytest.fixture
def endless(devcloud: Devcloud) -> Iterator[None]:
    """The next live migration does not end by itself."""
    devcloud.hinder("city", Work.LIVE_MIGRATION, seconds=3600)
    yield
    devcloud.clear()


@pytest.mark.usefixtures("endless")
@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_while_a_live_migration_is_given_up_the_server_stays_where_it_was(
    staged: Staged, record_property: Any
) -> None:
    """It is aborted by whoever comes next, and runs on."""
    show = staged(Mode.LIVE)
    show.estate.server("db", from_volume=True, data=1)
    show.put_on("db")
    with show.dies_at("looked UNDER_WAY at move-live", State.CLOSED):
        show.ask(Asked.ABORT)
    _runs_again(show, record_property)


def _runs_again(show: Show, record_property: Any) -> None:
    show.goes_on_to(State.ROLLED_BACK, at=("undoing", "undone", "called"), meanwhile=show.source_is_there)
    show.source_runs()
    assert show.marked() == []
    record_property("deaths", show.deaths)
    assert show.deaths > 1
