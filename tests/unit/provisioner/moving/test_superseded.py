"""A process that another has overtaken: it saw that something is to be done, and does not do it."""

from dataclasses import dataclass
from typing import Any

import pytest

from provisioner.migration.migration import Step
from provisioner.migration.script import StepKind
from provisioner.operation import Evidence
from provisioner.store.migration_steps import Attempt, Superseded
from tenants.wave import Mode
from tests.migrations import Journey


@dataclass
class Overtaken(Journey):
    """A journey that somebody else is on by now."""

    overtaken: bool = True

    def confirm(self, attempt: Attempt) -> None:
        """Somebody else is at it."""
        if self.overtaken:
            raise Superseded("step 3 of migration m1 is no longer at attempt 1")


@dataclass
class TooLate(Overtaken):
    """The same, noticed only when what came of it is to be noted."""

    overtaken: bool = False

    def finish(self, step: Step, attempt: Attempt, evidence: Evidence) -> None:
        """Somebody else has noted it."""
        raise Superseded("step 3 of migration m1 is no longer at attempt 1")


@pytest.fixture
def overtaken(estate: Any) -> Overtaken:
    """A live migration in the hands of a process that froze after its look."""
    estate.server("web")
    plain = estate.journey(Mode.LIVE, "web")
    return Overtaken(
        workload=plain.workload,
        bindings=plain.bindings,
        wave=plain.wave,
        deeds=plain.deeds,
        source=plain.source,
        target=plain.target,
    )


@pytest.mark.parametrize("kind", [StepKind.LOCK, StepKind.MOVE_LIVE])
def test_who_is_overtaken_acts_no_more(estate: Any, overtaken: Overtaken, kind: StepKind) -> None:
    """It stops, and the step stays as the other has it."""
    end = overtaken.forward(kind)
    assert (end.stopped, end.failure) == (True, None)
    assert estate.done_to("live-migration") == estate.done_to("lock") == 0


def test_who_is_overtaken_takes_nothing_back(estate: Any, overtaken: Overtaken) -> None:
    """The way back is the other's as well."""
    overtaken.overtaken = False
    assert overtaken.forward(StepKind.LOCK).failure is None
    overtaken.overtaken = True
    assert overtaken.backward(StepKind.LOCK).stopped
    assert estate.done_to("unlock") == 0


def test_who_comes_too_late_with_its_evidence_says_nothing(estate: Any, overtaken: Overtaken) -> None:
    """It is no failure: the migration goes on in the other's hands."""
    late = TooLate(
        workload=overtaken.workload,
        bindings=overtaken.bindings,
        wave=overtaken.wave,
        deeds=overtaken.deeds,
        source=overtaken.source,
        target=overtaken.target,
    )
    end = late.forward(StepKind.LOCK)
    assert (end.stopped, end.failure) == (True, None)
