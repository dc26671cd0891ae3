"""A client as one ought to be: it asks whichever server answers, and asks again with the same key until one does."""

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

#: Seconds, until a client gives up: it measures nothing.
_PATIENCE: Final = 240
_PAUSE: Final = 0.25
#: Answers that say to come again: the database is away, or the same is being done by somebody else.
AGAIN: Final = "try again"


class GaveUp(AssertionError):
    """Nobody answered for minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Somebody with a token."""

    ports: Sequence[int]
    token: str
    #: Every answer below 600 that was got on the way: status and, where it is a problem, its type.
    answers: list[tuple[int, str]] = field(default_factory=list)

    def get(self, path: str) -> Any:
        """What is there."""
        answer = self._until_answered("GET", path, {}, None)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, content: Any = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        """The answer to something that is done at most once, however often it has to be sent."""
        sent = {"idempotency-key": key or uuid4().hex, **headers}
        return self._until_answered("POST", path, sent, content)

    def _until_answered(self, method: str, path: str, headers: dict[str, str], content: Any) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE
        body: dict[str, Any] = {"content": content} if isinstance(content, bytes) else {"json": content}
        with httpx.Client(headers={"authorization": f"Bearer {self.token}"}, timeout=_PATIENCE) as http:
            for port in itertools.cycle(self._from_anywhere()):
                with suppress(httpx.TransportError):
                    answer = http.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **body)
                    self.answers.append((answer.status_code, _type_of(answer)))
                    if not _comes_again(answer):
                        return answer
                if time.monotonic() > deadline:
                    raise GaveUp(f"{method} {path}: {self.answers[-5:]}")
                time.sleep(_PAUSE)
        raise AssertionError("there is always another port")

    def _from_anywhere(self) -> Sequence[int]:
        first = hash(uuid4()) % len(self.ports)
        return [*self.ports[first:], *self.ports[:first]]


def _type_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]) if answer.is_error else ""


def _comes_again(answer: httpx.Response) -> bool:
    return "retry-after" in answer.headers or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


def eventually(look: Callable[[], Any], what: str) -> Any:
    """Look until there is something, as a person does who reloads a page."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(_PAUSE)
    raise GaveUp(what)
