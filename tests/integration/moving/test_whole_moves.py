"""Moves from their first step to their last, by the durable engine and the record, between clouds in memory."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.memory import MemoryCloud
from provisioner.engine import Engine, EngineSettings
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import IMAGES, SERVERS, SNAPSHOTS, VOLUMES
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.mapping import networks_of, resolve
from provisioner.migration.migration import Migration, Run, RunState, SignOff, Step
from provisioner.migration.report_document import document
from provisioner.migration.script import StepKind, script
from provisioner.migration.states import Asked, State
from provisioner.moving.conductor import Conductor
from provisioner.moving.deed import Deed, Look, Spot, done, impossible
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.driving import Pace
from provisioner.moving.inspecting import Place
from provisioner.moving.means import Means, Traffic
from provisioner.moving.orphans import Orphanage
from provisioner.moving.reporting import prove, report_at
from provisioner.moving.running import WORKFLOW, Moving
from provisioner.moving.viewing import view
from provisioner.operation import Actor
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.store import audit, migration_events, migration_holds, migration_records
from provisioner.store.database import Database
from provisioner.store.ids import new_id
from tenants.names import CloudName, DomainName, ProjectName, TenantName, ZoneName
from tenants.spec import City, ProjectSpec
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec, WindowSpec
from tests.estates import Estate, memory_cloud
from tests.portal import MUNICIPAL

_SOON = 40.0
_QUICK = Pace(first_look=0.01, longest_look=0.05, away=5.0, telling=0.05)
#: What needs manifests in force, which have tests of their own.
_BESIDE = (StepKind.MANIFEST,)


class Nothing:
    """A step that is done by itself."""

    patience = 10.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Done."""
        return done()

    def begin(self, spot: Spot) -> Receipt:
        """Never asked for."""
        raise AssertionError

    def clear(self, spot: Spot) -> None:
        """Never asked for."""

    def undo(self, spot: Spot) -> None:
        """Nothing to take back."""


class Failing(Nothing):
    """A step that cannot be."""

    def look(self, spot: Spot) -> Look:
        """Impossible."""
        return impossible("there is no room for it")


class Theatre:
    """Two clouds, a record, an engine and a conductor, and waves that are put on."""

    def __init__(self, database: Database, engine: Engine, folder: Path) -> None:
        self.database = database
        self.source = Estate()
        self.target = memory_cloud(CloudName("district"))
        clouds: dict[str, MemoryCloud] = {"city": self.source.cloud, "district": self.target}
        access = SshAccess(key_file=None, known_hosts=folder / "known_hosts")
        means = Means(database=database, traffic=Traffic(database=database), access=access, playbooks=Folders())
        self.deeds: dict[StepKind, Deed] = {**DEEDS, **{kind: Nothing() for kind in _BESIDE}}
        Moving(
            database=database,
            engine=engine,
            connect=lambda name: clouds[name],
            deeds=self.deeds,
            means=means,
            now=self.now,
            pace=_QUICK,
        ).register()
        self.conductor = Conductor(database=database, queues=engine, workflow=WORKFLOW, now=self.now)
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """The time, which tests may put forward."""
        return datetime.now(UTC) + self.ahead

    def put_on(self, mode: Mode, *names: str, **changes: Any) -> tuple[RunId, MigrationId]:
        """One application of these servers on its way."""
        workload = self.source.inspect(*names).workload
        goal = TargetPlace(cloud=CloudName("district" if mode is Mode.CROSS_CLOUD else "city"))
        wave = replace(
            WaveSpec(
                name=WaveName(f"w-{names[0]}"),
                display_name="第一批",
                owner=TenantName("market"),
                mode=mode,
                source=SourcePlace(cloud=CloudName("city")),
                target=goal,
                members=(WaveMember(application=workload.application),),  # type: ignore[arg-type]
                probes=False,
                retention=timedelta(days=3),
            ),
            **changes,
        )
        bindings = resolve(wave, workload, self._view(wave, workload))
        assert not isinstance(bindings, tuple), bindings
        at = self.now()
        run = Run(
            id=RunId(new_id(at)),
            wave=wave,
            state=RunState.RUNNING,
            started_by=Actor("chen"),
            started_at=at,
            order={},
        )
        migration = Migration(
            id=MigrationId(new_id(at)),
            run=run.id,
            name="registration",
            application=workload.application,
            tenant=workload.tenant,
            state=State.PLANNED,
            asked=Asked.NOTHING,
            workload=workload,
            bindings=bindings,
            steps=tuple(Step(spec=each) for each in script(wave, workload, bindings)),
            created_at=at,
        )
        with self.database.transaction() as connection:
            migration_records.create(connection, run, [migration])
        return run.id, migration.id

    def _view(self, wave: WaveSpec, workload: Any) -> Any:
        if wave.mode.within:
            return view(self.source.cloud, self.source.place, _project("city"), networks_of(wave, workload))
        cloud = self.target if wave.mode is Mode.CROSS_CLOUD else self.source.cloud
        self.project = ProjectId(
            cloud.identity.create_project(DomainName("government"), name="market-b", description="")[0].id
        )
        said = {"project_id": self.project}
        network = cloud.resources.create(NETWORKS, self.project, {"name": "应用网", **said}).item["id"]
        subnet = {"network_id": network, "cidr": "10.30.0.0/24", "ip_version": 4, "name": "app-v4", **said}
        cloud.resources.create(SUBNETS, self.project, subnet)
        cloud.resources.create(SECURITY_GROUPS, self.project, {"name": "web", **said})
        place = Place(cloud=cloud.name, tenant=TenantName("market"), project=ProjectName("b"), project_id=self.project)
        return view(cloud, place, _project(cloud.name), networks_of(wave, workload))

    def load(self, migration: MigrationId) -> Migration:
        """As it is on record."""
        with self.database.transaction() as connection:
            return migration_records.load(connection, migration)

    def keep_room(self) -> frozenset[MigrationId]:
        """The migrations for which room in quotas is kept."""
        with self.database.transaction() as connection:
            return migration_holds.holders(connection)

    def until(self, migration: MigrationId, is_so: Callable[[Migration], bool]) -> Migration:
        """Conduct until something is so."""
        end = time.monotonic() + _SOON
        while not is_so(found := self.load(migration)):
            assert time.monotonic() < end, (found.state, found.failure, [s for s in found.steps if s.state != "done"])
            self.conductor.conduct_all()
            time.sleep(0.05)
        return found

    def rests(self, migration: MigrationId, state: State) -> Migration:
        """Conduct until it is in a state and nobody is at work on it."""
        return self.until(migration, lambda found: found.state is state and not found.queued)

    def sign_off(self, migration: MigrationId) -> None:
        """Somebody signs off."""
        with self.database.transaction() as connection:
            migration_records.sign_off(connection, migration, SignOff(actor=Actor("li"), at=self.now()))

    def ask(self, migration: MigrationId, asked: Asked) -> None:
        """An operator wants something."""
        with self.database.transaction() as connection:
            migration_records.ask(connection, migration, asked)


def _project(cloud: str) -> ProjectSpec:
    return ProjectSpec(
        name=ProjectName("b"),
        cloud=CloudName(cloud),
        keystone_name="market-b",
        zone=ZoneName("extranet"),
        description=None,
        purpose="",
        protection_level=2,
    )


@pytest.fixture
def theatre(database: Database, tmp_path: Path) -> Iterator[Theatre]:
    """An engine at work, and nothing put on yet."""
    settings = EngineSettings(concurrency=4, polling=0.02, heartbeat=0.3, patience=20)
    with Engine(database, settings=settings) as engine:
        engine.workflow("operation")(lambda operation: operation)
        theatre = Theatre(database, engine, tmp_path)
        engine.launch(None)
        yield theatre


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.COLD])
def test_a_move_within_a_cloud_ends_closed(theatre: Theatre, mode: Mode) -> None:
    """On another host, unlocked, running."""
    server = theatre.source.server("web", data=1)
    before = theatre.source.rest(server)
    _, migration = theatre.put_on(mode, "web")
    theatre.rests(migration, State.CLOSED)
    status, host, locked = theatre.source.rest(server)
    assert (status, locked) == ("ACTIVE", False)
    assert host != before[1]


@pytest.mark.parametrize("mode", [Mode.CROSS_CLOUD, Mode.CROSS_PROJECT])
def test_a_move_by_copies_keeps_its_source_until_the_end(theatre: Theatre, mode: Mode) -> None:
    """Accepted, it waits for a word; after that for its time; then the source goes, and the target stays."""
    server = theatre.source.server("web", data=1)
    _, migration = theatre.put_on(mode, "web")
    accepted = theatre.rests(migration, State.ACCEPTED)
    assert accepted.down_from is not None
    assert accepted.down_until is not None
    assert theatre.keep_room() == frozenset()
    theatre.ahead = timedelta(days=30)
    theatre.conductor.conduct_all()
    assert theatre.source.rest(server)[0] == "SHUTOFF", "nobody signed off, so nothing goes whatever the time"
    theatre.ahead = timedelta(0)
    theatre.sign_off(migration)
    theatre.rests(migration, State.RETAINED)
    assert theatre.source.rest(server)[0] == "SHUTOFF", "its time is not over"
    theatre.ahead = timedelta(days=4)
    theatre.rests(migration, State.CLOSED)
    own = theatre.source.place.project_id
    left = [each for each in theatre.source.cloud.items(SERVERS, own) if each["name"] == "web"]
    cloud = theatre.target if mode is Mode.CROSS_CLOUD else theatre.source.cloud
    assert left == []
    assert theatre.source.cloud.items(VOLUMES, own) == theatre.source.cloud.items(SNAPSHOTS, own) == ()
    assert [each["status"] for each in cloud.items(SERVERS, theatre.project)] == ["ACTIVE"]


def test_a_move_that_ended_is_proven_and_leaves_nothing(theatre: Theatre) -> None:
    """The report that entered the audit log is made again from the record, and no cloud has anything of it but the target."""
    theatre.source.server("web", data=1)
    run, migration = theatre.put_on(Mode.CROSS_PROJECT, "web")
    theatre.rests(migration, State.ACCEPTED)
    theatre.sign_off(migration)
    theatre.rests(migration, State.RETAINED)
    theatre.ahead = timedelta(days=4)
    closed = theatre.rests(migration, State.CLOSED)
    with theatre.database.transaction() as connection:
        begun = migration_records.load_run(connection, run)
        for state in (State.ACCEPTED, State.CLOSED):
            assert prove(connection, document(report_at(connection, begun, closed, state))).genuine
    cloud = theatre.source.cloud
    city = City(clouds={cloud.name: MUNICIPAL}, tenants={})
    orphanage = Orphanage(database=theatre.database, connect=lambda _: cloud, now=lambda: datetime.now(UTC))
    assert orphanage.find(city).orphans == ()


def test_a_wave_ends_with_its_last_migration(theatre: Theatre) -> None:
    """And says so in the audit log."""
    theatre.source.server("web")
    run, migration = theatre.put_on(Mode.LIVE, "web")
    theatre.rests(migration, State.CLOSED)
    theatre.conductor.conduct_all()
    with theatre.database.transaction() as connection:
        assert migration_records.load_run(connection, run).state is RunState.ENDED
        assert audit.has(
            connection, subject=run, action="wave.ended", detail={"wave": "w-web", "ends": {"registration": "closed"}}
        )


def test_an_abort_returns_to_a_running_source(theatre: Theatre) -> None:
    """Though the target was built, and nothing of it stays."""
    server = theatre.source.server("web", data=1)
    _, migration = theatre.put_on(Mode.CROSS_CLOUD, "web")
    theatre.rests(migration, State.ACCEPTED)
    theatre.ask(migration, Asked.ABORT)
    theatre.rests(migration, State.ROLLED_BACK)
    assert theatre.source.rest(server)[0::2] == ("ACTIVE", False)
    assert [len(theatre.target.items(each, theatre.project)) for each in (SERVERS, VOLUMES, IMAGES)] == [0, 0, 0]


def test_a_server_that_was_built_badly_is_built_anew(theatre: Theatre) -> None:
    """Its volumes and ports are there for the next attempt."""
    server = theatre.source.server("web", data=1)
    theatre.target.destine(SERVERS, "web", {"status": "ERROR", "fault": {"message": "No valid host was found."}})
    _, migration = theatre.put_on(Mode.CROSS_CLOUD, "web")
    theatre.rests(migration, State.ACCEPTED)
    assert [each["status"] for each in theatre.target.items(SERVERS, theatre.project)] == ["ACTIVE"]
    assert theatre.source.rest(server)[0] == "SHUTOFF"


def test_what_cannot_be_returns_to_a_running_source(theatre: Theatre) -> None:
    """A target whose servers fail again and again."""
    server = theatre.source.server("web", data=1)
    theatre.deeds[StepKind.SERVER] = Failing()
    _, migration = theatre.put_on(Mode.CROSS_CLOUD, "web")
    found = theatre.rests(migration, State.ROLLED_BACK)
    assert found.failure is not None
    assert "no room" in found.failure.message
    assert theatre.keep_room() == frozenset()
    assert theatre.source.rest(server)[0::2] == ("ACTIVE", False)
    assert [len(theatre.target.items(each, theatre.project)) for each in (SERVERS, VOLUMES, IMAGES)] == [0, 0, 0]


def test_a_pause_holds_a_move_until_it_goes_on(theatre: Theatre) -> None:
    """Nothing new begins meanwhile."""
    theatre.source.server("web", data=1)
    _, migration = theatre.put_on(Mode.CROSS_CLOUD, "web")
    theatre.ask(migration, Asked.PAUSE)
    theatre.conductor.conduct_all()
    assert not theatre.load(migration).queued
    theatre.ask(migration, Asked.NOTHING)
    theatre.rests(migration, State.ACCEPTED)


def test_nothing_stands_still_outside_its_window(theatre: Theatre) -> None:
    """It waits for the window to open, and does not begin what would overrun it."""
    server = theatre.source.server("web", data=1)
    at = theatre.now()
    window = WindowSpec(start=at + timedelta(hours=2), end=at + timedelta(hours=12))
    _, migration = theatre.put_on(Mode.CROSS_CLOUD, "web", window=window)
    theatre.rests(migration, State.PRECHECKED)
    assert theatre.keep_room() == {migration}
    assert theatre.source.rest(server)[0] == "ACTIVE"
    theatre.ahead = timedelta(hours=11, minutes=59)
    theatre.conductor.conduct_all()
    assert theatre.rests(migration, State.PRECHECKED).down_from is None
    theatre.ahead = timedelta(hours=3)
    theatre.rests(migration, State.ACCEPTED)


def test_what_happened_is_told_in_order(theatre: Theatre) -> None:
    """Each step with its beginning and its end, each state when it was reached."""
    theatre.source.server("web")
    run, migration = theatre.put_on(Mode.LIVE, "web")
    theatre.rests(migration, State.CLOSED)
    with theatre.database.transaction() as connection:
        told = migration_events.since(connection, run, migration=migration)
    states = [each.detail["state"] for each in told if each.what == "state"]
    assert states == ["prechecked", "ready", "built", "verifying", "closed"]
    steps = [(each.detail["step"], each.detail["to"]) for each in told if each.what == "step"]
    assert steps.index(("move-live", "started")) < steps.index(("move-live", "done")) < steps.index(("unlock", "done"))


def test_several_conductors_do_no_harm(theatre: Theatre) -> None:
    """A migration is handed out once, however many conduct."""
    theatre.source.server("web")
    run, migration = theatre.put_on(Mode.LIVE, "web")
    threads = [threading.Thread(target=theatre.conductor.conduct, args=(run,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert theatre.rests(migration, State.CLOSED).legs == 1
