"""A desk at the database itself: whoever may open it, may do everything, and acts by the names that they give.

Roles are not asked for here, for they could be gone past with any other program. The rules between people hold by their names: who
asked does not review, and two people make the two reviews.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from api.client.records import Form, Judgement, Lost, OperationLine, Wanted, WantedOperations, Wish
from api.client.retrying import LASTING
from api.desk.interface import Begun, Changes, Declined, DisplayNames, OnProgress, Sight, Told, Whole
from api.render import comparison as comparison_view
from api.render import requests as view
from api.render.names import Names
from provisioner import asking, comparing, delegation
from provisioner.deciding import Deciding
from provisioner.errors import StoreUnavailable
from provisioner.operation import Actor, Operation, OperationId, PlanId
from provisioner.requests.deeds import Review, Submission
from provisioner.requests.delegation import Delegation, DelegationId, Handing
from provisioner.requests.request import Party, Request, RequestId
from provisioner.requests.states import Role
from provisioner.store import delegations, operations, pages, plans, requests, revisions
from provisioner.store.database import Connection, Database
from provisioner.store.pages import OperationFilter
from provisioner.store.requests import Filter
from tenants.names import TenantName
from tenants.spec import City, ProjectSpec
from tenants.validation import validate

if TYPE_CHECKING:
    from provisioner.execution import Execution  # takes a while to import, for the engine comes with it

#: Seconds between two looks at an operation.
_LOOK: Final = 0.5
_ROLES: Final = {
    "administrative": Role.ADMINISTRATIVE_REVIEWER,
    "technical": Role.TECHNICAL_REVIEWER,
}


@dataclass(slots=True, kw_only=True)
class DatabaseDesk:
    """Requests and operations of one database, in somebody's name."""

    database: Database
    by: Party
    now: Callable[[], datetime]
    decides: Callable[[], Deciding]
    executes: "Callable[[], Execution]"
    sleep: Callable[[float], None] = time.sleep
    _execution: "Execution | None" = field(default=None, init=False)

    @property
    def works(self) -> bool:
        """It does."""
        return True

    @property
    def tenant(self) -> TenantName | None:
        """Nobody's in particular."""
        return None

    def submit(self, wish: Wish) -> Told | Declined:
        """Checked, planned, reserved, handed in."""
        asked = Submission(tenant=wish.tenant, papers=wish.papers, by=self.by, amends=wish.amends, comment=wish.comment)
        return self._told(self.decides().submit(asked))

    def listed(self, wanted: Wanted, limit: int) -> tuple[Told, ...]:
        """The newest requests."""
        tenants = None if wanted.tenant is None else [wanted.tenant]
        with self.database.transaction() as connection:
            found = requests.listed(connection, Filter(states=wanted.states or None, tenants=tenants, limit=limit))
        return tuple(Told(request=each, document=view.line_as_document(each, now=self.now())) for each in found)

    def show(self, request: RequestId) -> Whole:
        """All of a request, with the plan and the names that it was planned with."""
        with self.database.transaction() as connection:
            found = requests.load(connection, request)
            stored = plans.load(connection, found.plan) if found.plan else None
            city = _city_of(connection, stored)
        tenants = {section.tenant for section in stored.plan.sections} if stored else set()
        projects = [each for name in sorted(tenants & city.tenants.keys()) for each in city.tenants[name].projects]
        return Whole(
            request=found,
            document=view.as_document(found, now=self.now()),
            plan=stored.plan if stored else None,
            forms=tuple(_form(each) for each in projects),
            names=Names.of(city).tenants,
        )

    def changes(self, request: RequestId) -> Changes:
        """Its manifests beside those in force, and its plan."""
        with self.database.transaction() as connection:
            found = requests.load(connection, request)
            told = comparing.comparison(connection, found, lambda _: True)
            stored = plans.load(connection, found.plan) if found.plan else None
            city = _city_of(connection, stored)
        return Changes(
            comparison=told,
            plan=stored.plan if stored else None,
            names=Names.of(city).tenants,
            document=comparison_view.as_document(told),
        )

    def review(self, judgement: Judgement) -> Told | Declined:
        """In the name of whoever decides."""
        review = Review(
            request=judgement.request,
            act=judgement.act,
            role=_ROLES[judgement.review],
            by=replace(self.by, authority=judgement.authority),
            fingerprint=judgement.fingerprint,
            comment=judgement.comment,
        )
        return self._told(self.decides().review(review))

    def withdraw(self, request: RequestId, comment: str) -> Told | Declined:
        """Taken back."""
        return self._told(self.decides().withdraw(request, self.by, comment))

    def confirm(self, request: RequestId, comment: str) -> Told | Declined:
        """Open from now on."""
        return self._told(self.decides().confirm(request, self.by, comment))

    def execute(self, request: RequestId) -> Begun | Declined:
        """Looked at again, planned again, begun in this process."""
        execution = self._execution = self.executes()
        begun = self.decides().carrying.execute(request, execution.approver)
        if isinstance(begun, asking.Declined):
            return _declined(begun)
        if begun.operations:
            execution.engine.launch({each.cloud for each in begun.operations})
        return Begun(
            request=begun.request,
            document=view.as_document(begun.request, now=self.now()),
            operations=tuple(map(_line_of, begun.operations)),
        )

    def see_through(self, begun: Begun, on_progress: OnProgress) -> Told:
        """Carried out here, or wherever else somebody works; then noted."""
        if begun.operations and self._execution is not None:
            self._execution.follow([each.id for each in begun.operations], on_progress)
        return self._request(self.decides().carrying.conclude(begun.request.id))

    def delegations(self, of: Actor | None = None) -> tuple[Delegation, ...]:
        """All that there are."""
        with self.database.autocommit() as connection:
            return tuple(delegations.listed(connection, of=of))

    def delegate(self, handing: Handing) -> Delegation:
        """Anybody's place."""
        return delegation.delegate(self.database, handing, by=self.by.actor, at=self.now())

    def revoke(self, delegation_id: DelegationId) -> bool:
        """From now on."""
        return delegation.revoke(self.database, delegation_id, by=self.by.actor, at=self.now())

    def operations(self, wanted: WantedOperations, limit: int) -> tuple[OperationLine, ...]:
        """The newest operations."""
        chosen = OperationFilter(plan=wanted.plan, tenant=wanted.tenant, cloud=wanted.cloud, state=wanted.state)
        with self.database.autocommit() as connection:
            return tuple(map(_line, pages.operations(connection, chosen, limit=limit)))

    def operation(self, operation: OperationId) -> tuple[Operation, DisplayNames]:
        """An operation with all its steps. Its tenant goes by its identifier: names are in manifests, which take a while to read."""
        return self._load(operation), {}

    def follow(self, operation: OperationId) -> Iterator[Sight]:
        """Looked at twice a second. A database that is away is waited for."""
        current, away = self._load(operation), 0.0
        yield current
        while not current.state.final:
            self.sleep(_LOOK)
            try:
                after = self._load(operation)
            except StoreUnavailable as error:
                if not away:
                    yield Lost(reason=str(error))
                away += _LOOK
                if away > LASTING.whole:
                    raise
                continue
            if after != current or away:
                current, away = after, 0.0
                yield current

    def _load(self, operation: OperationId) -> Operation:
        with self.database.autocommit() as connection:
            return operations.load(connection, operation)

    def _told(self, answer: Request | asking.Declined) -> Told | Declined:
        return _declined(answer) if isinstance(answer, asking.Declined) else self._request(answer)

    def _request(self, request: Request) -> Told:
        return Told(request=request, document=view.as_document(request, now=self.now()))


def _declined(answer: asking.Declined) -> Declined:
    return Declined(
        message=answer.message,
        problems=answer.problems,
        shortfalls=tuple(map(str, answer.shortfalls)),
        document=view.declined_as_document(answer),
    )


def _city_of(connection: Connection, stored: plans.StoredPlan | None) -> City:
    """The city that a plan was made from; an empty one where there is no plan, or this version's rules refuse its manifests."""
    revision = revisions.load(connection, stored.revision) if stored else None
    city = validate(revision.manifests(), revision.lookup).city if revision else None
    return city or City(clouds={}, tenants={})


def _form(project: ProjectSpec) -> Form:
    assessment = project.cryptography
    return Form(
        project=project.name,
        systems=", ".join(f"{each.name} ({each.code})" for each in project.systems),
        purpose=project.purpose,
        funding=project.funding,
        environment=project.environment.value,
        protection_level=project.protection_level,
        cryptography_required=assessment.required if assessment else None,
        cryptography_passed_on=assessment.passed_on if assessment else None,
        cryptography_next_due=assessment.next_due if assessment else None,
        go_live=project.go_live,
        valid_from=project.valid_from,
        valid_until=project.valid_until,
    )


def _line_of(operation: Operation) -> OperationLine:
    done = sum(step.state.value == "done" for step in operation.steps)
    return OperationLine(
        id=operation.id,
        plan=operation.plan_id,
        tenant=operation.tenant,
        display_name=operation.tenant,
        cloud=operation.cloud,
        state=operation.state,
        created_at=operation.created_at,
        finished_at=operation.finished_at,
        failure=operation.failure,
        steps=len(operation.steps),
        steps_done=done,
    )


def _line(found: pages.OperationLine) -> OperationLine:
    return OperationLine(
        id=found.id,
        plan=PlanId(found.plan_id),
        tenant=found.tenant,
        display_name=found.tenant,
        cloud=found.cloud,
        state=found.state,
        created_at=found.created_at,
        finished_at=found.finished_at,
        failure=found.failure,
        steps=found.steps,
        steps_done=found.steps_done,
    )
