"""The end of an apply: what came of every tenant in every cloud."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.console import Console

from api.render.changes import STYLES, mark_of, object_name
from api.render.names import Names
from api.render.operations import operation_document, print_failure, steps_done, took
from api.render.output import Document
from api.render.page import Column, Group, Page, Part
from api.render.refusals import print_refusal, print_shared, shared_causes
from provisioner.operation import Operation, OperationState
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
_REMEDIES: Final[Mapping[Result, str]] = {
    Result.STOPPED: "run the same command again to go on from here",
    Result.PLAN_CHANGED: "run the same command again to see the plan as it would be now",
}


def print_results(console: Console, plan: Plan, operations: Iterable[Operation], names: Names) -> None:
    """One row for each section of the plan with its operation's end, each failure in full, and the totals."""
    page = Page(console)
    outcomes = _outcomes(plan, operations)
    rows = [each for each in outcomes if len(outcomes) <= _LONG or each.result is not Result.UNCHANGED]
    if rows:
        columns = (
            Column(title="tenant", flexible=True),
            Column(title="cloud"),
            Column(title="steps", right=True),
            Column(title="took", right=True),
            Column(title="result"),
        )
        page.table(columns, [Group(rows=[_row(each, names) for each in rows])])
        page.gap()
    refused = [each.section for each in outcomes if each.section and each.result is Result.REFUSED]
    shared = shared_causes(refused)
    for cause, sections in shared.items():
        print_shared(page, cause, sections, names)
    told = {id(section) for sections in shared.values() for section in sections}
    for each in outcomes:
        if id(each.section) not in told:
            _print_reasons(page, each, names)
    page.line((_totals(outcomes), "bold"))


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


def _row(each: _Outcome, names: Names) -> Sequence[Part]:
    operation = each.operation
    return (
        names.full(each.tenant),
        each.cloud,
        steps_done(operation) if operation else "",
        took(operation) if operation else "",
        (each.result.value, _STYLES[each.result]),
    )


def _print_reasons(page: Page, each: _Outcome, names: Names) -> None:
    """Why a tenant did not get what it asked for, and what to do; nothing where it did."""
    if each.result in {Result.DONE, Result.UNCHANGED, Result.UNFINISHED}:
        return
    title = (f"{names.full(each.tenant)} on {each.cloud}", "bold")
    page.line(title, ": ", (each.result.value, _STYLES[each.result]))
    if each.operation:
        _print_failures(page, each.operation)
    elif each.section:
        for refusal in each.section.refusals:
            print_refusal(page, refusal, indent=2)
    if each.result in _REMEDIES:
        page.line(("= ", "blue"), _REMEDIES[each.result], indent=2, hang=2)
    page.gap()


def _print_failures(page: Page, operation: Operation) -> None:
    failed = [step for step in operation.steps if step.failure]
    for step in failed:
        mark = mark_of(step.action.change)
        page.line((f"{mark} ", STYLES[mark]), object_name(step.action.change.address), indent=2)
        if step.failure:
            print_failure(page, step.failure, indent=6)
    if operation.failure and not failed:
        print_failure(page, operation.failure, indent=2)


def _totals(outcomes: Sequence[_Outcome]) -> str:
    count = Counter(each.result for each in outcomes)
    said = [f"{count[result]} {result}" for result in Result if count[result]]
    return f"{', '.join(said)}." if said else "Nothing to do."


def _camel(words: str) -> str:
    first, *rest = words.split()
    return first + "".join(word.capitalize() for word in rest)
