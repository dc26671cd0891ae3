"""What Cinder's pools hold, in all and for each volume type. Pure.

A type is served by the pools whose `volume_backend_name` its extra specs name, or by all where they name none (block
storage administrator guide). A pool that does not know its size, or calls it infinite, leaves the total unknown, and
what is unknown is left out.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from provisioner.clouds.capacities import NO_ZONE, PoolCapacity
from provisioner.clouds.interface import Capacity
from tenants.names import VolumeTypeName
from tenants.resources import Resource, Service

_BACKEND: Final = "volume_backend_name"
#: The default of Cinder's `max_over_subscription_ratio`, which drivers that say `auto` work out for themselves.
_DEFAULT_RATIO: Final = 20.0

Pool = Mapping[str, Any]


def capacity_of_pools(
    pools: Sequence[Pool], types: Mapping[VolumeTypeName, Mapping[str, str]]
) -> Mapping[Resource, Capacity]:
    """Gigabytes of all pools, and of those that serve each volume type, by its extra specs."""
    found = {Resource(service=Service.BLOCK_STORAGE, name="gigabytes"): _summed(pools)}
    for name, extra_specs in types.items():
        serving = [pool for pool in pools if _serves(pool, extra_specs)]
        found[Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=name)] = _summed(serving)
    return {resource: capacity for resource, capacity in found.items() if capacity is not None}


def capacity_by_pool(
    pools: Mapping[str, Pool], types: Mapping[VolumeTypeName, Mapping[str, str]], zones: Mapping[str, str]
) -> tuple[PoolCapacity, ...]:
    """Each pool by itself, by name (`host@backend#pool`). `zones` has those of Cinder's services, by `host@backend`."""
    return tuple(
        PoolCapacity(
            name=name,
            zone=zones.get(name.partition("#")[0], NO_ZONE),
            capacity=_of_pool(pool),
            volume_types=frozenset(each for each, extra_specs in types.items() if _serves(pool, extra_specs)),
        )
        for name, pool in sorted(pools.items())
    )


def _serves(pool: Pool, extra_specs: Mapping[str, str]) -> bool:
    wanted = extra_specs.get(_BACKEND)
    return wanted is None or pool.get(_BACKEND) == wanted


def _summed(pools: Iterable[Pool]) -> Capacity | None:
    """The pools as one, or None where there are none or one of them does not know its size."""
    each = [_of_pool(pool) for pool in pools]
    known = [capacity for capacity in each if capacity is not None]
    if not known or len(known) < len(each):
        return None
    physical = sum(capacity.total - capacity.reserved for capacity in known)
    virtual = sum((capacity.total - capacity.reserved) * capacity.ratio for capacity in known)
    return Capacity(
        total=sum(capacity.total for capacity in known),
        reserved=sum(capacity.reserved for capacity in known),
        ratio=virtual / physical if physical else 1.0,
        used=sum(capacity.used for capacity in known),
    )


def _of_pool(pool: Pool) -> Capacity | None:
    total = _gigabytes(pool.get("total_capacity_gb"))
    if total is None:
        return None
    reserved = math.ceil(total * (_gigabytes(pool.get("reserved_percentage")) or 0.0) / 100)
    return Capacity(total=math.floor(total), reserved=reserved, ratio=_ratio(pool), used=_used(pool, total))


def _used(pool: Pool, total: float) -> int:
    """What Cinder handed out, as it counts against limits; else what the back end says is gone."""
    for key in ("allocated_capacity_gb", "provisioned_capacity_gb"):
        handed_out = _gigabytes(pool.get(key))
        if handed_out is not None:
            return math.ceil(handed_out)
    free = _gigabytes(pool.get("free_capacity_gb"))
    return 0 if free is None else math.ceil(total - free)


def _ratio(pool: Pool) -> float:
    if pool.get("thin_provisioning_support") not in (True, "True", "true"):
        return 1.0
    ratio = _gigabytes(pool.get("max_over_subscription_ratio"))
    return max(1.0, ratio if ratio is not None else _DEFAULT_RATIO)


def _gigabytes(value: object) -> float | None:
    """A number as Cinder's drivers give it (text, too), or None for `unknown` and `infinite`."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
