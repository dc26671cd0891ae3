"""The API's description (OpenAPI 3.1): what FastAPI finds in the routes, with problems, permissions and headers put in."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api.http import headers, problems
from api.http.links import LINKS
from api.http.model import JSON, Model
from api.http.permissions import Allowed, Open
from api.http.problems import MEDIA_TYPE, Kind, Problem

INTRODUCTION: Final = """\
Tenants, projects and applications of a city's clouds as they were last applied and seen; plans made from manifests; and \
the operations that carry them out.

Send `Authorization: Bearer TOKEN`; `tenantry token create` issues tokens. What a token's part of the tree does not hold is \
not there for it: 404. A query parameter that a route does not have is refused, not left out in silence. Errors are problem details \
(RFC 9457) with a `type` that stays as it is. Every answer has an `X-Request-Id`, yours where you sent one. Messages are in \
English, or in Chinese where `Accept-Language` likes that better; types, names and numbers are the same in both.
"""
TAGS: Final = (
    {"name": "health", "description": "Whether the process lives and can answer. For everybody."},
    {"name": "me", "description": "Who one is to the service."},
    {"name": "clouds", "description": "OpenStack clouds, and what they have left."},
    {"name": "tenants", "description": "The tree of departments, and what their envelopes have left."},
    {"name": "projects", "description": "Keystone projects: asked, enforced, used."},
    {"name": "applications", "description": "Business systems: asked for beside what is there."},
    {"name": "plans", "description": "What would change, and consent to it."},
    {"name": "requests", "description": "What departments ask for: submitted, reviewed, carried out, confirmed."},
    {"name": "delegations", "description": "Who reviews in whose place, for what, on which days."},
    {"name": "reservations", "description": "What requests hold while they wait."},
    {"name": "operations", "description": "Plans under execution, and how to follow them."},
    {"name": "observations", "description": "When clouds were looked at."},
    {"name": "drift", "description": "What is no longer as it was applied."},
    {"name": "reconciliation", "description": "How tenants stand in clouds, and looks at them now."},
    {"name": "usage", "description": "What was used, beside how much is known, and what clouds have left."},
    {"name": "statements", "description": "What departments used and what it costs, month by month."},
    {
        "name": "waves",
        "description": "Applications that are to move together: what each wave would do, and its starts.",
    },
    {"name": "runs", "description": "Waves under way and those that have ended, and how to follow and steer them."},
    {"name": "migrations", "description": "Applications on their way, step by step, with the evidence."},
    {"name": "audit", "description": "Who did what."},
    {"name": "metrics", "description": "What Prometheus scrapes; `metrics.md` has every family."},
)
_SCHEME: Final = "bearer"
#: Which problems a route may answer with, beside those of its own.
_EVERYWHERE: Final = (problems.MALFORMED, problems.UNEXPECTED, problems.UNAVAILABLE)
_LOGGED_IN: Final = (problems.UNAUTHENTICATED, problems.FORBIDDEN)
_DECIDED: Final = (
    *(problems.KEY_REUSED, problems.IN_PROGRESS, problems.CONFLICT, problems.TOO_LARGE, problems.UNSUPPORTED),
    problems.INVALID,
)
_SUBMITTED: Final = (
    *(*_DECIDED, problems.MANIFESTS, problems.NOT_ENOUGH, problems.DECLINED, problems.REFUSED),
    *(problems.CLOUD_FAILED, problems.CLOUD_UNAVAILABLE),
)
_LOOKED: Final = (*_DECIDED, problems.REFUSED, problems.CLOUD_FAILED, problems.CLOUD_UNAVAILABLE)
_OWN: Final[dict[str, tuple[Kind, ...]]] = {
    "make_plan": (
        *(problems.MANIFESTS, problems.KEY_REUSED, problems.REFUSED, problems.IN_PROGRESS, problems.CONFLICT),
        *(problems.TOO_LARGE, problems.UNSUPPORTED, problems.CLOUD_FAILED, problems.CLOUD_UNAVAILABLE),
    ),
    "apply_plan": (
        *(problems.UNCONFIRMED, problems.KEY_REUSED, problems.IN_PROGRESS, problems.CONFLICT),
        *(problems.CHANGED, problems.TOO_LARGE, problems.UNSUPPORTED, problems.REQUIRED, problems.PLAN_EXPIRED),
    ),
    "submit_request": (*_SUBMITTED, problems.NOT_FOUND),
    "submit_request_again": _SUBMITTED,
    "execute_request": _SUBMITTED,
    **dict.fromkeys(("approve_request", "reject_request", "ask_request_changes"), (*_DECIDED, problems.CHANGED)),
    "make_delegation": (*_DECIDED, problems.REFUSED),
    "revoke_delegation": _DECIDED,
    "look_at_tenant": _DECIDED,
    "close_month": (*_DECIDED, problems.REFUSED),
    **dict.fromkeys(("show_usage", "show_capacity", "show_statement"), (problems.REFUSED, problems.NOT_FOUND)),
    **dict.fromkeys(("withdraw_request", "confirm_request"), _DECIDED),
    "show_migration_report": (problems.REFUSED,),
    "plan_wave": _LOOKED,
    "start_wave": (*_LOOKED, problems.CHANGED, problems.REQUIRED),
    **dict.fromkeys(("pause_run", "resume_run", "abort_run"), _DECIDED),
    **dict.fromkeys(("pause_migration", "resume_migration", "abort_migration"), _DECIDED),
    **dict.fromkeys(("retry_migration", "force_migration", "sign_off_migration"), _DECIDED),
}
#: Parts of a resource that have a tag, as it has.
_PARTS: Final = frozenset({"show_request_manifests", "show_request_diff", "show_migration_report", "show_run_report"})
_LANGUAGE: Final = "AcceptLanguage"
_ACCEPTED: Final = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "The languages you read, such as `zh-CN, en;q=0.5`: messages are in Chinese where that is liked better than "
    "English, and in English otherwise.",
    "schema": {"type": "string"},
    "example": "zh-CN",
}
_OPENAPI: Final = "3.1.0"


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of ours."""
    routes = (each.route for each in iter_route_contexts(app.routes))
    return (route for route in routes if isinstance(route, APIRoute))


def permission_of(route: APIRoute) -> Allowed | Open | None:
    """What a route asks of whoever calls it; None where it declares nothing, which a test refuses."""
    calls = (each.call for each in route.dependant.dependencies)
    return next((call for call in calls if isinstance(call, Allowed | Open)), None)


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of all routes."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=_OPENAPI,
        description=app.description,
        tags=app.openapi_tags,
        routes=list(app.routes),
    )
    components = document["components"]
    components["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer", "description": "`tenantry token`"}}
    components["schemas"] |= _problem_schemas()
    components["parameters"] = {_LANGUAGE: _ACCEPTED}
    for each in _models(Model):
        # FastAPI leaves nulls out of examples, which then lack what the models require.
        extra = each.model_config.get("json_schema_extra")
        if each.__name__ in components["schemas"] and isinstance(extra, dict):
            components["schemas"][each.__name__] |= extra
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    for path in document["paths"].values():
        path["parameters"] = [{"$ref": f"#/components/parameters/{_LANGUAGE}"}]
    for route in routes_of(app):
        for method in route.methods or ():
            _complete(document["paths"][route.path_format][method.lower()], route)
    return document


def _models(base: type[Model]) -> Iterator[type[Model]]:
    for each in base.__subclasses__():
        yield each
        yield from _models(each)


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    permission = permission_of(route)
    kinds = [*_EVERYWHERE, *_OWN.get(route.name, ())]
    if isinstance(permission, Allowed):
        operation["security"] = [{_SCHEME: []}]
        operation["x-permission"] = permission.permission.value
        kinds += _LOGGED_IN
    if "{" in route.path:
        kinds.append(problems.NOT_FOUND)
    if operation.get("parameters") or operation.get("requestBody"):
        kinds.append(problems.INVALID)
    answers = operation["responses"]
    for status in [status for status, each in answers.items() if _is_fastapis(each)]:
        del answers[status]
    for status in sorted({kind.status for kind in kinds}):
        _add(answers, status, [kind for kind in kinds if kind.status == status])
    headers.put(answers, name=route.name, kinds=kinds, repeatable=problems.KEY_REUSED in kinds)
    for status, links in LINKS.get(route.name, {}).items():
        answers[status]["links"] = links
    operation["responses"] = dict(sorted(answers.items()))
    if _has_tag(route):
        _conditional(operation)


def _add(answers: dict[str, Any], status: int, kinds: list[Kind]) -> None:
    """A problem as an answer; beside a model of the route's own where that has the same status."""
    content = {
        MEDIA_TYPE: {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "examples": {
                each.name: {
                    "value": {"type": each.type, "title": each.title, "status": status, "requestId": "8b0ce1f2"}
                }
                for each in kinds
            },
        }
    }
    known = answers.setdefault(
        str(status), {"description": "; ".join(f"{each.title} (`{each.name}`)" for each in kinds)}
    )
    known.setdefault("content", {}).update(content)


def _has_tag(route: APIRoute) -> bool:
    """Whether a route shows one resource, or a part of it, which has a tag."""
    shows = route.path.endswith("}") or route.name in _PARTS
    return shows and "GET" in (route.methods or ())


def _conditional(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "200" not in answers or "304" in answers:
        return
    answers["200"].setdefault("headers", {})["ETag"] = headers.TAG
    answers["304"] = {
        "description": "As `If-None-Match` has it.",
        "headers": {"ETag": headers.TAG, "X-Request-Id": headers.REQUEST_ID},
    }
    operation.setdefault("parameters", []).append(
        {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "The `ETag` of what one has: 304 where it still counts.",
            "schema": {"type": "string"},
        }
    )
    operation["responses"] = dict(sorted(answers.items()))


def _is_fastapis(answer: dict[str, Any]) -> bool:
    """Whether an answer is FastAPI's own for parameters that are not right, in place of which ours are problems."""
    schema = answer.get("content", {}).get(JSON, {}).get("schema", {})
    return bool(schema.get("$ref", "").endswith("HTTPValidationError"))


def _problem_schemas() -> dict[str, Any]:
    schema = Problem.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = schema.pop("$defs", {})
    return {"Problem": schema, **parts}
