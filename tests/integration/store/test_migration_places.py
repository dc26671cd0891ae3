"""Places on hosts and links: so many steps at once as the limit says, over all migrations, and never one more."""

import pytest

from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Step
from provisioner.migration.script import StepKind
from provisioner.migration.slots import Slot, arriving
from provisioner.operation import Evidence, Failure
from provisioner.store import migration_records, migration_steps, migration_traffic
from provisioner.store.database import Connection
from provisioner.store.migration_steps import Attempt
from tenants.wave import HostName
from tests.portal import AT, CITY, record


@pytest.fixture
def copies(connection: Connection) -> list[Step]:
    """Two copies that need a place on the same link, of a migration that is being carried out."""
    made = record(connection)
    migration_records.hand_out(connection, made.id)
    found = list(made.of_kind(StepKind.COPY))
    assert len(found) == 2
    assert found[0].spec.slots == found[1].spec.slots != ()
    return found


def _begin(connection: Connection, step: Step, limit: int) -> Attempt | None:
    slots = tuple(Slot(name=each.name, limit=limit) for each in step.spec.slots)
    [migration] = {row for (row,) in connection.exec_driver_sql("SELECT id FROM tenantry.migrations")}
    return migration_steps.begin(connection, migration, step.spec.position, slots, at=AT)


def test_the_last_place_is_given_once(connection: Connection, copies: list[Step]) -> None:
    """The next waits until it is free again."""
    first, second = copies
    begun = _begin(connection, first, 1)
    assert begun is not None
    assert _begin(connection, second, 1) is None
    migration_steps.finish(connection, begun, Evidence(values={}), at=AT)
    assert _begin(connection, second, 1) is not None


def test_as_many_go_on_at_once_as_the_limit_says(connection: Connection, copies: list[Step]) -> None:
    """Two of two."""
    assert None not in [_begin(connection, each, 2) for each in copies]


def test_who_has_a_place_keeps_it(connection: Connection, copies: list[Step]) -> None:
    """A step that is taken up after a crash is under way already."""
    assert _begin(connection, copies[0], 1) is not None
    again = _begin(connection, copies[0], 1)
    assert again is not None
    assert again.number == 2


def test_who_rests_takes_no_place_on_a_link(connection: Connection, copies: list[Step]) -> None:
    """A copy in whose midst its application was paused: nothing of it travels, and others need not wait until it goes on."""
    first, second = copies
    assert _begin(connection, first, 1) is not None
    migration = MigrationId("m1")
    migration_records.hand_in(connection, migration, 1)
    assert _begin(connection, second, 1) is not None
    assert migration_traffic.copies_of(connection, RunId("r-m1")) == 0
    migration_records.hand_out(connection, migration)
    assert _begin(connection, first, 1) is None, "it waits for the other's end now"
    assert _begin(connection, second, 2) is not None


def test_who_rests_keeps_its_place_on_a_host(connection: Connection, copies: list[Step]) -> None:
    """The cloud moves the server on, whoever looks."""
    assert _anywhere(connection, copies[0]) is not None
    migration_records.hand_in(connection, MigrationId("m1"), 1)
    assert _anywhere(connection, copies[1]) is None


def _anywhere(connection: Connection, step: Step) -> Attempt | None:
    [migration] = {row for (row,) in connection.exec_driver_sql("SELECT id FROM tenantry.migrations")}
    places = (Slot(name=arriving(CITY, None), limit=1),)
    return migration_steps.begin(connection, migration, step.spec.position, places, at=AT)


def test_who_may_arrive_anywhere_keeps_others_off_every_host(connection: Connection, copies: list[Step]) -> None:
    """Until Nova has told the host: then off that one."""
    first, second = copies
    begun = _anywhere(connection, first)
    assert begun is not None
    [migration] = {row for (row,) in connection.exec_driver_sql("SELECT id FROM tenantry.migrations")}
    there, elsewhere = (Slot(name=arriving(CITY, HostName(each)), limit=1) for each in ("compute-1", "compute-2"))
    assert migration_steps.begin(connection, migration, second.spec.position, [elsewhere], at=AT) is None
    migration_steps.arrives(connection, begun, CITY, HostName("compute-1"))
    assert migration_steps.begin(connection, migration, second.spec.position, [there], at=AT) is None
    assert migration_steps.begin(connection, migration, second.spec.position, [elsewhere], at=AT) is not None


def test_a_step_that_is_begun_anew_may_arrive_anywhere_again(connection: Connection, copies: list[Step]) -> None:
    """What Nova chose for an attempt that failed says nothing of the next."""
    first, second = copies
    begun = _anywhere(connection, first)
    assert begun is not None
    migration_steps.arrives(connection, begun, CITY, HostName("compute-1"))
    migration_steps.fail(connection, begun, Failure(message="no"), at=AT)
    assert _anywhere(connection, first) is not None
    assert _anywhere(connection, second) is None
