"""Plans and operations out of the service's answers."""

from dataclasses import replace

from api.client.records import Document, OperationLine, failure, moment, perhaps
from provisioner.clouds.interface import Holder
from provisioner.diff import Change, Verb
from provisioner.objects import Address
from provisioner.operation import (
    Evidence,
    Operation,
    OperationId,
    OperationState,
    PlanId,
    Step,
    StepState,
)
from provisioner.plan import Action, Fingerprint, Notice, Plan, Refusal, Section
from provisioner.store.codec import resource_of
from tenants.names import CloudName, TenantName


def operation_line(document: Document) -> OperationLine:
    """An operation in a list."""
    return OperationLine(
        id=OperationId(document["id"]),
        plan=PlanId(document["plan"]),
        tenant=TenantName(document["tenant"]),
        display_name=document["displayName"],
        cloud=CloudName(document["cloud"]),
        state=OperationState(document["state"]),
        created_at=moment(document["createdAt"]),
        finished_at=perhaps(moment, document["finishedAt"]),
        failure=perhaps(failure, document["failure"]),
        steps=document["steps"],
        steps_done=document["stepsDone"],
    )


def operation(document: Document) -> Operation:
    """An operation with all its steps."""
    return Operation(
        id=OperationId(document["id"]),
        plan_id=PlanId(document["plan"]),
        tenant=TenantName(document["tenant"]),
        cloud=CloudName(document["cloud"]),
        fingerprint=Fingerprint(document["fingerprint"]),
        state=OperationState(document["state"]),
        created_at=moment(document["createdAt"]),
        steps=tuple(_step(each) for each in document["steps"]),
        finished_at=perhaps(moment, document["finishedAt"]),
        failure=perhaps(failure, document["failure"]),
    )


def told(before: Operation, name: str, document: Document) -> Operation:
    """The operation after one of its events. Events that this version does not know change nothing."""
    if name == "operation":
        state = OperationState(document["state"])
        return replace(before, state=state, failure=perhaps(failure, document["failure"]))
    if name != "step":
        return before
    position = document["position"]
    steps = tuple(
        replace(
            step,
            state=StepState(document["state"]),
            attempts=document["attempts"],
            failure=perhaps(failure, document["failure"]),
        )
        if step.position == position
        else step
        for step in before.steps
    )
    return replace(before, steps=steps)


def plan(document: Document) -> Plan:
    """A plan. Its fingerprints are computed from its content, as everywhere."""
    return Plan(
        sections=tuple(_section(each) for each in document["sections"]),
        unmanaged=tuple((CloudName(each["cloud"]), each["project"]) for each in document["unmanaged"]),
        orphaned=tuple((CloudName(each["cloud"]), each["project"]) for each in document["orphaned"]),
    )


def _step(document: Document) -> Step:
    return Step(
        position=document["position"],
        action=_action(document),
        state=StepState(document["state"]),
        attempts=document["attempts"],
        evidence=perhaps(_evidence, document["evidence"]),
        failure=perhaps(failure, document["failure"]),
    )


def _evidence(document: Document) -> Evidence:
    return Evidence(request_ids=tuple(document["requestIds"]), values=document["values"])


def _action(document: Document) -> Action:
    change = Change(
        address=Address.parse(document["address"]),
        verb=Verb(document["verb"]),
        before=document["before"],
        after=document["after"],
    )
    return Action(change=change, reason=document["reason"], destructive=document["destructive"])


def _section(document: Document) -> Section:
    return Section(
        tenant=TenantName(document["tenant"]),
        cloud=CloudName(document["cloud"]),
        actions=tuple(_action(each) for each in document["actions"]),
        refusals=tuple(_refusal(each) for each in document["refusals"]),
        notices=tuple(
            Notice(address=Address.parse(each["address"]), message=each["message"]) for each in document["notices"]
        ),
    )


def _refusal(document: Document) -> Refusal:
    return Refusal(
        address=Address.parse(document["address"]),
        message=document["message"],
        remedy=document["remedy"],
        resource=perhaps(resource_of, document["resource"]),
        holders=tuple(Holder(id=each["id"], name=each["name"], amount=each["amount"]) for each in document["holders"]),
    )
