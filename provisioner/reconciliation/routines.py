"""All that comes again in a worker, and how often: requests moved on, clouds looked at, ends come to.

Two rotas, so that long looks keep no request waiting.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from provisioner.asking import Declined
from provisioner.counting import Tally
from provisioner.deciding import Deciding
from provisioner.errors import CloudRefused, CloudUnavailable, InputError, TenantryError
from provisioner.reconciliation.endings import Endings
from provisioner.reconciliation.looking import Looking
from provisioner.requests.request import RequestId
from provisioner.requests.states import State
from provisioner.routine import Routine
from provisioner.store import reconciliation, requests
from provisioner.store.database import Connection, Database
from provisioner.store.schedules import Subject, TaskName
from tenants.names import CloudName

if TYPE_CHECKING:
    from provisioner.approval import Approver  # takes a while to import, for the engine comes with it

#: Seconds between two looks for approved requests, and for those whose operations have ended.
_PROMPT: Final = 1.0
#: In which an approved request that could not be carried out is tried again, at the latest.
_AGAIN: Final = timedelta(minutes=1)
_SWEEP: Final = timedelta(seconds=30)
_REMIND: Final = timedelta(minutes=10)
#: How often is looked whether somebody in a cloud is due; that itself costs the cloud nothing.
_DUE: Final = timedelta(seconds=15)
_HOUR: Final = timedelta(hours=1)
#: The part of the interval in which the looks at new tenants are spread.
_SPREAD: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRequests:
    """What moves requests on where nobody has to decide."""

    database: Database
    deciding: Deciding
    approver: "Approver"

    def routines(self) -> Sequence[Routine]:
        """Each approved request, and each whose operations have ended, is a subject of its own: one stops no other."""
        return (
            self._each(requests.EXECUTE, self._execute, self._approved),
            self._each(TaskName("conclude"), self._conclude, self._ended),
            Routine(task=TaskName("expire"), every=_SWEEP, run=self._expire),
            Routine(task=TaskName("remind"), every=_REMIND, run=self._remind),
        )

    @staticmethod
    def _each(task: TaskName, run: Callable[[Subject], None], subjects: Callable[[], Collection[Subject]]) -> Routine:
        return Routine(task=task, every=_AGAIN, run=run, subjects=subjects, roster=_PROMPT, prompt=True)

    def _approved(self) -> Collection[Subject]:
        return self._listed(lambda connection: requests.in_state(connection, State.APPROVED))

    def _ended(self) -> Collection[Subject]:
        return self._listed(reconciliation.ended)

    def _listed(self, query: Callable[[Connection], Collection[RequestId]]) -> Collection[Subject]:
        with self.database.autocommit() as connection:
            return [Subject(each) for each in query(connection)]

    def _execute(self, subject: Subject) -> None:
        came = self.deciding.carrying.execute(RequestId(subject), self.approver)
        if isinstance(came, Declined):
            # The department reads it, and how much others hold is none of its business.
            raise InputError("there is not enough left" if came.shortfalls else came.message)

    def _conclude(self, subject: Subject) -> None:
        self.deciding.carrying.conclude(RequestId(subject))

    def _expire(self, _: Subject) -> None:
        self.deciding.expire_due()

    def _remind(self, _: Subject) -> None:
        self.deciding.remind()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClouds:
    """What keeps clouds as they were approved."""

    database: Database
    looking: Looking
    endings: Endings
    #: Counts looks, for metrics.
    tally: Tally = field(default_factory=Tally)

    def routines(self) -> Sequence[Routine]:
        """Each cloud by itself: one that is slow or away holds up no other."""
        every = min(_DUE, self.looking.every)
        return (
            Routine(
                task=reconciliation.LOOK,
                every=every,
                run=self._look,
                subjects=self._clouds,
                roster=every.total_seconds(),
            ),
            Routine(task=TaskName("end"), every=_HOUR, run=self._end, prompt=True),
        )

    def _clouds(self) -> Collection[Subject]:
        """The clouds that something was applied in; whoever it was applied for is to be looked at there."""
        with self.database.transaction() as connection:
            listed = reconciliation.pairs(connection)
            reconciliation.keep(connection, listed, within=self.looking.every * _SPREAD)
        return {Subject(cloud) for _, cloud in listed}

    def _look(self, cloud: Subject) -> None:
        where = {"cloud": str(cloud)}
        try:
            found = self.looking.look_due(CloudName(cloud))
        except TenantryError as error:
            self.tally.count("reconcile_attempts", where)
            self.tally.count("reconcile_failures", {**where, "reason": _reason(error)})
            raise
        if found is not None:
            self.tally.count("reconcile_attempts", where)
        if found is not None and found.obstacles:
            self.tally.count("reconcile_failures", {**where, "reason": "obstacle"})

    def _end(self, _: Subject) -> None:
        self.endings.run()


def _reason(error: TenantryError) -> str:
    """Why a look failed, in the bounded words of metrics."""
    if isinstance(error, CloudUnavailable):
        return "unavailable"
    return "refused" if isinstance(error, CloudRefused) else "other"
