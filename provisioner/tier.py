"""One tier of an operation: the steps of a project that have the same rank, begun side by side, then seen through together.

Between `provisioner.apply`, which orders tiers, and the kinds, which act. Twenty servers are asked for at once and waited
for by one listing at a time, not by twenty.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, Protocol

from provisioner.diff import Verb
from provisioner.errors import CloudError, CloudUnavailable, PlanChanged
from provisioner.kinds.catalogue import kind_of
from provisioner.kinds.interface import Kind, Target
from provisioner.objects import Address
from provisioner.operation import Evidence, Failure, OperationId, Step, StepState
from tenants.names import ProjectName

#: What a checkpoint keeps: JSON, for the engine stores it as that.
Kept = Mapping[str, Any]

#: How often one step is tried in one go before it counts as failed, the cloud adapter's own retries apart.
_TRIES: Final = 3
#: Seconds before the second try; doubled for each further one, with jitter.
_FIRST_PAUSE: Final = 2.0
#: Steps begun at once. The cloud's own limit counts over all operations.
_SIDE_BY_SIDE: Final = 8
#: Seconds between two looks at what is under way: the first, and the most that it grows to.
_FIRST_LOOK: Final = 1.0
_LAST_LOOK: Final = 8.0
_GROWTH: Final = 1.5


class Journal(Protocol):
    """What is written down of steps, before and after."""

    def begin_step(self, operation: OperationId, position: int) -> int:
        """Note the intent; returns how often the step has been begun, this time included."""

    def finish_step(self, operation: OperationId, position: int, evidence: Evidence) -> None:
        """Note the effect, with its proof."""

    def fail_step(self, operation: OperationId, position: int, failure: Failure) -> None:
        """Note that it failed, and why."""


class Checkpoints(Protocol):
    """The durable engine, as one operation sees it."""

    def once(self, name: str, act: Callable[[], Kept]) -> Kept:
        """Run `act` and keep its result; after a crash, give the kept result instead of running it again."""

    def stopping(self) -> bool:
        """Whether the operator asked to stop: begin nothing new."""

    def pause(self, seconds: float) -> None:
        """Wait, but not past a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Steps that do not need one another."""

    project: ProjectName
    rank: int
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """Unique within the operation."""
        return f"tier-{self.steps[0].position}"


def tiers(steps: Iterable[Step]) -> tuple[Tier, ...]:
    """The steps in their order, cut where the project or the rank is another."""
    return tuple(
        Tier(project=project, rank=rank, steps=tuple(group)) for (project, rank), group in groupby(steps, _place)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a step: done, failed, or left alone because the operator stops."""

    failure: Failure | None = None
    plan_changed: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a tier."""

    #: By the steps' positions.
    fates: Mapping[int, Fate]
    #: The ids of what was made.
    ids: Mapping[Address, str]

    def kept(self) -> Kept:
        """In the form of a checkpoint."""
        return {
            "fates": {str(position): _kept_fate(fate) for position, fate in self.fates.items()},
            "ids": {str(address): made for address, made in self.ids.items()},
        }

    @classmethod
    def of(cls, kept: Kept) -> "Outcome":
        """The inverse of `kept`."""
        return cls(
            fates={int(position): _fate(each) for position, each in kept["fates"].items()},
            ids={Address.parse(text): str(made) for text, made in kept["ids"].items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A step that the cloud agreed to and has not ended."""

    step: Step
    evidence: Evidence

    @property
    def address(self) -> Address:
        """Of the object that it is about."""
        return self.step.action.change.address


#: A step's proof, why it failed, or None where it was left alone.
End = Evidence | CloudError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRun:
    """Takes the steps of one tier."""

    operation: OperationId
    target: Target
    journal: Journal
    checkpoints: Checkpoints

    def take(self, tier: Tier) -> Outcome:
        """Begin all steps, then wait for those that take time. A step that was done before is not begun again."""
        steps = {step.position: step for step in tier.steps}
        done = {each.position: each.evidence for each in tier.steps if each.state is StepState.DONE and each.evidence}
        to_do = [step for step in tier.steps if step.position not in done]
        ends: dict[int, End] = {**done, **dict(zip((step.position for step in to_do), self._all(to_do), strict=True))}
        ends |= self._see_through(
            [
                _Begun(step=step, evidence=end)
                for step in to_do
                if isinstance(end := ends[step.position], Evidence) and _kind(step).slow
            ]
        )
        return Outcome(
            fates={position: _fate_of(end) for position, end in ends.items()},
            ids={
                steps[position].action.change.address: str(end.values["id"])
                for position, end in ends.items()
                if isinstance(end, Evidence) and end.values.get("id")
            },
        )

    def _all(self, steps: Sequence[Step]) -> list[End]:
        if len(steps) <= 1:
            return list(map(self._begin, steps))
        together = self._together(steps)
        rest = [step for step in steps if step.position not in together]
        with ThreadPoolExecutor(max_workers=_SIDE_BY_SIDE, thread_name_prefix="tier") as pool:
            ends = dict(zip((step.position for step in rest), pool.map(self._begin, rest), strict=True))
        ends |= together
        return [ends[step.position] for step in steps]

    def _together(self, steps: Sequence[Step]) -> dict[int, End]:
        """The ends of those steps that could be taken in one request. Where that failed they are taken one by one."""
        ends: dict[int, End] = {}
        fresh = [step for step in steps if step.attempts == 0 and _kind(step).in_bulk(step.action.change)]
        for kind in {kind.name: kind for kind in map(_kind, fresh)}.values():
            mine = [step for step in fresh if _kind(step) is kind]
            if len(mine) > 1 and not self.checkpoints.stopping():
                ends |= self._bulk(kind, mine)
        return ends

    def _bulk(self, kind: Kind, steps: Sequence[Step]) -> Mapping[int, End]:
        for step in steps:
            self.journal.begin_step(self.operation, step.position)
        try:
            proofs = kind.perform_all([step.action.change for step in steps], self.target)
        except CloudError:
            # One that cannot be made keeps all from being made: by itself each says why, or is found as made.
            return {}
        if not kind.slow:
            for step, evidence in zip(steps, proofs, strict=True):
                self.journal.finish_step(self.operation, step.position, evidence)
        return {step.position: evidence for step, evidence in zip(steps, proofs, strict=True)}

    def _begin(self, step: Step) -> End:
        """Intent, act; the end as well where the kind is not slow. None where the operator stops."""
        for tries in range(1, _TRIES + 1):
            if self.checkpoints.stopping():
                return None
            attempt = self.journal.begin_step(self.operation, step.position)
            try:
                evidence = _kind(step).perform(step.action.change, replace(self.target, resumed=attempt > 1))
            except CloudError as error:
                if tries == _TRIES or not error.retryable or self.checkpoints.stopping():
                    return self._failed(step, error)
                # Jitter needs no cryptographic randomness.
                self.checkpoints.pause(_FIRST_PAUSE * 2 ** (tries - 1) * random.uniform(0.5, 1.5))  # noqa: S311
            else:
                if not _kind(step).slow:
                    self.journal.finish_step(self.operation, step.position, evidence)
                return evidence
        raise AssertionError("the last try returns")

    def _see_through(self, begun: Sequence[_Begun]) -> Mapping[int, End]:
        """The ends of steps that take time; None for those still under way when the operator stops."""
        ends: dict[int, End] = {each.step.position: None for each in begun}
        under_way, waited, pause = list(begun), 0.0, _FIRST_LOOK
        while under_way:
            ends |= self._settled(under_way, waited)
            under_way = [each for each in under_way if ends[each.step.position] is None]
            if not under_way or self.checkpoints.stopping():
                break
            self.checkpoints.pause(pause)
            waited, pause = waited + pause, min(pause * _GROWTH, _LAST_LOOK)
        return ends

    def _settled(self, under_way: Sequence[_Begun], waited: float) -> Mapping[int, End]:
        """Those that have come to an end, journaled; one listing for each kind."""
        ends: dict[int, End] = {}
        for kind in {kind.name: kind for kind in (_kind(each.step) for each in under_way)}.values():
            mine = [each for each in under_way if _kind(each.step) is kind]
            settled = self._asked(kind, {each.address: each.evidence for each in mine})
            late = CloudUnavailable(f"is still under way after {waited:.0f} s; the next apply goes on from there")
            for each in mine:
                end = settled.get(each.address, late if waited >= kind.patience else None)
                if end is not None:
                    ends[each.step.position] = self._ended(each.step, end)
        return ends

    def _ended(self, step: Step, end: Evidence | CloudError) -> End:
        if isinstance(end, CloudError):
            return self._failed(step, end)
        self.journal.finish_step(self.operation, step.position, end)
        return end

    def _asked(self, kind: Kind, begun: Mapping[Address, Evidence]) -> Mapping[Address, Evidence | CloudError]:
        try:
            return kind.settle(begun, self.target)
        except CloudError as error:
            # What cannot be seen now may be seen at the next look.
            return {} if error.retryable else dict.fromkeys(begun, error)

    def _failed(self, step: Step, error: CloudError) -> CloudError:
        self.journal.fail_step(self.operation, step.position, failure_of(error))
        return error


def failure_of(error: CloudError) -> Failure:
    """An error as the journal has it."""
    return Failure(message=str(error), request_id=error.request_id, retryable=error.retryable)


def gates(step: Step) -> bool:
    """Whether what comes later in the project waits for it."""
    return _kind(step).gates and step.action.change.verb is Verb.CREATE


def _kind(step: Step) -> Kind:
    return kind_of(step.action.change.address.kind)


def _place(step: Step) -> tuple[ProjectName, int]:
    change = step.action.change
    return change.address.project, _kind(step).rank(change)


def _fate_of(end: End) -> Fate:
    if isinstance(end, CloudError):
        return Fate(failure=failure_of(end), plan_changed=isinstance(end, PlanChanged))
    return Fate(left=end is None)


def _kept_fate(fate: Fate) -> Kept:
    return {**kept_failure(fate.failure), "plan_changed": fate.plan_changed, "left": fate.left}


def _fate(kept: Kept) -> Fate:
    return Fate(failure=failure_in(kept), plan_changed=bool(kept["plan_changed"]), left=bool(kept["left"]))


def kept_failure(failure: Failure | None) -> Kept:
    """A failure in the form of a checkpoint; empty where there is none."""
    if failure is None:
        return {}
    return {"failed": failure.message, "request_id": failure.request_id, "retryable": failure.retryable}


def failure_in(kept: Kept) -> Failure | None:
    """The inverse of `kept_failure`."""
    if "failed" not in kept:
        return None
    request_id = kept["request_id"]
    return Failure(
        message=str(kept["failed"]),
        request_id=None if request_id is None else str(request_id),
        retryable=bool(kept["retryable"]),
    )
