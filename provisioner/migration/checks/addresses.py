"""Addresses and MACs that go along: free where they arrive, and nobody else's on either cloud or on the way. Pure.

Neutron lets no network have an address or a MAC twice (network API reference v2.0, `ports`). Between networks and clouds it says
nothing; where those are one segment in truth, two ports of one MAC cut each other off.
"""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import ip_address

from provisioner.migration.bindings import BoundInterface
from provisioner.migration.checks.case import Case
from provisioner.migration.checks.findings import WHOLE, Finding, refusal, warning
from provisioner.migration.identifiers import Subject
from provisioner.migration.target import TakenAddress
from provisioner.migration.workload import Interface

_ANOTHER = "free it, or let the wave not keep addresses (mappings.keepAddresses: false)"


def taken(case: Case) -> Iterator[Finding]:
    """By ports of the target's networks; the source's own port gives way where the wave takes its address along."""
    ports: defaultdict[str, list[TakenAddress]] = defaultdict(list)
    for each in case.target.taken:
        ports[each.network_id].append(each)
    for interface, bound in _arriving(case):
        for port in ports[bound.network_id]:
            if port.port == interface.port and bound.takes_over:
                continue
            for address in sorted(_addresses(bound) & {_plain(each) for each in port.addresses}):
                yield refusal(
                    interface.subject,
                    f"the address {address} is taken in the network {bound.network}, by {port.holder}",
                    _ANOTHER,
                )
            if bound.mac is not None and bound.mac.lower() == port.mac:
                yield refusal(
                    interface.subject,
                    f"the MAC {bound.mac} is taken in the network {bound.network}, by {port.holder}",
                    _ANOTHER,
                )


def gateways(case: Case) -> Iterator[Finding]:
    """A router's address is nobody's, even while no router is there."""
    at = {subnet.id: subnet.gateway for network in case.target.networks for subnet in network.subnets}
    for interface, bound in _arriving(case):
        for each in bound.addresses:
            gateway = at.get(each.subnet_id)
            if each.address is not None and gateway is not None and _plain(each.address) == _plain(gateway):
                yield refusal(
                    interface.subject,
                    f"the address {each.address} is the gateway's in the network {bound.network}",
                    "map to a subnet whose gateway is another, or let the wave not keep addresses",
                )


def among_themselves(case: Case) -> Iterator[Finding]:
    """Two networks of the source may become one."""
    holders: dict[tuple[str, str], Subject] = {}
    for interface, bound in _arriving(case):
        for each in sorted(_wanted(bound)):
            first = holders.setdefault((bound.network_id, each), interface.subject)
            if first != interface.subject:
                yield refusal(
                    interface.subject,
                    f"{each} is to be in the network {bound.network} twice: {first} has it too",
                    "map their networks to different ones",
                )


def beside_others(case: Case) -> Iterator[Finding]:
    """What others take that are under way to the same network."""
    for other in case.others:
        theirs: dict[tuple[str, str], str] = {
            (bound.network_id, each): subject
            for subject, bound in other.bindings.interfaces.items()
            if other.bindings.cloud == case.bindings.cloud and _comes(other.workload.cloud, other.bindings.cloud, bound)
            for each in _wanted(bound)
        }
        for interface, bound in _arriving(case):
            for each in sorted(_wanted(bound)):
                if (bound.network_id, each) in theirs:
                    yield refusal(
                        interface.subject,
                        f"{other.name}, which is on the way as well, takes {each} in the network {bound.network}",
                        "let one of them have another address",
                    )


def on_other_networks(case: Case) -> Iterator[Finding]:
    """The same MAC on another network of either cloud: told, for Neutron allows it."""
    for interface, bound in _arriving(case):
        for each in case.macs:
            elsewhere = each.cloud != case.target.cloud or each.network_id != bound.network_id
            if bound.mac is not None and each.mac == bound.mac.lower() and each.port != interface.port and elsewhere:
                yield warning(
                    interface.subject,
                    f"the MAC {bound.mac} is also that of {each.holder} in cloud {each.cloud}",
                    "give one of them another, if their networks are ever joined",
                )


def duplicates(case: Case) -> Iterator[Finding]:
    """While the source is kept, its ports stay: where both networks are one segment, nobody may start it beside the target."""
    kept = any(bound.mac is not None or _addresses(bound) for _, bound in _arriving(case))
    if kept and case.workload.cloud != case.target.cloud and case.mode.copies:
        yield warning(
            WHOLE,
            "until the source goes, both clouds have its addresses: whoever starts the source meanwhile has them twice where "
            "the networks are joined",
        )


def security(case: Case) -> Iterator[Finding]:
    """What ports allow beside their own addresses."""
    for interface, _ in _arriving(case):
        if not interface.port_security:
            yield warning(interface.subject, "has no port security, and will have none: no security group protects it")
        if pairs := case.source.address_pairs.get(interface.subject):
            yield warning(
                interface.subject,
                f"may use further addresses ({', '.join(pairs)}), which are not taken along",
                "allow them at the target's port after the cutover",
            )


def devices(case: Case) -> Iterator[Finding]:
    """Ports that are devices of the host (network API reference v2.0, `binding:vnic_type`)."""
    for _, interface in case.workload.interfaces():
        kind = interface.vnic_type
        if kind == "normal":
            continue
        if not case.mode.within:
            yield refusal(
                interface.subject,
                f"is a port of the type {kind}, and the target's would be normal",
                "have the server use a normal port first",
            )
        else:
            yield warning(
                interface.subject,
                f"is a port of the type {kind}: only a host with a free device of that network takes it, and traffic stops "
                "while it moves",
            )


def _arriving(case: Case) -> Iterator[tuple[Interface, BoundInterface]]:
    return case.bound_interfaces() if not case.mode.within else iter(())


def _comes(source: str, target: str, bound: BoundInterface) -> bool:
    """Whether it brings something; servers that move within a cloud keep the ports that they have."""
    return source != target or bound.takes_over or bool(bound.addresses)


def _wanted(bound: BoundInterface) -> frozenset[str]:
    return _addresses(bound) | ({bound.mac.lower()} if bound.mac else frozenset())


def _addresses(bound: BoundInterface) -> frozenset[str]:
    return frozenset(_plain(each.address) for each in bound.addresses if each.address is not None)


def _plain(address: str) -> str:
    return str(ip_address(address))
