"""Answers that a client may have already: a tag for what they say, and 304 where the client has it (RFC 9110, 13.1)."""

import hashlib
import re
from typing import Final

from fastapi import Request, Response
from pydantic import BaseModel

from api.http.model import JSON

_TAGS: Final = re.compile(r'(?:W/)?("[^"]*")')
_DIGITS: Final = 32


def tagged(request: Request, model: BaseModel, tag: str | None = None) -> Response:
    """The model as an answer with its `ETag`, or 304 where `If-None-Match` names it.

    The tag is made from what the answer says, unless one is given.
    """
    body = model.model_dump_json(by_alias=True).encode()
    etag = f'"{tag or hashlib.sha256(body).hexdigest()[:_DIGITS]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "Authorization"}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


def matches(header: str | None, etag: str) -> bool:
    """Whether a header names the tag, or any."""
    return header is not None and (header.strip() == "*" or etag in _TAGS.findall(header))
