"""What people may do to migrations, by the state that these are in."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.migration import controls
from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import Migration, Run, RunState, SignOff, Step, StepState
from provisioner.migration.ordering import due
from provisioner.migration.progress import Back, Forward, next_of
from provisioner.migration.script import StepKind, StepSpec
from provisioner.migration.states import FOLLOWERS, Asked, State
from provisioner.migration.workload import Workload
from provisioner.operation import Actor, Failure
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.policy import PersonName
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveName, WaveSpec

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ME = Actor("wang.fang")
_PLACE = {"tenant": TenantName("t"), "project": ProjectName("p"), "project_id": ProjectId("1")}
_KINDS = (
    (StepKind.CHECK, None),
    (StepKind.HOLD, State.PRECHECKED),
    (StepKind.STOP, State.QUIESCED),
    (StepKind.SERVER, State.BUILT),
    (StepKind.ACCEPT, State.ACCEPTED),
    (StepKind.RETIRE, State.CLOSED),
)


def migration(
    state: State, *, done: int = 0, then: StepState = StepState.PENDING, asked: Asked = Asked.NOTHING
) -> Migration:
    """One of a step a stage, so many of which are done, and the next of which is in a state."""
    states = [StepState.DONE] * done + [then] + [StepState.PENDING] * len(_KINDS)
    steps = tuple(
        Step(spec=StepSpec(position=place, stage=place, kind=kind, subject=Subject(""), reaches=reaches), state=at)
        for place, ((kind, reaches), at) in enumerate(zip(_KINDS, states, strict=False))
    )
    return Migration(
        id=MigrationId("m"),
        run=RunId("r"),
        name="商事登记",
        application=ApplicationName("registration"),
        tenant=TenantName("t"),
        state=state,
        asked=asked,
        workload=Workload(cloud=CloudName("city"), application=None, **_PLACE),
        bindings=Bindings(cloud=CloudName("district"), **_PLACE),
        steps=steps,
        created_at=NOW,
        legs=1,
    )


def run(mode: Mode = Mode.CROSS_CLOUD, **wave: object) -> Run:
    """A wave under way."""
    spec = WaveSpec(
        name=WaveName("w"),
        display_name="w",
        owner=TenantName("t"),
        mode=mode,
        source=SourcePlace(cloud=CloudName("city")),
        target=TargetPlace(cloud=CloudName("district")),
    )
    return Run(
        id=RunId("r"),
        wave=replace(spec, **wave),  # type: ignore[arg-type]  # any of its fields
        state=RunState.RUNNING,
        started_by=ME,
        started_at=NOW,
        order={},
    )


@pytest.mark.parametrize("state", [State.CLOSED, State.ROLLED_BACK])
def test_nothing_is_done_to_what_has_ended(state: State) -> None:
    """Neither paused nor resumed nor taken back, whatever word is given."""
    ended = migration(state, done=6)
    asked = (controls.pause(ended), controls.resume(run(), ended), controls.abort(ended, losing=True))
    assert all(asked)


def test_what_goes_back_is_not_paused() -> None:
    """Half gone is the worst place to rest."""
    assert controls.pause(migration(State.COMPENSATING, done=3))
    assert controls.pause(migration(State.QUIESCED, done=3, asked=Asked.ABORT))


def test_what_is_under_way_is_paused_once() -> None:
    """A second pause is told that there was a first."""
    assert controls.pause(migration(State.QUIESCED, done=3)) is None
    assert controls.pause(migration(State.QUIESCED, done=3, asked=Asked.PAUSE))


def test_one_application_is_not_resumed_in_a_wave_that_is_paused() -> None:
    """It would not go on."""
    paused = migration(State.QUIESCED, done=3, asked=Asked.PAUSE)
    assert controls.resume(run(), paused) is None
    assert "resume the wave" in str(controls.resume(replace(run(), state=RunState.PAUSED), paused))


def test_what_serves_is_taken_back_with_a_word_alone() -> None:
    """For what was written at the target is lost."""
    serving = migration(State.ACCEPTED, done=5)
    assert "is lost" in str(controls.abort(serving, losing=False))
    assert controls.abort(serving, losing=True) is None
    assert controls.abort(migration(State.BUILT, done=4), losing=False) is None


def test_what_failed_after_it_served_needs_the_word_too() -> None:
    """The state is MANUAL, but the target served."""
    assert controls.abort(migration(State.MANUAL, done=5, then=StepState.FAILED), losing=False)


def test_nothing_goes_back_to_a_source_that_is_being_deleted() -> None:
    """With any word."""
    assert controls.abort(migration(State.RETAINED, done=5, then=StepState.STARTED), losing=True)


def test_only_what_waits_for_people_is_tried_again() -> None:
    """And one that was rolled back is told what to do in its place."""
    assert controls.retry(migration(State.MANUAL, done=4, then=StepState.FAILED)) is None
    assert "goes on by itself" in str(controls.retry(migration(State.BUILT, done=4)))
    assert "has not begun" in str(controls.retry(replace(migration(State.PLANNED), legs=0)))
    assert "start the wave again" in str(controls.retry(migration(State.ROLLED_BACK)))


@pytest.mark.parametrize("done", range(len(_KINDS)))
def test_a_retry_goes_on_where_the_done_steps_end(done: int) -> None:
    """From MANUAL back into a state that may follow it, with the failed step as the next."""
    failed = migration(State.MANUAL, done=done, then=StepState.FAILED)
    state = controls.reached(failed)
    following = next_of(replace(failed, state=state))
    assert state in FOLLOWERS[State.MANUAL]
    assert isinstance(following, Forward)
    assert [each.spec.position for each in following.steps] == [done]


def test_a_step_that_failed_is_taken_back_as_well() -> None:
    """For there may be something of it."""
    failed = migration(State.COMPENSATING, done=3, then=StepState.FAILED)
    following = next_of(failed)
    assert isinstance(following, Back)
    assert [each.spec.position for each in following.steps] == [3]


def test_live_migrations_alone_are_forced_where_the_wave_allows_it() -> None:
    """And only while one is under way."""
    moving = replace(
        migration(State.READY),
        steps=(Step(spec=StepSpec(position=0, stage=0, kind=StepKind.MOVE_LIVE), state=StepState.STARTED),),
    )
    assert controls.force(run(Mode.LIVE, may_pause=True), moving) is None
    assert "mayPause" in str(controls.force(run(Mode.LIVE), moving))
    assert controls.force(run(Mode.COLD, may_pause=True), moving)
    assert controls.force(run(Mode.LIVE, may_pause=True), migration(State.READY, done=1))


def test_those_whom_the_wave_names_sign_off() -> None:
    """However they log in; where it names nobody, anybody."""
    serving, named = migration(State.ACCEPTED, done=5), run(sign_off=(PersonName("wang.fang"),))
    assert controls.sign_off(named, serving, ME) is None
    assert controls.sign_off(named, serving, Actor("oidc:wang.fang")) is None
    assert "wang.fang" in str(controls.sign_off(named, serving, Actor("somebody")))
    assert controls.sign_off(run(), serving, Actor("somebody")) is None


def test_only_what_is_accepted_is_signed_off_and_once() -> None:
    """Neither before nor a second time."""
    assert controls.sign_off(run(), migration(State.VERIFYING, done=4), ME)
    signed = replace(migration(State.ACCEPTED, done=5), signed_off=SignOff(actor=ME, at=NOW))
    assert "already" in str(controls.sign_off(run(), signed, ME))


@pytest.mark.parametrize("asked", list(Asked))
@pytest.mark.parametrize("state", list(RunState)[:2])
def test_what_goes_back_goes_on_through_any_pause(asked: Asked, state: RunState) -> None:
    """Of the wave and of its own."""
    back = replace(migration(State.COMPENSATING, done=3, asked=asked), failure=Failure(message="no room"))
    assert due(replace(run(), state=state), [back], now=NOW, opens=lambda _: False) == (back,)
