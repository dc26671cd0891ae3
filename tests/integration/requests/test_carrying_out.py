"""An approved request is carried out if it still means what was approved, and ends as tested, failed, or reviewed again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from provisioner.asking import Declined
from provisioner.errors import CloudRefused
from provisioner.operation import Actor
from provisioner.requests.deeds import Begun
from provisioner.requests.request import Party, Request
from provisioner.requests.states import State
from provisioner.store import requests

if TYPE_CHECKING:
    from tests.integration.requests.conftest import Office

Finish = Callable[[Begun | Declined], Request]


@pytest.fixture
def approved(office: "Office", words: Any) -> Request:
    """A request for 20 cores more, approved."""
    return office.approved(office.submitted(words.tenant("market", cores=50, a=30)))


def test_the_cloud_is_as_approved_and_the_unit_confirms(
    office: "Office", words: Any, working: Finish, approved: Request
) -> None:
    """Executing, testing, open."""
    begun = office.execute(approved)
    assert isinstance(begun, Begun)
    assert begun.request.state is State.EXECUTING
    assert working(begun).state is State.TESTING
    opened = office.deciding.confirm(approved.id, Party(actor=Actor("li")))
    assert isinstance(opened, Request)
    assert (opened.state, office.limits("market-a")[words.cores]) == (State.OPEN, 30)


def test_what_was_built_is_held_and_no_longer_reserved(
    office: "Office", words: Any, working: Finish, approved: Request
) -> None:
    """The next request counts it once: 30 of 50 are held, so 20 fit and 21 do not."""
    working(office.execute(approved))
    assert office.reserved == {}
    declined = office.submit(words.tenant("market", cores=50, a=51))
    assert isinstance(declined, Declined)
    assert [(each.room.held, each.largest) for each in declined.shortfalls] == [(30, 20)]
    assert office.submitted(words.tenant("market", cores=50, a=50)).evidence.cost[0].asked == 20


def test_executing_twice_is_executing_once(office: "Office", working: Finish, approved: Request) -> None:
    """The operations are the same."""
    first, second = office.execute(approved), office.execute(approved)
    assert isinstance(first, Begun)
    assert isinstance(second, Begun)
    assert [each.id for each in first.operations] == [each.id for each in second.operations]
    working(first)


def test_workers_find_what_is_approved_and_what_has_ended(
    office: "Office", words: Any, working: Finish, approved: Request
) -> None:
    """Two look at once: the request is begun once, and its end is noted once."""
    harbour = office.approved(office.submitted(words.tenant("harbour", b=25), name="harbour"))
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(office.execute, [approved, harbour] * 2))
    ids = {each.id for one in begun if isinstance(one, Begun) for each in one.operations}
    assert len(ids) == 2
    for one in begun:
        working(one)
    assert office.deciding.carrying.conclude_all() == ()
    with office.database.transaction() as connection:
        assert {requests.load(connection, each.id).state for each in (approved, harbour)} == {State.TESTING}


def test_only_what_is_approved_is_carried_out(office: "Office", words: Any, working: Finish) -> None:
    """A request under review is not."""
    request = office.submitted(words.tenant("market", cores=50, a=30))
    assert isinstance(office.execute(request), Declined)


def test_a_plan_that_changed_is_reviewed_again(
    office: "Office", words: Any, working: Finish, approved: Request
) -> None:
    """With the difference in words; the former approvals no longer count."""
    office.cloud.identity.create_project(words.domain, name="market-a", description="")
    again = office.execute(approved)
    assert isinstance(again, Begun)
    assert (again.request.state, again.operations) == (State.ADMINISTRATIVE_REVIEW, ())
    assert "city/market/a/project: would no longer create it" in again.request.history[-1].comment
    assert again.request.fingerprint != approved.fingerprint
    assert working(office.execute(office.approved(again.request))).state is State.TESTING


@pytest.mark.usefixtures("idle")
def test_a_cloud_that_changed_before_the_work_is_reviewed_again(
    office: "Office", words: Any, approved: Request, request: pytest.FixtureRequest
) -> None:
    """The operation looks before it writes; what it finds goes back to the reviewers.

    Made by hand, the project has Nova's 20 cores, which are held now; what is reserved is the rest of the 30.
    """
    begun = office.execute(approved)
    project, _ = office.cloud.identity.create_project(words.domain, name="market-a", description="")
    office.cloud.identity.update_project(project.id, enabled=False)
    again = request.getfixturevalue("working")(begun)
    assert (again.state, office.reserved["*"]) == (State.ADMINISTRATIVE_REVIEW, 10)
    assert "the plan changed" in again.history[-1].comment


def test_a_failure_gives_back_what_was_not_built(office: "Office", working: Finish, approved: Request) -> None:
    """With the cloud's reason."""
    office.cloud.weather.fail("identity.create_project", CloudRefused("HTTP 403: no"))
    failed = working(office.execute(approved))
    assert (failed.state, office.reserved) == (State.FAILED, {})
    assert "HTTP 403: no" in failed.history[-1].comment


def test_what_a_failure_left_behind_counts_as_held(
    office: "Office", words: Any, working: Finish, approved: Request
) -> None:
    """A project was made before its limits were refused: its manifest is in force, and the same may be asked for again."""
    office.cloud.weather.fail("compute.set_limits", CloudRefused("HTTP 403: no"))
    assert working(office.execute(approved)).state is State.FAILED
    declined = office.submit(words.tenant("market", cores=50, a=51))
    assert isinstance(declined, Declined)
    assert [each.room.held for each in declined.shortfalls] == [30]


def test_nothing_to_do_is_done_at_once(office: "Office", words: Any, working: Finish) -> None:
    """Where the cloud is as asked already, the manifest comes into force and the unit may confirm."""
    working(office.execute(office.approved(office.submitted(words.tenant("market", cores=50, a=30)))))
    text = words.tenant("market", cores=50, a=30).replace("登记", "登记与信用")
    begun = office.execute(office.approved(office.submitted(text)))
    assert isinstance(begun, Begun)
    assert (begun.request.state, begun.operations) == (State.TESTING, ())


def test_every_step_is_audited(office: "Office", working: Finish, approved: Request) -> None:
    """In one chain, which is whole."""
    working(office.execute(approved))
    assert [each for each in office.actions() if each.startswith("request.")] == [
        "request.submit",
        "request.approve",
        "request.approve",
        "request.execute",
        "request.finish",
    ]
