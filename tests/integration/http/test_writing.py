"""Plans are made and applied over HTTP; the same request twice is done once, and what is wrong is told with its place."""

import json
from datetime import timedelta
from typing import Any

import pytest

from api.http.service import Service
from provisioner.access import Role
from provisioner.errors import StoreUnavailable
from provisioner.operation import OperationState
from provisioner.store import audit, operations, pages
from provisioner.store.answers import KEPT
from provisioner.store.database import Database
from provisioner.store.pages import OperationFilter
from tests.integration.http.conftest import CITY, YAML, Client, Clock, LogIn

JSON = {"content-type": "application/json"}
LARGE = 16 * 1024 * 1024 + 1


def key(name: str = "k-1") -> dict[str, str]:
    """A key of one's own choice."""
    return {"idempotency-key": name}


def begin(client: Client, plan: dict[str, Any], **headers: str) -> Any:
    """Consent to a plan as it stands."""
    return client.post(f"/v1/plans/{plan['id']}/apply", headers={"if-match": f'"{plan["fingerprint"]}"', **headers})


def queued(database: Database) -> int:
    """How many operations there are."""
    with database.autocommit() as connection:
        return len(pages.operations(connection, OperationFilter(), limit=100))


def test_a_plan_is_made_and_kept(operator: Client, plan: dict[str, Any]) -> None:
    """It can be read again, and says who made it."""
    found = operator.get(f"/v1/plans/{plan['id']}")
    assert found.json() == {name: value for name, value in plan.items() if name != "warnings"}
    assert (plan["actor"], plan["summary"]["create"], found.headers["etag"]) == ("李娜", 6, f'"{plan["fingerprint"]}"')
    assert [each["displayName"] for each in plan["sections"]] == ["档案室", "市市场监督管理局", "市交通运输局"]


def test_a_plan_may_be_for_some_tenants(operator: Client) -> None:
    """Checks are over all; one that no manifest names is refused with the nearest."""
    made = operator.post("/v1/plans?tenant=market", content=CITY, headers=YAML).json()
    assert [each["tenant"] for each in made["sections"]] == ["market"]
    refused = operator.post("/v1/plans?tenant=markets", content=CITY, headers=YAML)
    assert (refused.status_code, refused.json()["parameters"][0]["name"]) == (422, "tenant")
    assert "market" in refused.json()["detail"]


def test_everything_wrong_is_told_with_its_place(operator: Client) -> None:
    """Every problem at once, by line and column of the body."""
    wrong = CITY.replace("protectionLevel: 3", "protectionLevel: 9").replace("parent: market", "parent: markte")
    answer = operator.post("/v1/plans", content=wrong, headers=YAML)
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:invalid-manifests")
    lines = wrong.split("\n")
    told = {lines[each["line"] - 1][each["column"] - 1 :][:6] for each in answer.json()["problems"]}
    assert told >= {"9", "markte"}


def test_what_the_cloud_cannot_give_is_told_with_its_place(operator: Client) -> None:
    """Only the look at the cloud shows it; no plan is left behind."""
    wrong = CITY.replace("purpose: 档案,", "purpose: 档案, members: [{group: ghosts, role: member}],")
    answer = operator.post("/v1/plans", content=wrong, headers=YAML)
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:invalid-manifests")
    assert "ghosts" in wrong.split("\n")[answer.json()["problems"][0]["line"] - 1]
    assert operator.get("/v1/plans").json()["items"] == []


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", YAML, 422),
        (b"{", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"null", JSON, 422),
        (b'{"files": []}', JSON, 400),
        (b'{"files": {"a.txt": ""}}', JSON, 400),
        (b"\xff\xfe\x00", YAML, 422),
        (b"kind: Tenant", {"content-type": "text/plain"}, 415),
        (b"kind: Tenant", {}, 415),
        (b"#" * LARGE, YAML, 413),
    ],
)
def test_a_body_that_is_none_is_a_problem(
    operator: Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Empty, broken, too deep, nothing, of another form or type, too large."""
    answer = operator.post("/v1/plans", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_manifests_may_come_as_named_files(operator: Client) -> None:
    """As a folder holds them; problems name the file."""
    documents = CITY.split("---\n")
    files = {f"{number}.yaml": text for number, text in enumerate(documents)}
    assert operator.post("/v1/plans", json={"files": files}).status_code == 201
    files["1.yaml"] = files["1.yaml"].replace("protectionLevel: 3", "protectionLevel: 9")
    wrong = operator.post("/v1/plans", json={"files": files}).json()["problems"]
    assert "1.yaml" in {each["file"] for each in wrong}


def test_consent_queues_what_there_is_to_do(operator: Client, plan: dict[str, Any], database: Database) -> None:
    """202 with the operations; nobody carries them out here."""
    answer = begin(operator, plan)
    assert (answer.status_code, answer.json()["begun"]) == (202, True)
    assert {each["state"] for each in answer.json()["operations"]} == {"queued"}
    listed = operator.get(answer.headers["location"]).json()["items"]
    assert [each["id"] for each in listed] == [each["id"] for each in answer.json()["operations"]]
    assert (len(listed), queued(database)) == (3, 3)


def test_a_plan_is_applied_once(operator: Client, plan: dict[str, Any], database: Database) -> None:
    """Consent that comes again, from whomever, finds the operations of the first."""
    first, again = begin(operator, plan), begin(operator, plan)
    assert (again.status_code, again.json()["begun"]) == (200, False)
    assert again.json()["operations"] == first.json()["operations"]
    assert queued(database) == 3
    assert operator.get("/v1/plans").json()["items"][0]["applied"] is True


def test_consent_names_what_it_is_for(operator: Client, plan: dict[str, Any], database: Database) -> None:
    """Without a tag: 428. With another: 412. Nothing is queued."""
    path = f"/v1/plans/{plan['id']}/apply"
    assert operator.post(path).status_code == 428
    assert operator.post(path, headers={"if-match": '"other"'}).status_code == 412
    assert queued(database) == 0


def test_consent_is_in_the_audit_log_by_name(operator: Client, plan: dict[str, Any], database: Database) -> None:
    """Whoever's token it was."""
    begin(operator, plan)
    with database.autocommit() as connection:
        assert audit.verify(connection) == ()
        last = list(audit.read(connection))[-1].event
    assert (last.actor, last.action, last.subject) == ("李娜", "plan.approved", plan["id"])


def test_the_same_request_is_answered_as_the_first_time(operator: Client) -> None:
    """Word for word, and no second plan is made; it says that it is a repetition."""
    first, again = (operator.post("/v1/plans", content=CITY, headers={**YAML, **key()}) for _ in range(2))
    assert (again.content, again.status_code) == (first.content, 201)
    assert again.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(operator.get("/v1/plans").json()["items"]) == 1


def test_consent_is_answered_as_the_first_time(operator: Client, plan: dict[str, Any]) -> None:
    """202 again, though it is applied by now."""
    answers = [begin(operator, plan, **key()) for _ in range(2)]
    assert [each.status_code for each in answers] == [202, 202]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("change", ["body", "query", "path"])
def test_a_key_is_for_one_request(operator: Client, plan: dict[str, Any], change: str) -> None:
    """Another body, query or path under it is refused."""
    operator.post("/v1/plans", content=CITY, headers={**YAML, **key()})
    if change == "path":
        answer = begin(operator, plan, **key())
    else:
        content = CITY + "\n" if change == "body" else CITY
        query = "?recorded=true" if change == "query" else ""
        answer = operator.post(f"/v1/plans{query}", content=content, headers={**YAML, **key()})
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:idempotency-key-reused")


def test_a_refusal_is_answered_as_the_first_time(operator: Client) -> None:
    """What was wrong then is wrong now."""
    answers = [operator.post("/v1/plans", content="kind: x", headers={**YAML, **key()}) for _ in range(2)]
    assert [each.status_code for each in answers] == [422, 422]
    assert answers[0].content == answers[1].content


def test_everybody_has_keys_of_their_own(operator: Client, log_in: LogIn) -> None:
    """The same text is another key in other hands."""
    operator.post("/v1/plans", content=CITY, headers={**YAML, **key()})
    other = log_in(Role.OPERATOR, actor="王芳").post("/v1/plans", content="kind: x", headers={**YAML, **key()})
    assert other.json()["type"] == "tag:tenantry,2026:invalid-manifests"


def test_a_key_is_forgotten_after_a_day(operator: Client, clock: Clock, database: Database) -> None:
    """Then it is a new request; a token may last longer."""
    first = operator.post("/v1/plans", content=CITY, headers={**YAML, **key()})
    clock.move(KEPT + timedelta(seconds=1))
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE tenantry.tokens SET expires_at = expires_at + interval '7 days'")
    again = operator.post("/v1/plans", content=CITY, headers={**YAML, **key()})
    assert (again.status_code, again.json()["id"] == first.json()["id"]) == (201, False)


def test_what_failed_by_accident_may_be_tried_again(
    operator: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of 500 and above is not kept under the key; the database's name stays inside."""

    def fail(*_: object) -> None:
        raise StoreUnavailable("the database postgresql://user@host cannot be reached")

    with monkeypatch.context() as patch:
        patch.setattr("provisioner.proposal.Proposer.propose", fail)
        first = operator.post("/v1/plans", content=CITY, headers={**YAML, **key()})
    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
    assert "postgresql" not in first.text
    assert operator.post("/v1/plans", content=CITY, headers={**YAML, **key()}).status_code == 201


def events(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """A stream's events: id, name, data."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
def ended(operator: Client, plan: dict[str, Any], database: Database) -> str:
    """An operation that was stopped after its first step had begun."""
    operation: str = begin(operator, plan).json()["operations"][0]["id"]
    with database.transaction() as connection:
        operations.begin_step(connection, operation, 0)
        operations.set_state(connection, operation, OperationState.STOPPED)
    return operation


def test_an_operation_is_followed_to_its_end(operator: Client, ended: str) -> None:
    """Each step that moved, and the end last; then the stream ends."""
    told = events(operator.get(f"/v1/operations/{ended}/events").text)
    assert [(name, data["state"]) for _, name, data in told] == [("step", "started"), ("operation", "stopped")]


def test_a_stream_goes_on_where_it_broke_off(operator: Client, ended: str) -> None:
    """What came since the last event, and nothing twice; after the end there is nothing to come back for."""
    path = f"/v1/operations/{ended}/events"
    first, last = events(operator.get(path).text)
    assert events(operator.get(path, headers={"last-event-id": first[0]}).text) == [last]
    assert operator.get(path, headers={"last-event-id": last[0]}).status_code == 204


@pytest.mark.parametrize("last", ["x", "running:d.1", "running:d.999999", "lost:p.2", "running:p.1p", ":q.2"])
def test_an_id_of_something_else_is_refused(operator: Client, ended: str, last: str) -> None:
    """A client that mixes operations up learns it."""
    answer = operator.get(f"/v1/operations/{ended}/events", headers={"last-event-id": last})
    assert (answer.status_code, answer.json()["parameters"][0]["name"]) == (422, "Last-Event-ID")
