"""Approved requests carried out: planned again, begun, and their ends noted. Tenantry's own steps, taken by any worker.

Where the clouds are no longer as the plan had seen them, nothing is done and the request returns to its reviewers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner import standing
from provisioner.asking import Declined, Moved, Prepared, hold
from provisioner.errors import StoreUnavailable
from provisioner.operation import Operation, OperationState, StepState
from provisioner.requests.deeds import Begun
from provisioner.requests.difference import difference
from provisioner.requests.request import Request, RequestId
from provisioner.requests.states import Act, Role, State
from provisioner.steps import TRIES, Steps, planned
from provisioner.store import operations, plans, requests, reservations
from provisioner.store.database import Connection

if TYPE_CHECKING:
    from provisioner.approval import Approver  # takes a while to import, for the engine comes with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrying(Steps):
    """Carries requests out."""

    def execute(self, request: RequestId, approver: "Approver") -> Begun | Declined:
        """Have an approved request carried out, if it still means what was approved.

        The clouds are looked at again. Where the plan would now differ, the request returns to its first review with the
        difference in words. A request that is under execution already is returned with its operations.
        """
        self.expire_due()
        for _ in range(TRIES):
            current = self.load(request)
            if current.state is not State.APPROVED:
                return self._begun(current)
            prepared = self.preparing.prepare(current.tenant, current.papers)
            if isinstance(prepared, Declined):
                return prepared
            try:
                if prepared.plan.plan.fingerprint != current.fingerprint:
                    return self._review_again(current, prepared)
                return self._execute(current, prepared, approver)
            except Moved:
                continue
        raise StoreUnavailable("what is in force keeps changing while the request is planned: execute it again")

    def conclude(self, request: RequestId) -> Request:
        """Note how the execution of a request ended; as long as it goes on, or once that is noted, nothing happens."""
        for _ in range(TRIES):
            with self.database.transaction() as connection:
                current = requests.take(connection, request)
                made = operations.of_plan(connection, current.plan) if current.plan else ()
                if current.state is not State.EXECUTING or not all(each.state.final for each in made):
                    return current
                if not _differs(made):
                    return self._end(connection, current, made)
            prepared = self.preparing.prepare(current.tenant, current.papers)
            try:
                ended = self._planned_anew(current, prepared, made)
            except Moved:
                continue
            return ended
        raise StoreUnavailable("what is in force keeps changing while the request is planned: try again")

    def conclude_all(self) -> tuple[Request, ...]:
        """Note the ends of all executions that have ended, whoever began them."""
        with self.database.transaction() as connection:
            under_way = requests.in_state(connection, State.EXECUTING)
        return tuple(self.conclude(each) for each in under_way)

    def _execute(self, request: Request, prepared: Prepared, approver: "Approver") -> Begun | Declined:
        approver.open_queues(prepared.plan)
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id)
            plans.take(connection, prepared.plan.id)
            if current.state is not State.APPROVED or current.fingerprint != prepared.plan.plan.fingerprint:
                raise Moved
            doing = self.doing(Act.EXECUTE, Role.SYSTEM, self.itself)
            after = self.must(planned(current, prepared), doing)
            made_any = any(section.applicable for section in prepared.plan.plan.sections)
            if not made_any:
                after = self.must(after, self.doing(Act.FINISH, Role.SYSTEM, self.itself))
                self._settle(connection, after, at=doing.at)
            requests.move(connection, after, known=len(current.history))
            made = approver.approve_within(connection, prepared.plan, prepared.city, self.system)
            self.audit(connection, after, action="request.execute", by=self.itself)
        return Begun(request=after, operations=made)

    def _begun(self, request: Request) -> Begun | Declined:
        if request.state is not State.EXECUTING or request.plan is None:
            message = f"the request is in {request.state.value.replace('-', ' ')}; an approved one is carried out"
            return Declined(message=message)
        with self.database.transaction() as connection:
            return Begun(request=request, operations=operations.of_plan(connection, request.plan))

    def _review_again(self, request: Request, prepared: Prepared) -> Begun | Declined:
        """Back to the reviewers with another plan, with what it adds reserved in place of what the former one did."""
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id)
            if current.history != request.history or current.plan is None:
                raise Moved
            evidence = prepared.reserve(connection, current.id)
            if isinstance(evidence, Declined):
                return evidence
            before = plans.load(connection, current.plan).plan
            told = "; ".join(difference(before, prepared.plan.plan)) or "the order of what would be done"
            doing = self.doing(Act.REVIEW_AGAIN, Role.SYSTEM, self.itself, f"the plan changed: {told}")
            route = prepared.route(current.requester, evidence)
            again = self.must(replace(planned(current, prepared), evidence=evidence, route=route), doing)
            after = self.passed(again)
            reservations.release(connection, current.id, at=doing.at)
            requests.move(connection, after, known=len(current.history))
            hold(connection, after, at=doing.at)
            self.audit(connection, after, action="request.review-again", by=self.itself, comment=doing.comment)
            self.audit_passes(connection, again, after)
        return Begun(request=after)

    def _planned_anew(self, request: Request, prepared: Prepared | Declined, made: Sequence[Operation]) -> Request:
        """What becomes of a request whose clouds were no longer as its plan had seen them."""
        again = prepared if isinstance(prepared, Declined) else self._review_again(request, prepared)
        if isinstance(again, Begun):
            return again.request
        with self.database.transaction() as connection:
            current = requests.take(connection, request.id)
            if current.state is not State.EXECUTING:
                return current
            # How much others hold stays out of what the department reads.
            why = "there is not enough left" if again.shortfalls else again.message
            return self._end(connection, current, made, why=why)

    def _end(self, connection: Connection, request: Request, made: Sequence[Operation], why: str = "") -> Request:
        """Finished, or failed. What was done, if only in part, is in force and counts as held; the rest is given back."""
        failures = [f"{each.tenant} in {each.cloud}: {_reason(each)}" for each in made if not _is_done(each)]
        act = Act.FAIL if failures or why else Act.FINISH
        doing = self.doing(act, Role.SYSTEM, self.itself, "; ".join((*((why,) if why else ()), *failures)))
        after = self.must(request, doing)
        if act is Act.FINISH or any(step.state is StepState.DONE for each in made for step in each.steps):
            self._settle(connection, after, at=doing.at)
        else:
            reservations.release(connection, after.id, at=doing.at)
        requests.move(connection, after, known=len(request.history))
        self.audit(connection, after, action=f"request.{act}", by=self.itself, comment=doing.comment)
        return after

    def _settle(self, connection: Connection, request: Request, *, at: datetime) -> None:
        reservations.settle(connection, request.id, at=at)
        standing.apply_request(connection, request, at=at)


def _differs(made: Sequence[Operation]) -> bool:
    """Whether what went wrong is only that the clouds were no longer as the plan had seen them."""
    ends = {each.state for each in made}
    return OperationState.PLAN_CHANGED in ends and ends <= {OperationState.PLAN_CHANGED, OperationState.DONE}


def _is_done(operation: Operation) -> bool:
    return operation.state is OperationState.DONE


def _reason(operation: Operation) -> str:
    return operation.failure.message if operation.failure else operation.state.value
