"""Kind `floating-ip`: an address of the external network that the project keeps (network API reference v2.0, `floatingips`).

Neutron gives floating IPs no names. Ours stands in the description, as `tenantry:portal`. One that was there before is
known by its address, where the landing zone names that; it is taken over as it is, and its description stays its owner's.
A floating IP is given up only where the landing zone has it absent.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from provisioner.clouds.collections import Answered, Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import EffectMissing
from provisioner.kinds import external, port, ranks
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind, the_only
from provisioner.kinds.refused import in_plain_words
from provisioner.objects import Address, Desired, KindName, Properties, Value
from provisioner.operation import Evidence
from provisioner.plan import Notice, Refusal
from tenants.application import ApplicationSpec, FloatingIPUse, Management
from tenants.landing_zone import FloatingIPSpec
from tenants.members import port_name
from tenants.names import FloatingIPName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("floating-ip")
FLOATING_IPS: Final = Collection(
    name=CollectionName("floatingips"),
    service="network",
    path="/floatingips",
    item="floatingip",
    items="floatingips",
    fields=("description", "floating_ip_address", "floating_network_id", "port_id", "fixed_ip_address", "status"),
    neutron=True,
)
_QUOTA: Final = Resource(service=Service.NETWORK, name="floatingip")
#: What stands before our name in a description.
_MARK: Final = "tenantry:"
_ADDRESS: Final = "address"
_PORT: Final = "port"
_NETWORK: Final = "network"
#: Where a floating IP leads nowhere.
_NONE: Final = "none"


class FloatingIPKind(ItemKind):
    """Floating IPs that the project owns."""

    name = NAME
    collection = FLOATING_IPS
    made_at = ranks.FLOATING_IPS
    deleted_at = ranks.DELETE_FLOATING_IPS
    name_key = "description"

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether the landing zone reserves any, or applications use any."""
        zone = project.landing_zone
        return bool(zone and zone.floating_ips) or any(each.floating_ips for each in project.applications)

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """Floating IPs, and the ports that they lead to."""
        if project is None or self.concerns(project):
            yield from (Read(collection=each) for each in (FLOATING_IPS, port.PORTS))

    def key(self, item: Item) -> str:
        """Our name for it; empty for one that does not bear our mark."""
        description = str(item.get("description") or "")
        return description.removeprefix(_MARK) if description.startswith(_MARK) else ""

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """Those that the landing zone reserves and those that applications use, each once."""
        if not asked.project.is_active:
            return
        reserved = {each.name: each for each in _reserved(asked.project)}
        uses = {use.name: use for each in asked.project.applications if _is_wanted(each) for use in each.floating_ips}
        for name in dict.fromkeys((*reserved, *uses)):
            yield _desired(asked.address(NAME, name), reserved.get(name), uses.get(name), asked)

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """Those that bear our mark, and those without it whose addresses the landing zone reserves."""
        marked = list(super().observed(asked))
        yield from marked
        for item, name in _adopted(asked, frozenset(address.key for address, _ in marked)):
            yield asked.address(NAME, name), self._properties(item, asked)

    def plain(self, item: Item) -> Properties:
        """Its address."""
        return {_ADDRESS: item.get("floating_ip_address")}

    def referring(self, item: Item, asked: Asked) -> Properties:
        """The external network that it belongs to and the port that it leads to."""
        names = port.keys(asked)
        leads_to = item.get("port_id")
        return {
            _NETWORK: external.name_of(asked.offers, str(item.get("floating_network_id") or "")),
            _PORT: (names.get(leads_to) or leads_to) if leads_to else _NONE,
        }

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """Those that bear our mark and are named by no manifest any more: they stay."""
        uses = {use.name for each in asked.project.applications for use in each.floating_ips}
        named = {each.name for each in _reserved(asked.project)} | uses
        for item in asked.items(FLOATING_IPS):
            if (name := self.key(item)) and name not in named:
                yield Notice(
                    address=asked.address(NAME, name),
                    message=f"no manifest names it any more; {item.get('floating_ip_address')} stays the project's until the "
                    "landing zone has it absent",
                )

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Giving one up and leading one elsewhere are destructive; addresses cannot be changed."""
        found = super().assess(change, asked)
        if change.verb is Verb.DELETE:
            reason = f"{found.reason}; {change.before.get(_ADDRESS)} may then be given to somebody else"
            return Assessment(reason=reason, destructive=True)
        if change.verb is Verb.CREATE:
            return Assessment(reason=found.reason, refusals=tuple(_cannot_be_made(change, asked)))
        moved = _PORT in change.after and change.before.get(_PORT, _NONE) != _NONE
        reason = f"{found.reason}; it leads to {change.before[_PORT]} no longer" if moved else found.reason
        return Assessment(reason=reason, destructive=moved, refusals=tuple(_other_address(change)))

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One floating IP."""
        return {_QUOTA: 1} if change.verb is Verb.CREATE else NO_DEMAND

    def in_bulk(self, change: Change) -> bool:
        """Never: Neutron has no bulk creation of floating IPs."""
        return False

    def perform(self, change: Change, target: Target) -> Evidence:
        """Make, lead or give it up; refusals in words for those who asked."""
        with in_plain_words(target):
            return super().perform(change, target)

    def body(self, change: Change, target: Target) -> Body:
        """Our name, the external network, and what the manifest says."""
        address = change.after.get(_ADDRESS)
        return {
            "description": f"{_MARK}{change.address.key}",
            "project_id": target.known_project,
            "floating_network_id": external.id_of(str(change.after[_NETWORK]), target.offers),
            **({} if address is None else {"floating_ip_address": address}),
            **_leading(change, target),
        }

    def changed(self, change: Change, target: Target) -> Body:
        """Where it leads: the one thing about it that can be changed."""
        return _leading(change, target)

    def found(self, change: Change, target: Target) -> Evidence | None:
        """The one that an earlier attempt made, if it did; led to its port where it is not yet.

        Raises CloudConflict where there are several of its name.
        """
        named = target.cloud.resources.named(
            FLOATING_IPS, target.known_project, f"{_MARK}{change.address.key}", key="description"
        )
        there = the_only(named, change)
        if there is None:
            return None
        leading = _leading(change, target)
        if all(there.get(key) == value for key, value in leading.items()):
            return self.proved(change, Answered(item=there))
        return self.update(change, target, ItemId(str(there["id"])))

    def proved(self, change: Change, answered: Answered) -> Evidence:
        """The address, and that it leads somewhere or nowhere as asked."""
        evidence = super().proved(change, answered)
        leads = change.after.get(_PORT)
        if leads is not None and bool(answered.item.get("port_id")) is not (leads != _NONE):
            raise EffectMissing(
                f"Neutron accepted the change but does not show that the address leads to {leads}",
                request_id=next(iter(answered.receipt.request_ids), None),
            )
        return Evidence(request_ids=evidence.request_ids, values={**evidence.values, **self.plain(answered.item)})


def _reserved(project: ProjectSpec) -> tuple[FloatingIPSpec, ...]:
    return () if project.landing_zone is None else project.landing_zone.floating_ips


def _is_wanted(application: ApplicationSpec) -> bool:
    return application.management is Management.FULL and application.presence is Presence.PRESENT


def _desired(address: Address, reserved: FloatingIPSpec | None, use: FloatingIPUse | None, asked: Asked) -> Desired:
    """One floating IP: its address as the landing zone says it, where it leads as an application does."""
    properties: dict[str, Value] = {}
    if reserved is not None and reserved.address is not None:
        properties[_ADDRESS] = reserved.address
    if use is not None:
        properties[_PORT] = port_name(use.server, use.network)
    return Desired(
        address=address,
        presence=Presence.PRESENT if reserved is None else reserved.presence,
        properties=properties,
        initial={_NETWORK: external.wanted_name(asked) or _NONE},
    )


def _adopted(asked: Asked, marked: frozenset[str]) -> Iterator[tuple[Item, FloatingIPName]]:
    """Floating IPs without our mark, with the names under which the landing zone reserves their addresses."""
    unmarked = {
        each.get("floating_ip_address"): each
        for each in asked.items(FLOATING_IPS)
        if not str(each.get("description") or "").startswith(_MARK)
    }
    for each in _reserved(asked.project):
        if each.address in unmarked and each.name not in marked:
            yield unmarked[each.address], each.name


def _cannot_be_made(change: Change, asked: Asked) -> Iterator[Refusal]:
    """Why there can be no such floating IP: no network to take it from, or the project has the address already."""
    network = str(change.after[_NETWORK])
    if network == _NONE:
        yield Refusal(
            address=change.address,
            message="the project's zone has no external network to take an address from",
            remedy="leave the floating IP out, or move the project to a zone that has one",
        )
    else:
        yield from external.refusals(network, change.address, asked.offers)
    wanted = change.after.get(_ADDRESS)
    for item in asked.items(FLOATING_IPS):
        if wanted is not None and item.get("floating_ip_address") == wanted:
            name = str(item.get("description") or "").removeprefix(_MARK)
            yield Refusal(
                address=change.address,
                message=f"the project has the address {wanted} already, under the name {name}",
                remedy=f"call it {name} in the manifest as well, or reserve another address",
            )


def _other_address(change: Change) -> Iterator[Refusal]:
    if _ADDRESS in change.after:
        yield Refusal(
            address=change.address,
            message=f"its address cannot go from {change.before[_ADDRESS]} to {change.after[_ADDRESS]}: "
            "Neutron has no way to change it",
            remedy="reserve the new address under another name, and have this one absent",
        )


def _leading(change: Change, target: Target) -> dict[str, Any]:
    """Where it leads in Neutron's terms; nothing where no application says. Raises DependencyMissing without the port."""
    name = change.after.get(_PORT)
    if name is None:
        return {}
    return {"port_id": None if name == _NONE else target.id_of(port.NAME, str(name))}
