"""Placement: what the computes have, in the fewest requests."""

from typing import Any

from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.clouds.openstack.placement import Stock, capacity_of_computes


def _inventory(total: int, *, reserved: int = 0, ratio: float = 1.0) -> dict[str, Any]:
    return {"total": total, "reserved": reserved, "allocation_ratio": ratio}


def _placement(stage: Any, *generations: int) -> None:
    del stage.endpoints["block-storage"]
    for generation in generations:
        providers = [{"uuid": "c1", "generation": generation}, {"uuid": "pool", "generation": 0}]
        stage.answer("GET", "/resource_providers$", {"resource_providers": providers})
    stage.answer("GET", "/c1/inventories$", {"inventories": {"VCPU": _inventory(8), "MEMORY_MB": _inventory(1024)}})
    stage.answer("GET", "/c1/usages$", {"usages": {"VCPU": 3, "MEMORY_MB": 512}})
    stage.answer("GET", "/pool/inventories$", {"inventories": {"DISK_GB": _inventory(100)}})


def test_two_requests_per_compute(stage: Any, cloud: OpenStackCloud) -> None:
    """And one for what is no compute: its use is of no interest."""
    _placement(stage, 1)
    found = {str(resource): (each.total, each.used) for resource, each in cloud.capacity().items()}
    assert found == {"compute/cores": (8, 3), "compute/ram": (1024, 512)}
    assert sorted(stage.paths("placement")) == [
        "GET /placement/resource_providers",
        "GET /placement/resource_providers/c1/inventories",
        "GET /placement/resource_providers/c1/usages",
        "GET /placement/resource_providers/pool/inventories",
    ]


def test_an_unchanged_inventory_is_not_asked_for_again(stage: Any, cloud: OpenStackCloud) -> None:
    """Its generation tells; the use is asked for each time."""
    _placement(stage, 1, 1, 2)
    asked = []
    for _ in range(3):
        before = len(stage.seen)
        cloud.capacity()
        asked.append(sum(each.path.endswith("/c1/inventories") for each in stage.seen[before:]))
    assert asked == [1, 0, 1]


def test_computes_count_as_one() -> None:
    """Sums, and the ratio that makes the same virtual processors of the sum."""
    stocks = [
        Stock(inventories={"VCPU": _inventory(10, reserved=2, ratio=4.0)}, usages={"VCPU": 5}),
        Stock(inventories={"VCPU": _inventory(8, ratio=1.0), "PCPU": _inventory(8)}, usages={"VCPU": 1, "PCPU": 2}),
    ]
    (cores,) = capacity_of_computes(stocks).values()
    assert (cores.total, cores.reserved, cores.used) == (26, 2, 8)
    assert cores.ratio * (cores.total - cores.reserved) == 48.0


def test_a_cloud_without_computes_has_no_capacity() -> None:
    """Nothing, rather than zero."""
    assert capacity_of_computes([]) == {}


def test_a_compute_whose_memory_is_all_reserved() -> None:
    """Nothing to multiply is no reason to fail."""
    stocks = [Stock(inventories={"MEMORY_MB": _inventory(512, reserved=512)}, usages={})]
    (ram,) = capacity_of_computes(stocks).values()
    assert (ram.total, ram.reserved, ram.ratio) == (512, 512, 1.0)
