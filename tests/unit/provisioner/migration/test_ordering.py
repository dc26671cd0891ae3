"""Waves of any shape, whose migrations end in any way: limits and order hold, and whatever can move moves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState, SignOff, Step, StepState
from provisioner.migration.ordering import due, has_begun, has_ended, is_busy
from provisioner.migration.progress import Back, Ended, Forward, Reached, Waiting, next_of
from provisioner.migration.script import StepKind, StepSpec
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.operation import Actor
from tenants.names import ApplicationName, CloudName, ProjectName, TenantName
from tenants.wave import Mode, WaveLimits
from tests.migrations import bindings_of, wave_of

NOW = datetime(2027, 3, 6, 22, tzinfo=UTC)
WORKLOAD = Workload(
    cloud=CloudName("city"),
    tenant=TenantName("market"),
    project=ProjectName("a"),
    project_id=ProjectId("p1"),
    application=ApplicationName("a0"),
    machines=(),
)
#: What a migration by copies comes by, in short.
STAGES = (
    (StepKind.HOLD, State.PRECHECKED),
    (StepKind.GATE_WINDOW, State.READY),
    (StepKind.STOP, State.QUIESCED),
    (StepKind.SERVER, State.BUILT),
    (StepKind.ACCEPT, State.ACCEPTED),
    (StepKind.GATE_SIGN_OFF, None),
    (StepKind.RETIRE, State.CLOSED),
)


def migration(name: str) -> Migration:
    """One that was never handed out."""
    steps = (
        StepSpec(position=place, stage=place, kind=kind, reaches=reaches)
        for place, (kind, reaches) in enumerate(STAGES)
    )
    return Migration(
        id=MigrationId(name),
        run=RunId("r1"),
        name=name,
        application=ApplicationName(name),
        tenant=TenantName("market"),
        state=State.PLANNED,
        asked=Asked.NOTHING,
        workload=WORKLOAD,
        bindings=bindings_of(WORKLOAD),
        steps=tuple(Step(spec=each) for each in steps),
        created_at=NOW,
    )


def run(order: Mapping[str, tuple[str, ...]], limit: int) -> Run:
    """The wave, under way."""
    wave = wave_of(WORKLOAD, Mode.CROSS_CLOUD, limits=WaveLimits(applications=limit))
    return Run(id=RunId("r1"), wave=wave, state=RunState.RUNNING, started_by=Actor("chen"), started_at=NOW, order=order)


class Play:
    """A wave that is conducted, and carried on in an order that chance has."""

    def __init__(self, run: Run, names: tuple[str, ...], failing: frozenset[str]) -> None:
        self.run = run
        self.migrations = {name: migration(name) for name in names}
        self.failing = failing

    def conduct(self) -> None:
        """Hand out what is due; what begins by that may begin."""
        busy = sum(map(is_busy, self.migrations.values()))
        for each in due(self.run, tuple(self.migrations.values()), now=NOW, opens=lambda _: True):
            if not has_begun(each):
                busy += 1
                assert busy <= self.run.wave.limits.applications, "one too many"
                waited_for = [self.migrations[name].state for name in self.run.order.get(each.name, ())]
                assert all(state.serves for state in waited_for), "what it depends on does not serve"
            self.migrations[each.name] = replace(each, queued=True, legs=each.legs + 1)

    @property
    def queued(self) -> list[str]:
        """Those that somebody carries on."""
        return sorted(name for name, each in self.migrations.items() if each.queued)

    def carry(self, name: str) -> None:
        """One stage, or hand it in where there is nothing to do now."""
        each = self.migrations[name]
        match next_of(each):
            case Ended(state=state):
                each = replace(each, state=state, queued=False)
            case Reached(state=state):
                each = replace(each, state=state)
            case Waiting(gate=gate) if gate.spec.kind is StepKind.GATE_WINDOW or each.signed_off:
                each = _with(each, (gate,), StepState.DONE)
            case Waiting():
                each = replace(each, queued=False, signed_off=SignOff(actor=Actor("li"), at=NOW + timedelta(days=1)))
            case Forward(steps=steps) if name in self.failing and steps[0].spec.kind is StepKind.SERVER:
                each = replace(_with(each, steps, StepState.FAILED), state=State.COMPENSATING)
            case Forward(steps=steps):
                each = _with(each, steps, StepState.DONE)
            case Back(steps=steps):
                each = _with(each, steps, StepState.UNDONE)
        self.migrations[name] = each

    def must_keep_to_the_limit(self) -> None:
        """Those on their way there or back are never more than the wave allows; those that serve are not counted."""
        moving = [
            each
            for each in self.migrations.values()
            if has_begun(each) and not each.state.serves and not each.state.final
        ]
        assert len(moving) <= self.run.wave.limits.applications


def _with(each: Migration, steps: tuple[Step, ...], state: StepState) -> Migration:
    positions = {step.spec.position for step in steps}
    changed = tuple(replace(step, state=state) if step.spec.position in positions else step for step in each.steps)
    return replace(each, steps=changed)


@st.composite
def plays(draw: st.DrawFn) -> Play:
    """Up to twelve applications, each after any of those before it; any of them fails."""
    names = tuple(f"a{place}" for place in range(draw(st.integers(1, 12))))
    order = {
        name: tuple(draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3))) if place else ()
        for place, name in enumerate(names)
    }
    failing = draw(st.frozensets(st.sampled_from(names), max_size=3))
    return Play(run(order, draw(st.integers(1, 6))), names, failing)


def held_up(play: Play) -> set[str]:
    """Those that fail, and those that wait for them for good."""
    found = set(play.failing)
    for name in play.migrations:  # each stands after all that it depends on
        if found & set(play.run.order[name]):
            found.add(name)
    return found


@settings(max_examples=60)
@given(play=plays(), chance=st.randoms(use_true_random=False))
def test_limits_and_order_hold_and_whatever_can_move_moves(play: Play, chance: Random) -> None:
    """In whichever order stages end; one that fails keeps those from moving that depend on it, and no others."""
    play.conduct()
    while queued := play.queued:
        play.carry(chance.choice(queued))
        play.must_keep_to_the_limit()
        if chance.random() < 0.5 or not play.queued:
            play.conduct()
            play.must_keep_to_the_limit()
    stuck = held_up(play)
    ends = {name: each.state for name, each in play.migrations.items()}
    assert {name for name, state in ends.items() if state is State.CLOSED} == set(play.migrations) - stuck
    assert {name for name, state in ends.items() if state is State.ROLLED_BACK} == {
        name for name in play.failing if has_begun(play.migrations[name])
    }
    assert all(ends[name] is State.PLANNED for name in stuck if not has_begun(play.migrations[name]))
    assert has_ended(tuple(play.migrations.values())) is all(has_begun(play.migrations[name]) for name in stuck)


@given(play=plays())
def test_a_paused_wave_begins_nothing(play: Play) -> None:
    """However many places are free."""
    play.run = replace(play.run, state=RunState.PAUSED)
    play.conduct()
    assert play.queued == []
