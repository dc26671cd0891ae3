"""Waves, their starts and migrations over HTTP: shown, planned, started, steered, followed."""

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from api.http.service import Service
from provisioner.access import Role
from provisioner.clouds.memory import MemoryCloud
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.report_document import digest
from provisioner.migration.states import State
from provisioner.moving.consent import fingerprint
from provisioner.operation import Actor
from provisioner.store import audit, migration_events, migration_records, migration_steps
from provisioner.store.database import Database
from provisioner.store.migration_events import Happening
from tests.integration.http import moves
from tests.integration.http.conftest import AT, Client, Clock, LogIn

KEY = {"idempotency-key": "k-1"}


@pytest.fixture
def city(settled: None, database: Database, cloud: MemoryCloud) -> None:
    """The city with its waves in force, and the servers that they move."""
    moves.put_in_force(database)
    moves.build(cloud)


@pytest.fixture
def ids(city: None, database: Database) -> Mapping[str, str]:
    """The department's wave under way, its applications before their first step."""
    return moves.start(database, "desk", "ledger")


@pytest.fixture
def member(log_in: LogIn, city: None) -> Client:
    """The department's engineer."""
    return log_in(Role.MEMBER, "market", "张伟")


@pytest.fixture
def below(log_in: LogIn, city: None) -> Client:
    """An engineer of the unit below the department."""
    return log_in(Role.MEMBER, "archive", "王芳")


@pytest.fixture
def other(log_in: LogIn, city: None) -> Client:
    """Another department's engineer."""
    return log_in(Role.MEMBER, "transport", "陈明")


@pytest.fixture
def people(member: Client, other: Client, log_in: LogIn) -> tuple[Client, Client, Client]:
    """The department's engineer, another's, and a reviewer."""
    return member, other, log_in(Role.REVIEWER)


@pytest.fixture
def named(city: None, database: Database) -> Mapping[str, str]:
    """A wave under way that one person signs off, with an application that serves at its target."""
    ids = moves.start(database, "desk", sign_off=("张伟",))
    moves.become(database, ids["spring"], ids["desk"], State.ACCEPTED)
    return ids


def planned(client: Client, wave: str = "spring") -> Any:
    """A wave's plan."""
    answer = client.post(f"/v1/waves/{wave}/plan")
    assert answer.status_code == 200, answer.text
    return answer


def begin(client: Client, tag: str, **headers: str) -> Any:
    """Start the wave whose plan was looked at."""
    return client.post(
        "/v1/waves/spring/runs", headers={"if-match": tag, **headers}, json={"authority": "市政数〔2026〕12号"}
    )


def states(client: Client, run: str) -> dict[str, tuple[str, str]]:
    """How each migration is, and what is asked of it."""
    listed = client.get(f"/v1/runs/{run}/migrations").json()["items"]
    return {each["name"]: (each["state"], each["asked"]) for each in listed}


# Waves


def test_waves_in_force_are_listed(operator: Client, member: Client, ids: Mapping[str, str]) -> None:
    """With the run that is under way; for a department its own."""
    everything = operator.get("/v1/waves").json()["items"]
    assert [(each["name"], each["underWay"]) for each in everything] == [("roads", None), ("spring", ids["spring"])]
    assert [each["name"] for each in member.get("/v1/waves").json()["items"]] == ["spring"]
    assert [each["name"] for each in operator.get("/v1/waves?owner=transport").json()["items"]] == ["roads"]


def test_a_wave_is_shown_as_its_manifest_has_it(member: Client) -> None:
    """With defaults; and not again to whoever has it."""
    answer = member.get("/v1/waves/spring")
    found = answer.json()
    assert (found["displayName"], found["applications"], found["underWay"]) == ("春季迁移", ["desk", "ledger"], None)
    assert (found["limits"]["applications"], found["retention"], found["probes"]) == (4, 14 * 86400, False)
    again = member.get("/v1/waves/spring", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/v1/waves/spring", "/v1/waves/spring/runs", "/v1/waves/nothing"])
def test_a_wave_of_others_is_not_there(other: Client, path: str) -> None:
    """As what nobody has."""
    answer = other.get(path)
    assert (answer.status_code, answer.json()["detail"]) == (404, f"there is no wave {path.split('/')[3]}")


def test_where_nothing_is_in_force_there_are_no_waves(operator: Client) -> None:
    """Neither in the list nor by name."""
    assert operator.get("/v1/waves").json()["items"] == []
    assert operator.get("/v1/waves/spring").status_code == 404


# Plans


def test_a_wave_is_planned(operator: Client, city: None, database: Database) -> None:
    """What moves, in which steps, how long it takes; its tag is its fingerprint; nothing is written."""
    answer = planned(operator)
    plan = answer.json()
    assert (plan["startable"], plan["obstacles"], plan["moved"]) == (True, [], [])
    desk = plan["moves"][0]
    assert (desk["application"], desk["displayName"], desk["servers"][0]["name"]) == ("desk", "登记窗口", "desk-web")
    assert [each["step"] for each in desk["steps"]][:2] == ["check", "hold"]
    assert 0 < desk["time"]["low"] < desk["time"]["likely"] < desk["time"]["high"]
    assert plan["done"]["low"] <= plan["done"]["high"]
    assert answer.headers["etag"] == f'"{plan["fingerprint"]}"'
    assert operator.get("/v1/runs").json()["items"] == []


def test_a_plan_tells_what_stands_against_it(operator: Client, city: None) -> None:
    """In words, in one's language; it cannot be started."""
    plan = planned(operator, "roads").json()
    assert (plan["startable"], plan["obstacles"][0]["application"]) == (False, "timetable")
    assert "timetable-web" in plan["obstacles"][0]["message"]
    told = operator.post("/v1/waves/roads/plan", headers={"accept-language": "zh-CN"}).json()
    assert "云主机 timetable-web" in told["obstacles"][0]["message"]
    tag = {"if-match": f'"{plan["fingerprint"]}"'}
    refused = operator.post("/v1/waves/roads/runs", headers=tag)
    assert (refused.status_code, refused.json()["type"]) == (409, "tag:tenantry,2026:conflict")


# Starts


def test_a_wave_is_started(operator: Client, city: None, database: Database) -> None:
    """By whom and by which decision, in the record and the audit log; each application is planned, none has begun."""
    answer = begin(operator, planned(operator).headers["etag"])
    assert answer.status_code == 201, answer.text
    run = operator.get(answer.headers["location"]).json()
    assert (run["wave"], run["state"], run["startedBy"], run["authority"]) == (
        *("spring", "running", "李娜"),
        "市政数〔2026〕12号",
    )
    assert {each["name"]: each["state"] for each in run["migrations"]} == {"desk": "planned", "ledger": "planned"}
    with database.autocommit() as connection:
        assert list(audit.read(connection))[-1].event.action == "wave.started"
    assert [each["id"] for each in operator.get("/v1/waves/spring/runs").json()["items"]] == [run["id"]]


def test_a_start_that_comes_again_starts_nothing(operator: Client, city: None) -> None:
    """Under the same key the answer of the first; without one it is refused, for the wave is under way."""
    tag = planned(operator).headers["etag"]
    first, again = begin(operator, tag, **KEY), begin(operator, tag, **KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    anew = begin(operator, tag)
    assert anew.status_code in {409, 412}
    assert len(operator.get("/v1/runs").json()["items"]) == 1


def test_a_start_binds_to_the_plan(operator: Client, city: None, cloud: MemoryCloud) -> None:
    """Without a tag: 428. With that of a plan which would now be another: 412. Nothing is started."""
    tag = planned(operator).headers["etag"]
    assert operator.post("/v1/waves/spring/runs").status_code == 428
    assert begin(operator, '"other"').status_code == 412
    moves.change_port(cloud)
    answer = begin(operator, tag)
    assert (answer.status_code, answer.json()["type"]) == (412, "tag:tenantry,2026:fingerprint-mismatch")
    assert operator.get("/v1/runs").json()["items"] == []


def test_two_looks_at_the_same_are_one_plan(operator: Client, city: None) -> None:
    """Whatever the time is."""
    assert planned(operator).headers["etag"] == planned(operator).headers["etag"]


def test_only_operators_plan_and_start(member: Client, log_in: LogIn) -> None:
    """A department reads, and a reviewer too."""
    for client in (member, log_in(Role.REVIEWER), log_in(Role.AUDITOR)):
        for path in ("/v1/waves/spring/plan", "/v1/waves/spring/runs"):
            assert client.post(path).status_code == 403
        assert client.get("/v1/waves/spring").status_code == 200


# Runs and migrations


def test_a_run_tells_how_it_is(member: Client, ids: Mapping[str, str]) -> None:
    """Each application with what is left of it in time; and not again to whoever has it."""
    answer = member.get(f"/v1/runs/{ids['spring']}")
    run = answer.json()
    assert (run["goesOn"], run["left"]["likely"] > 0, run["lastEvent"] is not None) == (True, True, True)
    assert [(each["name"], each["stepsDone"], each["part"]) for each in run["migrations"]] == [
        *(("desk", 0, 0.0), ("ledger", 0, 0.0)),
    ]
    again = member.get(f"/v1/runs/{ids['spring']}", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_runs_are_listed_page_by_page(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """Newest first; of a wave, of all, of a state."""
    later = moves.start(database, "timetable", owner="transport", wave="roads", at=AT + timedelta(minutes=1))
    first = operator.get("/v1/runs?limit=1").json()
    assert [each["wave"] for each in first["items"]] == ["roads"]
    second = operator.get(f"/v1/runs?limit=1&cursor={first['next']}").json()
    assert ([each["id"] for each in second["items"]], second["next"]) == ([ids["spring"]], None)
    moves.end(database, later, "roads")
    assert [each["wave"] for each in operator.get("/v1/runs?state=ended").json()["items"]] == ["roads"]
    assert [each["id"] for each in operator.get("/v1/waves/spring/runs").json()["items"]] == [ids["spring"]]


def test_a_department_sees_its_own_part(member: Client, below: Client, other: Client, ids: Mapping[str, str]) -> None:
    """The wave's owner all of it; the unit below its own application, and not the wave; others nothing."""
    assert {each["name"] for each in member.get("/v1/migrations").json()["items"]} == {"desk", "ledger"}
    assert [each["name"] for each in below.get("/v1/migrations").json()["items"]] == ["ledger"]
    assert below.get(f"/v1/migrations/{ids['ledger']}").status_code == 200
    hidden = [f"/v1/migrations/{ids['desk']}", f"/v1/runs/{ids['spring']}", f"/v1/runs/{ids['spring']}/migrations"]
    hidden += [f"{path}/events" for path in hidden[:2]]
    assert [client.get(path).status_code for client in (below, other) for path in hidden] == [404] * 10
    assert [client.get("/v1/runs").json()["items"] for client in (below, other)] == [[], []]
    assert other.get("/v1/migrations").json()["items"] == []


def test_migrations_are_filtered(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """By tenant, state, and whether they have ended."""
    moves.become(database, ids["spring"], ids["desk"], State.PRECHECKED)

    def names(query: str) -> list[str]:
        return [each["name"] for each in operator.get(f"/v1/migrations?{query}").json()["items"]]

    assert (names("tenant=archive"), names("state=prechecked"), names("ended=true")) == (["ledger"], ["desk"], [])
    assert names("ended=false&tenant=market") == ["desk"]


def test_a_migration_has_its_steps_with_evidence(
    operator: Client, ids: Mapping[str, str], database: Database, clock: Clock
) -> None:
    """What was read back, requests' ids, bytes and their rate, and for how long it stood still."""
    moves.step(database, ids["spring"], ids["desk"], 0, checked=True)
    with database.transaction() as connection:
        desk = MigrationId(ids["desk"])
        migration_records.note_down(connection, desk, begun=AT)
        migration_records.note_down(connection, desk, ended=AT + timedelta(seconds=90))
    found = operator.get(f"/v1/migrations/{ids['desk']}").json()
    first = found["journal"][0]
    assert (first["step"], first["state"], first["evidence"]) == (
        *("check", "done"),
        {"requestIds": ["req-1"], "values": {"checked": True}},
    )
    assert (found["stepsDone"], found["downtime"], found["source"]["project"]) == (1, 90, "registration")
    assert (found["target"]["cloud"], found["servers"][0]["size"]) == ("city", 20)


def test_what_travels_is_told_with_its_rate(
    operator: Client, ids: Mapping[str, str], database: Database, clock: Clock
) -> None:
    """Of the step under way, from when it began."""
    with database.transaction() as connection:
        attempt = migration_steps.begin(connection, MigrationId(ids["desk"]), 0, (), at=AT)
        assert attempt is not None
        migration_steps.travelled(connection, attempt, done=1000, total=5000)
    clock.move(timedelta(seconds=10))
    found = operator.get(f"/v1/migrations/{ids['desk']}").json()
    assert (found["bytesPerSecond"], found["underWay"][0]["doneBytes"], found["underWay"][0]["totalBytes"]) == (
        *(100, 1000),
        5000,
    )


# Controls


def test_a_wave_is_paused_and_resumed(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """With all its applications; what does not apply is told; the audit log has both."""
    path = f"/v1/runs/{ids['spring']}"
    paused = operator.post(f"{path}/pause", json={"comment": "等待数据库备份"})
    assert (paused.status_code, paused.json()["run"]["state"]) == (200, "paused")
    assert set(paused.json()["done"]) == {ids["desk"], ids["ledger"]}
    assert states(operator, ids["spring"]) == {"desk": ("planned", "pause"), "ledger": ("planned", "pause")}
    again = operator.post(f"{path}/pause")
    assert (again.status_code, again.json()["type"]) == (409, "tag:tenantry,2026:conflict")
    assert operator.post(f"{path}/resume").json()["run"]["state"] == "running"
    with database.autocommit() as connection:
        events = [(each.event.action, each.event.actor) for each in audit.read(connection)]
    assert events[-2:] == [("wave.paused", "李娜"), ("wave.resumed", "李娜")]


def test_a_wish_that_comes_again_is_answered_as_the_first_time(operator: Client, ids: Mapping[str, str]) -> None:
    """Under the same key, though by now it would be refused."""
    path = f"/v1/migrations/{ids['desk']}/pause"
    first, again = operator.post(path, headers=KEY), operator.post(path, headers=KEY)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert operator.post(path).status_code == 409


def test_a_wave_is_aborted(operator: Client, ids: Mapping[str, str]) -> None:
    """All that have not ended."""
    done = operator.post(f"/v1/runs/{ids['spring']}/abort").json()
    assert (set(done["done"]), done["left"]) == ({ids["desk"], ids["ledger"]}, [])
    assert {asked for _, asked in states(operator, ids["spring"]).values()} == {"abort"}


def test_one_application_is_paused_and_resumed(operator: Client, ids: Mapping[str, str]) -> None:
    """The other goes on; a word that does not apply is refused in words."""
    paused = operator.post(f"/v1/migrations/{ids['desk']}/pause").json()
    assert (paused["name"], paused["asked"], paused["waits"]) == ("desk", "pause", "is paused")
    assert states(operator, ids["spring"])["ledger"] == ("planned", "nothing")
    assert operator.post(f"/v1/migrations/{ids['desk']}/resume").json()["asked"] == "nothing"
    refused = operator.post(f"/v1/migrations/{ids['desk']}/resume")
    assert (refused.status_code, refused.json()["detail"]) == (409, "desk is not paused")


def test_what_would_be_lost_has_to_be_said(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """Taking back what serves at its target: refused, unless that is wanted."""
    moves.become(database, ids["spring"], ids["desk"], State.ACCEPTED)
    path = f"/v1/migrations/{ids['desk']}/abort"
    assert operator.post(path).status_code == 409
    assert operator.post(f"/v1/runs/{ids['spring']}/abort").status_code == 409
    assert operator.post(path, json={"losing": True}).json()["asked"] == "abort"


def test_what_needs_a_person_is_retried(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """From where it is; one that needs nobody is left alone."""
    assert operator.post(f"/v1/migrations/{ids['desk']}/retry").status_code == 409
    moves.become(database, ids["spring"], ids["desk"], State.MANUAL)
    assert operator.post(f"/v1/migrations/{ids['desk']}/retry").json()["state"] == "planned"


def test_only_a_live_migration_is_forced(operator: Client, ids: Mapping[str, str]) -> None:
    """Anything else is refused, with what the wave does."""
    refused = operator.post(f"/v1/migrations/{ids['desk']}/force")
    assert (refused.status_code, "cross-project" in refused.json()["detail"]) == (409, True)


def test_a_department_signs_off_what_is_its_own(
    people: tuple[Client, Client, Client], ids: Mapping[str, str], database: Database
) -> None:
    """Once it is accepted, and once; nobody else does, and it steers nothing."""
    member, other, reviewer = people
    path = f"/v1/migrations/{ids['desk']}/sign-off"
    assert member.post(path).status_code == 409
    moves.become(database, ids["spring"], ids["desk"], State.ACCEPTED)
    assert [each.post(path).status_code for each in (other, reviewer)] == [404, 403]
    assert member.post(path, json={"comment": "已验收"}).status_code == 200
    signed = member.get(f"/v1/migrations/{ids['desk']}").json()["signedOff"]
    assert (signed["by"], signed["comment"]) == ("张伟", "已验收")
    assert member.post(path).status_code == 409
    steering = [f"/v1/migrations/{ids['desk']}/{word}" for word in ("pause", "resume", "abort", "retry", "force")]
    assert {member.post(each).status_code for each in steering} == {403}


def test_those_sign_off_whom_the_wave_names(
    member: Client, operator: Client, named: Mapping[str, str], service: Service
) -> None:
    """Nobody else, an operator neither; the refusal is in the audit log."""
    path = f"/v1/migrations/{named['desk']}/sign-off"
    refused = operator.post(path)
    assert (refused.status_code, "张伟" in refused.json()["detail"]) == (403, True)
    service.refusals.flush()
    with service.database.autocommit() as connection:
        assert list(audit.read(connection))[-1].event.action == "access.refused"
    assert member.post(path).status_code == 200


@pytest.mark.parametrize("word", ["pause", "resume", "abort"])
def test_what_is_of_others_is_not_steered(log_in: LogIn, ids: Mapping[str, str], word: str) -> None:
    """404 for an operator of another part of the tree."""
    elsewhere = log_in(Role.OPERATOR, "transport")
    for path in (f"/v1/runs/{ids['spring']}", f"/v1/migrations/{ids['desk']}"):
        assert elsewhere.post(f"{path}/{word}").status_code == 404


# Reports


def test_what_happened_is_reported(
    people: tuple[Client, Client, Client], ids: Mapping[str, str], database: Database
) -> None:
    """From its events, with a hash over it that anybody can make; of one application, and of the wave."""
    member, other, reviewer = people
    moves.step(database, ids["spring"], ids["desk"], 0, checked=True)
    moves.become(database, ids["spring"], ids["desk"], State.PRECHECKED)
    path = f"/v1/migrations/{ids['desk']}/report"
    answer = member.get(path).json()
    report = answer["report"]
    text = json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == answer["sha256"]
    assert (report["kind"], report["name"], report["state"], answer["entered"]) == (
        *("MigrationReport", "desk", "prechecked"),
        [],
    )
    assert member.get(f"{path}?state=prechecked").json()["sha256"] == answer["sha256"]
    assert member.get(f"{path}?state=closed").status_code == 422
    whole = reviewer.get(f"/v1/runs/{ids['spring']}/report").json()
    assert (whole["report"]["kind"], whole["report"]["sums"]["applications"]) == ("WaveReport", 2)
    assert (whole["sha256"], whole["entered"]) == (digest(whole["report"]), None)
    assert {other.get(each).status_code for each in (path, f"/v1/runs/{ids['spring']}/report")} == {404}


# Events


def told(text: str) -> list[tuple[str | None, str, dict[str, Any]]]:
    """A stream's events: id, name, data."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields:
            found.append((fields.get("id"), fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
def ended(ids: Mapping[str, str], database: Database) -> Mapping[str, str]:
    """The wave after a step of one application, and its end."""
    moves.step(database, ids["spring"], ids["desk"], 0)
    moves.end(database, ids)
    return ids


def test_a_wave_is_followed_to_its_end(member: Client, ended: Mapping[str, str]) -> None:
    """All that happened, in order, and how it stands at last; then the stream ends."""
    events = told(member.get(f"/v1/runs/{ended['spring']}/events").text)
    named = [(name, data.get("migration")) for at, name, data in events if at]
    assert named[:3] == [("started", None), ("step", ended["desk"]), ("step", ended["desk"])]
    assert named[-1] == ("ended", None)
    last = events[-1]
    assert (last[0], last[1], last[2]["state"]) == (None, "progress", "ended")
    assert {each["state"] for each in last[2]["migrations"]} == {"rolled-back"}


def test_a_stream_goes_on_where_it_broke_off(member: Client, ended: Mapping[str, str]) -> None:
    """From any event: what came since, and nothing twice; after the end there is nothing to come back for."""
    path = f"/v1/runs/{ended['spring']}/events"
    numbers = [at for at, _, _ in told(member.get(path).text) if at]
    for place, last in enumerate(numbers[:-1]):
        again = told(member.get(path, headers={"last-event-id": last}).text)
        assert [at for at, _, _ in again if at] == numbers[place + 1 :]
    assert member.get(path, headers={"last-event-id": numbers[-1]}).status_code == 204


def test_a_migration_is_followed_by_itself(below: Client, ended: Mapping[str, str]) -> None:
    """Nothing of the wave's others, nor of the wave."""
    events = told(below.get(f"/v1/migrations/{ended['ledger']}/events").text)
    assert [data["detail"]["state"] for _, name, data in events if name == "state"] == ["compensating", "rolled-back"]
    assert {data["migration"] for at, _, data in events if at} == {ended["ledger"]}
    assert [each["name"] for each in events[-1][2]["migrations"]] == ["ledger"]


def test_what_is_read_says_where_to_follow_from(member: Client, ended: Mapping[str, str]) -> None:
    """Whoever has read a wave that ended has nothing to follow."""
    for path in (f"/v1/runs/{ended['spring']}", f"/v1/migrations/{ended['desk']}"):
        last = member.get(path).json()["lastEvent"]
        assert member.get(f"{path}/events", headers={"last-event-id": last}).status_code == 204


@pytest.mark.parametrize("last", ["x", "-1", "0", "99999999", "9" * 20, "١"])
def test_an_id_of_something_else_is_refused(member: Client, ended: Mapping[str, str], last: str) -> None:
    """A client that mixes waves up learns it."""
    headers = {"last-event-id": last.encode()}
    answer = member.get(f"/v1/runs/{ended['spring']}/events", headers=headers)
    assert (answer.status_code, answer.json()["parameters"][0]["name"]) == (422, "Last-Event-ID")


def test_messages_in_events_are_in_ones_language(member: Client, ended: Mapping[str, str]) -> None:
    """Why something is so; what programs read stays."""
    path = f"/v1/migrations/{ended['desk']}/events"
    whys = [
        data["detail"].get("why") for _, _, data in told(member.get(path, headers={"accept-language": "zh"}).text)[:-1]
    ]
    assert [each for each in whys if each] == ["已暂停", "已暂停"]


def test_numbers_of_a_wave_become_visible_in_their_order(ids: Mapping[str, str], database: Database) -> None:
    """Whoever keeps an event waits for who keeps another: nobody reads past what is still to come."""
    run = RunId(ids["spring"])
    happening = Happening(run=run, migration=None, at=AT, actor=Actor("tenantry"), what="state")

    def note() -> None:
        with database.transaction() as connection:
            migration_events.note(connection, happening)

    with database.transaction() as first:
        migration_events.note(first, happening)
        second = threading.Thread(target=note)
        second.start()
        time.sleep(0.2)
        with database.autocommit() as reader:
            assert len(migration_events.since(reader, run)) == 1
    second.join()
    with database.autocommit() as reader:
        numbers = [each.seq for each in migration_events.since(reader, run)]
    assert (len(numbers), numbers) == (3, sorted(numbers))


def test_events_are_kept_while_somebody_decides(ids: Mapping[str, str], database: Database) -> None:
    """Whoever has a wave and a migration in hand holds up nobody who writes of them."""
    run, desk = RunId(ids["spring"]), MigrationId(ids["desk"])
    happening = Happening(run=run, migration=desk, at=AT, actor=Actor("tenantry"), what="step")
    with database.transaction() as deciding:
        migration_records.take_run(deciding, run)
        migration_records.take(deciding, desk)
        with database.transaction() as writing:
            writing.exec_driver_sql("SET LOCAL lock_timeout TO '2s'")
            migration_events.note(writing, happening)


def test_a_plans_fingerprint_is_what_consent_binds_to(service: Service, operator: Client, city: None) -> None:
    """Whoever looks."""
    found = service.force.read()[1]
    assert found is not None
    plan = service.starting.plan(found, "spring")
    assert planned(operator).json()["fingerprint"] == fingerprint(plan)
