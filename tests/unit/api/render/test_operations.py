"""Operations, in a row or in full."""

from dataclasses import replace
from typing import Any

import pytest

from api.render.operations import as_document, print_operations
from provisioner.operation import Evidence, Failure, OperationState, StepState

pytestmark = pytest.mark.usefixtures("shenzhen_time")


@pytest.fixture
def failed(build: Any) -> Any:
    """An operation whose second step failed at the third attempt."""
    actions = (build.action({"enabled": True}), build.action({"cores": 5}, kind="quota", key="compute"))
    failure = Failure(message="nova answered 503", request_id="req-2")
    operation = build.operation(build.section(*actions), OperationState.FAILED, failure=failure)
    first = replace(operation.steps[0], state=StepState.DONE, evidence=Evidence(request_ids=("req-1",)))
    return replace(operation, steps=(first, operation.steps[1]))


def test_operations_in_rows(show: Any, names: Any, failed: Any) -> None:
    """One line each, in the reader's time."""
    assert show(print_operations, [failed], names).splitlines() == [
        "operation  tenant                     cloud  begun                 took   steps  state",
        "op-market  市市场监督管理局 (market)  city   2027-06-01 20:00:00  4.5 s  1 of 2  failed",
    ]


def test_operations_in_full(show: Any, names: Any, failed: Any) -> None:
    """Every step with its evidence or failure, and how often it was begun."""
    assert show(print_operations, [failed], names, steps=True).splitlines() == [
        "市市场监督管理局 (market) on city  failed",
        "  op-market, 2027-06-01 20:00:00, 4.5 s, 1 of 2 steps",
        "  + registration: project  done",
        "      OpenStack request req-1",
        "  + registration: compute quota  failed  begun 3 times",
        "      nova answered 503",
        "      OpenStack request req-2",
        "",
    ]


def test_an_operation_under_way_has_no_duration(build: Any, show: Any, names: Any) -> None:
    """It is only known when it ends."""
    running = build.operation(build.section(), OperationState.RUNNING)
    assert show(print_operations, [running], names, steps=True).splitlines() == [
        "市市场监督管理局 (market) on city  running",
        "  op-market, 2027-06-01 20:00:00, 0 of 0 steps",
        "",
    ]


def test_an_operation_that_failed_before_its_first_step(build: Any, show: Any, names: Any) -> None:
    """Its own failure is shown."""
    operation = build.operation(build.section(), OperationState.FAILED, failure=Failure(message="no answer"))
    shown = show(print_operations, [operation], names, steps=True).splitlines()
    assert shown[2:] == ["  no answer", ""]


def test_no_operations(show: Any, names: Any) -> None:
    """Nothing is said in words."""
    assert show(print_operations, [], names) == "No operations.\n"


def test_operations_as_a_document(names: Any, failed: Any) -> None:
    """Steps with what was asked, what proved it and what failed."""
    document: Any = as_document([failed], names)
    (operation,) = document["operations"]
    steps = operation.pop("steps")
    assert operation == {
        "id": "op-market",
        "plan": "plan-1",
        "tenant": "market",
        "displayName": "市市场监督管理局",
        "cloud": "city",
        "fingerprint": failed.fingerprint,
        "state": "failed",
        "createdAt": "2027-06-01T12:00:00+00:00",
        "finishedAt": "2027-06-01T12:00:04.500000+00:00",
        "failure": {"message": "nova answered 503", "requestId": "req-2", "retryable": False},
    }
    assert steps[0]["evidence"] == {"requestIds": ["req-1"], "values": {}}
    assert steps[1] == {
        "position": 1,
        "address": "city/market/registration/quota/compute",
        "project": "registration",
        "kind": "quota",
        "key": "compute",
        "verb": "create",
        "before": {},
        "after": {"cores": 5},
        "reason": "because",
        "destructive": False,
        "state": "failed",
        "attempts": 3,
        "evidence": None,
        "failure": {"message": "nova answered 503", "requestId": "req-2", "retryable": False},
    }
