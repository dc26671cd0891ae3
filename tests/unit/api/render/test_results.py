"""The end of an apply, tenant by tenant."""

from typing import Any

import pytest

from api.render.names import Names
from api.render.results import as_document, print_results
from provisioner.operation import Failure, OperationState
from provisioner.plan import Plan, Refusal

_FAILURE = Failure(message="cinder answered 503", request_id="req-1", retryable=True)


def test_every_tenant_has_a_row(build: Any, show: Any, names: Any) -> None:
    """Those with nothing to do as well; the totals come last."""
    done, unchanged = build.section(build.action({"enabled": True})), build.section(tenant="education")
    operations = [build.operation(done, OperationState.DONE)]
    assert show(print_results, Plan(sections=(done, unchanged)), operations, names).splitlines() == [
        "tenant                     cloud   steps   took  result",
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
        "      = may pass: run the same command again",
        "",
        "1 failed.",
    ]


@pytest.mark.parametrize(
    ("state", "result", "remedy"),
    [
        (OperationState.STOPPED, "stopped", "to go on from here"),
        (OperationState.PLAN_CHANGED, "plan changed", "to see the plan as it would be now"),
    ],
)
def test_what_ended_early_says_how_to_go_on(build: Any, state: OperationState, result: str, remedy: str) -> None:
    """Nothing is lost by stopping."""
    section, console = build.section(build.action({"enabled": True})), build.piped()
    print_results(console, Plan(sections=(section,)), [build.operation(section, state)], Names())
    assert build.written(console).splitlines()[3:] == [
        f"market on city: {result}",
        f"  = run the same command again {remedy}",
        "",
        f"1 {result}.",
    ]


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
    ]


def test_what_was_not_begun_is_unfinished(build: Any, show: Any, names: Any) -> None:
    """A section with actions and without an operation is not called unchanged."""
    plan = Plan(sections=(build.section(build.action({"enabled": True})),))
    assert show(print_results, plan, [], names).splitlines()[-1] == "1 unfinished."


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
