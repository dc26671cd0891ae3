"""The application `portal`, of one server with two disks, on its way from `city` to `district`: as the record has it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from provisioner.clouds.interface import ProjectId
from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Disk, Machine, Workload
from provisioner.operation import Actor
from provisioner.store import migration_events, migration_records
from provisioner.store.database import Connection
from provisioner.store.migration_events import Happening
from tenants.names import ApplicationName, CloudName, DomainName, FlavorName, ProjectName, ServerName, TenantName
from tenants.spec import CloudSpec, Level
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec, WindowSpec

AT = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)
CITY, DISTRICT = CloudName("city"), CloudName("district")


MUNICIPAL = CloudSpec(
    name=CITY,
    display_name="市级云",
    clouds_yaml="city",
    level=Level.MUNICIPAL,
    domain=DomainName("government"),
    zones={},
    volume_types=frozenset(),
)


def disk(position: int, volume: str | None) -> Disk:
    """One of two GiB."""
    return Disk(subject=Subject(f"web#{position}"), position=position, volume=volume, name="", size=2)


WORKLOAD = Workload(
    cloud=CITY,
    tenant=TenantName("market"),
    project=ProjectName("a"),
    project_id=ProjectId("p1"),
    application=ApplicationName("portal"),
    machines=(
        Machine(
            id="s1",
            name=ServerName("web"),
            status="ACTIVE",
            task=None,
            host=None,
            availability_zone=None,
            flavor=FlavorName("small"),
            vcpus=1,
            ram=512,
            image_id="i1",
            image=None,
            key_pair=None,
            server_group=None,
            config_drive=False,
            locked=False,
            disks=(disk(0, None), disk(1, "v1")),
        ),
    ),
)
BINDINGS = Bindings(cloud=DISTRICT, tenant=TenantName("market"), project=ProjectName("b"), project_id=ProjectId("p2"))
WAVE = WaveSpec(
    name=WaveName("w1"),
    display_name="第一批",
    owner=TenantName("market"),
    mode=Mode.CROSS_CLOUD,
    source=SourcePlace(cloud=CITY),
    target=TargetPlace(cloud=DISTRICT),
    members=(WaveMember(application=ApplicationName("portal")),),
    window=WindowSpec(start=AT, end=AT + timedelta(hours=4)),
)


def run(identity: str = "r1", wave: WaveSpec = WAVE) -> Run:
    """The wave, started."""
    return Run(
        id=RunId(identity),
        wave=wave,
        state=RunState.RUNNING,
        started_by=Actor("alice"),
        started_at=AT,
        order={"portal": ()},
    )


def migration(identity: str = "m1", of: str = "r1") -> Migration:
    """The migration, as it was planned."""
    return Migration(
        id=MigrationId(identity),
        run=RunId(of),
        name="portal",
        application=ApplicationName("portal"),
        tenant=TenantName("market"),
        state=State.PLANNED,
        asked=Asked.NOTHING,
        workload=WORKLOAD,
        bindings=BINDINGS,
        steps=tuple(Step(spec=each) for each in script(WAVE, WORKLOAD, BINDINGS)),
        created_at=AT,
    )


def record(connection: Connection, identity: str = "m1", *, wave: str = "w1") -> Migration:
    """Write it down, in a wave of its own."""
    begun = run(f"r-{identity}", replace(WAVE, name=WaveName(wave)))
    made = migration(identity, begun.id)
    migration_records.create(connection, begun, [made])
    return made


def come(connection: Connection, made: Migration, state: State, minutes: int = 0) -> None:
    """Into a state, so many minutes after the beginning."""
    at = AT + timedelta(minutes=minutes)
    migration_records.set_state(connection, made.id, state, at=at)
    note(connection, made, "state", minutes, state=state.value)


def note(connection: Connection, made: Migration, what: str, minutes: int, **detail: str) -> None:
    """Something that happened."""
    happening = Happening(
        run=made.run,
        migration=made.id,
        at=AT + timedelta(minutes=minutes),
        actor=Actor("tenantry"),
        what=what,
        detail=detail,
    )
    migration_events.note(connection, happening)
