"""Which questions an application's probes mean: one for each server that a probe is about, each with its address. Pure.

A server is asked at its floating IP where it has one: tenants' networks overlap and end at their routers, so a prober
outside reaches nothing else. Without one it is asked at its fixed address, for networks of the provider's can be reached.
Addresses of version 4 come before those of version 6, which not every prober's network has, and the networks come in the
manifest's order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

from provisioner.clouds.collections import ItemId
from provisioner.probing.readings import Finding, failed, unknown
from provisioner.probing.sight import SeenServer, Sight
from tenants import members
from tenants.application import ApplicationSpec, ProbeSpec, ServerSpec
from tenants.names import ApplicationName, ServerName

_IPV4: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to ask."""

    #: A host name or IP address.
    address: str
    #: Nova's id of the server; None for an address of the probe's own.
    server: ItemId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question."""

    application: ApplicationName
    probe: ProbeSpec
    #: The single server that it is about; None for an address of the probe's own.
    server: ServerName | None
    #: Where to ask, or what keeps it from being asked.
    place: Place | Finding


def needs_sight(probes: Sequence[ProbeSpec]) -> bool:
    """Whether any of these probes is about a server, so that its cloud must be looked at."""
    return any(probe.server is not None for probe in probes)


def checks_of(application: ApplicationSpec, probes: Sequence[ProbeSpec], sight: Sight) -> tuple[Check, ...]:
    """The questions of these probes of an application, in the manifest's order."""
    return tuple(check for probe in probes for check in _checks(application, probe, sight))


def _checks(application: ApplicationSpec, probe: ProbeSpec, sight: Sight) -> Iterator[Check]:
    if probe.server is None:
        place = Place(address=str(probe.address))
        yield Check(application=application.name, probe=probe, server=None, place=place)
        return
    own = tuple(each for each in application.servers if each.name == probe.server)
    for server in members.servers(replace(application, servers=own)):
        place_of_server = _place(server, sight)
        yield Check(application=application.name, probe=probe, server=server.name, place=place_of_server)


def _place(server: ServerSpec, sight: Sight) -> Place | Finding:
    if sight.obstacle:
        return unknown(f"the server's address is not known: {sight.obstacle}")
    found = sight.servers.get(server.name, ())
    if not found:
        return failed("the project has no server of this name")
    if len(found) > 1:
        return unknown(f"the project has {len(found)} servers of this name, and it is not known which is meant")
    address = _address(server, found[0])
    if address is None:
        return failed(f"the server has no address; Nova has it as {found[0].status}")
    return Place(address=address, server=found[0].id)


def _address(spec: ServerSpec, seen: SeenServer) -> str | None:
    order = [members.port_name(spec.name, each.network) for each in spec.interfaces]
    ports = sorted(seen.ports, key=lambda port: order.index(port.name) if port.name in order else len(order))
    floating = [address for port in ports for address in port.floating]
    fixed = [address for port in ports for address in port.fixed]
    both = (*floating, *fixed)
    return next((each for each in both if ip_address(each).version == _IPV4), next(iter(both), None))
