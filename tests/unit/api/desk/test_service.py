"""A service's answers at the desk."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.client.client import Client
from api.client.errors import NotPermitted
from api.client.transport import Access, Clockwork
from api.desk.interface import Declined
from api.desk.service import ServiceDesk, names_in
from provisioner.requests.request import RequestId

_ID = RequestId("01jd")


@pytest.fixture
def replies() -> list[httpx.Response]:
    """What the service answers."""
    return []


@pytest.fixture
def desk(replies: list[httpx.Response]) -> Iterator[ServiceDesk]:
    """A desk at a service that answers so."""
    carrier = httpx.MockTransport(lambda _: replies.pop(0))
    with Client(Access(url="https://tenantry.example"), Clockwork(carrier=carrier)) as client:
        yield ServiceDesk(client=client)


def _problem(status: int, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"type": "tag:tenantry,2026:x", "title": "No", "status": status, **more})


@pytest.mark.parametrize("status", [409, 412, 422])
def test_what_the_rules_forbid_is_declined(desk: ServiceDesk, replies: list[httpx.Response], status: int) -> None:
    """As at the database: with the reason, and a document for programs."""
    replies.append(_problem(status, detail="王芳 made the other review"))
    answer = desk.withdraw(_ID, "")
    assert isinstance(answer, Declined)
    assert answer.message == answer.document["declined"] == "王芳 made the other review"


def test_what_a_role_forbids_is_an_error(desk: ServiceDesk, replies: list[httpx.Response]) -> None:
    """It is not about the request."""
    replies.append(_problem(403))
    with pytest.raises(NotPermitted):
        desk.confirm(_ID, "")


def test_names_are_found_wherever_they_are_said() -> None:
    """Beside the tenant that they are of."""
    document = {"tenant": "a", "displayName": "甲", "rooms": [{"tenant": "b", "displayName": "乙"}, {"tenant": None}]}
    assert names_in(document) == {"a": "甲", "b": "乙"}
