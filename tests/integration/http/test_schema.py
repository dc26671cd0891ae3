"""Whatever is sent to the API, it answers as its description says: Schemathesis sends what it makes of the description.

A little city is in force, its requests stand in many states, and a worker carries plans out, so that what is made up meets
what is there. Each role comes in turn, and whoever has no token.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from fastapi import FastAPI

from provisioner.access import Role
from provisioner.clouds.memory import MemoryCloud
from provisioner.store import audit
from provisioner.store.database import Database
from tests.integration.http import moves
from tests.integration.http.conformance import Exchange, Known, Run, examine
from tests.integration.http.conftest import CITY, YAML, Client, LogIn, departments, serving

#: What only the other department has.
_OTHERS: Final = ("buses", "公交调度", "市交通运输局", "陈明")
#: Steps that are taken on the way, so that a run in which nothing succeeds is not taken for a good one.
_TAKEN: Final = {
    Role.OPERATOR: (
        *("POST /v1/plans", "POST /v1/plans/{plan}/apply", "POST /v1/requests"),
        *("POST /v1/waves/{wave}/plan", "POST /v1/waves/{wave}/runs", "POST /v1/runs/{run}/pause"),
        *("GET /v1/runs/{run}/events", "GET /v1/migrations/{migration}/events"),
    ),
    Role.REVIEWER: ("POST /v1/requests/{request_id}/approve",),
    Role.MEMBER: ("POST /v1/requests", "POST /v1/requests/{request_id}/withdraw"),
}
#: What these may send, others may too, and more.
_RARE: Final = (Role.AUDITOR, Role.METRICS)
#: Who tries every edge of every parameter in each run of the tests.
_THOROUGH: Final = (Role.OPERATOR, Role.MEMBER)

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")


@pytest.fixture
def url(app: FastAPI, in_force: None) -> Iterator[str]:
    """Where a server is."""
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


def _ask(client: Client, tenant: str, cores: int, **more: Any) -> Any:
    text = departments()[tenant].replace("cores: 6", f"cores: {cores}").replace("cores: 4", f"cores: {cores}")
    made = client.post("/v1/requests", content=text, headers=YAML, params=more)
    assert made.status_code == 201, made.text
    return made.json()


def _decide(client: Client, request: Any, act: str, review: str) -> None:
    body = {"review": review, "fingerprint": request["fingerprint"], "comment": "规划"}
    answer = client.post(f"/v1/requests/{request['id']}/{act}", json=body)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def moved(in_force: None, database: Database, cloud: MemoryCloud) -> Known:
    """Waves: one to be started, another department's under way, one that has ended; and their migrations."""
    moves.put_in_force(database)
    moves.build(cloud)
    live = dict(moves.start(database, "timetable", owner="transport", wave="autumn"))
    ended = dict(moves.start(database, "ledger", wave="summer"))
    moves.end(database, ended, "summer")
    runs = [live.pop("autumn"), ended.pop("summer")]
    return {
        "waves": ["spring", "roads", "summer"],
        "startable": ["spring"],
        "runs": runs,
        "ended-runs": runs[1:],
        "migrations": [*live.values(), *ended.values()],
        "ended-migrations": list(ended.values()),
    }


@pytest.fixture
def known(log_in: LogIn, moved: Known, carry_out: Callable[[str], None]) -> Known:
    """Requests, plans and operations of many states; their names, and those of all else that there is."""
    member, operator = log_in(Role.MEMBER, "market", "张伟"), log_in()
    first, second = log_in(Role.REVIEWER, actor="王芳"), log_in(Role.REVIEWER, actor="赵磊")
    done, rejected, changed, fresh = (_ask(member, "market", cores) for cores in (10, 11, 12, 14))
    drafted = _ask(member, "market", 13, draft=True)
    others = _ask(log_in(Role.MEMBER, "transport", "陈明"), "transport", 5)
    _decide(first, done, "approve", "administrative")
    _decide(second, done, "approve", "technical")
    carry_out(done["id"])
    _decide(first, rejected, "reject", "administrative")
    _decide(first, changed, "ask-changes", "administrative")
    plan = operator.post("/v1/plans", content=CITY, headers=YAML).json()
    place = first.post("/v1/delegations", json={"taker": "赵磊", "lastDay": "2026-12-20"}).json()
    wave = operator.post("/v1/waves/spring/plan").json()
    return {
        **moved,
        "wave-tags": [f'"{wave["fingerprint"]}"'],
        "tenants": ["market", "archive", "transport"],
        "projects": ["registration", "files", "buses"],
        "clouds": ["city"],
        "requests": [each["id"] for each in (done, rejected, changed, drafted, others, fresh)],
        "plans": [plan["id"], done["plan"], others["plan"]],
        "operations": [each["id"] for each in operator.get("/v1/operations").json()["items"]],
        "fingerprints": [each["fingerprint"] for each in (changed, others, fresh)],
        "tags": [f'"{each["fingerprint"]}"' for each in (plan, wave)],
        "delegations": [place["id"]],
        "manifests": [CITY, departments()["market"].replace("cores: 6", "cores: 7")],
    }


Check = Callable[[Role | None, int, bool], None]


@pytest.fixture
def check(app: FastAPI, url: str, known: Known, log_in: LogIn) -> Check:
    """Examines the API as somebody of a role, or as nobody."""

    def check(role: Role | None, examples: int, edges: bool) -> None:  # noqa: FBT001  # by position, at the only calls
        client = log_in(role, "market" if role is Role.MEMBER else None) if role else None
        # A member's drafts, which hold what was sent, are to have nothing of others.
        told = {**known, "manifests": known["manifests"][1:]} if role is Role.MEMBER else known
        run = Run(url=url, headers=client.headers if client else {}, known=told, examples=examples, edges=edges)
        findings = examine(app.openapi(), run)
        assert not findings.failures, "\n\n".join(f"{at}: {told}" for at, told in findings.failures.items())
        for operation in _TAKEN.get(role, ()) if role else ():
            assert any(status < 300 for status in findings.statuses(operation)), operation
        if role is Role.MEMBER:
            assert not [each for each in findings.exchanges if _tells_of_others(each)]

    return check


def _tells_of_others(exchange: Exchange) -> bool:
    """Whether an answer has what only others have, and the request had not."""
    return any(each in exchange.text and each not in exchange.sent for each in _OTHERS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "role", [pytest.param(each, marks=[pytest.mark.full] if each in _RARE else []) for each in (*Role, None)]
)
def test_it_answers_as_described(check: Check, database: Database, role: Role | None) -> None:
    """Examples, edges of parameters, random data good and bad, and requests that follow one another: no 5xx, no surprise."""
    check(role, 4, role in _THOROUGH)
    with database.autocommit() as connection:
        assert audit.verify(connection) == ()


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("role", [*Role, None])
def test_it_answers_as_described_for_long(check: Check, role: Role | None) -> None:
    """The same with every edge for everybody, and a hundred random requests of each route."""
    check(role, 100, edges=True)
