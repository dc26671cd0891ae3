"""Migrations counted by the database: by link, one by one while they are under way, and what they left in the record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.migration.bindings import Bindings
from provisioner.migration.estimate import Measured
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import StepKind, script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Disk, Machine, Workload
from provisioner.operation import Actor, Evidence
from provisioner.store import link_rates, migration_events, migration_records, migration_steps
from provisioner.store.database import Connection
from provisioner.store.migration_events import Happening
from provisioner.store.migration_figures import Link, MigrationFigures, figures
from tenants.names import ApplicationName, CloudName, FlavorName, ProjectName, ServerName, TenantName
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec, WindowSpec

AT = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)
CITY, DISTRICT = CloudName("city"), CloudName("district")
LINK = Link(source=CITY, target=DISTRICT)
GIB = 2**30


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


@pytest.fixture
def migration(connection: Connection) -> Migration:
    """One that was just written down."""
    run = Run(
        id=RunId("r1"),
        wave=WAVE,
        state=RunState.RUNNING,
        started_by=Actor("alice"),
        started_at=AT,
        order={"portal": ()},
    )
    made = Migration(
        id=MigrationId("m1"),
        run=run.id,
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
    migration_records.create(connection, run, [made])
    return made


def counted(connection: Connection) -> MigrationFigures:
    """As metrics have it."""
    return figures(connection, (60.0, 600.0))


def come(connection: Connection, migration: Migration, state: State, minutes: int) -> None:
    """Into a state, so many minutes after the beginning."""
    at = AT + timedelta(minutes=minutes)
    migration_records.set_state(connection, migration.id, state, at=at)
    note(connection, migration, "state", minutes, state=state.value)


def note(connection: Connection, migration: Migration, what: str, minutes: int, **detail: str) -> None:
    """Something that happened."""
    happening = Happening(
        run=migration.run,
        migration=migration.id,
        at=AT + timedelta(minutes=minutes),
        actor=Actor("tenantry"),
        what=what,
        detail=detail,
    )
    migration_events.note(connection, happening)


def test_nothing_is_counted_of_nothing(connection: Connection) -> None:
    """Before the first wave."""
    assert counted(connection) == MigrationFigures()


def test_one_under_way_is_told_with_its_wave_and_window(connection: Connection, migration: Migration) -> None:
    """Before anything happened it has been as it is since it was made."""
    [found] = counted(connection).moving
    assert (found.migration, found.wave, found.name, found.link) == (migration.id, "w1", "portal", LINK)
    assert (found.state, found.since, found.advanced) == (State.PLANNED, AT, AT)
    assert found.window_end == AT + timedelta(hours=4)
    assert counted(connection).waves == (RunState.RUNNING,)


def test_times_are_of_the_state_and_of_the_last_step_that_ended(connection: Connection, migration: Migration) -> None:
    """A step that begins, or fails, is no progress."""
    come(connection, migration, State.QUIESCED, 5)
    note(connection, migration, "step", 7, to="done")
    note(connection, migration, "step", 9, to="started")
    note(connection, migration, "step", 11, to="failed")
    [found] = counted(connection).moving
    assert (found.since, found.advanced) == (AT + timedelta(minutes=5), AT + timedelta(minutes=7))


def test_what_is_tried_again_begins_anew(connection: Connection, migration: Migration) -> None:
    """Or a migration would be called stalled while it has just been set right."""
    come(connection, migration, State.MANUAL, 5)
    note(connection, migration, "asked", 50, asked="retried")
    [found] = counted(connection).moving
    assert found.since == found.advanced == AT + timedelta(minutes=50)


def test_bytes_are_of_the_disks_until_copies_tell(connection: Connection, migration: Migration) -> None:
    """A copy that is done counts whole; one under way what it has said."""
    [first, second] = list(migration.of_kind(StepKind.COPY))
    assert [(each.size, each.copied) for each in counted(connection).moving] == [(4 * GIB, 0)]
    attempt = migration_steps.begin(connection, migration.id, first.spec.position, (), at=AT)
    assert attempt is not None
    migration_steps.travelled(connection, attempt, done=GIB, total=GIB)
    assert [(each.size, each.copied) for each in counted(connection).moving] == [(3 * GIB, GIB)]
    migration_steps.finish(connection, attempt, Evidence(values={}), at=AT)
    attempt = migration_steps.begin(connection, migration.id, second.spec.position, (), at=AT)
    assert attempt is not None
    migration_steps.travelled(connection, attempt, done=5, total=2 * GIB)
    assert [(each.size, each.copied) for each in counted(connection).moving] == [(3 * GIB, GIB + 5)]


def test_one_that_ended_is_counted_and_told_no_more(connection: Connection, migration: Migration) -> None:
    """With how long its application stood still."""
    migration_records.note_down(connection, migration.id, begun=AT, ended=AT + timedelta(seconds=90))
    come(connection, migration, State.CLOSED, 30)
    migration_records.set_run_state(connection, migration.run, RunState.ENDED, at=AT)
    found = counted(connection)
    assert (found.moving, found.waves) == ((), ())
    assert [(each.link, each.state, each.number) for each in found.states] == [(LINK, State.CLOSED, 1)]
    [downtime] = found.downtimes
    assert (downtime.durations.counts, downtime.durations.total) == ((0, 1, 1), 90.0)


def test_one_that_was_taken_back_has_no_downtime_of_a_move(connection: Connection, migration: Migration) -> None:
    """It did not move."""
    migration_records.note_down(connection, migration.id, begun=AT, ended=AT + timedelta(seconds=90))
    come(connection, migration, State.COMPENSATING, 20)
    come(connection, migration, State.ROLLED_BACK, 30)
    assert counted(connection).downtimes == ()


def test_links_add_up_whatever_travelled(connection: Connection) -> None:
    """Bytes and seconds."""
    for seconds in (1.5, 2.0):
        link_rates.note(connection, CITY, DISTRICT, Measured(size=100, seconds=seconds), at=AT)
    link_rates.note(connection, DISTRICT, CITY, replace(Measured(size=7, seconds=1)), at=AT)
    found = {each.link: (each.size, each.seconds) for each in counted(connection).links}
    assert found == {LINK: (200, 3.5), Link(source=DISTRICT, target=CITY): (7, 1.0)}
