"""What was last applied: one manifest for each tenant and cloud, the newest."""

from datetime import datetime, timedelta

import pytest

from provisioner.operation import RevisionId
from provisioner.store import applied
from provisioner.store.applied import Applied
from provisioner.store.database import Connection
from tenants.resources import Limit, Resource, Service
from tenants.spec import ProjectSpec, TenantSpec

CORES = Resource(service=Service.COMPUTE, name="cores")
SPEC = TenantSpec(
    name="market",
    display_name="市市场监督管理局",
    parent="city-hall",
    protection_level=3,
    envelopes={"city": {CORES: Limit(2**62)}},
    projects=(
        ProjectSpec(
            name="p",
            cloud="city",
            keystone_name="market-p",
            zone="extranet",
            description=None,
            purpose="商事登记",
            protection_level=3,
            valid_until=datetime(2027, 12, 31).date(),  # noqa: DTZ001  # a day, not an instant
            limits={CORES: Limit(-1)},
        ),
    ),
)


@pytest.fixture
def record(revision: RevisionId, at: datetime) -> Applied:
    """A manifest, as it was applied in the city's cloud."""
    return Applied(tenant="market", cloud="city", revision=revision, spec=SPEC, at=at)


def changed(record: Applied, **changes: object) -> Applied:
    """The record with other values."""
    return Applied(**{name: changes.get(name, getattr(record, name)) for name in Applied.__dataclass_fields__})


def test_what_was_applied_comes_back_as_it_was(connection: Connection, record: Applied) -> None:
    """The whole spec."""
    applied.record(connection, record)
    assert applied.load(connection, "market", "city") == record
    assert applied.load(connection, "market", "district") is None


def test_what_is_applied_later_takes_its_place(connection: Connection, record: Applied, at: datetime) -> None:
    """In the same cloud alone."""
    later = changed(record, at=at + timedelta(minutes=1))
    elsewhere = changed(record, cloud="district")
    for each in (record, elsewhere, later):
        applied.record(connection, each)
    assert applied.load_all(connection) == (later, elsewhere)


def test_what_was_applied_earlier_does_not(connection: Connection, record: Applied, at: datetime) -> None:
    """Two processes may finish in another order than they began."""
    later = changed(record, at=at + timedelta(minutes=1))
    applied.record(connection, later)
    applied.record(connection, record)
    assert applied.load_all(connection) == (later,)
