"""Steps driven to their ends: look, begin, look again; retried where that is safe, side by side within a stage.

Between the pure decision of what is next (`provisioner.migration.progress`) and the deeds, which know clouds. After an answer
that was lost, or a process that died, the look tells what there is.
"""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Final, TypeVar

from provisioner.errors import CloudError, StoreError, StoreUnavailable, TenantryError
from provisioner.migration.migration import Step
from provisioner.moving.deed import Deed, Deeds, Look, Scene, Spot, Standing, Stopped
from provisioner.moving.journal import MigrationJournal
from provisioner.operation import Evidence, Failure
from provisioner.store.migration_steps import Attempt, Superseded
from tenants.wave import HostName

#: How often something that came out broken is begun anew.
_TRIES: Final = 3

#: Seconds that one request, with all its repetitions, does not take.
_UNANSWERED: Final = 300.0
#: What ends an attempt without the step's having failed.
_STOPS: Final = (Stopped, Superseded, StoreUnavailable)

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often is looked, and how long a cloud may be away. Seconds."""

    first_look: float = 0.5
    longest_look: float = 5.0
    growth: float = 1.5
    #: How long nothing but failures that may pass are borne, counted from the first.
    away: float = 900.0
    #: Between two bytes-so-far that are written down.
    telling: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEnd:
    """What came of a stage."""

    #: The first that failed; None where none did.
    failure: Failure | None = None
    #: Whether something was left undone because somebody wanted to stop.
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Drives the steps of one migration."""

    scene: Scene
    deeds: Deeds
    journal: MigrationJournal
    pace: Pace = field(default_factory=Pace)

    def forward(self, steps: Sequence[Step]) -> StageEnd:
        """Take these steps side by side; one that fails keeps no other from its end."""
        return self._all(steps, self._take)

    def backward(self, steps: Sequence[Step]) -> StageEnd:
        """Take these steps back side by side."""
        return self._all(steps, self._take_back)

    def _all(self, steps: Sequence[Step], act: Callable[[Step], StageEnd]) -> StageEnd:
        most = max(1, min(len(steps), self.deeds[steps[0].spec.kind].side_by_side))
        with ThreadPoolExecutor(most, thread_name_prefix="migration") as pool:
            ends = list(pool.map(partial(_left_where_stopped, act), steps))
        failure = next((each.failure for each in ends if each.failure), None)
        return StageEnd(failure=failure, stopped=any(each.stopped for each in ends))

    def _take(self, step: Step) -> StageEnd:
        attempt = _tried(lambda: self._placed(step), StoreError)
        if isinstance(attempt, Failure):
            return StageEnd(failure=attempt)
        evidence = _tried(_Course(driver=self, step=step, attempt=attempt).run)
        if isinstance(evidence, Failure):
            self.journal.fail(step, attempt, evidence)
            return StageEnd(failure=evidence)
        self.journal.finish(step, attempt, evidence)
        return StageEnd()

    def _placed(self, step: Step) -> Attempt:
        """The attempt, once every place that the step needs is free."""
        while True:
            self._must_go_on()
            attempt = self.journal.begin(step)
            if attempt is not None:
                return attempt
            self.scene.control.wait(self.pace.first_look)

    def _take_back(self, step: Step) -> StageEnd:
        attempt = self.journal.begin_undo(step)
        failure = _tried(lambda: self._undone(step, attempt))
        if failure is not None:
            self.journal.fail(step, attempt, failure)
            return StageEnd(failure=failure)
        self.journal.undone(step, attempt)
        return StageEnd()

    def _undone(self, step: Step, attempt: Attempt) -> None:
        """A cloud that is away is waited for; a pause does not stop the way back, the end of the process does."""
        spot, away = Spot(scene=self.scene, step=step), Away(limit=self.pace.away, unanswered=_UNANSWERED)
        while True:
            self.journal.confirm(attempt)
            try:
                self.deeds[step.spec.kind].undo(spot)
            except TenantryError as error:
                away.bear(error)
                self.scene.control.wait(away.pause)
            else:
                return

    def _must_go_on(self) -> None:
        if self.scene.control.must_stop():
            raise Stopped("stopped on request")


def _tried(act: Callable[[], Given], kind: type[TenantryError] = TenantryError) -> Given | Failure:
    """What an act gives, or why it failed, where the error is of that kind. What stops the step without its having failed goes on up."""
    try:
        return act()
    except _STOPS:
        raise
    except kind as error:
        return failure_of(error)


def _left_where_stopped(act: Callable[[Step], StageEnd], step: Step) -> StageEnd:
    """What came of a step. One that somebody stopped, or that another process has by now, stays as it is for whoever comes next.

    So does one of which nothing can be noted, for the record stays away: no cloud is asked for more because of that.
    """
    try:
        return act(step)
    except _STOPS:
        return StageEnd(stopped=True)


@dataclass(slots=True, kw_only=True)
class Away:
    """How long failures that may pass have been going on."""

    #: Seconds.
    limit: float
    #: Failures that lie further apart have had answers in between. None where an act may take longer than that and bring nothing.
    unanswered: float | None = None
    pause: float = 1.0
    _since: float | None = None
    _last: float | None = None

    def bear(self, error: TenantryError) -> None:
        """Raises the error where it will not pass, or has not for too long."""
        if not error.retryable:
            raise error
        now = monotonic()
        if self._last is not None and self.unanswered is not None and now - self._last > self.unanswered:
            self.over()
        self._since, self._last = now if self._since is None else self._since, now
        if now - self._since > self.limit:
            raise error
        self.pause = min(30.0, self.pause * random.uniform(1.3, 1.9))  # noqa: S311  # chance, not secrecy

    def over(self) -> None:
        """Something was answered."""
        self._since, self._last, self.pause = None, None, 1.0


@dataclass(slots=True, kw_only=True)
class _Course:
    """One attempt at one step, from its first look to its last."""

    driver: Driver
    step: Step
    attempt: Attempt
    _receipts: list[str] = field(default_factory=list)
    _begun: int = 0
    _told: float = 0.0
    #: Apart from one another: a service may answer each look, and fail each time that something is asked of it.
    _looking: Away = field(init=False)
    _beginning: Away = field(init=False)
    _clearing: Away = field(init=False)

    def __post_init__(self) -> None:
        self._looking, self._beginning, self._clearing = (Away(limit=self.driver.pace.away) for _ in range(3))

    def run(self) -> Evidence:
        """Raises the TenantryError that keeps the step from being done, or Stopped."""
        deed, spot = self.driver.deeds[self.step.spec.kind], self._spot()
        began, pause = monotonic(), self.driver.pace.first_look
        while True:
            seen = self._act(lambda: deed.look(spot), self._looking)
            if seen is not None:
                if seen.standing is Standing.DONE:
                    return Evidence(request_ids=tuple(self._receipts), values=seen.values)
                self._move(deed, spot, seen)
                if seen.standing is Standing.UNDER_WAY:
                    # Something came of what was not answered.
                    self._beginning.over()
                    _must_be_soon(deed, monotonic() - began, self.step)
                    self.driver.scene.control.wait(pause)
                    pause = min(self.driver.pace.longest_look, pause * self.driver.pace.growth)
            # Between two looks, never between an act and the look that tells what came of it.
            self.driver._must_go_on()  # noqa: SLF001  # its own helper

    def _spot(self) -> Spot:
        return Spot(scene=self.driver.scene, step=self.step, travelled=self._travelled, arrives=self._arrives)

    def _move(self, deed: Deed, spot: Spot, seen: Look) -> None:
        if seen.standing is Standing.IMPOSSIBLE:
            raise CloudError(seen.message)
        if seen.standing is Standing.BROKEN:
            if self._begun >= _TRIES:
                raise CloudError(seen.message)
            self._confirm()
            self._act(lambda: deed.clear(spot), self._clearing)
        if seen.standing is Standing.ABSENT:
            if self._begun >= _TRIES + 1:
                raise CloudError("the cloud took what was asked of it again and again, and nothing came of it")
            self._confirm()
            receipt = self._act(lambda: deed.begin(spot), self._beginning)
            if receipt is not None:
                self._begun += 1
                self._receipts.extend(receipt.request_ids)

    def _confirm(self) -> None:
        """A process that froze after its look finds another at the step when it thaws, and must not act on what it saw."""
        self.driver.journal.confirm(self.attempt)

    def _act(self, act: Callable[[], Given], away: Away) -> Given | None:
        """What an act gives; None where it failed in a way that may pass, after a pause."""
        try:
            given = act()
        except TenantryError as error:
            away.bear(error)
            self.driver.scene.control.wait(away.pause)
            # What was not answered is no try: the look tells whether anything came of it.
            return None
        away.over()
        return given

    def _travelled(self, done: int, total: int) -> None:
        now = monotonic()
        if now - self._told >= self.driver.pace.telling or done >= total:
            self._told = now
            self.driver.journal.travelled(self.attempt, done, total)

    def _arrives(self, host: HostName) -> None:
        self.driver.journal.arrives(self.attempt, host)


def _must_be_soon(deed: Deed, seconds: float, step: Step) -> None:
    if seconds > deed.patience:
        about = f" of {step.spec.subject}" if step.spec.subject else ""
        raise CloudError(f"{step.spec.kind}{about} did not end within {round(deed.patience)} seconds")


def failure_of(error: TenantryError) -> Failure:
    """An error as the journal keeps it."""
    request = error.request_id if isinstance(error, CloudError) else None
    return Failure(message=str(error) or type(error).__name__, request_id=request, retryable=error.retryable)
