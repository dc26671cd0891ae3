"""Waves of the little city: their manifests, the servers that they move, and starts of them as the record has them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import PORTS, PROJECT_SERVERS, SERVERS
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Disk, Machine, Workload, disk_subject
from provisioner.operation import Actor, Evidence
from provisioner.store import migration_events, migration_records, migration_steps, standing
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.migration_events import Happening
from provisioner.store.migration_steps import Attempt
from tenants.documents import documents
from tenants.names import (
    ApplicationName,
    CloudName,
    DomainName,
    FlavorName,
    ProjectName,
    ServerName,
    TenantName,
)
from tenants.wave import HostName, Mode, WaveMember, WaveName, WaveSpec
from tests.integration.http.conftest import AT, CITY
from tests.migrations import bindings_of, wave_of

_APPLICATION = """\
---
apiVersion: tenantry/v1
kind: Application
metadata: {{name: {name}, displayName: {display}}}
spec: {{owner: {owner}, project: {project}, servers: [{{name: {name}-web, image: guest, flavor: tiny}}]}}
"""
_WAVE = """\
---
apiVersion: tenantry/v1
kind: Wave
metadata: {{name: {name}, displayName: {display}}}
spec:
  owner: {owner}
  mode: cold
  source: {{cloud: city}}
  target: {{cloud: city}}
  probes: false
  applications: [{applications}]
"""
#: A department's wave with an application of its own and one of the unit below it; another's, whose servers are not there.
WAVES = (
    _APPLICATION.format(name="desk", display="登记窗口", owner="market", project="registration")
    + _APPLICATION.format(name="ledger", display="档案目录", owner="archive", project="files")
    + _APPLICATION.format(name="timetable", display="公交时刻", owner="transport", project="buses")
    + _WAVE.format(name="spring", display="春季迁移", owner="market", applications="{name: desk}, {name: ledger}")
    + _WAVE.format(name="roads", display="交通迁移", owner="transport", applications="{name: timetable}")
)
_OWNERS = {"desk": ("market", "registration"), "ledger": ("archive", "files"), "timetable": ("transport", "buses")}


def put_in_force(database: Database) -> None:
    """The city with its applications and waves."""
    with database.transaction() as connection:
        standing.put(connection, documents({"city.yaml": CITY + WAVES}, {}), origin="test", at=AT)


def build(cloud: MemoryCloud) -> None:
    """The projects, and a server for each application of the department's wave."""
    for name, (tenant, project) in _OWNERS.items():
        made = cloud.identity.create_project(DomainName("government"), name=f"{tenant}-{project}", description="")
        if name != "timetable":
            _server(cloud, made[0].id, f"{name}-web")


def _server(cloud: MemoryCloud, project: ProjectId, name: str) -> None:
    def make(collection: Any, **body: Any) -> str:
        return str(cloud.resources.create(collection, project, body).item["id"])

    network = make(NETWORKS, name="business", project_id=project)
    make(SUBNETS, name="v4", project_id=project, network_id=network, cidr="10.30.0.0/24", ip_version=4)
    port = make(PORTS, name=f"{name}-business", network_id=network, project_id=project)
    server = make(
        PROJECT_SERVERS,
        name=name,
        flavorRef="f1",
        imageRef="i1",
        networks=[{"port": port}],
        availability_zone="extranet",
        block_device_mapping_v2=[],
    )
    while (found := cloud.resources.fetch(SERVERS, project, ItemId(server))) and found["status"] == "BUILD":
        pass


def change_port(cloud: MemoryCloud) -> None:
    """An application is changed while its wave is planned: its port gets another MAC."""
    listed = cloud.resources.everything(PORTS).items
    port = next(each for each in listed if each["name"] == "desk-web-business")
    cloud.resources.update(PORTS, port["project_id"], ItemId(port["id"]), {"mac_address": "fa:16:3e:00:00:01"})


def start(
    database: Database,
    *names: str,
    owner: str = "market",
    wave: str = "spring",
    mode: Mode = Mode.CROSS_PROJECT,
    at: datetime = AT,
    **changes: Any,
) -> Mapping[str, str]:
    """A wave of these applications as it is right after its start: the ids of the run, under its name, and of each migration."""
    workloads = [_workload(each) for each in names]
    members = tuple(WaveMember(application=ApplicationName(each)) for each in names)
    said = {"name": WaveName(wave), "owner": TenantName(owner), "members": members, "probes": False, **changes}
    spec = wave_of(workloads[0], mode, **said)
    run = Run(
        id=RunId(new_id(at)),
        wave=spec,
        state=RunState.RUNNING,
        started_by=Actor("李娜"),
        started_at=at,
        order=dict.fromkeys(names, ()),
    )
    made = [_migration(run, spec, each, at) for each in workloads]
    with database.transaction() as connection:
        migration_records.create(connection, run, made)
        _note(connection, run.id, None, "started", wave=spec.name)
    return {wave: run.id, **{each.name: each.id for each in made}}


def step(database: Database, run: str, migration: str, position: int, **values: Any) -> None:
    """A step is begun and done, with these values as evidence."""
    with database.transaction() as connection:
        attempt = migration_steps.begin(connection, MigrationId(migration), position, (), at=AT)
        assert isinstance(attempt, Attempt)
        spec = migration_records.load(connection, MigrationId(migration)).steps[position].spec
        about = {"step": spec.kind.value, "subject": spec.subject}
        _note(connection, run, migration, "step", **about, to="started", attempt=attempt.number)
    with database.transaction() as connection:
        evidence = Evidence(request_ids=("req-1",), values=values)
        migration_steps.finish(connection, attempt, evidence, at=AT)
        _note(connection, run, migration, "step", **about, to="done", values=values, requests=["req-1"])


def become(database: Database, run: str, migration: str, state: State) -> None:
    """A migration reaches a state, and the run ends where it was the last."""
    with database.transaction() as connection:
        migration_records.set_state(connection, MigrationId(migration), state, at=AT)
        _note(connection, run, migration, "state", state=state.value, why="is paused")
        if all(each.state.final for each in migration_records.of_run(connection, RunId(run))):
            migration_records.set_run_state(connection, RunId(run), RunState.ENDED, at=AT)
            _note(connection, run, None, "ended")


def end(database: Database, ids: Mapping[str, str], wave: str = "spring") -> None:
    """Every migration of a start comes back to its source, and the run ends."""
    for name, migration in ids.items():
        if name != wave:
            become(database, ids[wave], migration, State.COMPENSATING)
            become(database, ids[wave], migration, State.ROLLED_BACK)


def _note(connection: Connection, run: str, migration: str | None, what: str, **detail: Any) -> None:
    happening = Happening(
        run=RunId(run),
        migration=None if migration is None else MigrationId(migration),
        at=AT,
        actor=Actor("tenantry"),
        what=what,
        detail=detail,
    )
    migration_events.note(connection, happening)


def _workload(name: str) -> Workload:
    tenant, project = _OWNERS[name]
    server = ServerName(f"{name}-web")
    machine = Machine(
        id=f"server-{name}",
        name=server,
        status="ACTIVE",
        task=None,
        host=HostName("compute-1"),
        availability_zone="extranet",
        flavor=FlavorName("tiny"),
        vcpus=1,
        ram=512,
        image_id=None,
        image=None,
        key_pair=None,
        server_group=None,
        config_drive=False,
        locked=False,
        disks=(Disk(subject=disk_subject(server, 0), position=0, volume="v1", name="root", size=20, bootable=True),),
    )
    return Workload(
        cloud=CloudName("city"),
        tenant=TenantName(tenant),
        project=ProjectName(project),
        project_id=ProjectId(f"p-{project}"),
        application=ApplicationName(name),
        machines=(machine,),
    )


def _migration(run: Run, wave: WaveSpec, workload: Workload, at: datetime) -> Migration:
    bindings = bindings_of(workload)
    assert workload.application is not None
    return Migration(
        id=MigrationId(new_id(at)),
        run=run.id,
        name=workload.application,
        application=workload.application,
        tenant=workload.tenant,
        state=State.PLANNED,
        asked=Asked.NOTHING,
        workload=workload,
        bindings=bindings,
        steps=tuple(Step(spec=each) for each in script(wave, workload, bindings)),
        created_at=at,
    )
