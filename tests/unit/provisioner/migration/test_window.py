"""Whether a cutover may begin: what others have yet to carry over the same link takes its time as well."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from provisioner.migration.estimate import Experience, beside
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.migration.window import shut
from tenants.names import CloudName
from tests.portal import AT, WAVE, migration

_SIZE = 4 * 1024**3
#: Bytes a second by which one of them travels within two and a half hours, of the four that the window is open.
_BANDWIDTH = int(_SIZE / (2.5 * 3600))
_LIMITED = Experience(side_by_side=4, bandwidth=_BANDWIDTH)
#: One place on the link.
_NARROW = Experience(side_by_side=1)


def _past(made: Migration, kind: StepKind = StepKind.GATE_WINDOW) -> Migration:
    """With all done up to such a step, that included."""
    place = next(made.of_kind(kind)).spec.position
    steps = (replace(each, state=StepState.DONE) if each.spec.position <= place else each for each in made.steps)
    return replace(made, id=MigrationId("m0"), state=State.READY, steps=tuple(steps))


def _opens(experience: Experience, *others: Migration) -> bool:
    mine = migration()
    return shut(WAVE, mine, beside(experience, mine, [mine, *others]), now=AT) is None


def test_a_cutover_that_fits_begins() -> None:
    """Alone on its link."""
    assert _opens(_LIMITED)


def test_what_shares_the_bandwidth_counts() -> None:
    """Two that would each end in time do not together, and one of them has begun."""
    assert not _opens(_LIMITED, _past(migration()))


def test_who_waits_for_others_waits_for_a_time() -> None:
    """It comes by itself: nobody has to give the wave another window, and those that depend on it do not wait in vain."""
    mine = migration()
    closed = shut(WAVE, mine, beside(_LIMITED, mine, [_past(migration())]), now=AT)
    assert closed is not None
    assert closed.message.endswith("others on the same link come first")
    assert closed.until is not None
    assert abs(closed.until - AT - timedelta(hours=2, minutes=30)) < timedelta(minutes=1)


def test_who_is_too_late_alone_is_not_told_of_others() -> None:
    """Their end would change nothing."""
    mine = migration()
    closed = shut(WAVE, mine, beside(_LIMITED, mine, [_past(migration())]), now=AT + timedelta(hours=2))
    assert closed is not None
    assert closed.until is None


def test_what_shares_the_places_of_a_link_counts_whichever_wave_it_is_of() -> None:
    """There, bytes wait for a place."""
    wave = replace(WAVE, window=None)
    mine, other = migration(), replace(_past(migration()), run=RunId("r9"))
    alone, shared = (beside(_NARROW, mine, each) for each in ([mine], [mine, other]))
    assert shut(wave, mine, shared, now=AT) is None, "without a window nothing is too late"
    assert (alone.beside, shared.beside, shared.beside_in_wave) == (0, _SIZE, 0)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: migration(),
        lambda made: _past(made, StepKind.SERVER),
        lambda made: replace(made, asked=Asked.PAUSE),
        lambda made: replace(made, state=State.COMPENSATING),
        lambda made: replace(made, state=State.MANUAL),
        lambda made: replace(made, bindings=replace(made.bindings, cloud=CloudName("county"))),
    ],
    ids=["not begun", "travelled", "paused", "goes back", "manual", "another link"],
)
def test_what_carries_nothing_over_the_link_does_not_count(change: Callable[[Migration], Migration]) -> None:
    """It waits itself, or is done, or for people, or goes elsewhere."""
    assert _opens(_LIMITED, replace(change(_past(migration())), id=MigrationId("m0")))


def test_the_bandwidth_slows_down_what_travels_alone() -> None:
    """Exports and volumes are their clouds' own doing: with those it would take three times as long."""
    assert shut(WAVE, migration(), _LIMITED, now=AT + timedelta(hours=1)) is None
