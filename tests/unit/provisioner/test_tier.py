"""Tiers: steps begun side by side, seen through together, each with its own fate."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner import tier
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.diff import Change, Verb
from provisioner.errors import CloudError, CloudRefused, CloudUnavailable, PlanChanged
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.operation import Evidence, Failure, OperationId, Step, StepState
from provisioner.plan import Action
from provisioner.tier import Fate, Outcome, TierRun, tiers
from tenants.names import CloudName, ProjectName, TenantName

_STONE, _TREE, _BRICK = KindName("stone"), KindName("tree"), KindName("brick")


@dataclass
class World:
    """What is done in a tier, and what goes wrong there."""

    #: Every attempt, as (key, whether it was resumed).
    begun: list[tuple[str, bool]] = field(default_factory=list)
    #: The keys that each look at slow things was about.
    looks: list[set[str]] = field(default_factory=list)
    #: The keys that each request for several things was about.
    bulks: list[list[str]] = field(default_factory=list)
    #: Errors to come, by key; in a bulk, that of any key is the bulk's.
    errors: dict[str, list[CloudError]] = field(default_factory=dict)
    #: How many looks a slow thing takes; one that is not named takes none beyond the first.
    takes: dict[str, int] = field(default_factory=dict)
    #: How slow things end, if not well.
    bad_ends: dict[str, CloudError] = field(default_factory=dict)
    #: Called at each attempt.
    when: Callable[[str], None] = lambda _: None


class _Fake(Kind):
    """A kind whose objects are made in a `World`."""

    def __init__(self, world: World) -> None:
        self.world = world

    def rank(self, change: Change) -> int:
        return 1

    def desired(self, asked: Asked) -> Sequence[Desired]:
        return ()

    def observed(self, asked: Asked) -> Sequence[tuple[Address, Properties]]:
        return ()

    def assess(self, change: Change, asked: Asked) -> Assessment:
        return Assessment(reason="")

    def perform(self, change: Change, target: Target) -> Evidence:
        key = change.address.key
        self.world.begun.append((key, target.resumed))
        self.world.when(key)
        if self.world.errors.get(key):
            raise self.world.errors[key].pop(0)
        return Evidence(request_ids=(f"req-{key}",), values={"id": f"id-{key}"})


class Stone(_Fake):
    """Made at once, one by one."""

    name = _STONE


class Brick(_Fake):
    """Made at once, in bulk."""

    name = _BRICK

    def in_bulk(self, change: Change) -> bool:
        """New ones."""
        return change.verb is Verb.CREATE

    def perform_all(self, changes: Sequence[Change], target: Target) -> Sequence[Evidence]:
        """All or none."""
        keys = [each.address.key for each in changes]
        self.world.bulks.append(keys)
        for key in keys:
            if self.world.errors.get(key):
                raise self.world.errors[key].pop(0)
        return [Evidence(values={"id": f"id-{key}"}) for key in keys]


class Tree(_Fake):
    """Takes time to grow."""

    name = _TREE
    slow: ClassVar[bool] = True
    patience: ClassVar[float] = 60.0

    def settle(self, begun: Mapping[Address, Evidence], target: Target) -> Mapping[Address, Evidence | CloudError]:
        """After as many looks as it takes."""
        self.world.looks.append({address.key for address in begun})
        if self.world.errors.get("look"):
            raise self.world.errors["look"].pop(0)
        ends: dict[Address, Evidence | CloudError] = {}
        for address, evidence in begun.items():
            seen = sum(address.key in look for look in self.world.looks)
            if seen > self.world.takes.get(address.key, 0):
                ends[address] = self.world.bad_ends.get(address.key, evidence)
        return ends


class Ledger:
    """Journal and checkpoints of one operation; the clock moves with the pauses."""

    def __init__(self) -> None:
        self.begun: Counter[int] = Counter()
        self.finished: dict[int, Evidence] = {}
        self.failed: dict[int, Failure] = {}
        self.pauses: list[float] = []
        self.stop = False
        #: Called at each pause.
        self.when: Callable[[], None] = lambda: None

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent."""
        self.begun[position] += 1
        return self.begun[position]

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the effect, once."""
        assert position not in self.finished
        self.finished[position] = evidence

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note the failure, once."""
        assert position not in self.failed
        self.failed[position] = failure

    def once(self, name: str, act: Callable[[], tier.Kept]) -> tier.Kept:
        """Nothing is kept here."""
        return act()

    def stopping(self) -> bool:
        """As the test says."""
        return self.stop

    def pause(self, seconds: float) -> None:
        """In no time."""
        self.pauses.append(seconds)
        self.when()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The world of the kinds `stone`, `brick` and `tree`."""
    world = World()
    kinds: dict[KindName, Kind] = {kind.name: kind for kind in (Stone(world), Brick(world), Tree(world))}
    monkeypatch.setattr(tier, "kind_of", kinds.__getitem__)
    return world


@pytest.fixture
def ledger() -> Ledger:
    """What is written down."""
    return Ledger()


@pytest.fixture
def take(build: Any, cloud: MemoryCloud, ledger: Ledger) -> Callable[..., Outcome]:
    """Take these steps as one tier."""

    def run(*steps: Step) -> Outcome:
        project = build.project()
        target = Target(
            cloud=cloud,
            domain=build.cloud().domain,
            project=project,
            project_id=ProjectId("p"),
            directory=build.directory(),
            tenant=build.tenant(project),
        )
        (only,) = tiers(steps)
        return TierRun(operation=OperationId("op"), target=target, journal=ledger, checkpoints=ledger).take(only)

    return run


def _address(kind: KindName, key: str, project: str = "registration") -> Address:
    return Address(
        cloud=CloudName("city"), tenant=TenantName("market"), project=ProjectName(project), kind=kind, key=key
    )


def _step(position: int, kind: KindName, key: str, **fields: Any) -> Step:
    project = fields.pop("project", "registration")
    verb = fields.pop("verb", Verb.CREATE)
    change = Change(address=_address(kind, key, project), verb=verb, before={}, after={"x": 1})
    return Step(position=position, action=Action(change=change, reason=""), **fields)


def _left(outcome: Outcome) -> set[int]:
    return {position for position, fate in outcome.fates.items() if fate.left}


# Cutting


def test_steps_of_one_rank_are_one_tier(world: World) -> None:
    """Another project begins another one."""
    steps = [_step(0, _STONE, "a"), _step(1, _TREE, "b"), _step(2, _STONE, "c", project="other")]
    assert [[step.position for step in each.steps] for each in tiers(steps)] == [[0, 1], [2]]
    assert [each.name for each in tiers(steps)] == ["tier-0", "tier-2"]


# Making


def test_steps_are_begun_side_by_side(world: World, take: Callable[..., Outcome]) -> None:
    """Neither waits for the other's end."""
    both = threading.Barrier(2, timeout=10)

    def wait(_: str) -> None:
        both.wait()

    world.when = wait
    outcome = take(_step(0, _STONE, "a"), _step(1, _STONE, "b"))
    assert outcome.fates == {0: Fate(), 1: Fate()}


def test_what_is_made_is_known_by_its_id(world: World, take: Callable[..., Outcome]) -> None:
    """For the tiers that come after."""
    outcome = take(_step(0, _STONE, "a"), _step(1, _TREE, "b"))
    assert outcome.ids == {_address(_STONE, "a"): "id-a", _address(_TREE, "b"): "id-b"}


def test_each_step_is_begun_and_ended_once(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """In the journal, slow or not."""
    take(_step(0, _STONE, "a"), _step(1, _TREE, "b"), _step(2, _BRICK, "c"))
    assert ledger.begun == {0: 1, 1: 1, 2: 1}
    assert ledger.finished.keys() == {0, 1, 2}


def test_slow_things_of_one_request_end_once(
    monkeypatch: pytest.MonkeyPatch, world: World, take: Callable[..., Outcome], ledger: Ledger
) -> None:
    """When they have come to be, not when they were agreed to."""
    monkeypatch.setattr(Brick, "slow", True)
    take(_step(0, _BRICK, "a"), _step(1, _BRICK, "b"))
    assert ledger.finished.keys() == {0, 1}


def test_a_failure_leaves_the_others(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """They do not need one another."""
    world.errors["a"] = [CloudRefused("no", request_id="req-no")]
    outcome = take(_step(0, _STONE, "a"), _step(1, _STONE, "b"))
    assert outcome.fates == {0: Fate(failure=Failure(message="no", request_id="req-no")), 1: Fate()}
    assert (set(ledger.failed), set(ledger.finished)) == ({0}, {1})


def test_what_may_go_better_is_tried_again_and_looked_for(
    world: World, take: Callable[..., Outcome], ledger: Ledger
) -> None:
    """After a pause, with `resumed` set."""
    world.errors["a"] = [CloudUnavailable("busy")]
    assert take(_step(0, _STONE, "a")).fates == {0: Fate()}
    assert (world.begun, len(ledger.pauses)) == ([("a", False), ("a", True)], 1)


def test_a_changed_plan_is_told_apart(world: World, take: Callable[..., Outcome]) -> None:
    """It stops the operation, not just the step."""
    world.errors["a"] = [PlanChanged("gone")]
    assert take(_step(0, _STONE, "a")).fates == {0: Fate(failure=Failure(message="gone"), plan_changed=True)}


# After an interruption


def test_a_step_that_is_done_is_not_begun_again(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """Its id is known from its proof."""
    done = _step(0, _STONE, "a", state=StepState.DONE, attempts=1, evidence=Evidence(values={"id": "old"}))
    outcome = take(done, _step(1, _STONE, "b"))
    assert (world.begun, set(ledger.begun)) == ([("b", False)], {1})
    assert outcome.ids == {_address(_STONE, "a"): "old", _address(_STONE, "b"): "id-b"}


def test_a_slow_step_that_is_done_is_not_waited_for(world: World, take: Callable[..., Outcome]) -> None:
    """It has come to its end."""
    take(_step(0, _TREE, "a", state=StepState.DONE, attempts=1, evidence=Evidence(values={"id": "old"})))
    assert world.looks == []


def test_a_step_that_was_begun_looks_before_it_acts(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """Also where it could be made in bulk."""
    ledger.begun.update({0: 1, 1: 1})
    started = [_step(position, _BRICK, key, state=StepState.STARTED, attempts=1) for position, key in enumerate("ab")]
    take(*started)
    assert (sorted(world.begun), world.bulks) == ([("a", True), ("b", True)], [])


# In bulk


def test_what_can_be_made_in_bulk_takes_one_request(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """Changes of another sort are made one by one."""
    outcome = take(_step(0, _BRICK, "a"), _step(1, _BRICK, "b"), _step(2, _BRICK, "c", verb=Verb.UPDATE))
    assert (world.bulks, world.begun) == ([["a", "b"]], [("c", False)])
    assert (outcome.fates, ledger.begun) == (dict.fromkeys(range(3), Fate()), {0: 1, 1: 1, 2: 1})


def test_one_alone_is_no_bulk(world: World, take: Callable[..., Outcome]) -> None:
    """It is made as ever."""
    take(_step(0, _BRICK, "a"), _step(1, _STONE, "b"))
    assert (sorted(world.begun), world.bulks) == ([("a", False), ("b", False)], [])


def test_where_a_bulk_fails_each_says_why(world: World, take: Callable[..., Outcome]) -> None:
    """The good ones are made by themselves, looked for first."""
    world.errors["b"] = [CloudRefused("no"), CloudRefused("b is bad")]
    outcome = take(_step(0, _BRICK, "a"), _step(1, _BRICK, "b"))
    assert outcome.fates == {0: Fate(), 1: Fate(failure=Failure(message="b is bad"))}
    assert sorted(world.begun) == [("a", True), ("b", True)]


# Waiting


def test_slow_things_are_waited_for_together(world: World, take: Callable[..., Outcome]) -> None:
    """One look for all that are under way, however many."""
    world.takes = {"a": 2, "b": 1}
    take(_step(0, _TREE, "a"), _step(1, _TREE, "b"), _step(2, _TREE, "c"))
    assert world.looks == [{"a", "b", "c"}, {"a", "b"}, {"a"}]


def test_a_slow_thing_may_end_badly(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """By itself."""
    world.bad_ends["a"] = CloudRefused("no valid host", request_id="req-a")
    outcome = take(_step(0, _TREE, "a"), _step(1, _TREE, "b"))
    assert outcome.fates == {0: Fate(failure=Failure(message="no valid host", request_id="req-a")), 1: Fate()}
    assert outcome.ids.keys() == {_address(_TREE, "b")}


def test_what_never_began_is_not_waited_for(world: World, take: Callable[..., Outcome]) -> None:
    """Its refusal is its end."""
    world.errors["a"] = [CloudRefused("no")]
    take(_step(0, _TREE, "a"), _step(1, _TREE, "b"))
    assert world.looks == [{"b"}]


def test_a_look_that_fails_is_made_again(world: World, take: Callable[..., Outcome]) -> None:
    """What cannot be seen now may be seen later."""
    world.errors["look"] = [CloudUnavailable("busy")]
    assert take(_step(0, _TREE, "a")).fates == {0: Fate()}
    assert len(world.looks) == 2


def test_a_look_that_is_refused_is_the_end_of_all(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """It would be refused again."""
    world.errors["look"] = [CloudRefused("no")]
    take(_step(0, _TREE, "a"), _step(1, _TREE, "b"))
    assert ledger.failed.keys() == {0, 1}


def test_patience_ends(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """After the kind's time, as something that may go on by itself."""
    world.takes["a"] = 10**6
    outcome = take(_step(0, _TREE, "a"), _step(1, _TREE, "b"))
    failure = outcome.fates[0].failure
    assert failure is not None
    assert (failure.retryable, "still under way" in failure.message, outcome.fates[1]) == (True, True, Fate())
    assert Tree.patience <= sum(ledger.pauses) < Tree.patience + 10


def test_looks_become_rarer(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """From one second to eight."""
    world.takes["a"] = 10
    take(_step(0, _TREE, "a"))
    assert (ledger.pauses[0], ledger.pauses[-1], ledger.pauses) == (1.0, 8.0, sorted(ledger.pauses))


# Stopping


def test_nothing_is_begun_while_stopping(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """All is left alone."""
    ledger.stop = True
    outcome = take(_step(0, _STONE, "a"), _step(1, _BRICK, "b"), _step(2, _BRICK, "c"))
    assert (_left(outcome), ledger.begun, world.bulks) == ({0, 1, 2}, {}, [])


def test_what_is_under_way_at_a_stop_stays_begun(world: World, take: Callable[..., Outcome], ledger: Ledger) -> None:
    """Neither done nor failed; what had ended is done."""
    world.takes["a"] = 10**6

    def stop() -> None:
        ledger.stop = True

    ledger.when = stop
    outcome = take(_step(0, _TREE, "a"), _step(1, _TREE, "b"))
    assert (_left(outcome), set(ledger.finished), ledger.failed) == ({0}, {1}, {})
    assert outcome.ids.keys() == {_address(_TREE, "b")}


def test_a_stop_between_two_tries_leaves_the_step_begun(
    world: World, take: Callable[..., Outcome], ledger: Ledger
) -> None:
    """Its effect is unknown: the next apply looks."""
    world.errors["a"] = [CloudUnavailable("busy")] * 3

    def stop() -> None:
        ledger.stop = True

    ledger.when = stop
    outcome = take(_step(0, _STONE, "a"))
    assert (_left(outcome), ledger.begun, ledger.failed) == ({0}, {0: 1}, {})


# Checkpoints

_NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
_FAILURES = st.builds(Failure, message=st.text(), request_id=st.none() | st.text(min_size=1), retryable=st.booleans())
_FATES = st.one_of(st.builds(Fate, failure=_FAILURES, plan_changed=st.booleans()), st.builds(Fate, left=st.booleans()))
_ADDRESSES = st.builds(
    Address, cloud=_NAMES, tenant=_NAMES, project=_NAMES, kind=_NAMES, key=st.from_regex(r"[^/]?.*", fullmatch=True)
)


@given(
    outcome=st.builds(
        Outcome,
        fates=st.dictionaries(st.integers(min_value=0), _FATES, max_size=4),
        ids=st.dictionaries(_ADDRESSES, st.text(min_size=1), max_size=4),
    )
)
def test_outcomes_survive_a_checkpoint(outcome: Outcome) -> None:
    """They come back as they went, through JSON."""
    assert Outcome.of(json.loads(json.dumps(outcome.kept()))) == outcome
