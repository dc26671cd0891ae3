"""What the API's description shows is what the client reads."""

from collections.abc import Callable
from typing import Any

import pytest

from api.client import records, requesting, works
from api.client.errors import ServiceFailed
from api.http.app import create_app
from api.render import plan as plan_view
from api.render.names import Names
from provisioner.operation import StepState
from provisioner.requests.states import Act, State


@pytest.fixture(scope="module")
def example() -> Callable[[str], Any]:
    """A schema's example."""
    schemas = create_app().openapi()["components"]["schemas"]

    def example(name: str) -> Any:
        return schemas[name]["examples"][0]

    return example


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Me", records.me),
        ("OperationLine", works.operation_line),
        ("Operation", works.operation),
        ("Plan", works.plan),
        ("RequestLine", requesting.line),
        ("Request", requesting.whole),
        ("Manifests", requesting.papers),
        ("Difference", requesting.difference),
        ("Execution", requesting.execution),
    ],
)
def test_each_example_is_read(example: Callable[[str], Any], name: str, read: Callable[[Any], Any]) -> None:
    """And what a newer service says beside it is passed over; what is missing is named."""
    document = example(name)
    assert read({**document, "newMember": 1}) == read(document)
    with pytest.raises(ServiceFailed, match="is its version another"):
        records.read(read, {})


def test_a_request_keeps_its_numbers_and_people(example: Callable[[str], Any]) -> None:
    """Room, use, form, route and history."""
    found = requesting.whole(example("Request"))
    request = found.request
    assert (request.state, found.actions) == (State.ADMINISTRATIVE_REVIEW, ("approve", "reject", "ask-changes"))
    (room,), (use,) = request.evidence.rooms, request.evidence.uses
    assert (str(room.line.resource), room.bound, room.asked, use.used) == ("compute/cores", 800, 40, 112)
    assert (found.forms[0].systems, found.forms[0].protection_level) == ("商事登记系统 (SZ-SJ-001)", 3)
    assert request.route
    assert request.route.technical.among == ("zhao.lei", "liu.yang", "li.na")
    assert [each.act for each in request.history] == [Act.SUBMIT]


def test_a_plan_is_shown_as_the_service_has_it(example: Callable[[str], Any]) -> None:
    """Read and written again, it says the same of what would be done."""
    document = example("Plan")
    again: Any = plan_view.as_document(works.plan(document), Names())
    assert again["sections"][0]["actions"] == document["sections"][0]["actions"]
    assert again["summary"] == document["summary"]


def test_an_operation_goes_on_by_its_events(example: Callable[[str], Any]) -> None:
    """A step's event is about that step alone."""
    before = works.operation({**example("Operation"), "state": "running"})
    after = works.told(before, "step", {"position": 0, "state": "failed", "attempts": 2, "failure": None})
    assert (after.steps[0].state, after.steps[0].attempts, after.state) == (StepState.FAILED, 2, before.state)
    assert works.told(before, "step", {"position": 7, "state": "done", "attempts": 1, "failure": None}) == before
