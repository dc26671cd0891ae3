"""Placement: what the computes have (placement API reference). Hypervisor figures in Nova are often wrong; these are not.

Nova counts dedicated processors (PCPU) against `cores` like shared ones (VCPU), so both are summed.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provisioner.clouds.interface import Capacity
from provisioner.clouds.openstack.calls import Body, Call
from provisioner.clouds.openstack.connection import Connection
from tenants.resources import Resource, Service

_SERVICE: Final = "placement"
_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {"cores": ("VCPU", "PCPU"), "ram": ("MEMORY_MB",)}
_ALL_CLASSES: Final = frozenset(each for classes in _CLASSES.values() for each in classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Provider:
    """A compute, as Placement has it."""

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
        listed = self._get("/resource_providers", "resource_providers")
        providers = [_Provider(uuid=each["uuid"], generation=each["generation"]) for each in listed]
        stocks = self._connection.all_of(providers, self._stock)
        with self._remembering:
            self._inventories = {provider: stock.inventories for provider, stock in stocks.items()}
        return capacity_of_computes(stocks.values())

    def _stock(self, provider: _Provider) -> Stock:
        with self._remembering:
            inventories = self._inventories.get(provider)
        if inventories is None:
            inventories = self._get(f"/resource_providers/{provider.uuid}/inventories", "inventories")
        if not _ALL_CLASSES & inventories.keys():
            return Stock(inventories=inventories, usages={})
        usages = self._get(f"/resource_providers/{provider.uuid}/usages", "usages")
        return Stock(inventories=inventories, usages=usages)

    def _get(self, path: str, expected: str) -> Any:
        call = Call(service=_SERVICE, method="GET", path=path, expects=expected)
        return self._connection.send(call).body[expected]


def capacity_of_computes(stocks: Iterable[Stock]) -> Mapping[Resource, Capacity]:
    """All computes as one: `cores` and `ram`, each where any compute has it. Pure."""
    listed = tuple(stocks)
    found = {
        Resource(service=Service.COMPUTE, name=name): _summed(listed, classes) for name, classes in _CLASSES.items()
    }
    return {resource: capacity for resource, capacity in found.items() if capacity.total}


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
