"""Recent operations, with their steps."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console

from api.client.records import OperationLine
from api.language.spoken import say
from api.render import changes
from api.render.changes import STYLES, mark_of, object_name
from api.render.moments import moment
from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, Row
from provisioner.operation import Failure, Operation, OperationState, Step, StepState

STATE_STYLES: Final[Mapping[OperationState, str]] = {
    OperationState.QUEUED: "dim",
    OperationState.RUNNING: "cyan",
    OperationState.DONE: "green",
    OperationState.FAILED: "bold red",
    OperationState.STOPPED: "yellow",
    OperationState.PLAN_CHANGED: "magenta",
}
STEP_STYLES: Final[Mapping[StepState, str]] = {
    StepState.PENDING: "dim",
    StepState.STARTED: "cyan",
    StepState.DONE: "green",
    StepState.FAILED: "bold red",
}
_COLUMNS: Final = (
    Column(title="operation"),
    Column(title="tenant", flexible=True),
    Column(title="cloud"),
    Column(title="begun"),
    Column(title="took", right=True),
    Column(title="steps", right=True),
    Column(title="state"),
)


def print_operations(console: Console, operations: Iterable[Operation], names: Names, *, steps: bool = False) -> None:
    """One row for each operation in the order given; with `steps`, every step below it with its evidence or failure."""
    page = Page(console)
    listed = tuple(operations)
    if not listed:
        page.line("No operations.")
    elif steps:
        for operation in listed:
            _print_in_full(page, operation, names)
    else:
        page.table(_COLUMNS, [Group(rows=[_row(operation, names) for operation in listed])])


def print_lines(console: Console, lines: Iterable[OperationLine]) -> None:
    """One row for each operation whose steps are only counted, in the order given."""
    page = Page(console)
    rows = [_line(each) for each in lines]
    if rows:
        page.table(_COLUMNS, [Group(rows=rows)])
    else:
        page.line("No operations.")


def line_document(line: OperationLine) -> Mapping[str, Document]:
    """An operation whose steps are only counted."""
    return {
        "id": line.id,
        "plan": line.plan,
        "tenant": line.tenant,
        "displayName": line.display_name,
        "cloud": line.cloud,
        "state": line.state.value,
        "createdAt": line.created_at.isoformat(),
        "finishedAt": None if line.finished_at is None else line.finished_at.isoformat(),
        "failure": _failure_document(line.failure),
        "steps": line.steps,
        "stepsDone": line.steps_done,
    }


def print_failure(page: Page, failure: Failure, *, indent: int) -> None:
    """Why something failed, OpenStack's request id, and whether trying again may help."""
    page.line(say(failure.message), indent=indent, hang=2)
    if failure.request_id:
        page.line(("OpenStack request ", "dim"), failure.request_id, indent=indent)
    if failure.retryable:
        page.line(("= ", "blue"), "may pass by itself", indent=indent)


def as_document(operations: Iterable[Operation], names: Names) -> Mapping[str, Document]:
    """The operations with all their steps."""
    return {"operations": [operation_document(operation, names) for operation in operations]}


def operation_document(operation: Operation, names: Names) -> Mapping[str, Document]:
    """One operation with its steps."""
    return {
        "id": operation.id,
        "plan": operation.plan_id,
        "tenant": operation.tenant,
        "displayName": names.display(operation.tenant),
        "cloud": operation.cloud,
        "fingerprint": operation.fingerprint,
        "state": operation.state.value,
        "createdAt": operation.created_at.isoformat(),
        "finishedAt": None if operation.finished_at is None else operation.finished_at.isoformat(),
        "failure": _failure_document(operation.failure),
        "steps": [_step_document(step) for step in operation.steps],
    }


def steps_done(operation: Operation) -> str:
    """`3 of 5`."""
    done = sum(step.state is StepState.DONE for step in operation.steps)
    return f"{done} of {len(operation.steps)}"


def took(operation: Operation) -> str:
    """How long an operation was under way, in seconds; empty while it is."""
    if operation.finished_at is None:
        return ""
    return f"{(operation.finished_at - operation.created_at).total_seconds():.1f} s"


def _line(line: OperationLine) -> Row:
    took = "" if line.finished_at is None else f"{(line.finished_at - line.created_at).total_seconds():.1f} s"
    display, tenant = line.display_name, line.tenant
    return (
        line.id,
        tenant if display == tenant else f"{display} ({tenant})",
        line.cloud,
        moment(line.created_at),
        took,
        f"{line.steps_done} of {line.steps}",
        (line.state.value, STATE_STYLES[line.state]),
    )


def _row(operation: Operation, names: Names) -> Row:
    return (
        operation.id,
        names.full(operation.tenant),
        operation.cloud,
        moment(operation.created_at),
        took(operation),
        steps_done(operation),
        (operation.state.value, STATE_STYLES[operation.state]),
    )


def _print_in_full(page: Page, operation: Operation, names: Names) -> None:
    state = (operation.state.value, STATE_STYLES[operation.state])
    page.line((f"{names.full(operation.tenant)} on {operation.cloud}", "bold"), "  ", state)
    parts = [operation.id, moment(operation.created_at), took(operation), f"{steps_done(operation)} steps"]
    page.line((", ".join(part for part in parts if part), "dim"), indent=2)
    for step in operation.steps:
        _print_step(page, step)
    if operation.failure and all(step.failure is None for step in operation.steps):
        print_failure(page, operation.failure, indent=2)
    page.gap()


def _print_step(page: Page, step: Step) -> None:
    mark = mark_of(step.action.change)
    name = (object_name(step.action.change.address), "bold")
    tried: Sequence[Part] = ((f"  begun {step.attempts} times", "dim"),) if step.attempts > 1 else ()
    state = (step.state.value, STEP_STYLES[step.state])
    page.line((f"{mark} ", STYLES[mark]), name, "  ", state, *tried, indent=2, hang=4)
    if step.failure:
        print_failure(page, step.failure, indent=6)
    if step.evidence and step.evidence.request_ids:
        page.line(("OpenStack request ", "dim"), ", ".join(step.evidence.request_ids), indent=6, hang=2)


def _step_document(step: Step) -> Document:
    evidence = step.evidence
    return {
        "position": step.position,
        **changes.as_document(step.action.change),
        "reason": step.action.reason,
        "destructive": step.action.destructive,
        "state": step.state.value,
        "attempts": step.attempts,
        "evidence": None
        if evidence is None
        else {"requestIds": list(evidence.request_ids), "values": dict(evidence.values)},
        "failure": _failure_document(step.failure),
    }


def _failure_document(failure: Failure | None) -> Document:
    if failure is None:
        return None
    return {"message": failure.message, "requestId": failure.request_id, "retryable": failure.retryable}
