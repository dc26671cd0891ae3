"""How steps are driven: what passes is borne for a while and no longer, whether it is a look or an act; the record's absence fails nothing."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudUnavailable, StoreUnavailable, TenantryError
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Step, StepState
from provisioner.migration.script import StepKind
from provisioner.moving.deed import ABSENT, Look, Spot, done
from provisioner.moving.driving import Driver, Pace, StageEnd
from provisioner.moving.means import Traffic
from provisioner.moving.running import Moving
from provisioner.operation import Evidence, OperationId
from provisioner.store.migration_steps import Attempt
from tenants.wave import Mode, WaveLimits
from tests.migrations import Journey

_NEVER = 10**9


@dataclass
class Troubled:
    """A deed whose looks, beginnings or ways back fail so often."""

    error: TenantryError
    looks: int = 0
    begins: int = 0
    undoes: int = 0
    is_there: bool = False
    patience: float = 60.0
    side_by_side: int = 1
    began: int = field(default=0, init=False)

    def look(self, spot: Spot) -> Look:
        """Done once it was begun."""
        self.looks -= 1
        self._unless(self.looks)
        return done() if self.is_there else ABSENT

    def begin(self, spot: Spot) -> Receipt:
        """Bring it about."""
        self.began += 1
        self.begins -= 1
        self._unless(self.begins)
        self.is_there = True
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is broken."""

    def undo(self, spot: Spot) -> None:
        """Away with it."""
        self.undoes -= 1
        self._unless(self.undoes)
        self.is_there = False

    def _unless(self, left: int) -> None:
        if left >= 0:
            raise self.error


@dataclass
class Forgetful(Journey):
    """A journey whose record is away when something is to be noted."""

    away_at: str = ""

    def begin(self, step: Step) -> Attempt:
        """The intent."""
        self._noted("begin")
        return super().begin(step)

    def confirm(self, attempt: Attempt) -> None:
        """Who is at it."""
        self._noted("confirm")

    def finish(self, step: Step, attempt: Attempt, evidence: Evidence) -> None:
        """The proof."""
        self._noted("finish")
        super().finish(step, attempt, evidence)

    def _noted(self, what: str) -> None:
        if what == self.away_at:
            raise StoreUnavailable("the database cannot be reached")


class Stage:
    """One step of a migration, and its driver."""

    def __init__(self, estate: Any) -> None:
        estate.server("web")
        plain = estate.journey(Mode.LIVE, "web")
        same = ("workload", "bindings", "wave", "deeds", "source", "target")
        self.journey = Forgetful(**{each: getattr(plain, each) for each in same})

    def driver(self, deed: Any, *, away: float = 30.0) -> Driver:
        """Drives that deed in the place of a lock."""
        journal: Any = self.journey
        pace = Pace(first_look=0.0, longest_look=0.1, away=away, telling=0.0)
        return Driver(scene=self.journey.scene, deeds={StepKind.LOCK: deed}, journal=journal, pace=pace)

    @property
    def step(self) -> Step:
        """As the journal has it."""
        return next(iter(self.journey.migration.of_kind(StepKind.LOCK)))

    def forward(self, deed: Any, **pace: float) -> StageEnd:
        """Take it."""
        return self.driver(deed, **pace).forward([self.step])

    def backward(self, deed: Any, **pace: float) -> StageEnd:
        """Take it back."""
        return self.driver(deed, **pace).backward([self.step])


@pytest.fixture
def stage(estate: Any) -> Stage:
    """A server that is to be locked."""
    return Stage(estate)


_GONE = CloudUnavailable("city: HTTP 500: unexpected API error")
_AWAY = StoreUnavailable("the database cannot be reached")


@pytest.mark.parametrize("error", [_GONE, _AWAY], ids=["cloud", "record"])
@pytest.mark.parametrize("what", ["looks", "begins"])
def test_what_passes_is_borne(stage: Stage, error: TenantryError, what: str) -> None:
    """A cloud or the record that was away for a moment fails no step."""
    times: Any = {what: 3}
    assert stage.forward(Troubled(error, **times)) == StageEnd()
    assert stage.step.state is StepState.DONE


@pytest.mark.parametrize("error", [_GONE, _AWAY], ids=["cloud", "record"])
def test_what_passes_is_borne_on_the_way_back(stage: Stage, error: TenantryError) -> None:
    """As on the way there."""
    assert stage.backward(Troubled(error, undoes=3, is_there=True)) == StageEnd()
    assert stage.step.state is StepState.UNDONE


def test_a_cloud_that_answers_looks_and_never_acts_is_given_up(stage: Stage) -> None:
    """Each request for it fails with 500, and each look says that nothing came of it: that is no progress."""
    deed = Troubled(_GONE, begins=_NEVER)
    end = stage.forward(deed, away=0.05)
    assert end.failure is not None
    assert "unexpected API error" in end.failure.message
    assert stage.step.state is StepState.FAILED


@pytest.mark.parametrize("at", ["begin", "confirm", "finish"])
def test_a_record_that_stays_away_stops_a_step_and_fails_none(stage: Stage, at: str) -> None:
    """Whoever comes next, once it is back, looks what came of it."""
    stage.journey.away_at = at
    assert stage.forward(Troubled(_AWAY)) == StageEnd(stopped=True)
    assert stage.step.state is not StepState.FAILED


@pytest.mark.parametrize(("minutes", "borne"), [((0, 8, 16), True), ((0, 4, 8, 12, 16), False)])
def test_a_way_back_bears_clouds_that_are_away_now_and_then(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *, minutes: tuple[int, ...], borne: bool
) -> None:
    """It may take hours and answer all the while; only what fails for a quarter of an hour without an answer ends with a person."""
    clock = iter(60.0 * each for each in minutes)
    monkeypatch.setattr("provisioner.moving.driving.monotonic", lambda: next(clock))
    end = stage.backward(Troubled(_GONE, undoes=len(minutes), is_there=True), away=900.0)
    assert (end.failure is None) is borne


class Gone:
    """A record that stays away."""

    def transaction(self) -> Any:
        """There is none."""
        raise _AWAY

    autocommit = transaction


def test_a_leg_whose_record_stays_away_is_over_and_needs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conductor hands the migration out again; a person could do nothing for it."""
    monkeypatch.setattr("provisioner.journal._PAUSES", ())
    nothing: Any = None
    gone: Any = Gone()
    moving = Moving(database=gone, engine=nothing, connect=nothing, deeds={}, means=nothing, now=nothing)
    assert moving.advance(MigrationId("m1"), OperationId("m1.1")) == "over"


def test_bytes_travel_on_while_the_record_is_away(stage: Stage) -> None:
    """With a limit, it is asked every other second how many copies there are: a copy of hours is not lost for that."""
    gone: Any = Gone()
    wave = replace(stage.journey.wave, limits=WaveLimits(bandwidth=1 << 20))
    run = replace(stage.journey.scene.run, wave=wave)
    traffic = Traffic(database=gone)
    with traffic.of(run) as limiter:
        assert limiter is not None
        traffic.share_anew(run)
    assert not traffic._lanes
