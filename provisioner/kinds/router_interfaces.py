"""A router's interfaces: ports at the gateways of the subnets that it serves, put in and taken out one by one.

Part of the kind `router` (network API reference v2.0, `add_router_interface` and `remove_router_interface`). Neutron
refuses an interface that is there already; so whoever may have been interrupted looks first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from provisioner.clouds.collections import Act, Collection, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudError, EffectMissing
from provisioner.kinds import subnet
from provisioner.kinds.interface import Target
from provisioner.kinds.port import PORTS
from provisioner.kinds.refused import in_plain_words
from provisioner.objects import Properties

_SUBNET: Final = "subnet "
#: The owners of the ports that are routers' interfaces: plain, distributed and highly available ones.
_OWNERS: Final = frozenset(
    {
        "network:router_interface",
        "network:router_interface_distributed",
        "network:ha_router_replicated_interface",
    }
)


def property_name(subnet_name: str) -> str:
    """How a subnet stands as a property of its router."""
    return f"{_SUBNET}{subnet_name}"


def wanted_in(after: Properties) -> list[str]:
    """The names of the subnets that are to be served."""
    return [name.removeprefix(_SUBNET) for name, value in after.items() if name.startswith(_SUBNET) and value]


def unwanted_in(after: Properties) -> list[str]:
    """The names of the subnets that are to be left."""
    return [name.removeprefix(_SUBNET) for name, value in after.items() if name.startswith(_SUBNET) and not value]


def subnets_of(router: str, ports: Iterable[Item]) -> frozenset[str]:
    """The ids of the subnets that a router is in, by the ports of its project."""
    return frozenset(
        str(fixed["subnet_id"]) for port in ports if _is_of(router, port) for fixed in port.get("fixed_ips") or ()
    )


def _is_of(router: str, port: Item) -> bool:
    return port.get("device_id") == router and port.get("device_owner") in _OWNERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfaces:
    """Those of one router, in the cloud."""

    target: Target
    routers: Collection
    router: ItemId

    def adjust(self, after: Properties, *, looks: bool) -> Receipt:
        """Put in and take out, each for itself, so that one that fails keeps no other from being made.

        `looks` is whether some may be as asked already. Raises the first failure after all were tried.
        """
        changes = [*((name, True) for name in wanted_in(after)), *((name, False) for name in unwanted_in(after))]
        served = self._served() if looks and changes else None
        request_ids: list[str] = []
        failure: CloudError | None = None
        for name, put_in in changes:
            doing = f"the interface in subnet {name} could not be {'added' if put_in else 'taken off'}"
            try:
                with in_plain_words(self.target, doing):
                    request_ids.extend(self._set(name, put_in=put_in, served=served))
            except CloudError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return Receipt(request_ids=tuple(request_ids))

    def remove_all(self) -> Receipt:
        """Take out every one, whatever it leads to."""
        request_ids: list[str] = []
        for port in self._ports():
            act = Act(below="/remove_router_interface", body={"port_id": port["id"]}, method="PUT")
            with in_plain_words(self.target, "an interface could not be taken off"):
                request_ids.extend(self._act(act).request_ids)
        return Receipt(request_ids=tuple(request_ids))

    def _set(self, name: str, *, put_in: bool, served: frozenset[str] | None) -> tuple[str, ...]:
        """Have one there or gone. `served` are the subnets that the router was seen in, if anybody looked."""
        wanted = self.target.id_of(subnet.NAME, name)
        if served is not None and (wanted in served) is put_in:
            return ()
        below = "/add_router_interface" if put_in else "/remove_router_interface"
        try:
            return self._act(Act(below=below, body={"subnet_id": wanted}, method="PUT"), wanted).request_ids
        except CloudError:
            # An answer may have been lost on its way, or somebody else have done the same.
            if (wanted in self._served()) is put_in:
                return ()
            raise

    def _act(self, act: Act, shown: ItemId | None = None) -> Receipt:
        """One request. Raises EffectMissing where the answer does not show the subnet."""
        answered = self.target.cloud.resources.act(self.routers, self.target.known_project, self.router, act)
        subnets = {answered.item.get("subnet_id"), *(answered.item.get("subnet_ids") or ())}
        if shown is not None and shown not in subnets:
            request_id = next(iter(answered.receipt.request_ids), None)
            raise EffectMissing("Neutron accepted the change but shows another subnet", request_id=request_id)
        return answered.receipt

    def _served(self) -> frozenset[str]:
        return subnets_of(self.router, self._ports())

    def _ports(self) -> list[Item]:
        """The interfaces, read anew in one request."""
        ports = self.target.cloud.resources.named(PORTS, self.target.known_project, self.router, key="device_id")
        return [each for each in ports if _is_of(self.router, each)]
