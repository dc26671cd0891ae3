"""Resources: pages, filters, tags, and what they say beside what was applied and seen."""

import re
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from api.http.service import Service
from provisioner.archive import examine_lines
from provisioner.store import audit
from provisioner.store.database import Database
from tests.integration.http.conftest import CITY, YAML, Client, Clock

LISTS = ["clouds", "tenants", "projects", "applications", "plans", "operations", "observations", "drift", "audit"]


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_empty_before_anything_was_applied(operator: Client, name: str) -> None:
    """And no error; the audit log has the token."""
    answer = operator.get(f"/v1/{name}")
    assert (answer.status_code, answer.json()["next"]) == (200, None)
    assert bool(answer.json()["items"]) == (name == "audit")


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("name", ["tenants", "projects", "audit"])
def test_pages_together_are_the_list(operator: Client, name: str) -> None:
    """One by one, to the end; each once and in order."""
    whole = operator.get(f"/v1/{name}").json()["items"]
    items: list[Any] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = {"cursor": page["next"]} if page["next"] else {}
        page = operator.get(f"/v1/{name}", params={"limit": 1, **cursor}).json()
        items += page["items"]
        assert len(page["items"]) == 1
    assert items == whole
    assert len(items) > 1


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("cursor", ["x", "W10=", "WyJ0ZW5hbnRzIl0=", "bnVsbA==", "市", "WyJ0ZW5hbnRzIiwgMV0="])
def test_a_cursor_of_something_else_is_refused(operator: Client, cursor: str) -> None:
    """Not base64, empty, without a key, null, no ASCII, a number where a name belongs."""
    answer = operator.get("/v1/tenants", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["parameters"][0]["name"]) == (422, "cursor")


@pytest.mark.usefixtures("settled")
def test_a_cursor_is_for_its_own_list(operator: Client) -> None:
    """One of tenants says nothing about clouds."""
    cursor = operator.get("/v1/tenants?limit=1").json()["next"]
    assert operator.get("/v1/clouds", params={"cursor": cursor}).status_code == 422


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("path", ["/v1/clouds/city", "/v1/tenants/market", "/v1/tenants/market/projects/registration"])
def test_what_a_client_has_is_not_sent_again(operator: Client, path: str) -> None:
    """304 with the tag, as long as the answer would be the same."""
    first = operator.get(path)
    again = operator.get(path, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert operator.get(path, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.usefixtures("settled")
def test_a_tenant_has_its_envelope(operator: Client) -> None:
    """With what all below it hold, and what is left."""
    found = operator.get("/v1/tenants/market").json()
    assert (found["displayName"], found["projects"]) == (
        "市市场监督管理局",
        [{"cloud": "city", "name": "registration"}],
    )
    (cores,) = found["envelopes"]
    assert (cores["allocated"], cores["envelope"], cores["left"]) == (8, 100, 92)


@pytest.mark.usefixtures("settled")
def test_a_project_has_its_limits_as_last_seen(operator: Client) -> None:
    """Here it was never made."""
    found = operator.get("/v1/tenants/market/projects/registration").json()
    assert (found["there"], found["seenAt"]) == (False, "2026-11-21T08:30:00Z")
    (cores,) = found["limits"]
    assert (cores["resource"], cores["asked"], cores["enforced"], cores["state"]) == (
        "compute/cores",
        6,
        None,
        "missing",
    )


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tenant=market", ["registration"]),
        ("state=missing", ["files", "registration", "buses"]),
        ("state=matches", []),
        ("cloud=district", []),
    ],
)
def test_projects_are_filtered(operator: Client, query: str, names: list[str]) -> None:
    """By tenant, cloud, and how they stand."""
    assert [each["name"] for each in operator.get(f"/v1/projects?{query}").json()["items"]] == names


@pytest.mark.usefixtures("settled")
def test_a_new_look_shows_at_once(operator: Client, service: Service, clock: Clock) -> None:
    """What is kept in memory is never older than the record."""
    assert service.pictures.newest() is service.pictures.newest()
    clock.move(timedelta(minutes=1))
    operator.post("/v1/plans", content=CITY, headers=YAML)
    assert operator.get("/v1/clouds/city").json()["seenAt"] == "2026-11-21T08:31:00Z"


def test_the_audit_log_is_exported_as_lines(operator: Client, settled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its canonical form, batch by batch, so that it verifies without a database; a part of it too."""
    monkeypatch.setattr(audit, "_BATCH", 1)
    answer = operator.get("/v1/audit/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    found = examine_lines(answer.text.splitlines())
    assert (found.findings, found.end.digest) == ((), operator.get("/v1/audit/head").json()["digest"])
    assert found.end.count > 1
    part = operator.get("/v1/audit/export", params={"from": 2, "since": "2000-01-01T00:00:00Z"}).text
    assert part == answer.text.partition("\n")[2]


def test_the_head_of_the_audit_log_is_the_last_entry(operator: Client, settled: None) -> None:
    """As `audit verify` takes it."""
    last = operator.get("/v1/audit").json()["items"][-1]
    assert operator.get("/v1/audit/head").json() == {"count": last["seq"], "digest": last["digest"]}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/tenants?limit=0",
        "/v1/tenants?limit=many",
        "/v1/audit?since=yesterday",
        "/v1/audit?since=0.5",
        "/v1/audit?until=2026-11-21T08:30:00",
        "/v1/audit?after=-1",
        "/v1/audit?after=9223372036854775808",
        "/v1/operations?state=lost",
        "/v1/drift?tenant=%00",
    ],
)
def test_parameters_that_are_not_right_are_named(operator: Client, path: str) -> None:
    """Each with its place and what it may be."""
    answer = operator.get(path)
    assert answer.status_code == 422
    (wrong,) = answer.json()["parameters"]
    assert (wrong["in"], wrong["name"]) == ("query", path.partition("?")[2].partition("=")[0])


@pytest.mark.parametrize("kind", ["clouds", "tenants", "applications", "plans", "operations"])
@pytest.mark.parametrize("name", ["nothing", "%00", "市", "a" * 5000])
def test_what_is_not_there_is_not_found(operator: Client, kind: str, name: str) -> None:
    """Whatever was asked for."""
    answer = operator.get(f"/v1/{kind}/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/v1/tenants", 405), ("GET", "/v1/me/", 404)]
)
def test_what_cannot_be_done_is_a_problem(operator: Client, method: str, path: str, status: int) -> None:
    """An unknown path, another method, a slash too many."""
    answer = operator(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize(("path", "allowed"), [("/v1/plans", "GET, POST"), ("/v1/plans/x/apply", "POST")])
def test_another_method_is_told_all_that_there_are(operator: Client, path: str, allowed: str) -> None:
    """Those of the path, whichever route they are of."""
    assert operator("DELETE", path).headers["allow"] == allowed


def test_the_service_lives_and_is_ready(nobody: Client, service: Service) -> None:
    """Until it is told to end."""
    assert nobody.get("/livez").json() == {"status": "ok"}
    assert nobody.get("/readyz").json() == {"status": "ready", "database": "ok"}
    service.stopping.set()
    assert nobody.get("/readyz").status_code == 503


def test_a_service_without_its_schema_is_not_ready(nobody: Client, database: Database) -> None:
    """It says so, and not what it knows of the database."""
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE tenantry.alembic_version SET version_num = '0000'")
    answer = nobody.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unready", "database": "wrong-schema"})


@pytest.mark.parametrize(("given", "taken"), [("req-1:市", False), ("a" * 129, False), ("9f/c+d=", True)])
def test_a_request_has_an_id(nobody: Client, given: str, *, taken: bool) -> None:
    """The client's, where it is fit for a log line; and the same in a problem."""
    answer = nobody.get("/v1/me", headers={"x-request-id": given.encode()})
    assert (answer.headers["x-request-id"] == given) == taken
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


def test_what_nobody_expects_is_a_problem_too(operator: Client, service: Service, monkeypatch: Any) -> None:
    """It tells the request's id, and nothing of what happened."""

    def fail() -> None:
        raise RuntimeError("geheim")

    monkeypatch.setattr(service.pictures, "newest", fail)
    answer = operator.get("/v1/tenants")
    assert (answer.status_code, answer.json()["type"]) == (500, "tag:tenantry,2026:unexpected")
    assert "geheim" not in answer.text


@pytest.mark.usefixtures("settled")
def test_answers_are_as_they_are_described(operator: Client, plan: dict[str, Any]) -> None:
    """Every GET, by its own schema."""
    described = operator.get("/openapi.json").json()
    parts = {"cloud": "city", "tenant": "market", "project": "registration", "plan": plan["id"]}
    seen = 0
    for path, item in described["paths"].items():
        named = set(re.findall(r"\{(\w+)\}", path))
        content = item["get"]["responses"]["200"].get("content", {}) if "get" in item else {}
        if not named <= parts.keys() or "application/json" not in content:
            continue
        answer = operator.get(path.format(**parts))
        schema = content["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**schema, "components": described["components"]})
        seen += 1
    assert seen > 15
