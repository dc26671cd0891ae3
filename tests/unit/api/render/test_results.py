"""The end of an apply, tenant by tenant."""

from dataclasses import replace
from typing import Any

import pytest

from api.render.results import as_document, print_results
from provisioner.operation import Failure, OperationState, StepState
from provisioner.plan import Plan, Refusal

_AGAIN = "= run the same command again to go on from here: what is done stays done"
_MEND = "= mend what failed or was refused, then run the same command again to go on from here"
_FAILURE = Failure(message="cinder answered 503", request_id="req-1", retryable=True)


def test_every_tenant_has_a_row(build: Any, show: Any, names: Any) -> None:
    """Those with nothing to do as well; the totals come last."""
    done, unchanged = build.section(build.action({"enabled": True})), build.section(tenant="education")
    operations = [build.operation(done, OperationState.DONE)]
    assert show(print_results, Plan(sections=(done, unchanged)), operations, names).splitlines() == [
        "tenant                     cloud   steps  after  result",
        "市市场监督管理局 (market)  city   1 of 1  4.5 s  done",
        "市教育局 (education)       city                  unchanged",
        "",
        "1 done, 1 unchanged.",
    ]


def test_a_failure_names_the_step_and_the_request(build: Any, show: Any, names: Any) -> None:
    """OpenStack's request id is what its operators will ask for."""
    section = build.section(build.action({"gigabytes": 5}, {"gigabytes": 1}, kind="quota", key="block-storage"))
    operations = [build.operation(section, OperationState.FAILED, failure=_FAILURE)]
    assert show(print_results, Plan(sections=(section,)), operations, names).splitlines()[3:] == [
        "市市场监督管理局 (market) on city: failed",
        "  ~ registration: block-storage quota",
        "      cinder answered 503",
        "      OpenStack request req-1",
        "      = may pass by itself",
        "",
        "1 failed.",
        _AGAIN,
    ]


@pytest.mark.parametrize("result", ["stopped", "plan changed"])
def test_what_ended_early_says_where_and_how_to_go_on(build: Any, show: Any, names: Any, result: str) -> None:
    """The step that was not done, and one line for all tenants: nothing is lost by stopping."""
    state = OperationState(result.replace(" ", "-"))
    section = build.section(build.action({"enabled": True}), build.action({"cores": 5}, kind="quota", key="compute"))
    operation = build.operation(section, state)
    operation = replace(operation, steps=(replace(operation.steps[0], state=StepState.DONE), operation.steps[1]))
    assert show(print_results, Plan(sections=(section,)), [operation], names).splitlines()[1:] == [
        f"市市场监督管理局 (market)  city   1 of 2  4.5 s  {result}  step 2: registration: compute quota",
        "",
        f"1 {result}.",
        _AGAIN,
    ]


def test_what_was_stopped_before_its_first_step_was_not_begun(build: Any, show: Any, names: Any) -> None:
    """Most tenants, where a long apply is stopped early."""
    section = build.section(build.action({"enabled": True}))
    operation = build.operation(section, OperationState.STOPPED)
    operation = replace(operation, steps=(replace(operation.steps[0], attempts=0),))
    shown = show(print_results, Plan(sections=(section,)), [operation], names).splitlines()
    assert shown[1].endswith("0 of 1  4.5 s  stopped  not begun")


def test_a_failed_step_is_where_it_stopped(build: Any, show: Any, names: Any) -> None:
    """Also where steps after it were done."""
    section = build.section(build.action({"cores": 5}, kind="quota", key="compute"), build.action({"enabled": True}))
    operation = build.operation(section, OperationState.FAILED, failure=_FAILURE)
    first, second = operation.steps
    steps = (
        replace(first, state=StepState.FAILED, failure=_FAILURE),
        replace(second, state=StepState.DONE, failure=None),
    )
    shown = show(print_results, Plan(sections=(section,)), [replace(operation, steps=steps)], names).splitlines()
    assert shown[1].endswith("1 of 2  4.5 s  failed  step 1: registration: compute quota")


def test_what_will_not_pass_has_to_be_mended(build: Any, show: Any, names: Any) -> None:
    """Running the same command again would fail again."""
    section = build.section(build.action({"enabled": True}))
    operation = build.operation(section, OperationState.FAILED, failure=Failure(message="forbidden"))
    assert show(print_results, Plan(sections=(section,)), [operation], names).splitlines()[-1] == _MEND


def test_one_failure_of_many_tenants_is_told_once(build: Any, show: Any, names: Any) -> None:
    """A service that goes away stops everybody for the same reason; each has ids of its own."""
    sections = [build.section(build.action({"enabled": True}), tenant=name) for name in ("market", "education")]
    failures = [
        replace(_FAILURE, message=f"PUT /quotas/{number:032x}: 503", request_id=f"req-{number}") for number in (7, 8)
    ]
    operations = [
        build.operation(section, OperationState.FAILED, failure=failure)
        for section, failure in zip(sections, failures, strict=True)
    ]
    assert show(print_results, Plan(sections=tuple(sections)), operations, names).splitlines()[4:] == [
        "2 tenants on city: failed",
        "  PUT /quotas/...: 503",
        "  OpenStack request req-7 (the first of 2)",
        "  = may pass by itself",
        "  concerns 市市场监督管理局 (market), 市教育局 (education)",
        "",
        "2 failed.",
        _AGAIN,
    ]


def test_members_that_failed_for_one_reason_are_told_together(build: Any, show: Any, names: Any) -> None:
    """Each by its name, the reason once, with the first one's request."""
    actions = [build.action({"flavor": "small"}, kind="server", key=f"web-{number}") for number in (1, 2, 3)]
    section = build.section(*actions)
    operation = build.operation(section, OperationState.FAILED)
    failed = tuple(
        replace(
            step, state=StepState.FAILED, failure=Failure(message="no host has room", request_id=f"req-{step.position}")
        )
        for step in operation.steps
    )
    shown = show(print_results, Plan(sections=(section,)), [replace(operation, steps=failed)], names)
    assert "  + registration: web-1 server\n      so did web-2, web-3\n      no host has room\n" in shown
    assert "      OpenStack request req-0 (the first of 3)\n" in shown


def test_a_look_that_failed_has_no_step(build: Any, show: Any, names: Any) -> None:
    """The operation's own failure is shown where no step has one."""
    section = build.section()
    operations = [build.operation(section, OperationState.FAILED, failure=Failure(message="no answer"))]
    shown = show(print_results, Plan(sections=(section,)), operations, names).splitlines()
    assert shown[3:5] == ["市市场监督管理局 (market) on city: failed", "  no answer"]


def test_refused_tenants_are_told_again(build: Any, show: Any, names: Any) -> None:
    """What was refused in the plan is part of what came of it."""
    refusal = Refusal(address=build.address(), message="no", remedy="ask for less")
    plan = Plan(sections=(build.section(build.action({"enabled": True}), refusals=(refusal,)),))
    assert show(print_results, plan, [], names).splitlines()[3:] == [
        "市市场监督管理局 (market) on city: refused",
        "  ! registration: project  REFUSED   no",
        "      = ask for less",
        "",
        "1 refused.",
        _MEND,
    ]


def test_one_cause_is_told_once(build: Any, show: Any, names: Any) -> None:
    """A cloud out of reach is one paragraph here too."""
    cut_off = [
        build.section(
            tenant=name, refusals=(Refusal(address=build.address(tenant=name), message="no answer", remedy=""),)
        )
        for name in ("market", "education")
    ]
    assert show(print_results, Plan(sections=tuple(cut_off)), [], names).splitlines()[4:] == [
        "2 tenants on city",
        "  !  REFUSED   no answer",
        "      concerns 市市场监督管理局 (market), 市教育局 (education)",
        "",
        "2 refused.",
        _MEND,
    ]


def test_what_was_not_begun_is_unfinished(build: Any, show: Any, names: Any) -> None:
    """A section with actions and without an operation is not called unchanged."""
    plan = Plan(sections=(build.section(build.action({"enabled": True})),))
    assert show(print_results, plan, [], names).splitlines()[-2:] == ["1 unfinished.", _AGAIN]


def test_a_long_table_leaves_the_unchanged_out(build: Any, show: Any, names: Any) -> None:
    """Of a thousand tenants those that nothing happened to are only counted."""
    unchanged = [build.section(tenant=f"t{number}") for number in range(70)]
    done = build.section(build.action({"enabled": True}))
    plan = Plan(sections=(*unchanged, done))
    assert show(print_results, plan, [build.operation(done, OperationState.DONE)], names).splitlines()[1:] == [
        "市市场监督管理局 (market)  city   1 of 1  4.5 s  done",
        "",
        "1 done, 70 unchanged.",
    ]


def test_results_as_a_document(build: Any, names: Any) -> None:
    """One result for each tenant and cloud, with the whole operation."""
    section = build.section(build.action({"enabled": True}))
    operation = build.operation(section, OperationState.PLAN_CHANGED, failure=_FAILURE)
    document: Any = as_document(Plan(sections=(section,)), [operation], names)
    assert document["totals"] == {
        "done": 0,
        "unchanged": 0,
        "failed": 0,
        "stopped": 0,
        "planChanged": 1,
        "refused": 0,
        "unfinished": 0,
    }
    (result,) = document["results"]
    assert (result["tenant"], result["result"], result["refusals"]) == ("market", "planChanged", [])
    assert result["operation"]["failure"] == {"message": "cinder answered 503", "requestId": "req-1", "retryable": True}
