"""Rules about floating IPs: each leads into one network of one single server."""

from collections.abc import Iterator

from tenants import members
from tenants.application import FloatingIPUse, ServerSpec
from tenants.language.nodes import Step
from tenants.language.report import choose
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.holding import Held, Reference, held, is_wanted, presences
from tenants.rules.manifests import Manifests


def floating_ips_lead_to_servers(manifests: Manifests) -> Iterator[Problem]:
    """A floating IP leads to a single server (or one member) of its application, by one of the server's networks."""
    for manifest in manifests.every_application():
        single = {each.name: each for each in members.servers(manifest.spec)}
        numbered = {each.name: each for each in manifest.spec.servers if each.replicas is not None}
        reference = Reference("server", "this application", presences(single.items()))
        taken: dict[tuple[str, str], str] = {}
        for index, use in enumerate(manifest.spec.floating_ips if is_wanted(manifest.spec) else ()):
            steps: tuple[Step, ...] = ("spec", "floatingIPs", index)
            if use.server in numbered and use.server not in single:
                message = f'"{use.server}" is {numbered[use.server].replicas} servers, and a floating IP leads to one'
                yield manifest.error((*steps, "server"), message, f"name one, such as {use.server}-1")
                continue
            leaving = "leave the floating IP out here, or let the server stay"
            yield from reference.check(manifest, (*steps, "server"), use.server, leaving=leaving)
            server = single.get(use.server)
            if server is not None and use.network and not _is_in(server, use):
                message = f'the server "{use.server}" is not in the network "{use.network}"'
                remedy = choose(use.network, [each.network for each in server.interfaces])
                yield manifest.error((*steps, "network"), message, remedy)
            earlier = taken.setdefault((use.server, use.network), use.name)
            if earlier != use.name and use.server and use.network:
                message = f'"{earlier}" leads there already, and an address of a server has one floating IP'
                yield manifest.error(steps, message, "leave one of them out, or lead it elsewhere")


def _is_in(server: ServerSpec, use: FloatingIPUse) -> bool:
    return any(each.network == use.network for each in server.interfaces)


def floating_ips_have_an_outside(manifests: Manifests) -> Iterator[Problem]:
    """A floating IP needs an external network of the project's zone, and a landing zone that does not give it up."""
    for each in held(manifests):
        zone = each.cloud.zones.get(each.project.zone) if each.cloud is not None else None
        for index, use in enumerate(each.application.floating_ips if is_wanted(each.application) else ()):
            steps = ("spec", "floatingIPs", index)
            if zone is not None and zone.external_network is None:
                message = f'the zone "{zone.name}" of the project has no external network'
                yield each.manifest.error(
                    steps, message, "leave it out: the application cannot be reached from outside"
                )
            elif use.name and _is_given_up(each, use):
                message = f'the landing zone of the project "{each.project.name}" gives up the floating IP "{use.name}"'
                yield each.manifest.error((*steps, "name"), message, "leave it out here, or let it stay")


def _is_given_up(each: Held, use: FloatingIPUse) -> bool:
    zone = each.project.landing_zone
    reserved = zone.floating_ips if zone is not None else ()
    return any(item.name == use.name and item.presence is Presence.ABSENT for item in reserved)


RULES = (floating_ips_lead_to_servers, floating_ips_have_an_outside)
