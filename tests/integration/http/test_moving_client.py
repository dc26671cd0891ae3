"""The Python client's waves and migrations at the service itself, over a real socket, through restarts of it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from fastapi import FastAPI

from api.client.client import Client
from api.client.errors import NotFound, NotPermitted, Outdated
from api.client.moves import Happened, Move, WholeMove, WholeRun
from api.client.records import Lost
from api.client.transport import Access, Clockwork
from api.http.app import create_app
from api.http.claims import Claims
from api.http.refusals import Refusals
from api.http.service import Service
from api.http.traffic import Traffic
from provisioner.access import Role
from provisioner.clouds.memory import MemoryCloud
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import RunState, StepState
from provisioner.migration.states import Asked, State
from provisioner.store.database import Database
from tenants.wave import WaveName
from tests.integration.http import moves
from tests.integration.http.conftest import LogIn, serving

_SPRING = WaveName("spring")
Connect = Callable[..., Client]


@pytest.fixture
def city(settled: None, database: Database, cloud: MemoryCloud) -> None:
    """The city with its waves in force, and the servers that they move."""
    moves.put_in_force(database)
    moves.build(cloud)


@pytest.fixture
def connect(app: FastAPI, city: None, log_in: LogIn) -> Iterator[Connect]:
    """Makes clients of whoever is let in."""
    made: list[Client] = []

    with serving(app) as port:

        def connect(role: Role, actor: str, tenant: str | None = None) -> Client:
            token = log_in(role, tenant, actor).headers["authorization"].removeprefix("Bearer ")
            made.append(Client(Access(url=f"http://127.0.0.1:{port}", token=token)))
            return made[-1]

        yield connect
        for each in made:
            each.close()


@pytest.fixture
def operator(connect: Connect) -> Client:
    """Somebody who may do everything."""
    return connect(Role.OPERATOR, "李娜")


@pytest.fixture
def ids(city: None, database: Database) -> Mapping[str, str]:
    """A wave under way."""
    return moves.start(database, "desk", "ledger")


def test_a_wave_is_planned_and_started(operator: Client) -> None:
    """As it was planned; a second time is refused."""
    assert [(each.name, each.under_way) for each in operator.moving.waves()] == [("roads", None), ("spring", None)]
    plan = operator.moving.plan(_SPRING)
    assert (plan.startable, plan.applications, plan.late) == (True, ("desk", "ledger"), ())
    run = operator.moving.start(plan, authority="市政数〔2026〕12号")
    assert (run.wave, run.state, run.started_by, run.authority) == (
        *("spring", RunState.RUNNING, "李娜"),
        "市政数〔2026〕12号",
    )
    assert operator.moving.wave(_SPRING).under_way == run.id
    assert [each.id for each in operator.moving.runs(_SPRING)] == [run.id]
    with pytest.raises(Outdated):
        operator.moving.start(plan)


def test_a_wave_that_cannot_start_says_why(operator: Client) -> None:
    """With its application and its words."""
    plan = operator.moving.plan(WaveName("roads"))
    assert (plan.startable, [each.application for each in plan.obstacles]) == (False, ["timetable"])
    with pytest.raises(Outdated, match="timetable-web"):
        operator.moving.start(plan)


def test_migrations_are_read_with_their_steps(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """As records of our own."""
    moves.step(database, ids["spring"], ids["desk"], 0, checked=True)
    found = operator.moving.migration(MigrationId(ids["desk"]))
    first = found.journal[0]
    assert (first.state, first.evidence and first.evidence.values, found.steps_done) == (
        *(StepState.DONE, {"checked": True}),
        1,
    )
    report = operator.moving.report(found.id)["report"]
    assert [each["state"] for each in report["steps"]][:2] == ["done", "pending"]
    assert {each.name for each in operator.moving.migrations(ended=False)} == {"desk", "ledger"}
    assert {each.name for each in operator.moving.run(RunId(ids["spring"])).migrations} == {"desk", "ledger"}


def test_waves_and_migrations_are_steered(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """A whole wave, and one application; what does not apply is Outdated."""
    run, desk = RunId(ids["spring"]), MigrationId(ids["desk"])
    assert set(operator.moving.pause_run(run, "备份").done) == {ids["desk"], ids["ledger"]}
    assert operator.moving.resume_run(run).run.state is RunState.RUNNING
    assert operator.moving.pause(desk).asked is Asked.PAUSE
    assert operator.moving.resume(desk).asked is Asked.NOTHING
    for refused in (operator.moving.resume, operator.moving.retry, operator.moving.force, operator.moving.sign_off):
        with pytest.raises(Outdated):
            refused(desk)
    moves.become(database, run, desk, State.ACCEPTED)
    with pytest.raises(Outdated, match="is lost"):
        operator.moving.abort_run(run)
    assert operator.moving.abort(desk, losing=True).asked is Asked.ABORT


def test_each_may_do_what_the_token_says(connect: Connect, ids: Mapping[str, str], database: Database) -> None:
    """A department signs off what is its own, and steers nothing; others' is not there."""
    member, desk = connect(Role.MEMBER, "张伟", "market"), MigrationId(ids["desk"])
    moves.become(database, ids["spring"], desk, State.ACCEPTED)
    with pytest.raises(NotPermitted):
        member.moving.pause(desk)
    assert member.moving.sign_off(desk, "已验收").state is State.ACCEPTED
    signed = member.moving.migration(desk).signed_off
    assert signed
    assert (signed.actor, signed.comment) == ("张伟", "已验收")
    with pytest.raises(NotFound):
        connect(Role.MEMBER, "陈明", "transport").moving.migration(desk)


def test_a_wave_is_followed_to_its_end(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """From how it is, over all that happens, to how it ended."""
    following = operator.moving.follow_run(RunId(ids["spring"]))
    first = next(following)
    moves.step(database, ids["spring"], ids["desk"], 0)
    moves.end(database, ids)
    rest = list(following)
    happened = [each for each in rest if isinstance(each, Happened)]
    assert [(each.what, each.migration) for each in happened][:2] == [("step", ids["desk"])] * 2
    assert (happened[-1].what, len({each.id for each in happened})) == ("ended", len(happened))
    last = rest[-1]
    assert isinstance(first, WholeRun)
    assert isinstance(last, WholeRun)
    assert (first.state, last.state, {each.state for each in last.migrations}) == (
        *(RunState.RUNNING, RunState.ENDED),
        {State.ROLLED_BACK},
    )


def test_a_migration_is_followed_to_its_end(operator: Client, ids: Mapping[str, str], database: Database) -> None:
    """Nothing of the wave's others; and whoever comes when all is over is told how it ended."""
    following = operator.moving.follow(MigrationId(ids["desk"]))
    next(following)
    moves.end(database, ids)
    rest = list(following)
    assert {each.migration for each in rest if isinstance(each, Happened)} == {ids["desk"]}
    assert isinstance(rest[-1], WholeMove)
    assert rest[-1].state is State.ROLLED_BACK
    (only,) = operator.moving.follow(MigrationId(ids["desk"]))
    assert isinstance(only, Move)


def test_a_service_that_restarts_loses_nothing(service: Service, city: None, log_in: LogIn, database: Database) -> None:
    """What happened while it was away is told by the one that comes after; nothing comes twice."""
    ids = moves.start(database, "desk", "ledger")
    token = log_in().headers["authorization"].removeprefix("Bearer ")
    told: list[object] = []
    away = threading.Event()
    clockwork = Clockwork(sleep=lambda _: time.sleep(0.05))

    def follow(url: str) -> None:
        with Client(Access(url=url, token=token), clockwork) as client:
            for each in client.moving.follow_run(RunId(ids["spring"])):
                told.append(each)
                if isinstance(each, Lost):
                    away.set()

    with serving(create_app(service)) as port:
        follower = threading.Thread(target=follow, args=(f"http://127.0.0.1:{port}",))
        follower.start()
        _wait(lambda: bool(told))
        moves.step(database, ids["spring"], ids["desk"], 0)
        _wait(lambda: sum(isinstance(each, Happened) for each in told) == 2)
        service.stopping.set()
    assert away.wait(20)
    moves.step(database, ids["spring"], ids["desk"], 1)
    with serving(create_app(_another(service)), port=port):
        _wait(lambda: sum(isinstance(each, Happened) for each in told) == 4)
        moves.end(database, ids)
        follower.join(30)
    numbers = [each.id for each in told if isinstance(each, Happened)]
    assert numbers == sorted(set(numbers), key=int)
    assert len(numbers) == 4 + 2 * 2 + 1
    assert isinstance(told[-1], WholeRun)
    assert told[-1].state is RunState.ENDED


def _another(service: Service) -> Service:
    """Another process on the same record."""
    refusals = Refusals(database=service.database, now=service.now)
    return replace(service, refusals=refusals, traffic=Traffic(), claims=Claims(), stopping=threading.Event())


def _wait(so: Callable[[], bool]) -> None:
    for _ in range(600):
        if so():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")
