"""The end of an apply: what came of every tenant in every cloud."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from rich.console import Console

from api.render.changes import STYLES, mark_of
from api.render.names import Names
from api.render.operations import operation_document, print_failure, steps_done, took
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from api.render.refusals import capped, print_refusal, print_shared, shared_causes
from provisioner.diff import Change
from provisioner.operation import Failure, Operation, OperationState, StepState
from provisioner.plan import Plan, Section
from tenants.names import CloudName, TenantName

#: A longer table leaves out the tenants for which there was nothing to do, and only counts them.
_LONG: Final = 60


class Result(StrEnum):
    """What came of one tenant in one cloud; the order is that of the totals."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    STOPPED = "stopped"
    PLAN_CHANGED = "plan changed"
    REFUSED = "refused"
    #: There was something to do, and no operation for it has ended.
    UNFINISHED = "unfinished"


_STYLES: Final[Mapping[Result, str]] = {
    Result.DONE: "green",
    Result.UNCHANGED: "dim",
    Result.FAILED: "bold red",
    Result.STOPPED: "yellow",
    Result.PLAN_CHANGED: "magenta",
    Result.REFUSED: "red",
    Result.UNFINISHED: "cyan",
}
_OF_STATE: Final[Mapping[OperationState, Result]] = {
    OperationState.DONE: Result.DONE,
    OperationState.FAILED: Result.FAILED,
    OperationState.STOPPED: Result.STOPPED,
    OperationState.PLAN_CHANGED: Result.PLAN_CHANGED,
}
#: OpenStack's ids, by which alone the same failure of two tenants may differ.
_IDS: Final = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b")
_ANY_ID: Final = "..."
#: What running the same command again puts right, unless a failure says otherwise.
_GOES_ON: Final = frozenset({Result.STOPPED, Result.PLAN_CHANGED, Result.UNFINISHED})


def print_results(console: Console, plan: Plan, operations: Iterable[Operation], names: Names) -> None:
    """One row for each section of the plan with its operation's end, each cause of failure once, the totals, what next."""
    page = Page(console)
    outcomes = _outcomes(plan, operations)
    _print_table(
        page, [each for each in outcomes if len(outcomes) <= _LONG or each.result is not Result.UNCHANGED], names
    )
    refused = [each.section for each in outcomes if each.section and each.result is Result.REFUSED]
    shared = shared_causes(refused)
    for cause, sections in shared.items():
        print_shared(page, cause, sections, names)
    told = {id(section) for sections in shared.values() for section in sections}
    for alike in _by_cause(each for each in outcomes if id(each.section) not in told):
        _print_reasons(page, alike, names)
    page.line((_totals(outcomes), "bold"))
    if advice := _advice(outcomes):
        page.line(("= ", "blue"), advice, hang=2)


def as_document(plan: Plan, operations: Iterable[Operation], names: Names) -> Mapping[str, Document]:
    """The same results and totals."""
    outcomes = _outcomes(plan, operations)
    count = Counter(each.result for each in outcomes)
    return {
        "fingerprint": plan.fingerprint,
        "totals": {_camel(result.value): count[result] for result in Result},
        "results": [
            {
                "tenant": each.tenant,
                "displayName": names.display(each.tenant),
                "cloud": each.cloud,
                "result": _camel(each.result.value),
                "operation": None if each.operation is None else operation_document(each.operation, names),
                "refusals": [refusal.message for refusal in each.section.refusals] if each.section else [],
            }
            for each in outcomes
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What came of one tenant in one cloud."""

    tenant: TenantName
    cloud: CloudName
    result: Result
    section: Section | None
    operation: Operation | None

    @property
    def failures(self) -> Sequence[Failure]:
        """Those of its steps; where there is none, its own."""
        if self.operation is None:
            return ()
        of_steps = [step.failure for step in self.operation.steps if step.failure]
        return of_steps or ([self.operation.failure] if self.operation.failure else [])

    @property
    def may_pass(self) -> bool:
        """Whether it failed of nothing but what may be over by itself."""
        return bool(self.failures) and all(failure.retryable for failure in self.failures)


def _outcomes(plan: Plan, operations: Iterable[Operation]) -> Sequence[_Outcome]:
    """One for each section, in the plan's order, then those of operations that the plan does not have."""
    ended = {(each.tenant, each.cloud): each for each in operations}
    sections = {(each.tenant, each.cloud): each for each in plan.sections}
    return [
        _Outcome(
            tenant=tenant,
            cloud=cloud,
            result=_result(sections.get((tenant, cloud)), ended.get((tenant, cloud))),
            section=sections.get((tenant, cloud)),
            operation=ended.get((tenant, cloud)),
        )
        for tenant, cloud in dict.fromkeys([*sections, *ended])
    ]


def _result(section: Section | None, operation: Operation | None) -> Result:
    if operation is not None:
        return _OF_STATE.get(operation.state, Result.UNFINISHED)
    if section is not None and section.refusals:
        return Result.REFUSED
    return Result.UNFINISHED if section is not None and section.actions else Result.UNCHANGED


def _print_table(page: Page, outcomes: Sequence[_Outcome], names: Names) -> None:
    """A row each; where all went well there is no column for where it stopped."""
    rows = [_row(each, names) for each in outcomes]
    columns = [
        Column(title="tenant", flexible=True),
        Column(title="cloud"),
        Column(title="steps", right=True),
        Column(title="after", right=True),
        Column(title="result"),
        Column(title="stopped at", flexible=True),
    ]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    if rows:
        page.table(columns, [Group(rows=rows)])
        page.gap()


def _row(each: _Outcome, names: Names) -> Sequence[Part]:
    operation = each.operation
    return (
        names.full(each.tenant),
        each.cloud,
        steps_done(operation) if operation else "",
        took(operation) if operation else "",
        (each.result.value, _STYLES[each.result]),
        _stopped_at(operation, names) if operation else "",
    )


def _stopped_at(operation: Operation, names: Names) -> str:
    """`step 3: registration: compute quota`: the first that failed, or else was not done; empty where all were."""
    if operation.state is OperationState.STOPPED and not any(step.attempts for step in operation.steps):
        return "not begun"
    failed = [step for step in operation.steps if step.failure]
    undone = [step for step in operation.steps if step.state is not StepState.DONE]
    first = next(iter([*failed, *undone]), None)
    return "" if first is None else f"step {first.position + 1}: {names.object(first.action.change.address)}"


def _by_cause(outcomes: Iterable[_Outcome]) -> Iterable[Sequence[_Outcome]]:
    """Those together that came to the same in the same cloud, and for the same reason in the same words, ids apart."""
    found: dict[object, list[_Outcome]] = {}
    for each in outcomes:
        if each.failures or each.result is Result.REFUSED:
            words = tuple(_IDS.sub(_ANY_ID, failure.message) for failure in each.failures) or each.tenant
            found.setdefault((each.cloud, each.result, words), []).append(each)
    return found.values()


def _print_reasons(page: Page, alike: Sequence[_Outcome], names: Names) -> None:
    """Why a tenant, or several, did not get what was asked for."""
    first = alike[0]
    who = names.full(first.tenant) if len(alike) == 1 else counted(len(alike), "tenant")
    page.line((f"{who} on {first.cloud}", "bold"), ": ", (first.result.value, _STYLES[first.result]))
    if len(alike) > 1:
        for failure in first.failures:
            print_failure(page, _one_of(len(alike), failure), indent=2)
        page.line(("concerns ", "dim"), capped([names.full(each.tenant) for each in alike]), indent=2, hang=2)
    elif first.operation:
        _print_failures(page, first.operation, names)
    elif first.section:
        for refusal in first.section.refusals:
            print_refusal(page, refusal, names, indent=2)
    page.gap()


def _one_of(number: int, failure: Failure) -> Failure:
    """A failure that stands for others, each about an object and with a request of its own."""
    request = f"{failure.request_id} (the first of {number})" if failure.request_id else None
    return replace(failure, message=_IDS.sub(_ANY_ID, failure.message), request_id=request)


def _print_failures(page: Page, operation: Operation, names: Names) -> None:
    """Each step that failed with its object and why; objects together that failed for the same reason, ids apart."""
    failed = [(step.action.change, step.failure) for step in operation.steps if step.failure]
    alike: dict[object, list[tuple[Change, Failure]]] = {}
    for change, failure in failed:
        words = _IDS.sub(_ANY_ID, failure.message)
        alike.setdefault((change.address.project, change.address.kind, change.verb, words), []).append(
            (change, failure)
        )
    for group in alike.values():
        (change, failure), *others = group
        mark = mark_of(change)
        page.line((f"{mark} ", STYLES[mark]), names.object(change.address), indent=2)
        if others:
            page.line(("so did ", "dim"), capped([each.address.key for each, _ in others]), indent=6, hang=2)
        print_failure(page, _one_of(len(group), failure) if others else failure, indent=6)
    if operation.failure and not failed:
        print_failure(page, operation.failure, indent=2)


def _advice(outcomes: Sequence[_Outcome]) -> str:
    """What to do next, in one line; empty where nothing is left to do."""
    open_ended = [each for each in outcomes if each.result not in {Result.DONE, Result.UNCHANGED}]
    if not open_ended:
        return ""
    if all(each.result in _GOES_ON or each.may_pass for each in open_ended):
        return "run the same command again to go on from here: what is done stays done"
    return "mend what failed or was refused, then run the same command again to go on from here"


def _totals(outcomes: Sequence[_Outcome]) -> str:
    count = Counter(each.result for each in outcomes)
    said = [f"{count[result]} {result}" for result in Result if count[result]]
    return f"{', '.join(said)}." if said else "Nothing to do."


def _camel(words: str) -> str:
    first, *rest = words.split()
    return first + "".join(word.capitalize() for word in rest)
