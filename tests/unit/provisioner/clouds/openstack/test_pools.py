"""Cinder's pools: numbers as drivers give them, types as administrators name them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.openstack.pools import capacity_of_pools
from tenants.names import VolumeTypeName

_SSD, _ANY = VolumeTypeName("ssd"), VolumeTypeName("any")
_TYPES = {_SSD: {"volume_backend_name": "fast"}, _ANY: {}}


def _pool(name: str = "fast", total: Any = 100, **fields: Any) -> dict[str, Any]:
    return {"volume_backend_name": name, "total_capacity_gb": total, "allocated_capacity_gb": 0, **fields}


def _of(pools: list[dict[str, Any]], key: str = "gigabytes") -> Any:
    found = {resource.key: each for resource, each in capacity_of_pools(pools, _TYPES).items()}
    return found.get(key)


def test_a_type_is_served_by_the_pools_of_its_back_end() -> None:
    """One that names no back end by all of them."""
    pools = [_pool("fast", 100), _pool("fast", 50), _pool("slow", 1000)]
    totals = {resource.key: each.total for resource, each in capacity_of_pools(pools, _TYPES).items()}
    assert totals == {"gigabytes": 1150, "gigabytes_ssd": 150, "gigabytes_any": 1150}


def test_a_type_that_no_pool_serves_has_no_capacity() -> None:
    """Nothing is known, so nothing is said."""
    assert _of([_pool("slow")], "gigabytes_ssd") is None


@pytest.mark.parametrize("total", ["infinite", "unknown", None, float("inf"), float("nan")])
def test_a_pool_that_does_not_know_its_size_leaves_the_total_unknown(total: Any) -> None:
    """A sum without it would be wrong; other types are told all the same."""
    pools = [_pool("slow", total), _pool("fast", 50)]
    assert _of(pools) is None
    assert _of(pools, "gigabytes_ssd").total == 50


def test_what_is_kept_back_is_a_share() -> None:
    """`reserved_percentage`, rounded up."""
    assert _of([_pool(total=99.5, reserved_percentage=5)]).reserved == 5


@pytest.mark.parametrize(
    ("fields", "ratio"),
    [
        ({}, 1.0),
        ({"max_over_subscription_ratio": "10.0"}, 1.0),
        ({"thin_provisioning_support": True, "max_over_subscription_ratio": "10.0"}, 10.0),
        ({"thin_provisioning_support": "True", "max_over_subscription_ratio": 2}, 2.0),
        ({"thin_provisioning_support": True, "max_over_subscription_ratio": "auto"}, 20.0),
        ({"thin_provisioning_support": True, "max_over_subscription_ratio": 0.5}, 1.0),
    ],
)
def test_only_thin_pools_promise_more_than_they_have(fields: dict[str, Any], ratio: float) -> None:
    """And none promises less."""
    assert _of([_pool(**fields)]).ratio == ratio


@pytest.mark.parametrize(
    ("fields", "used"),
    [
        ({"allocated_capacity_gb": 30, "provisioned_capacity_gb": 70, "free_capacity_gb": 90}, 30),
        ({"allocated_capacity_gb": None, "provisioned_capacity_gb": 70.2, "free_capacity_gb": 90}, 71),
        ({"allocated_capacity_gb": "unknown", "free_capacity_gb": 90}, 10),
        ({"allocated_capacity_gb": None, "free_capacity_gb": "unknown"}, 0),
        ({"allocated_capacity_gb": None, "free_capacity_gb": 0}, 100),
    ],
)
def test_what_is_used_is_what_cinder_handed_out(fields: dict[str, Any], used: int) -> None:
    """That counts against limits; else what the back end says is gone."""
    assert _of([_pool(**fields)]).used == used


_numbers = st.one_of(
    st.integers(0, 10**9), st.floats(0, 1e9), st.sampled_from(["infinite", "unknown", "12.5"]), st.none()
)


@given(st.lists(st.builds(_pool, total=_numbers, free_capacity_gb=_numbers, reserved_percentage=_numbers), max_size=4))
def test_no_figure_of_a_driver_breaks_us(pools: list[dict[str, Any]]) -> None:
    """Text, fractions, nothing at all."""
    assert all(each.total >= 0 for each in capacity_of_pools(pools, _TYPES).values())
