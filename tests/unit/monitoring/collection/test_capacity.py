"""Capacity by availability zone: what is there, what may be given out, what goes with the largest host."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitoring.collection.capacity import by_zone, shared
from provisioner.clouds.capacities import Capacities, HostCapacity, PoolCapacity
from provisioner.clouds.interface import Capacity
from tenants.resources import Limit, Resource, Service
from tests.unit.monitoring.collection.conftest import spec

_CORES = Resource(service=Service.COMPUTE, name="cores")
_GIGABYTES = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")


def _capacity(total: int, **more: Any) -> Capacity:
    return Capacity(**{"total": total, "reserved": 0, "ratio": 1.0, "used": 0, **more})


def _host(name: str, zone: str, total: int, **more: Any) -> HostCapacity:
    return HostCapacity(name=name, zone=zone, capacity={_CORES: _capacity(total, **more)})


def test_hosts_are_added_up_by_zone() -> None:
    """The largest host is what its loss takes away: in what may be given out, not in what is there."""
    hosts = (
        _host("a", "internet", 10, ratio=4.0, used=3),
        _host("b", "internet", 20, reserved=4, used=2),
        _host("c", "", 8),
    )
    rows = {each.availability_zone: each for each in by_zone(Capacities(hosts=hosts), spec())}
    one = rows["internet"]
    assert (one.raw, one.allocatable, one.allocated, one.largest_host) == (30, 56, 5, 40)
    assert rows[""].raw == 8


def test_the_manifests_overcommit_and_reserve_count() -> None:
    """The reserve is the cloud's: each zone bears its part, and the parts add up to it."""
    city = spec(overcommit={_CORES: Decimal("1.5")}, reserve={_CORES: Limit(7)})
    found = Capacities(hosts=(_host("a", "x", 10, ratio=16.0), _host("b", "y", 20, ratio=16.0)))
    rows = {each.availability_zone: each.allocatable for each in by_zone(found, city)}
    assert rows == {"x": 13, "y": 25}


def test_storage_is_left_out_where_a_pool_does_not_know_its_size() -> None:
    """A total without it would be too small; storage has no largest host."""
    known = PoolCapacity(name="h@ssd#p", zone="internet", capacity=_capacity(100, used=30))
    unknown = PoolCapacity(name="h@hdd#p", zone="internet", capacity=None)
    assert by_zone(Capacities(pools=(known, unknown)), spec()) == ()
    (row,) = by_zone(Capacities(pools=(known,)), spec())
    assert (row.resource, row.allocated, row.largest_host) == (_GIGABYTES, 30, None)


@given(st.integers(0, 10_000), st.dictionaries(st.text(max_size=3), st.integers(0, 10_000), min_size=1, max_size=6))
def test_parts_of_a_reserve_add_up_to_it(amount: int, sizes: dict[str, int]) -> None:
    """Whatever the sizes."""
    assert sum(shared(amount, sizes).values()) == amount
