"""What a step's doing looks like: look, begin, look until it is done; and taking it back, until it is gone.

Every deed is driven in the same way (`provisioner.moving.driving`), which is what makes a migration survive anything: whoever
comes to a step looks first, so that what a lost answer or a dead process left is found and used, and never made twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, Protocol

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.errors import TenantryError
from provisioner.migration.identifiers import MigrationId, Subject
from provisioner.migration.migration import AboutMigration, Run, Step
from provisioner.migration.script import StepKind
from provisioner.moving.means import Means
from provisioner.objects import Properties
from tenants.wave import HostName


class Stopped(TenantryError):
    """An operator, or the end of the process, wants nothing more done now; what was begun is found by the next look."""


class Standing(Enum):
    """How a step's effect stands."""

    #: Not there, and nothing on the way to it.
    ABSENT = auto()
    #: The cloud is at it.
    UNDER_WAY = auto()
    #: There, as it shall be.
    DONE = auto()
    #: There, and of no use: it has to go before it is begun anew.
    BROKEN = auto()
    #: It cannot be, whatever is tried.
    IMPOSSIBLE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look found."""

    standing: Standing
    #: The evidence, where it is done: ids of what was made, hashes, times.
    values: Properties = field(default_factory=dict)
    #: Why it is broken or impossible, in words.
    message: str = ""


ABSENT = Look(standing=Standing.ABSENT)
UNDER_WAY = Look(standing=Standing.UNDER_WAY)


def done(**values: str | int | bool | None) -> Look:
    """It is there; with these values as evidence."""
    return Look(standing=Standing.DONE, values=values)


def broken(message: str) -> Look:
    """It is of no use."""
    return Look(standing=Standing.BROKEN, message=message)


def impossible(message: str) -> Look:
    """It cannot be."""
    return Look(standing=Standing.IMPOSSIBLE, message=message)


class Control(Protocol):
    """What people want of the migration at this moment."""

    def must_stop(self) -> bool:
        """Whether nothing more is to be begun: a pause, an abort, or the end of this process."""

    def forced(self) -> bool:
        """Whether what does not end by itself is to be ended at the guest's cost."""

    def wait(self, seconds: float) -> None:
        """Wait, but not past a wish to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(AboutMigration):
    """Where a migration plays."""

    run: Run
    #: The target's cloud again, where an import has no source.
    source: Cloud
    target: Cloud
    means: Means
    control: Control
    now: Callable[[], datetime]

    @property
    def source_project(self) -> ProjectId:
        """Whose the source is."""
        return self.workload.project_id

    @property
    def target_project(self) -> ProjectId:
        """Whose the target will be."""
        return self.bindings.project_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One step of the scene, as its deed sees it."""

    scene: Scene
    step: Step
    #: Told how many bytes of how many have travelled, as often as one likes.
    travelled: Callable[[int, int], None] = lambda _done, _total: None
    #: Told the host that Nova chose, once it is known.
    arrives: Callable[[HostName], None] = lambda _host: None
    #: What the deed remembers from one look to the next, within one attempt and this process: nothing may rest on it but how a
    #: failure that is new is told from one that was there before.
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """What the step is about."""
        return self.step.spec.subject

    @property
    def id(self) -> MigrationId:
        """The migration."""
        return self.scene.migration.id

    def found(self, kind: StepKind, subject: Subject | None = None) -> Properties:
        """What the evidence of an earlier step holds, about the same subject unless another is named."""
        return self.scene.migration.values(kind, self.subject if subject is None else subject)

    def must_go_on(self) -> None:
        """Raises Stopped where nothing more is to be done. For what takes long within one call."""
        if self.scene.control.must_stop():
            raise Stopped("stopped on request")


class Deed(Protocol):
    """One kind of step. Has no state of its own: any process may come to it at any time. All raise only TenantryErrors."""

    #: Seconds that it may be under way before it counts as failed.
    patience: float
    #: How many may be begun at once within a stage.
    side_by_side: int

    def look(self, spot: Spot) -> Look:
        """How the effect stands. Changes nothing."""

    def begin(self, spot: Spot) -> Receipt:
        """Bring the effect about, or have the cloud begin to. Called where a look has just found it absent.

        What the process itself has to do from beginning to end (copying, a playbook) is done when this returns.
        """

    def clear(self, spot: Spot) -> None:
        """Take away what a look called broken."""

    def undo(self, spot: Spot) -> None:
        """Take the effect back, however much of it there is, and return when it is gone. May be called again at any time."""


Deeds = Mapping[StepKind, Deed]
