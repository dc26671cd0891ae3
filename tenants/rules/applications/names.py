"""Rules about names in the cloud: what one project holds is told apart by name, whichever application it is of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from tenants import members
from tenants.application import ApplicationSpec, ServerSpec
from tenants.language.nodes import Step
from tenants.names import ServerName
from tenants.problems import Problem
from tenants.rules.applications.holding import Held, held_once
from tenants.rules.manifests import Manifests

#: Characters, in the databases of Nova, Cinder and Neutron.
LONGEST_NAME: Final = 255
_NUMBERED: Final = re.compile(r"(.+)-([1-9][0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Object:
    """Something of a manifest with the names that it has in the cloud."""

    noun: str
    steps: tuple[Step, ...]
    #: As the manifest says it.
    declared: str
    names: tuple[str, ...]
    #: Of ports: the single servers that they are of, in the same order.
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """Who had a name first."""

    held: Held
    declared: str
    place: str
    #: Of a port: its single server.
    server: str = ""


def names_in_the_cloud_are_unique(manifests: Manifests) -> Iterator[Problem]:
    """No two servers, ports, volumes, server groups or floating IPs of a project have one name in the cloud, numbers included."""
    first: dict[tuple[str, str, str, str], _Earlier] = {}
    for each in held_once(manifests):
        for item in _objects(each.application):
            place = str(each.manifest.location(*item.steps))
            taken = None
            for name, server in zip_longest(item.names, item.servers, fillvalue=""):
                here = _Earlier(held=each, declared=item.declared, place=place, server=server)
                other = first.setdefault((*each.key, item.noun, name), here)
                if taken is None and not _is_told(other, here):
                    taken = name, other
            if taken is not None:
                name, other = taken
                message = f'the {item.noun} "{name}" of the project "{each.project.name}" is described already, at {other.place}'
                yield each.manifest.error(item.steps, message, "give it a name of its own")


def _is_told(other: _Earlier, here: _Earlier) -> bool:
    """Whether two are one, or it is said already: by the reader of one list, or of the servers that the ports are of."""
    if other is here or (here.server and other.server == here.server):
        return True
    return other.held.manifest is here.held.manifest and other.declared == here.declared


def names_have_room(manifests: Manifests) -> Iterator[Problem]:
    """A name in the cloud, with its number or its network, has 255 characters at most."""
    for each in held_once(manifests):
        for item in _objects(each.application):
            longest = max(item.names, key=len, default="")
            if len(longest) > LONGEST_NAME:
                message = (
                    f"the name of its {item.noun} in the cloud has {len(longest)} characters of {LONGEST_NAME} at most"
                )
                yield each.manifest.error(item.steps, message, "give it a shorter name")


def numbers_belong_to_their_servers(manifests: Manifests) -> Iterator[Problem]:
    """No server is called as a further member of numbered servers would be."""
    numbered: dict[tuple[str, str, str], tuple[Held, ServerSpec]] = {}
    for each in held_once(manifests):
        for server in each.application.servers:
            if server.replicas is not None and server.name:
                numbered.setdefault((*each.key, server.name), (each, server))
    for each in held_once(manifests):
        for index, server in enumerate(each.application.servers):
            for name in _server_names(each.application, server):
                base = _NUMBERED.fullmatch(name)
                owner = numbered.get((*each.key, base[1])) if base is not None else None
                if base is None or owner is None or owner[1] is server or int(base[2]) <= (owner[1].replicas or 0):
                    continue
                message = f'"{name}" would pass for a member of the numbered servers "{base[1]}"'
                yield each.manifest.error(("spec", "servers", index, "name"), message, "give it another name")
                break


def _objects(application: ApplicationSpec) -> Iterator[_Object]:
    """Everything that has a name in the cloud; names that could not be read left out."""
    for each in (*_servers(application), *_others(application)):
        if each.declared:
            yield each


def _servers(application: ApplicationSpec) -> Iterator[_Object]:
    """The servers, each with its ports."""
    for index, server in enumerate(application.servers):
        place: tuple[Step, ...] = ("spec", "servers", index)
        names = _server_names(application, server)
        yield _Object(noun="server", steps=(*place, "name"), declared=server.name, names=names)
        for number, interface in enumerate(server.interfaces):
            if interface.network:
                ports = tuple(members.port_name(name, interface.network) for name in names)
                steps = (*place, "networks", number, "network")
                yield _Object(noun="port", steps=steps, declared=server.name, names=ports, servers=names)


def _others(application: ApplicationSpec) -> Iterator[_Object]:
    """What servers use."""
    for index, volume in enumerate(application.volumes):
        names = tuple(each.name for each in members.volumes(replace(application, volumes=(volume,))))
        yield _Object(noun="volume", steps=("spec", "volumes", index, "name"), declared=volume.name, names=names)
    for index, group in enumerate(application.server_groups):
        steps = ("spec", "serverGroups", index, "name")
        yield _Object(noun="server group", steps=steps, declared=group.name, names=(group.name,))
    for index, use in enumerate(application.floating_ips):
        steps = ("spec", "floatingIPs", index, "name")
        yield _Object(noun="floating IP", steps=steps, declared=use.name, names=(use.name,))


def _server_names(application: ApplicationSpec, server: ServerSpec) -> tuple[ServerName, ...]:
    return tuple(each.name for each in members.servers(replace(application, servers=(server,))))


RULES = (names_in_the_cloud_are_unique, names_have_room, numbers_belong_to_their_servers)
