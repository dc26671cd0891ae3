"""What to do next: links from an answer to the requests that follow it (OpenAPI 3.1, Link Object)."""

from collections.abc import Mapping
from typing import Any, Final

_ID: Final = "$response.body#/id"
_FIRST: Final = "$response.body#/operations/0/id"


def _to(target: str, told: str, parameters: Mapping[str, str], body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    link: dict[str, Any] = {"operationId": target, "description": told, "parameters": dict(parameters)}
    return link if body is None else {**link, "requestBody": dict(body)}


_REQUEST: Final = {"request_id": _ID}
_DECIDED: Final = {"fingerprint": "$response.body#/fingerprint"}
_OF_REQUEST: Final[Mapping[str, Any]] = {
    "show": _to("show_request", "As it stands.", _REQUEST),
    "difference": _to("show_request_diff", "What it changes.", _REQUEST),
    "manifests": _to("show_request_manifests", "What it brings.", _REQUEST),
    "administrativeReview": _to(
        "approve_request",
        "The first review of two.",
        _REQUEST,
        {**_DECIDED, "review": "administrative", "comment": ""},
    ),
    "technicalReview": _to(
        "approve_request",
        "The second, by somebody else.",
        _REQUEST,
        {**_DECIDED, "review": "technical", "comment": ""},
    ),
    "withdraw": _to("withdraw_request", "Take it back.", _REQUEST),
}
_OF_OPERATIONS: Final[Mapping[str, Any]] = {
    "operation": _to("operation", "The first of them.", {"operation": _FIRST}),
    "events": _to("operation_events", "Follow the first of them.", {"operation": _FIRST}),
}
_THE_RUN: Final = {"run": _ID}
_OF_RUN: Final[Mapping[str, Any]] = {
    "show": _to("show_run", "As it is.", _THE_RUN),
    "migrations": _to("list_run_migrations", "Its applications.", _THE_RUN),
    "pause": _to("pause_run", "Begin no further step.", _THE_RUN),
    "resume": _to("resume_run", "Go on after a pause.", _THE_RUN),
    "abort": _to("abort_run", "Take back what was done.", _THE_RUN),
}
_EXECUTE: Final = _to("execute_request", "Have it carried out, once it is approved.", _REQUEST)
#: Links by route and status.
LINKS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "make_plan": {
        "201": {
            "show": _to("show_plan", "The plan again.", {"plan": _ID}),
            "apply": _to("apply_plan", "Consent to it.", {"plan": _ID, "If-Match": "$response.header.ETag"}),
        }
    },
    "apply_plan": {"200": _OF_OPERATIONS, "202": _OF_OPERATIONS},
    "submit_request": {"201": _OF_REQUEST},
    "approve_request": {"200": {"execute": _EXECUTE}},
    "execute_request": {"202": _OF_OPERATIONS},
    "plan_wave": {
        "200": {
            "start": _to(
                "start_wave", "Consent to it.", {"wave": "$response.body#/wave", "If-Match": "$response.header.ETag"}
            ),
        }
    },
    "start_wave": {"201": _OF_RUN},
    "make_delegation": {"201": {"revoke": _to("revoke_delegation", "Take it back.", {"delegation_id": _ID})}},
}
