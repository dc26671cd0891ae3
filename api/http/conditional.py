"""Answers that a client may have already: a tag for what they say, and 304 where the client has it (RFC 9110, 13.1)."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response
from pydantic import BaseModel

from api.http.model import JSON
from api.language.spoken import Language, current

_TAGS: Final = re.compile(r'(?:W/)?("[^"]*")')
_DIGITS: Final = 32


def tagged(request: Request, model: BaseModel, state: str | None = None) -> Response:
    """The model as an answer with its `ETag`, or 304 where `If-None-Match` names it.

    The tag is made from what the answer says, unless a state is given that says as much.
    """
    body = model.model_dump_json(by_alias=True).encode()
    etag = etag_of(state or hashlib.sha256(body).hexdigest()[:_DIGITS])
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "Authorization"}
    if _names(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


def tagged_text(request: Request, text: str, *, media_type: str, headers: Mapping[str, str]) -> Response:
    """As `tagged`, for what is shown in another form. `headers` have what it varies by."""
    body = text.encode()
    etag = etag_of(hashlib.sha256(body).hexdigest()[:_DIGITS])
    whole = {**headers, "etag": etag, "cache-control": "private, no-cache"}
    if _names(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=whole)
    return Response(body, headers=whole, media_type=media_type)


def etag_of(state: str) -> str:
    """The tag of a state as it is said to whoever is served now: the same in another language is another answer (RFC 9110, 8.8.3)."""
    return _tag(state, current())


def names_state(header: str, state: str) -> bool:
    """Whether an `If-Match` names a state, in whatever language it was read, or any."""
    return any(_names(header, _tag(state, language)) for language in Language)


def _tag(state: str, language: Language) -> str:
    return f'"{state}"' if language is Language.ENGLISH else f'"{state}-{language.value}"'


def _names(header: str | None, etag: str) -> bool:
    """Whether a header names the tag, or any."""
    return header is not None and (header.strip() == "*" or etag in _TAGS.findall(header))
