"""What people see of requests: where each is, what is late, and what a refusal leaves them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.render.requests import (
    Shown,
    as_document,
    declined_as_document,
    print_declined,
    print_request,
    print_requests,
    print_state,
)
from provisioner.asking import Declined
from provisioner.operation import Actor
from provisioner.plan import Fingerprint
from provisioner.requests.evidence import Evidence, Use
from provisioner.requests.increase import Line, Room, Shortfall
from provisioner.requests.request import Event, Papers, Party, Request, RequestId
from provisioner.requests.route import Route
from provisioner.requests.states import Act, Role, State
from tenants.names import CloudName, ProjectName, TenantName
from tenants.policy import Need, PersonName
from tenants.resources import Limit, Resource, Service

_AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
_CITY, _MARKET = CloudName("city"), TenantName("market")
_RAM = Resource(service=Service.COMPUTE, name="ram")
_ROOM = Room(line=Line(cloud=_CITY, tenant=_MARKET, resource=_RAM), bound=10240, held=2048, reserved=1024, asked=4096)

Show = Callable[..., str]


@pytest.fixture
def asked() -> Request:
    """A request for memory, with the administrative reviewer until the ninth of March."""
    use = Use(
        tenant=_MARKET,
        project=ProjectName("a"),
        cloud=_CITY,
        resource=_RAM,
        used=512,
        enforced=Limit(2048),
        asked=Limit(6144),
    )
    return Request(
        id=RequestId("01jabc"),
        tenant=_MARKET,
        requester=Actor("陈明"),
        state=State.ADMINISTRATIVE_REVIEW,
        created_at=_AT,
        papers=Papers(files={}),
        fingerprint=Fingerprint("3f9ac2d41b07" + "0" * 52),
        evidence=Evidence(rooms=(_ROOM,), uses=(use,)),
        review_due=date(2026, 3, 9),
        expires_at=_AT,
        history=(
            Event(
                at=_AT,
                act=Act.SUBMIT,
                role=Role.REQUESTER,
                by=Party(actor=Actor("陈明"), entered_by=Actor("ops@city")),
                before=State.DRAFT,
                after=State.SUBMITTED,
                comment="扩容",
            ),
        ),
    )


def test_a_list_says_what_is_late(show: Show, asked: Request) -> None:
    """From the day after the review was due."""
    late = datetime(2026, 3, 10, 4, tzinfo=UTC)
    assert "2026-03-09, overdue" in show(print_requests, [asked], now=late)
    assert "overdue" not in show(print_requests, [asked], now=_AT)
    assert show(print_requests, [], now=_AT) == "No requests.\n"


def test_a_state_names_the_plan_to_decide_about(show: Show, asked: Request) -> None:
    """With the day, and the last word."""
    said = show(print_state, asked)
    for each in ("administrative review", "Plan 3f9ac2d41b07", "2026-03-09", "扩容"):
        assert each in said


def test_a_request_is_shown_with_shares_in_units(show: Show, names: Any, asked: Request) -> None:
    """Total, held, reserved, asked for, left; present use; and who typed for whom."""
    said = show(print_request, Shown(request=asked, plan=None, now=_AT), names)
    row = next(line for line in said.splitlines() if "market in city" in line)
    assert row.split()[4:] == ["10", "GiB", "2", "GiB", "1", "GiB", "+4", "GiB", "3", "GiB"]
    for each in ("市市场监督管理局", "512 MiB", "陈明 (entered by ops@city)"):
        assert each in said


def test_a_deadline_in_a_year_without_calendar_says_so(show: Show, names: Any, asked: Request) -> None:
    """So that nobody relies on it."""
    later = replace(asked, review_due=date(2027, 1, 8))
    said = show(print_request, Shown(request=later, plan=None, now=_AT), names)
    assert "Holidays of 2027 are not known to this version." in said


def test_an_approved_request_that_cannot_be_carried_out_says_why(show: Show, names: Any, asked: Request) -> None:
    """Whoever waits for it reads what is in the way, and that it is tried again."""
    waiting = replace(asked, state=State.APPROVED, obstacle="cloud city does not answer")
    shown = show(print_request, Shown(request=waiting, plan=None, now=_AT), names)
    assert "It could not be carried out yet: cloud city does not answer. Workers try again." in shown


def test_what_adds_nothing_says_so(show: Show, names: Any, asked: Request) -> None:
    """A decrease, or another purpose."""
    less = replace(asked, evidence=Evidence())
    shown = Shown(request=less, plan=None, now=_AT)
    assert "It adds nothing to what is held." in show(print_request, shown, names)


def test_a_refusal_names_what_would_fit(show: Show) -> None:
    """For people in words, for programs in the services' units."""
    short = Shortfall(room=replace(_ROOM, asked=9216))
    declined = Declined(message="there is not enough left", shortfalls=(short,))
    assert "9GiB more asked for, and at most 7GiB would fit" in show(
        print_declined, declined.message, declined.shortfalls
    )
    (told,) = declined_as_document(declined)["shortfalls"]  # type: ignore[misc, union-attr]
    assert (told["largest"], told["left"]) == (7168, -2048)  # type: ignore[call-overload, index]


def test_other_refusals_are_a_sentence(show: Show) -> None:
    """As it was said."""
    assert show(print_declined, "nobody reviews their own") == "Declined: nobody reviews their own.\n"


def test_a_document_has_the_history(asked: Request) -> None:
    """With both names."""
    document: Any = as_document(asked, now=_AT)
    assert (document["history"][0]["actor"], document["history"][0]["enteredBy"]) == ("陈明", "ops@city")
    assert (document["overdue"], document["rooms"][0]["left"]) == (False, 3072)


def test_how_far_the_reviews_have_come_is_told(show: Show, names: Any, asked: Request) -> None:
    """How many of how many, among whom, and by which rule; a review that the policy does without says so."""
    approval = replace(asked.history[0], act=Act.APPROVE, role=Role.TECHNICAL_REVIEWER, by=Party(actor=Actor("赵磊")))
    need = Need(approvals=2, among=(PersonName("赵磊"), PersonName("李娜")))
    route = Route(rule="large", policy="city", administrative=Need(approvals=0), technical=need)
    under_review = replace(asked, route=route, history=(*asked.history, approval))
    said = show(print_request, Shown(request=under_review, plan=None, now=_AT, actions=("approve",)), names)
    assert (
        "Approvals: administrative: passed by rule; technical: 1 of 2 among 赵磊, 李娜 (rule large of the policy city)."
        in said
    )
    assert "You may: approve." in said
