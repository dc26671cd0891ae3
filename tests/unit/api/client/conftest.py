"""A service that answers as a test says, without a socket; time that passes only while somebody waits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from api.client.client import Client
from api.client.transport import Access, Clockwork

URL = "https://tenantry.example/base"
PROBLEM = "application/problem+json"

#: An answer, or what is raised in place of one.
Reply = httpx.Response | Exception


@dataclass(slots=True)
class Service:
    """Gives its replies one after the other, and the last for ever."""

    replies: list[Reply] = field(default_factory=list)
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next reply."""
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    @staticmethod
    def problem(status: int, name: str, **more: Any) -> httpx.Response:
        """A problem as a service sends it."""
        headers = more.pop("headers", {})
        document = {"type": f"tag:tenantry,2026:{name}", "title": name.title(), "status": status, **more}
        return httpx.Response(status, json=document, headers={**headers, "content-type": PROBLEM})

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def service() -> Service:
    """The service."""
    return Service()


Ask = Callable[..., Client]


@pytest.fixture
def ask(service: Service) -> Iterator[Ask]:
    """Makes clients of the service."""
    made: list[Client] = []

    def ask(**more: Any) -> Client:
        clockwork = Clockwork(
            sleep=service.sleep, clock=lambda: service.now, chance=lambda: 1.0, carrier=httpx.MockTransport(service)
        )
        made.append(Client(Access(url=URL, token="tnt_geheim", **more), clockwork))  # noqa: S106  # a test's
        return made[-1]

    yield ask
    for each in made:
        each.close()


@pytest.fixture
def client(ask: Ask) -> Client:
    """A client of the service."""
    return ask()
