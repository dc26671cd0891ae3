"""Schemathesis over our description: what it checks of every answer beside its own checks, and how a run of it is made."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import negative_data_rejection

from api.http.problems import KINDS, MEDIA_TYPE

Known = Mapping[str, Sequence[str]]

_KINDS: Final = {kind.type: kind for kind in KINDS}
_SEED: Final = 20261121
#: What says nothing here: good data is refused where what is there forbids it, who may what is tested elsewhere, nothing is
#: deleted; and what is refused has a check of ours.
_APART: Final = (
    *("positive_data_acceptance", "negative_data_rejection", "ignored_auth", "object_level_authorization"),
    *("use_after_free", "ensure_resource_availability"),
)
#: What every server says of an answer, and what every answer of ours says of itself.
_GENERAL: Final = frozenset(
    {"content-type", "content-length", "transfer-encoding", "connection", "date", "server", "vary", "cache-control"}
    | {"x-content-type-options", "allow"}
)
#: Which names that there are go where, by location and parameter.
_NAMED: Final = {
    "path.tenant": "tenants",
    "query.tenant": "tenants",
    "query.parent": "tenants",
    "query.subtree": "tenants",
    "path.project": "projects",
    "path.cloud": "clouds",
    "query.cloud": "clouds",
    "path.request_id": "requests",
    "query.request": "requests",
    "path.plan": "plans",
    "query.plan": "plans",
    "path.operation": "operations",
    "path.delegation_id": "delegations",
    "path.wave": "waves",
    "path.run": "runs",
    "path.migration": "migrations",
    "header.If-Match": "tags",
    "body.fingerprint": "fingerprints",
}
#: How often such a name is taken, and not one that is made up.
_OFTEN: Final = 0.7
#: Of what goes on, a stream is cut short after so many seconds.
_STREAM: Final = 5
_UNKNOWN_HEADER: Final = "x-schemathesis-unknown-property"


@schemathesis.check
def known_problem(_: CheckContext, response: schemathesis.Response, case: Case) -> None:  # as checks are
    """Every error is a problem of a kind that is listed, with the status of its kind and the request's id."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == [MEDIA_TYPE], f"not a problem: {response.headers['content-type']}"
    problem = response.json()
    kind = _KINDS.get(problem["type"])
    assert kind is not None, f"{problem['type']} is no known kind of problem"
    assert problem["status"] == response.status_code == kind.status, f"{problem['status']} in the body"
    if "idempotency-replayed" not in response.headers:
        assert [problem["requestId"]] == response.headers["x-request-id"], "the body has another request's id"


@schemathesis.check
def request_id_in_every_answer(_: CheckContext, response: schemathesis.Response, case: Case) -> None:
    """Ours where theirs could not be taken."""
    assert len(response.headers.get("x-request-id", [])) == 1, "no request id, or several"


@schemathesis.check
def described_headers(_: CheckContext, response: schemathesis.Response, case: Case) -> None:
    """No header comes as a surprise."""
    described = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    known = {name.lower() for name in described.get("headers", ())} | _GENERAL
    surprising = set(response.headers) - known if described else set()
    assert not surprising, f"headers that are not described: {sorted(surprising)}"


@schemathesis.check
def bad_data_refused(context: CheckContext, response: schemathesis.Response, case: Case) -> bool | None:
    """As Schemathesis has it, but for headers of unknown names, which are for others on the way, and drafts, which are only kept."""
    drafted = case.operation.label == "POST /v1/requests" and '"state":"draft"' in response.text
    if drafted or _UNKNOWN_HEADER in (case.headers or {}):
        return None
    return negative_data_rejection(context, response, case)


@schemathesis.serializer("application/yaml")
def _as_it_is(_: schemathesis.SerializationContext, value: object) -> bytes:
    """YAML as text, not as a value that is to be written as YAML."""
    return str(value).encode("utf-8", errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run over the whole description."""

    url: str
    headers: Mapping[str, str]
    known: Known
    #: Random requests of each route.
    examples: int
    #: Whether every edge of every parameter is tried too: about two thousand requests.
    edges: bool

    def config(self) -> schemathesis.Config:
        """How Schemathesis is to go about it; the same each time."""
        manifests = {"dictionary": "manifests", "probability": _OFTEN}
        return schemathesis.Config.from_dict(
            {
                "base-url": self.url,
                "headers": dict(self.headers),
                "seed": _SEED,
                "dictionaries": {name: {"values": list(values)} for name, values in self.known.items()},
                "parameters": _of_dictionaries(_NAMED),
                "generation": {
                    "max-examples": self.examples,
                    "database": "none",
                    "deterministic": True,
                    "no-shrink": True,
                },
                "checks": {name: {"enabled": False} for name in _APART},
                "phases": {"coverage": {"enabled": self.edges}},
                "operations": [
                    {
                        "include-operation-id": ["make_plan", "submit_request", "submit_request_again"],
                        "generation": {"dictionaries": {"string": manifests}},
                    },
                    {  # of waves that have ended, so that streams end too
                        "include-operation-id": ["run_events", "migration_events"],
                        "parameters": _of_dictionaries(
                            {"path.run": "ended-runs", "path.migration": "ended-migrations"}
                        ),
                        "request-timeout": _STREAM,
                    },
                    {  # a wave that can start, by its plan
                        "include-operation-id": ["start_wave"],
                        "parameters": _of_dictionaries({"path.wave": "startable", "header.If-Match": "wave-tags"}),
                    },
                    {  # where it is, a statement could be read of a tenant of that name
                        "include-operation-id": ["close_month"],
                        "checks": {"allow_header_conformance": {"enabled": False}},
                    },
                ],
                "continue-on-failure": True,
                "max-stream-events": 20,
                "request-timeout": 60,
            }
        )


def _of_dictionaries(named: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"dictionary": of, "probability": _OFTEN} for name, of in named.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer."""

    #: Method and path, as the description has it.
    operation: str
    sent: str
    status: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What came of a run."""

    exchanges: Sequence[Exchange]
    #: What is wrong, once for each operation and check, with how to see it again.
    failures: Mapping[tuple[str, str], str]

    def statuses(self, operation: str) -> frozenset[int]:
        """How an operation answered."""
        return frozenset(each.status for each in self.exchanges if each.operation == operation)


def examine(description: Mapping[str, Any], run: Run) -> Findings:
    """Send what Schemathesis makes of a description, and check every answer."""
    schema = schemathesis.openapi.from_dict(_about(description, run.known), config=run.config())
    exchanges: list[Exchange] = []
    failures: dict[tuple[str, str], str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, FatalError):
            raise event.exception
        if isinstance(event, NonFatalError):
            failures.setdefault((event.label, "error"), repr(event.value))
        if isinstance(event, ScenarioFinished):
            exchanges += _exchanges(event)
            for at, told in _failures(event):
                failures.setdefault(at, told)
    return Findings(exchanges=exchanges, failures=failures)


def _about(description: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """The description, with examples that are about what there is."""
    document = copy.deepcopy(dict(description))
    for path in ("/v1/plans", "/v1/requests", "/v1/requests/{request_id}/submit"):
        content = document["paths"][path]["post"]["requestBody"]["content"]
        for media, told in (("application/yaml", str), ("application/json", lambda text: {"files": {"a.yaml": text}})):
            del content[media]["example"]
            content[media]["examples"] = {f"{n}": {"value": told(text)} for n, text in enumerate(known["manifests"])}
    for act in ("approve", "ask-changes", "reject"):
        operation = document["paths"][f"/v1/requests/{{request_id}}/{act}"]["post"]
        reviewed = {"review": "administrative", "fingerprint": known["fingerprints"][-1], "comment": "规划"}
        operation["requestBody"]["content"]["application/json"]["example"] = reviewed
        operation["parameters"][0]["example"] = known["requests"][-1]
    return document


def _exchanges(event: ScenarioFinished) -> Iterator[Exchange]:
    for name, each in event.recorder.interactions.items():
        assert each.response is not None, f"no answer to {each.request.method} {each.request.uri}"
        body = each.request.body.decode(errors="replace") if each.request.body else ""
        yield Exchange(
            operation=event.recorder.cases[name].value.operation.label,
            sent=f"{each.request.uri} {body}",
            status=each.response.status_code,
            text=each.response.text,
        )


def _failures(event: ScenarioFinished) -> Iterator[tuple[tuple[str, str], str]]:
    for name, checks in event.recorder.checks.items():
        for each in checks:
            if each.failure_info is not None:
                operation = event.recorder.cases[name].value.operation.label
                failure = each.failure_info.failure
                yield (operation, each.name), f"{failure.title}: {failure.message}\n{each.failure_info.code_sample}"
