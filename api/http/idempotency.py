"""`Idempotency-Key`: whoever is not sure whether a POST arrived sends it again, and it is not done again.

The answer is kept for a day, for the same person, key, path, body and condition. An answer of 500 and above is not kept: what
failed by accident is to be tried again. Without a key, a request is done each time that it arrives.
"""

import hashlib
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Response

from api.http.problems import IN_PROGRESS, KEY_REUSED, UNEXPECTED, HttpProblem, of_error, response
from api.http.service import Service, service_of
from api.language.spoken import current
from provisioner.access import Principal
from provisioner.errors import TenantryError
from provisioner.store import answers
from provisioner.store.answers import Answer, Claim, Key

REPLAYED: Final = "Idempotency-Replayed"
#: Beside these every answer gets its own.
_KEPT: Final = frozenset({"content-type", "location", "etag", "retry-after"})
_RETRY: Final = "2"

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A text of your choice, new for each request: sent again with it, the same request is answered as the first time.",
    ),
]


class Once:
    """A dependency of every POST: does its work at most once for each key."""

    def __init__(self, request: Request, key: KeyHeader = None) -> None:
        self._service: Service = service_of(request)
        self._request = request
        self._key = key

    def answer(self, principal: Principal, body: bytes, act: Callable[[], Response]) -> Response:
        """What `act` answers, or answered when the same was asked before. Raises HttpProblem where the key cannot be used."""
        if self._key is None:
            return act()
        key = Key(actor=principal.actor, key=self._key, asked=_digest(self._request, body))
        with self._service.database.transaction() as connection:
            claimed = answers.claim(connection, key, at=self._service.now())
        if isinstance(claimed, Claim):
            return self._first(claimed, act)
        if not claimed.same:
            raise HttpProblem(KEY_REUSED, f"the key {self._key} was used for another request")
        if claimed.answer is None:
            raise HttpProblem(IN_PROGRESS, headers={"retry-after": _RETRY})
        headers = {**claimed.answer.headers, REPLAYED: "true"}
        return Response(claimed.answer.body, status_code=claimed.answer.status, headers=headers)

    def _first(self, claimed: Claim, act: Callable[[], Response]) -> Response:
        with self._service.claims.held(claimed):
            return self._worked(claimed, act)

    def _worked(self, claimed: Claim, act: Callable[[], Response]) -> Response:
        kept = False
        try:
            given = _answered(act)
            if given.status_code < UNEXPECTED.status:
                headers = {name: value for name, value in given.headers.items() if name in _KEPT}
                headers["content-language"] = current().tag
                answer = Answer(status=given.status_code, headers=headers, body=bytes(given.body))
                with self._service.database.transaction() as connection:
                    answers.keep(connection, claimed, answer)
                kept = True
            return given
        finally:
            if not kept:
                with self._service.database.transaction() as connection:
                    answers.release(connection, claimed)


def _answered(act: Callable[[], Response]) -> Response:
    try:
        return act()
    except HttpProblem as problem:
        return response(problem)
    except TenantryError as error:
        return response(of_error(error))


def _digest(request: Request, body: bytes) -> str:
    parts = (
        request.method,
        request.url.path,
        request.url.query,
        request.headers.get("content-type", ""),
        request.headers.get("if-match", ""),
    )
    digest = hashlib.sha256("\n".join(parts).encode())
    digest.update(b"\n" + body)
    return digest.hexdigest()


OnlyOnce = Annotated[Once, Depends(Once)]
