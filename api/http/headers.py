"""Which headers the answers have beside their bodies, as the API's description tells of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.http.problems import IN_PROGRESS, UNAUTHENTICATED, UNAVAILABLE, Kind
from api.language.spoken import Language

_TEXT: Final[Mapping[str, Any]] = {"type": "string"}
REQUEST_ID: Final[Mapping[str, Any]] = {
    "description": "The request's id: yours where you sent one.",
    "schema": _TEXT,
}
SPOKEN: Final[Mapping[str, Any]] = {
    "description": "The language of the messages in it: `en` or `zh-CN`.",
    "schema": {"type": "string", "enum": [each.tag for each in Language]},
}
TAG: Final[Mapping[str, Any]] = {"description": "Changes with what the answer says.", "schema": _TEXT}
_CHALLENGE: Final[Mapping[str, Any]] = {"description": "How to prove who you are (RFC 9110, 11.6.1).", "schema": _TEXT}
_LATER: Final[Mapping[str, Any]] = {
    "description": "Seconds after which to try again.",
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}
_REPLAYED: Final[Mapping[str, Any]] = {
    "description": "`true` where it is the answer that was given to the same `Idempotency-Key` before.",
    "schema": {"type": "string", "enum": ["true"]},
}
_LOCATION: Final[Mapping[str, Any]] = {"description": "Where what came of it is shown or listed.", "schema": _TEXT}
_ZIPPED: Final[Mapping[str, Any]] = {
    "description": "`gzip` where `Accept-Encoding` takes it.",
    "schema": {"type": "string", "enum": ["gzip"]},
}
_UNBUFFERED: Final[Mapping[str, Any]] = {
    "description": "`no`: proxies pass events on as they come.",
    "schema": _TEXT,
}
#: Headers that only some routes have, by route and status.
_OWN: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "make_plan": {"201": {"Location": _LOCATION, "ETag": TAG}},
    "apply_plan": {"200": {"Location": _LOCATION}, "202": {"Location": _LOCATION}},
    "submit_request": {"200": {"Location": _LOCATION}, "201": {"Location": _LOCATION}},
    "execute_request": {"202": {"Location": _LOCATION}},
    "look_at_tenant": {"202": {"Location": _LOCATION}},
    "export_audit": {"200": {"Content-Disposition": {"description": "A name for the file.", "schema": _TEXT}}},
    "plan_wave": {"200": {"ETag": TAG}},
    "start_wave": {"201": {"Location": _LOCATION}},
    **{
        name: {"200": {"X-Accel-Buffering": _UNBUFFERED}}
        for name in ("operation_events", "run_events", "migration_events")
    },
    **{name: {"200": {"Content-Encoding": _ZIPPED}} for name in ("metrics", "server_metrics", "tenant_metrics")},
}


def put(answers: Mapping[str, dict[str, Any]], *, name: str, kinds: Iterable[Kind], repeatable: bool) -> None:
    """Put into a route's answers which headers each has; `repeatable` says whether it takes an `Idempotency-Key`."""
    shown = {str(kind.status) for kind in kinds}
    waiting = {str(kind.status) for kind in (IN_PROGRESS, UNAVAILABLE)} & shown
    for status, each in answers.items():
        headers = each.setdefault("headers", {})
        headers["X-Request-Id"] = REQUEST_ID
        if "content" in each:
            headers["Content-Language"] = SPOKEN
        if status == str(UNAUTHENTICATED.status):
            headers["WWW-Authenticate"] = _CHALLENGE
        if status in waiting:
            headers["Retry-After"] = _LATER
        if repeatable and int(status) < UNAVAILABLE.status:
            headers["Idempotency-Replayed"] = _REPLAYED
        headers |= _OWN.get(name, {}).get(status, {})
