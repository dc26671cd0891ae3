"""Kind `router`: a router between subnets of the project and to the outside (network API reference v2.0, `routers`).

A router is made by one request and each of its interfaces by one more. So a router may stand without some interface when
something fails on the way; the interfaces are properties of the router, and the next apply adds those that are missing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from provisioner.clouds.collections import Answered, Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.interface import Receipt
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudUnavailable, EffectMissing
from provisioner.kinds import external, ranks, subnet
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind, the_only
from provisioner.kinds.port import PORTS
from provisioner.kinds.refused import in_plain_words
from provisioner.kinds.router_interfaces import Interfaces, property_name, subnets_of, wanted_in
from provisioner.objects import Desired, KindName, Properties, Value
from provisioner.operation import Evidence
from provisioner.plan import Refusal
from tenants.landing_zone import LandingZoneSpec, RouterSpec
from tenants.names import SubnetName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("router")
ROUTERS: Final = Collection(
    name=CollectionName("routers"),
    service="network",
    path="/routers",
    item="router",
    items="routers",
    fields=("name", "description", "external_gateway_info", "status"),
    neutron=True,
)
_QUOTA: Final = Resource(service=Service.NETWORK, name="router")
_PORT_QUOTA: Final = Resource(service=Service.NETWORK, name="port")
_EXTERNAL: Final = "external"
#: Where a router does not reach the outside.
_NONE: Final = "none"


class RouterKind(ItemKind):
    """Routers that the project owns."""

    name = NAME
    collection = ROUTERS
    made_at = ranks.ROUTERS
    deleted_at = ranks.DELETE_ROUTERS

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether the landing zone has routers."""
        return project.landing_zone is not None and bool(project.landing_zone.routers)

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """Routers, the ports by which they are in subnets, and the subnets' names."""
        if project is None or self.concerns(project):
            yield from (Read(collection=each) for each in (ROUTERS, PORTS, subnet.SUBNETS))

    def rank(self, change: Change) -> int:
        """What only cuts off comes late, when servers and floating IPs that go as well are gone."""
        cuts = bool(change.after) and all(_cuts(value) for value in change.after.values())
        return ranks.DELETE_ROUTERS if change.verb is Verb.UPDATE and cuts else super().rank(change)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The landing zone's routers, each without the subnets that are to be absent."""
        zone = asked.project.landing_zone
        if zone is None or not asked.project.is_active:
            return
        observed = dict(self.observed(asked))
        for router in zone.routers:
            address = asked.address(NAME, router.name)
            served = observed.get(address, {})
            leaving = {name: False for each in _absent(zone) if (name := property_name(each)) in served}
            yield Desired(
                address=address, presence=router.presence, properties={**leaving, **_properties(router, asked)}
            )

    def plain(self, item: Item) -> Properties:
        """Nothing that needs no names."""
        return {}

    def referring(self, item: Item, asked: Asked) -> Properties:
        """The external network that it leads to, and the project's subnets that it is in."""
        gateway = (item.get("external_gateway_info") or {}).get("network_id")
        names = {each["id"]: each.get("name") for each in asked.items(subnet.SUBNETS)}
        served = (names.get(each) for each in subnets_of(item["id"], asked.items(PORTS)))
        return {
            _EXTERNAL: external.name_of(asked.offers, gateway) if gateway else _NONE,
            **{property_name(name): True for name in served if name},
        }

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Taking a way away is destructive; the external network and the gateways' addresses have to be there."""
        found = super().assess(change, asked)
        if change.verb is Verb.DELETE:
            return found
        refusals: list[Refusal] = list(_taken_gateways(change, asked))
        if (name := change.after.get(_EXTERNAL, _NONE)) != _NONE:
            refusals.extend(external.refusals(str(name), change.address, asked.offers))
        cut = change.verb is Verb.UPDATE and (
            change.before.get(_EXTERNAL, _NONE) != _NONE or any(_cuts(value) for value in change.after.values())
        )
        reason = f"{found.reason}; servers lose the way that it was" if cut else found.reason
        return Assessment(reason=reason, destructive=cut, refusals=tuple(refusals))

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One router, and one port for each interface."""
        if change.verb is Verb.DELETE:
            return NO_DEMAND
        ports = {_PORT_QUOTA: more} if (more := len(wanted_in(change.after))) else NO_DEMAND
        return {_QUOTA: 1, **ports} if change.verb is Verb.CREATE else ports

    def perform(self, change: Change, target: Target) -> Evidence:
        """Make, change or delete it; refusals in words for those who asked."""
        with in_plain_words(target):
            return super().perform(change, target)

    def body(self, change: Change, target: Target) -> Body:
        """Name and gateway; interfaces come after."""
        return {"name": change.address.key, "project_id": target.known_project, **_gateway(change, target)}

    def create(self, change: Change, target: Target) -> Evidence:
        """The router first. One that an earlier attempt made is given what that attempt did not come to."""
        if target.resumed and (there := _find(change, target)):
            return self.update(change, target, there)
        try:
            answered = target.cloud.resources.create(ROUTERS, target.known_project, self.body(change, target))
        except (CloudUnavailable, CloudConflict):
            if there := _find(change, target):
                return self.update(change, target, there)
            raise
        _prove_gateway(_gateway(change, target), answered)
        made = ItemId(str(answered.item["id"]))
        receipt = Interfaces(target=target, routers=ROUTERS, router=made).adjust(change.after, looks=False)
        return _evidence(change, made, answered.receipt, receipt)

    def update(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """The gateway, then one request for each interface; after an interruption, those alone that are missing."""
        receipt = Receipt()
        if gateway := _gateway(change, target):
            answered = target.cloud.resources.update(ROUTERS, target.known_project, item, gateway)
            _prove_gateway(gateway, answered)
            receipt = answered.receipt
        interfaces = Interfaces(target=target, routers=ROUTERS, router=item)
        adjusted = interfaces.adjust(change.after, looks=target.resumed or change.verb is Verb.CREATE)
        return _evidence(change, item, receipt, adjusted)

    def remove(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """Interfaces off, whatever they lead to, then the router."""
        off = Interfaces(target=target, routers=ROUTERS, router=item).remove_all()
        gone = super().remove(change, target, item)
        return Evidence(request_ids=(*off.request_ids, *gone.request_ids), values=gone.values)


def _properties(router: RouterSpec, asked: Asked) -> Properties:
    leads = external.wanted_name(asked) if router.external else None
    return {_EXTERNAL: leads or _NONE, **{property_name(each): True for each in router.subnets}}


def _absent(zone: LandingZoneSpec) -> Iterator[SubnetName]:
    """The subnets that are to go, which a router has to leave first."""
    for network in zone.networks:
        for each in network.subnets:
            if Presence.ABSENT in {network.presence, each.presence}:
                yield each.name


def _cuts(value: Value) -> bool:
    return value is False or value == _NONE


def _taken_gateways(change: Change, asked: Asked) -> Iterator[Refusal]:
    """Subnets in which something else has the gateway's address: a router that no longer is to, as a rule."""
    wanted = {
        (each["id"], each.get("gateway_ip")): each["name"]
        for each in asked.items(subnet.SUBNETS)
        if each.get("name") in wanted_in(change.after)
    }
    routers = {each["id"]: each.get("name") for each in asked.items(ROUTERS)}
    for port in asked.items(PORTS):
        for fixed in port.get("fixed_ips") or ():
            name = wanted.get((fixed["subnet_id"], fixed["ip_address"]))
            if name is not None:
                router = routers.get(port.get("device_id"))
                holder = f"the router {router}" if router else f"the port {port.get('name') or port['id']}"
                yield Refusal(
                    address=change.address,
                    message=f"{holder} has the gateway's address of subnet {name}, {fixed['ip_address']}",
                    remedy=f"take {holder} out of the subnet first, or let it serve the subnet as before",
                )


def _gateway(change: Change, target: Target) -> dict[str, Any]:
    """The gateway in Neutron's terms; nothing where it stays or a new router has none."""
    name = change.after.get(_EXTERNAL)
    if name is None or (name == _NONE and change.verb is Verb.CREATE):
        return {}
    info = {} if name == _NONE else {"network_id": external.id_of(str(name), target.offers)}
    return {"external_gateway_info": info}


def _find(change: Change, target: Target) -> ItemId | None:
    """The router that an earlier attempt made, if it did. Raises CloudConflict where there are several of its name."""
    named = target.cloud.resources.named(ROUTERS, target.known_project, change.address.key)
    there = the_only(named, change)
    return None if there is None else ItemId(str(there["id"]))


def _evidence(change: Change, router: ItemId, *receipts: Receipt) -> Evidence:
    request_ids = tuple(each for receipt in receipts for each in receipt.request_ids)
    return Evidence(request_ids=request_ids, values={**change.after, "id": str(router)})


def _prove_gateway(gateway: Mapping[str, Any], answered: Answered) -> None:
    """Hold the answer against what was written. Raises EffectMissing where it shows something else."""
    wanted = (gateway.get("external_gateway_info") or {}).get("network_id")
    shown = (answered.item.get("external_gateway_info") or {}).get("network_id")
    if shown != wanted:
        raise EffectMissing(
            "Neutron accepted the change of the router's gateway but does not show it",
            request_id=next(iter(answered.receipt.request_ids), None),
        )
