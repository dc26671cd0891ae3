"""Rules about servers: what they name in the landing zone and in their application is there."""

from collections.abc import Iterator
from typing import Final

from tenants.language.nodes import child, nearest
from tenants.presence import Presence
from tenants.problems import Problem
from tenants.rules.applications.holding import Held, Reference, held, is_wanted, presences
from tenants.rules.manifests import Manifests

#: The security group that Neutron makes in every project.
DEFAULT_GROUP: Final = "default"


def landing_zones_have_what_servers_name(manifests: Manifests) -> Iterator[Problem]:
    """A server's networks, security groups and key pair are those of its project's landing zone, where it has one."""
    for each in held(manifests):
        yield from _landing_zone_has(each)


def _landing_zone_has(each: Held) -> Iterator[Problem]:
    zone = each.project.landing_zone
    if zone is None:
        return
    whole = f'the landing zone of the project "{each.project.name}"'
    granted = presences((item.name, item) for item in zone.grants.networks)
    networks = granted | presences((item.name, item) for item in zone.networks)
    groups = {DEFAULT_GROUP: Presence.PRESENT} | presences((item.name, item) for item in zone.security_groups)
    network = Reference("network", whole, networks, lenient=True)
    group = Reference("security group", whole, groups, lenient=True)
    key_pair = Reference("key pair", whole, presences((item.name, item) for item in zone.key_pairs), lenient=True)
    for index, server in enumerate(each.application.servers):
        if not is_wanted(each.application, server):
            continue
        place = ("spec", "servers", index)
        yield from key_pair.check(each.manifest, (*place, "keyPair"), server.key_pair or "")
        for number, interface in enumerate(server.interfaces):
            steps = (*place, "networks", number)
            yield from network.check(each.manifest, (*steps, "network"), interface.network)
            for position, name in enumerate(interface.security_groups):
                yield from group.check(each.manifest, (*steps, "securityGroups", position), name)


def server_groups_exist(manifests: Manifests) -> Iterator[Problem]:
    """A server's group is one of its application's."""
    for manifest in manifests.every_application():
        known = presences((item.name, item) for item in manifest.spec.server_groups)
        reference = Reference("server group", "this application", known)
        for index, server in enumerate(manifest.spec.servers):
            if is_wanted(manifest.spec, server):
                steps = ("spec", "servers", index, "serverGroup")
                yield from reference.check(manifest, steps, server.server_group or "")


def surplus_is_of_numbered_servers(manifests: Manifests) -> Iterator[Problem]:
    """`surplus` stands beside `replicas` only."""
    for manifest in manifests.every_application():
        for index, server in enumerate(manifest.spec.servers):
            place = ("spec", "servers", index)
            written = nearest(manifest.root, place)
            if server.replicas is None and child(written, "replicas") is None and child(written, "surplus") is not None:
                message = "only numbered servers can be too many"
                yield manifest.error((*place, "surplus"), message, "write replicas, or leave it out")


RULES = (landing_zones_have_what_servers_name, server_groups_exist, surplus_is_of_numbered_servers)
