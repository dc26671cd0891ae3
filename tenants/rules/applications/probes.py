"""Rules about probes: each knows where to ask."""

from collections.abc import Iterator

from tenants.application import ApplicationSpec, ProbeSpec
from tenants.kinds.kind import Manifest
from tenants.language.nodes import Step, child, nearest
from tenants.problems import Problem
from tenants.rules.applications.holding import Reference, is_wanted, presences
from tenants.rules.manifests import Manifests


def probes_know_where_to_ask(manifests: Manifests) -> Iterator[Problem]:
    """A probe asks either a server of its application or an address, and runs commands in a server only."""
    for manifest in manifests.every_application():
        known = presences((each.name, each) for each in manifest.spec.servers)
        reference = Reference("server", "this application", known)
        for index, probe in enumerate(manifest.spec.probes):
            place: tuple[Step, ...] = ("spec", "probes", index)
            yield from _asks_one(manifest, place, probe)
            if probe.server and is_wanted(manifest.spec):
                leaving = "leave the probe out, or let the server stay"
                yield from reference.check(manifest, (*place, "server"), probe.server, leaving=leaving)


def _asks_one(manifest: Manifest[ApplicationSpec], place: tuple[Step, ...], probe: ProbeSpec) -> Iterator[Problem]:
    """Whether exactly one of server and address is given, and the right one."""
    written = nearest(manifest.root, place)
    server, address = child(written, "server"), child(written, "address")
    if (server is None) == (address is None):
        count = "neither" if server is None else "both"
        yield manifest.error(place, f'gives {count} of "server" and "address"', "give exactly one of them")
    elif probe.command is not None and server is None:
        message = "a command runs in a server"
        yield manifest.error((*place, "address"), message, "write server, or probe the address by tcp or http")


def probed_servers_have_an_address(manifests: Manifests) -> Iterator[Problem]:
    """A server that is probed by its own address is in a network."""
    for manifest in manifests.every_application():
        servers = {each.name: each for each in manifest.spec.servers if is_wanted(manifest.spec, each)}
        for index, probe in enumerate(manifest.spec.probes):
            server = servers.get(probe.server) if probe.server else None
            if server is not None and not server.interfaces:
                message = f'the server "{server.name}" is in no network, and cannot be asked'
                yield manifest.error(("spec", "probes", index, "server"), message, "give it networks")


RULES = (probes_know_where_to_ask, probed_servers_have_an_address)
