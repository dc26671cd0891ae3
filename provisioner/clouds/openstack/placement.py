"""Placement: what the computes have (placement API reference). Hypervisor figures in Nova are often wrong; these are not.

Nova counts dedicated processors (PCPU) against `cores` like shared ones (VCPU), so both are summed.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provisioner.clouds.capacities import NO_ZONE, HostCapacity
from provisioner.clouds.interface import Capacity
from provisioner.clouds.openstack.calls import Body, Call
from provisioner.clouds.openstack.connection import Connection
from tenants.resources import Resource, Service

_SERVICE: Final = "placement"
#: The lowest that says which provider a provider is part of (Rocky, 2018).
_WITH_ROOTS: Final = "1.14"
_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {"cores": ("VCPU", "PCPU"), "ram": ("MEMORY_MB",)}
_ALL_CLASSES: Final = frozenset(each for classes in _CLASSES.values() for each in classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """A compute or a part of one, as Placement has it."""

    uuid: str
    #: Changes whenever the inventory does.
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """One provider's inventory and use, by resource class."""

    inventories: Mapping[str, Body]
    usages: Mapping[str, int]


class OpenStackPlacement:
    """Placement's inventories."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._remembering = threading.Lock()
        self._inventories: dict[_Provider, Mapping[str, Body]] = {}

    def capacity(self) -> Mapping[Resource, Capacity]:
        """One request, and two per compute: inventory and use. An unchanged inventory is not asked for again."""
        return capacity_of_computes(self._stocks(self._get("/resource_providers", "resource_providers")).values())

    def hosts(self, zones: Mapping[str, str]) -> tuple[HostCapacity, ...]:
        """The same compute by compute, in as many requests. `zones` are Nova's, by a compute's id."""
        listed = self._get("/resource_providers", "resource_providers", microversion=_WITH_ROOTS)
        stocks = self._stocks(listed)
        return hosts_of(listed, {provider.uuid: stock for provider, stock in stocks.items()}, zones)

    def _stocks(self, listed: Iterable[Body]) -> Mapping[_Provider, Stock]:
        providers = [_Provider(uuid=each["uuid"], generation=each["generation"]) for each in listed]
        stocks = self._connection.all_of(providers, self._stock)
        with self._remembering:
            self._inventories = {provider: stock.inventories for provider, stock in stocks.items()}
        return stocks

    def _stock(self, provider: _Provider) -> Stock:
        with self._remembering:
            inventories = self._inventories.get(provider)
        if inventories is None:
            inventories = self._get(f"/resource_providers/{provider.uuid}/inventories", "inventories")
        if not _ALL_CLASSES & inventories.keys():
            return Stock(inventories=inventories, usages={})
        usages = self._get(f"/resource_providers/{provider.uuid}/usages", "usages")
        return Stock(inventories=inventories, usages=usages)

    def _get(self, path: str, expected: str, *, microversion: str | None = None) -> Any:
        call = Call(service=_SERVICE, method="GET", path=path, expects=expected, microversion=microversion)
        return self._connection.send(call).body[expected]


def capacity_of_computes(stocks: Iterable[Stock]) -> Mapping[Resource, Capacity]:
    """All computes as one: `cores` and `ram`, each where any compute has it. Pure."""
    listed = tuple(stocks)
    found = {
        Resource(service=Service.COMPUTE, name=name): _summed(listed, classes) for name, classes in _CLASSES.items()
    }
    return {resource: capacity for resource, capacity in found.items() if capacity.total}


def hosts_of(
    providers: Iterable[Body], stocks: Mapping[str, Stock], zones: Mapping[str, str]
) -> tuple[HostCapacity, ...]:
    """Computes with all their parts (NUMA nodes and devices are providers of their own below them), by name. Pure."""
    names: dict[str, str] = {}
    parts: defaultdict[str, list[Stock]] = defaultdict(list)
    for each in providers:
        names[each["uuid"]] = str(each["name"])
        parts[each.get("root_provider_uuid") or each["uuid"]].append(stocks[each["uuid"]])
    found = (
        HostCapacity(
            name=names.get(root, root), zone=zones.get(root, NO_ZONE), capacity=capacity_of_computes(parts[root])
        )
        for root in parts
    )
    return tuple(sorted((each for each in found if each.capacity), key=lambda each: each.name))


def _summed(stocks: Iterable[Stock], classes: Iterable[str]) -> Capacity:
    having = [
        (stock, name, stock.inventories[name]) for stock in stocks for name in classes if name in stock.inventories
    ]
    physical = sum(inventory["total"] - inventory["reserved"] for _, _, inventory in having)
    virtual = sum(
        (inventory["total"] - inventory["reserved"]) * inventory["allocation_ratio"] for _, _, inventory in having
    )
    return Capacity(
        total=sum(inventory["total"] for _, _, inventory in having),
        reserved=sum(inventory["reserved"] for _, _, inventory in having),
        ratio=virtual / physical if physical else 1.0,
        used=sum(stock.usages.get(name, 0) for stock, name, _ in having),
    )
