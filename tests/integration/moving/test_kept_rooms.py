"""Room that migrations keep in quotas: neither requests nor `apply` give it away, and it is free again once they have ended."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from provisioner.approval import Approver
from provisioner.asking import Declined, Preparing
from provisioner.engine import Engine, EngineSettings, Job
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.moving.deed import UNDER_WAY, Deed, Look, Spot
from provisioner.moving.deeds import holding
from provisioner.operation import Actor, Operation, OperationState
from provisioner.proposal import Proposer
from provisioner.requests.request import Papers
from provisioner.store import migration_holds, operations
from provisioner.store.database import Connection, Database
from tenants.names import CloudName, TenantName
from tenants.resources import Limit, Resource, Service
from tests.integration.moving.city import APPLICATION, TENANT, WAVE, Town

VOLUMES = Resource(service=Service.BLOCK_STORAGE, name="volumes")
#: Two volumes are in use at the source, and as many clones are to come.
KEPT = "2 in use and 2 kept for migrations, spring/registration 2 by wave/application"
_WAITS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
ARCHIVE = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: archive, displayName: 档案}
spec:
  owner: market
  project: a
  volumes: [{name: papers, size: 1GiB, type: ssd}]
"""


def volumes(limit: int, *, state: str = "active") -> str:
    """The tenant, whose project at the source may hold so many volumes."""
    quota = f"    - name: a\n      state: {state}\n      quota: {{block-storage: {{volumes: {limit}}}}}\n"
    return TENANT.replace("    - name: a\n", quota)


def tonight() -> str:
    """The wave with a window that opens in a day: until then it keeps room and moves nothing."""
    zone = ZoneInfo("Asia/Shanghai")
    start = datetime.now(zone) + timedelta(days=1)
    window = (
        f"{{start: {start:%Y-%m-%dT%H:%M}, end: {start + timedelta(hours=8):%Y-%m-%dT%H:%M}, timeZone: {zone.key}}}"
    )
    return f"{WAVE}  window: {window}\n"


class Gated:
    """A deed that is under way until somebody opens the gate."""

    def __init__(self, deed: Deed) -> None:
        self._deed = deed
        self.gate = Event()

    def __getattr__(self, name: str) -> Any:
        """All else is the deed's."""
        return getattr(self._deed, name)

    def look(self, spot: Spot) -> Look:
        """As the deed's, once the gate is open."""
        return self._deed.look(spot) if self.gate.is_set() else UNDER_WAY


class Nobody:
    """Has consent written down, and nothing carried out."""

    def open(self, clouds: Iterable[CloudName]) -> None:
        """Nobody has queues."""

    def enqueue(self, connection: Connection, jobs: Iterable[Job]) -> None:
        """Nobody works."""


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """The application is in `city` with room for the clones of its volumes and no more; a wave is to take it to `district`."""
    settings = EngineSettings(concurrency=4, polling=0.02, heartbeat=0.3, patience=20)
    with Engine(database, settings=settings) as engine:
        town = Town(database, engine, tmp_path)
        town.apply(volumes(4), APPLICATION, tonight())
        yield town


@pytest.fixture
def waiting(town: Town) -> MigrationId:
    """The migration keeps its room and waits for its window."""
    migration = town.start()
    town.rests(migration, State.PRECHECKED)
    return migration


def refused(town: Town, *texts: str) -> list[str]:
    """Why a plan refuses what these ask for."""
    return [each.message for each in town.plan(*texts, tonight()).refusals]


def keeps(town: Town) -> bool:
    """Whether any migration keeps room."""
    with town.database.transaction() as connection:
        return bool(migration_holds.holders(connection))


def enforced(town: Town) -> int:
    """How many volumes the source's project may hold."""
    return town.clouds["city"].quotas(Service.BLOCK_STORAGE).limits(town.project("a", "city"))[VOLUMES]


def enforce(town: Town, limit: int) -> None:
    """Somebody gives it another limit."""
    keeper = town.clouds["city"].quotas(Service.BLOCK_STORAGE)
    keeper.set_limits(town.project("a", "city"), {"volumes": Limit(limit)}, force=False)


def consented(town: Town, *texts: str) -> Operation:
    """An operation that is under way, and that nobody carries out."""
    manifests, stored = town.manifests(*texts), town.propose(*texts).stored
    assert stored
    approver = Approver(database=town.database, queues=Nobody(), now=town.now)
    (made,) = approver.approve(stored, manifests.city, Actor("chen")).operations
    return made


def end(town: Town, operation: Operation) -> None:
    """The operation is over."""
    with town.database.transaction() as connection:
        operations.set_state(connection, operation.id, OperationState.DONE)


def test_kept_room_is_not_given_away_and_is_free_again(town: Town, waiting: MigrationId) -> None:
    """Neither by a lower limit nor to what else is to be built; once the migration has ended, both are as ever."""
    assert refused(town, volumes(3), APPLICATION) == [f"volumes cannot go from 4 to 3: {KEPT}"]
    (lacking,) = refused(town, volumes(4), APPLICATION, ARCHIVE)
    assert "1 more of block-storage/volumes is asked for" in lacking
    assert lacking.endswith(f"and of 4 there are {KEPT}")
    assert refused(town, volumes(5), APPLICATION, ARCHIVE) == []
    town.ask(waiting, Asked.ABORT)
    town.rests(waiting, State.ROLLED_BACK)
    assert set(town.apply(volumes(3), APPLICATION, ARCHIVE, tonight())) == {OperationState.DONE}
    assert enforced(town) == 3


def test_what_was_planned_before_room_was_kept_is_not_written(town: Town) -> None:
    """The operation looks again, and names who keeps the room."""
    texts = (volumes(3), APPLICATION, tonight())
    stored = town.propose(*texts).stored
    assert stored
    town.rests(town.start(), State.PRECHECKED)
    made = town.execution.approve(stored, town.manifests(*texts).city)
    (ended,) = town.execution.follow(each.id for each in made)
    assert ended.state is OperationState.PLAN_CHANGED
    assert KEPT in str(ended.failure and ended.failure.message)
    assert enforced(town) == 4


def test_what_is_made_is_in_use_and_no_longer_kept(town: Town) -> None:
    """It is not counted twice; and at the end of a move nothing is kept beside what the application has."""
    gated = Gated(town.deeds[StepKind.EXPORT])
    town.deeds[StepKind.EXPORT] = cast("Deed", gated)
    migration = town.start()
    town.ahead = timedelta(days=1, minutes=1)
    town.until(migration, lambda found: all(each.state == "done" for each in found.of_kind(StepKind.CLONE)))
    assert refused(town, volumes(3), APPLICATION) == ["volumes cannot go from 4 to 3: 4 in use"]
    gated.gate.set()
    town.rests(migration, State.ACCEPTED)
    assert not keeps(town)
    assert refused(town, volumes(2), APPLICATION) == []


def wait(town: Town, _: Operation) -> None:
    """A quarter of an hour passes, and nothing happens."""
    town.ahead = timedelta(minutes=16)


@pytest.mark.parametrize("over", [end, wait])
def test_no_room_is_kept_beside_an_operation(town: Town, over: Callable[[Town, Operation], None]) -> None:
    """It may lower a limit yet, or raise one: its end is waited for, or the time after which it would look again."""
    migration = town.start()
    enforce(town, 3)
    operation = consented(town, volumes(4), APPLICATION, tonight())
    town.until(migration, lambda _: bool(town.told(migration, "waits-for-room")))
    (told,) = town.told(migration, "waits-for-room")
    assert told["why"][0].startswith("cloud city: an operation of market is under way")
    assert not keeps(town)
    enforce(town, 4)
    over(town, operation)
    town.rests(migration, State.PRECHECKED)
    assert keeps(town)


def test_an_operation_waits_for_room_that_is_just_being_kept(town: Town) -> None:
    """It begins with what is kept, and not with what was a moment before."""
    migration, operation = town.start(), consented(town, volumes(4), APPLICATION, ARCHIVE, tonight())
    place = (CloudName("city"), town.project("a", "city"))
    with ThreadPoolExecutor(1) as pool:
        with town.database.transaction() as connection:
            migration_holds.lock(connection)
            migration_holds.hold(connection, migration, {place: {VOLUMES: 2}})
            staged = pool.submit(town.execution.staging.stage, operation)
            while not (staged.done() or connection.scalar(_WAITS)):
                time.sleep(0.01)
        scene, _ = staged.result()
    assert [each.kept(VOLUMES) for each in scene.tenant.projects] == [2, 0]


def test_what_an_operation_lowered_meanwhile_is_not_promised(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ended between the question to the clouds and the record has them asked again."""
    asked = holding.readings_of
    times: list[Mapping[Any, Any]] = []

    def late(*given: Any) -> Mapping[Any, Any]:
        times.append(found := asked(*given))
        if len(times) == 2:  # the one that the room is kept by
            operation = consented(town, volumes(3), APPLICATION, tonight())
            enforce(town, 3)
            end(town, operation)
        return found

    monkeypatch.setattr(holding, "readings_of", late)
    migration = town.start()
    found = town.rests(migration, State.ROLLED_BACK)
    assert "2 more of block-storage/volumes is needed, and of 3 there are 2 in use" in str(found.failure)
    assert not keeps(town)


def test_requests_are_told_and_reviewers_see_what_is_kept(town: Town, waiting: MigrationId) -> None:
    """A request for less is declined; a restriction goes down to what is in use and kept, and is shown so."""
    proposer = Proposer(database=town.database, connect=town.connect, actor=Actor("wang"), now=town.now)
    preparing = Preparing(database=town.database, proposer=proposer)

    def ask(manifest: str) -> Any:
        return preparing.prepare(TenantName("market"), Papers(files={"market.yaml": manifest}))

    declined = ask(volumes(3))
    assert isinstance(declined, Declined)
    assert KEPT in declined.message
    town.apply(volumes(9), APPLICATION, tonight())
    (use,) = ask(volumes(9, state="restricted")).evidence.uses
    assert (use.used, use.enforced, use.asked) == (2, 9, 4)
