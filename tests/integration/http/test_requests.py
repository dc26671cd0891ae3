"""Departments ask over HTTP, reviewers decide, and nobody learns of others' requests."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from provisioner.access import Role
from provisioner.store import audit, reservations
from provisioner.store.database import Database
from tests.integration.http.conftest import YAML, Client, Clock, LogIn, departments

JSON = {"content-type": "application/json"}
ABSENT = "01jd7z9k3m5p7r9t1x"
Decide = Callable[..., Any]


def wanted(cores: int, *, name: str = "market") -> str:
    """A department's own manifest, asking for so many cores in its first project."""
    text = departments()[name]
    held = {"market": 6, "archive": 2, "transport": 4}[name]
    return text.replace(f"cores: {held}", f"cores: {cores}")


def ask(client: Client, cores: int = 10, **more: Any) -> Any:
    """Submit it."""
    headers = {**YAML, **more.pop("headers", {})}
    return client.post("/v1/requests", content=wanted(cores), headers=headers, params=more)


@pytest.fixture
def member(log_in: LogIn, in_force: None) -> Client:
    """The department's engineer."""
    return log_in(Role.MEMBER, "market", "张伟")


@pytest.fixture
def stranger(log_in: LogIn, in_force: None) -> Client:
    """Another department's engineer."""
    return log_in(Role.MEMBER, "transport", "陈明")


@pytest.fixture
def reviewers(log_in: LogIn) -> tuple[Client, Client]:
    """Two people of the authority."""
    return log_in(Role.REVIEWER, actor="王芳"), log_in(Role.REVIEWER, actor="赵磊")


@pytest.fixture
def asked(member: Client) -> Any:
    """A request for 4 cores more, which is with the reviewers."""
    made = ask(member, comment="年底前上线")
    assert made.status_code == 201, made.text
    return made.json()


def decide(client: Client, request: Any, act: str, review: str, **more: Any) -> Any:
    """Review it as it was when it was last seen."""
    body = {"review": review, "fingerprint": request["fingerprint"], "comment": "不符合规划", **more.pop("body", {})}
    return client.post(f"/v1/requests/{request['id']}/{act}", json=body, **more)


@pytest.fixture
def approved(asked: Any, reviewers: tuple[Client, Client]) -> Any:
    """As `asked`, after both reviews."""
    for client, review in zip(reviewers, ("administrative", "technical"), strict=True):
        answer = decide(client, asked, "approve", review)
        assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_request_is_with_the_reviewers(asked: Any, reviewers: tuple[Client, Client], member: Client) -> None:
    """With its form, cost, room, use, history and deadlines."""
    shown = reviewers[0].get(f"/v1/requests/{asked['id']}").json()
    assert (shown["state"], shown["review"], shown["requester"]) == ("administrative-review", "administrative", "张伟")
    assert shown["actions"] == ["approve", "reject", "ask-changes"]
    assert shown["projects"][0]["purpose"] == "商事登记"
    assert shown["cost"] == [{"cloud": "city", "resource": "compute/cores", "unit": "count", "asked": 4}]
    rooms = {each["tenant"]: [each[name] for name in ("total", "held", "asked", "left")] for each in shown["rooms"]}
    assert rooms == {"market": [100, 8, 4, 88], None: [100, 12, 4, 84]}
    assert [(each["act"], each["actor"], each["comment"]) for each in shown["history"]] == [
        ("submit", "张伟", "年底前上线"),
        ("take-up", "tenantry", ""),
    ]
    assert (shown["displayName"], shown["overdue"]) == ("市市场监督管理局", False)
    assert (asked["actions"], member.get(f"/v1/plans/{shown['plan']}").status_code) == (["withdraw"], 200)


def test_a_member_is_not_told_what_others_hold(asked: Any) -> None:
    """What it takes of the cloud, but not how much the cloud has."""
    assert [each["tenant"] for each in asked["rooms"]] == ["market"]
    assert asked["cost"][0]["asked"] == 4


def test_two_people_approve(approved: Any, member: Client, log_in: LogIn) -> None:
    """Then it waits to be carried out; its unit may still take it back."""
    assert (approved["state"], approved["review"]) == ("approved", None)
    assert [each["actor"] for each in approved["history"] if each["act"] == "approve"] == ["王芳", "赵磊"]
    assert member.get(f"/v1/requests/{approved['id']}").json()["actions"] == ["withdraw"]
    assert log_in().get(f"/v1/requests/{approved['id']}").json()["actions"] == ["execute", "withdraw"]


def test_an_approved_request_is_carried_out(approved: Any, operator: Client) -> None:
    """202 with the operations, which the record then lists."""
    begun = operator.post(f"/v1/requests/{approved['id']}/execute")
    assert (begun.status_code, begun.json()["request"]["state"]) == (202, "executing")
    assert {(each["tenant"], each["state"]) for each in begun.json()["operations"]} == {("market", "queued")}
    listed = operator.get(begun.headers["location"]).json()["items"]
    assert [each["id"] for each in listed] == [each["id"] for each in begun.json()["operations"]]
    again = operator.post(f"/v1/requests/{approved['id']}/execute").json()
    assert [each["id"] for each in again["operations"]] == [each["id"] for each in listed]


def test_what_is_not_approved_is_not_carried_out(asked: Any, operator: Client) -> None:
    """409, with where it is."""
    answer = operator.post(f"/v1/requests/{asked['id']}/execute")
    assert (answer.status_code, answer.json()["type"]) == (409, "tag:tenantry,2026:conflict")
    assert "administrative review" in answer.json()["detail"]


def test_a_carried_out_request_is_confirmed(approved: Any, member: Client, carry_out: Callable[[str], None]) -> None:
    """By its unit; then it is open."""
    carry_out(approved["id"])
    assert member.get(f"/v1/requests/{approved['id']}").json()["actions"] == ["confirm"]
    opened = member.post(f"/v1/requests/{approved['id']}/confirm", json={"comment": "已验收"}).json()
    assert (opened["state"], opened["history"][-1]["comment"], opened["actions"]) == ("open", "已验收", [])


def test_nobody_reviews_their_own_request(in_force: None, log_in: LogIn, asked: Any) -> None:
    """Whatever role they have."""
    answer = decide(log_in(Role.REVIEWER, actor="张伟"), asked, "approve", "administrative")
    assert (answer.status_code, answer.json()["type"]) == (409, "tag:tenantry,2026:conflict")
    assert "张伟 asked for this" in answer.json()["detail"]


def test_nobody_makes_both_reviews(asked: Any, reviewers: tuple[Client, Client]) -> None:
    """They are made by different people."""
    assert decide(reviewers[0], asked, "approve", "administrative").status_code == 200
    answer = decide(reviewers[0], asked, "approve", "technical")
    assert (answer.status_code, "王芳" in answer.json()["detail"]) == (409, True)


def test_the_same_approval_twice_is_one(asked: Any, reviewers: tuple[Client, Client]) -> None:
    """Even without a key."""
    first, again = (decide(reviewers[0], asked, "approve", "administrative") for _ in range(2))
    assert (again.status_code, again.json()["history"]) == (200, first.json()["history"])


def test_a_decision_is_about_one_plan(asked: Any, reviewers: tuple[Client, Client]) -> None:
    """412 for another than the request's; nothing is decided."""
    answer = decide(reviewers[0], asked, "approve", "administrative", body={"fingerprint": "0" * 64})
    assert (answer.status_code, answer.json()["type"]) == (412, "tag:tenantry,2026:fingerprint-mismatch")
    assert reviewers[0].get(f"/v1/requests/{asked['id']}").json()["state"] == "administrative-review"


@pytest.mark.parametrize("comment", ["", "  ", None])
@pytest.mark.parametrize("act", ["reject", "ask-changes"])
def test_an_objection_has_a_reason(asked: Any, reviewers: tuple[Client, Client], act: str, comment: str | None) -> None:
    """422 without."""
    answer = decide(reviewers[0], asked, act, "administrative", body={"comment": comment})
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:invalid-parameters")


def test_a_rejected_request_gives_back_what_it_reserved(
    asked: Any, reviewers: tuple[Client, Client], database: Database
) -> None:
    """At once, with the reason on record."""
    rejected = decide(reviewers[0], asked, "reject", "administrative").json()
    assert (rejected["state"], rejected["history"][-1]["comment"]) == ("rejected", "不符合规划")
    with database.transaction() as connection:
        assert reservations.live(connection) == {}


def test_a_withdrawn_request_gives_back_what_it_reserved(asked: Any, member: Client, database: Database) -> None:
    """A second time it changes nothing."""
    for _ in range(2):
        assert member.post(f"/v1/requests/{asked['id']}/withdraw").json()["state"] == "withdrawn"
    with database.transaction() as connection:
        assert reservations.live(connection) == {}
    assert member.post(f"/v1/requests/{asked['id']}/confirm").status_code == 409


def test_a_changed_request_passes_both_reviews_again(
    asked: Any, member: Client, reviewers: tuple[Client, Client]
) -> None:
    """With other manifests, and with the difference to what was looked at before."""
    given_back = decide(reviewers[0], asked, "ask-changes", "administrative").json()
    assert given_back["state"] == "changes-asked"
    again = member.post(f"/v1/requests/{asked['id']}/submit", content=wanted(8), headers=YAML).json()
    assert (again["state"], again["cost"][0]["asked"]) == ("administrative-review", 2)
    assert decide(reviewers[0], asked, "approve", "administrative").status_code == 412
    diff = reviewers[0].get(f"/v1/requests/{asked['id']}/diff").json()
    assert (diff["replanned"]["act"], diff["replanned"]["from"]) == ("submit", asked["fingerprint"])
    assert any("cores 8" in each and "cores 10" in each for each in diff["replanned"]["changes"])


NEWCOMER = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: patents, displayName: 知识产权处}
spec:
  parent: market
  protectionLevel: 2
  projects:
    - {name: search, cloud: city, zone: extranet, purpose: 专利检索, quota: {compute: {cores: 1}}}
"""


def test_a_tenant_that_a_request_brings_is_its_parents_to_see(
    operator: Client, member: Client, stranger: Client
) -> None:
    """From the beginning, before anything is applied; and nobody else's."""
    made = operator.post("/v1/requests", content=NEWCOMER, headers=YAML, params={"tenant": "patents"})
    assert made.status_code == 201, made.text
    path = f"/v1/requests/{made.json()['id']}"
    assert member.get(path).json()["tenant"] == "patents"
    assert [each["tenant"] for each in member.get("/v1/requests").json()["items"]] == ["patents"]
    assert stranger.get("/v1/requests").json()["items"] == []
    assert stranger.get(path).json()["detail"] == stranger.get(f"/v1/requests/{ABSENT}").json()["detail"].replace(
        ABSENT, made.json()["id"]
    )


def test_what_a_request_changes_is_told_in_chinese(asked: Any, reviewers: tuple[Client, Client]) -> None:
    """To whoever likes that better."""
    answer = reviewers[0].get(f"/v1/requests/{asked['id']}/diff", headers={"accept-language": "zh-CN"})
    assert "city/market/registration/quota/compute：新建（cores 10）" in answer.json()["changes"]


def test_a_request_under_review_is_not_changed(asked: Any, member: Client) -> None:
    """409; with the same manifests it is as it was."""
    path = f"/v1/requests/{asked['id']}/submit"
    answer = member.post(path, content=wanted(8), headers=YAML)
    assert (answer.status_code, answer.json()["type"]) == (409, "tag:tenantry,2026:conflict")
    assert member.post(path).json()["history"] == asked["history"]


def test_a_draft_is_kept_and_submitted_later(member: Client, database: Database) -> None:
    """It reserves nothing before that, and needs not even be right."""
    body = {"files": {"ours.yaml": wanted(10)}, "draft": True, "comment": "草稿"}
    draft = member.post("/v1/requests", json=body)
    assert (draft.status_code, draft.json()["state"], draft.json()["plan"]) == (201, "draft", None)
    assert draft.json()["actions"] == ["submit", "withdraw"]
    with database.transaction() as connection:
        assert reservations.live(connection) == {}
    submitted = member.post(f"/v1/requests/{draft.json()['id']}/submit").json()
    assert (submitted["state"], submitted["id"]) == ("administrative-review", draft.json()["id"])


def test_a_draft_that_cannot_be_read_is_shown(member: Client) -> None:
    """Without a form; submitting it tells what is wrong with its place."""
    wrong = wanted(10).replace("protectionLevel: 3", "protectionLevel: 9")
    draft = member.post("/v1/requests?draft=true", content=wrong, headers=YAML).json()
    assert draft["projects"] == []
    answer = member.post(f"/v1/requests/{draft['id']}/submit")
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:invalid-manifests")
    (problem,) = answer.json()["problems"]
    assert wrong.split("\n")[problem["line"] - 1][problem["column"] - 1] == "9"


def test_too_much_is_declined_with_what_would_fit(member: Client) -> None:
    """With the numbers of one's own envelope."""
    answer = ask(member, 200)
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:not-enough-left")
    (short,) = answer.json()["shortfalls"]
    assert [short[name] for name in ("tenant", "total", "held", "reserved", "asked", "largest")] == [
        *("market", 100, 8, 0, 194, 92)
    ]


def test_a_member_is_told_what_would_fit_and_not_what_others_hold(member: Client, operator: Client) -> None:
    """Where it is the cloud that has too little left: its numbers are for those who see all."""
    answer = ask(member, 98)
    (short,) = answer.json()["shortfalls"]
    assert short == {"cloud": "city", "resource": "compute/cores", "unit": "count", "asked": 92, "largest": 88}
    assert "100" not in answer.json()["detail"]
    (whole,) = ask(operator, 98, tenant="market").json()["shortfalls"]
    assert (whole["total"], whole["held"], whole["reserved"], whole["largest"]) == (100, 12, 0, 88)


def test_what_is_in_force_is_nothing_to_ask_for(member: Client) -> None:
    """422 of its own kind."""
    answer = ask(member, 6)
    assert (answer.status_code, answer.json()["type"]) == (422, "tag:tenantry,2026:declined")


def test_a_refusal_is_on_record(member: Client, database: Database) -> None:
    """By whom, and why."""
    ask(member, 200)
    with database.autocommit() as connection:
        (entry,) = [each for each in audit.read(connection) if each.event.action == "request.declined"]
    assert (entry.event.actor, entry.event.detail["tenant"]) == ("张伟", "market")


@pytest.mark.parametrize("tenant", ["transport", "nobody"])
def test_nobody_asks_for_others(member: Client, tenant: str) -> None:
    """404, whether there are such others or not."""
    answer = ask(member, tenant=tenant)
    assert (answer.status_code, answer.json()["detail"]) == (404, f"there is no tenant {tenant}")


def test_an_operator_says_for_whom(operator: Client, in_force: None) -> None:
    """For anybody, and not for nobody."""
    assert ask(operator).json()["parameters"][0]["name"] == "tenant"
    assert ask(operator, tenant="market").status_code == 201


def test_a_request_tells_nothing_of_others_manifests(member: Client) -> None:
    """Whether there is a tenant of that name or not: it is none of theirs, in the same words."""
    manifest = wanted(10, name="transport")
    answers = [
        member.post("/v1/requests", content=manifest.replace("transport", name), headers=YAML)
        for name in ("transport", "nothing")
    ]
    told = [answer.text.replace("transport", "nothing").replace(answer.json()["requestId"], "") for answer in answers]
    assert (told[0], answers[0].json()["problems"][0]["message"]) == (
        told[1],
        "transport is neither market nor below it",
    )


def test_a_tenant_of_others_is_not_taken_over(member: Client) -> None:
    """Not even by saying that it is below one's own."""
    manifest = wanted(10, name="transport").replace("spec:", "spec:\n  parent: market")
    answer = member.post("/v1/requests", content=manifest, headers=YAML)
    assert (answer.status_code, len(answer.json()["problems"])) == (422, 1)


def test_a_draft_shows_nothing_of_what_is_in_force_of_others(member: Client, operator: Client) -> None:
    """A document of another's name is a new one to whoever may not see that one."""
    manifest = wanted(10, name="transport")
    draft = member.post("/v1/requests?draft=true", content=manifest, headers=YAML).json()
    path = f"/v1/requests/{draft['id']}/diff"
    assert member.get(path).json()["documents"][0]["new"] is True
    assert operator.get(path).json()["documents"][0]["new"] is False


@pytest.mark.parametrize("part", ["", "/manifests", "/diff"])
def test_requests_of_others_are_not_there(asked: Any, stranger: Client, part: str) -> None:
    """404 with the same words as for what nobody asked."""
    theirs = stranger.get(f"/v1/requests/{asked['id']}{part}")
    absent = stranger.get(f"/v1/requests/{ABSENT}{part}")
    assert theirs.status_code == absent.status_code == 404
    assert _told(theirs, asked["id"]) == _told(absent, ABSENT)


@pytest.mark.parametrize("act", ["submit", "withdraw", "confirm"])
def test_nobody_acts_on_requests_of_others(asked: Any, stranger: Client, act: str) -> None:
    """As above."""
    theirs = stranger.post(f"/v1/requests/{asked['id']}/{act}")
    absent = stranger.post(f"/v1/requests/{ABSENT}/{act}")
    assert theirs.status_code == absent.status_code == 404
    assert _told(theirs, asked["id"]) == _told(absent, ABSENT)


def _told(answer: Any, name: str) -> dict[str, Any]:
    document: dict[str, Any] = {key: value for key, value in answer.json().items() if key != "requestId"}
    return {**document, "detail": document["detail"].replace(name, "NAME")}


@pytest.fixture
def two(asked: Any, member: Client, clock: Clock) -> list[str]:
    """A draft, and before it a request under review."""
    clock.move(timedelta(minutes=1))
    draft = member.post("/v1/requests?draft=true", content=wanted(12), headers=YAML).json()
    return [draft["id"], asked["id"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("state=administrative-review", 1),
        ("state=draft&state=open", 1),
        ("tenant=market", 2),
        ("tenant=archive", 0),
        ("requester=张伟", 2),
        ("requester=王芳", 0),
        ("overdue=true", 0),
    ],
)
def test_requests_are_listed(two: list[str], member: Client, *, query: str, found: int) -> None:
    """The newest first."""
    listed = [each["id"] for each in member.get(f"/v1/requests?{query}").json()["items"]]
    assert listed == [each for each in two if each in listed]
    assert len(listed) == found


def test_requests_of_others_are_not_listed(two: list[str], stranger: Client) -> None:
    """Whatever they are filtered by."""
    for query in ("", "tenant=market", "requester=张伟"):
        assert stranger.get(f"/v1/requests?{query}").json()["items"] == []


def test_pages_go_on_where_the_last_one_ended(member: Client) -> None:
    """By a cursor."""
    made = [
        member.post("/v1/requests?draft=true", content=wanted(cores), headers=YAML).json()["id"]
        for cores in range(10, 15)
    ]
    read, path = [], "/v1/requests?limit=2"
    while path:
        page = member.get(path).json()
        read += [each["id"] for each in page["items"]]
        path = f"/v1/requests?limit=2&cursor={page['next']}" if page["next"] else ""
    assert sorted(read) == sorted(made)
    assert len(read) == len(made)


def test_a_review_that_takes_too_long_is_overdue(asked: Any, clock: Clock, log_in: LogIn) -> None:
    """From the day after it was due."""
    clock.move(timedelta(days=9))
    auditor = log_in(Role.AUDITOR, actor="审计", at=clock())  # tokens last a day
    assert [each["overdue"] for each in auditor.get("/v1/requests?overdue=true").json()["items"]] == [True]


def test_what_was_submitted_is_there_word_for_word(asked: Any, reviewers: tuple[Client, Client]) -> None:
    """As files."""
    shown = reviewers[0].get(f"/v1/requests/{asked['id']}/manifests").json()
    assert shown == {"files": {"manifests.yaml": wanted(10)}, "attached": {}}


def test_what_would_change_is_shown(asked: Any, reviewers: tuple[Client, Client]) -> None:
    """Line by line of the manifest, and in words of the clouds."""
    diff = reviewers[0].get(f"/v1/requests/{asked['id']}/diff").json()
    (document,) = diff["documents"]
    assert (document["kind"], document["name"], document["new"]) == ("Tenant", "market", False)
    lines = document["diff"].splitlines()
    assert [each[0] for each in lines if "cores: 6" in each or "cores: 10}" in each] == ["-", "+"]
    assert any("cores 10" in each for each in diff["changes"])
    assert diff["replanned"] is None


def test_a_draft_of_nameless_manifests_has_no_difference(member: Client) -> None:
    """Names that the record could not even be asked for."""
    text = 'kind: Tenant\nmetadata: {name: "\\0"}\n---\nkind: Tenant\nmetadata: {name: "\\ud800"}\n'
    draft = member.post("/v1/requests?draft=true", content=text, headers=YAML).json()
    assert member.get(f"/v1/requests/{draft['id']}/diff").json()["documents"] == []


def test_what_one_has_is_not_sent_again(asked: Any, member: Client) -> None:
    """By its tag, until something happens to it."""
    path = f"/v1/requests/{asked['id']}"
    tag = member.get(path).headers["etag"]
    assert member.get(path, headers={"if-none-match": tag}).status_code == 304
    member.post(f"{path}/withdraw")
    assert member.get(path, headers={"if-none-match": tag}).status_code == 200


def test_the_same_submission_twice_is_one(member: Client, clock: Clock) -> None:
    """By its key the same answer; without, the same request; with the key and another body nothing."""
    key = {"idempotency-key": "k-1"}
    first, again = ask(member, headers=key), ask(member, headers=key)
    assert (first.content, again.headers["idempotency-replayed"]) == (again.content, "true")
    assert ask(member, 12, headers=key).json()["type"] == "tag:tenantry,2026:idempotency-key-reused"
    clock.move(timedelta(minutes=1))
    same = ask(member)
    assert (same.status_code, same.json()["id"]) == (200, first.json()["id"])


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"a.yaml#Tenant-transport": "kind: Tenant"}, 400),
        ({"a.yaml": "kind: Tenant\0"}, 400),
        ({"a.yaml": ""}, 422),
        ({"a.yaml": " \n"}, 422),
        ({"a.yaml": "\ud800"}, 400),
        ({"\ud800.yaml": "kind: Tenant"}, 400),
    ],
)
@pytest.mark.parametrize("draft", [True, False])
def test_files_that_are_none_are_refused(member: Client, files: dict[str, str], status: int, *, draft: bool) -> None:
    """A name that could be taken for one in force, bytes that are no text, no manifest at all."""
    answer = member.post("/v1/requests", content=json.dumps({"files": files, "draft": draft}), headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("member_", "value"), [("draft", "yes"), ("comment", 5), ("tenant", "a\0"), ("comment", "\ud800")]
)
def test_what_stands_beside_files_is_checked(member: Client, member_: str, value: Any) -> None:
    """Type and text."""
    body = {"files": {"a.yaml": wanted(10)}, member_: value}
    answer = member.post("/v1/requests", content=json.dumps(body), headers=JSON)
    assert (answer.status_code, answer.json()["parameters"][0]["name"]) == (422, member_)


def test_two_racing_for_the_last_do_not_both_get_it(member: Client, log_in: LogIn, database: Database) -> None:
    """88 cores are left in the cloud: of eight who ask for 20 more at the same moment, four get them."""
    people = [log_in(Role.MEMBER, "market", f"张{number}") for number in range(8)]
    with ThreadPoolExecutor(len(people)) as crowd:
        answers = list(crowd.map(lambda each: ask(each, 26).status_code, people))
    assert sorted(answers) == [201] * 4 + [422] * 4
    with database.transaction() as connection:
        assert {line.tenant: amount for line, amount in reservations.live(connection).items()} == {
            "market": 80,
            None: 80,
        }
