"""A project's servers, volumes and addresses in use, as manifests of applications. Pure.

What belongs together only the department knows. Servers say it by their metadata; what says nothing is one application,
called as its project is. Members of that which should be others are moved by moving lines.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from provisioner.adoption import volumes as disks
from provisioner.adoption.documents import Adopter, Document, Draft, manifest
from provisioner.adoption.found import Found
from provisioner.adoption.identifiers import identifier
from provisioner.adoption.landing_zone import floating_ip_name
from provisioner.adoption.servers import Taken, network_of, servers
from provisioner.kinds import server_group
from provisioner.kinds.floating_ip import FLOATING_IPS

#: The application of whatever names none.
_REST = ""
#: The lists of an application's document, in their order.
_LISTS = ("serverGroups", "servers", "volumes", "floatingIPs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How applications are called."""

    adopter: Adopter
    #: The names of applications that there are; grows as more are named.
    taken: set[str] = field(default_factory=set)


def applications(found: Found, project: str, landing: Document, naming: Naming) -> list[Document]:
    """The applications of a project that is called `project` in its tenant's manifest."""
    volumes = disks.volumes(found)
    taken = servers(found, volumes, group_by=naming.adopter.group_by)
    homes = {name: each.metadata.get(naming.adopter.group_by, _REST) for name, each in taken.items()}
    lists: dict[str, dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
    for home, group in _server_groups(found, taken, homes):
        lists[home]["serverGroups"].append(group)
    for name, each in taken.items():
        lists[homes[name]]["servers"].append(each.document)
    for home, volume in _volumes(volumes, taken, homes):
        lists[home]["volumes"].append(volume)
    for home, use in _uses(found, taken, homes, landing):
        lists[home]["floatingIPs"].append(use)
    return [
        _application(_title(found, project, home, naming), project, naming.adopter, lists[home])
        for home in sorted(lists)
    ]


def _title(found: Found, project: str, home: str, naming: Naming) -> tuple[str, str]:
    """An application's names, for manifests and for people. What names none is called as its project is."""
    shown = " ".join(home.split())
    name = identifier(project if home == _REST else home, naming.taken, otherwise=project)
    if home == _REST:
        return name, found.asked.project.keystone_name
    return name, shown if shown.isprintable() else name


def _application(title: tuple[str, str], project: str, owner: Adopter, parts: Mapping[str, list[Document]]) -> Document:
    spec: Draft = {"owner": owner.name, "project": project}
    spec |= {key: parts[key] for key in _LISTS if parts.get(key)}
    return manifest("Application", *title, spec)


def _server_groups(
    found: Found, taken: Mapping[str, Taken], homes: Mapping[str, str]
) -> Iterator[tuple[str, Document]]:
    """The server groups, each with the application of its members. A member of another one goes without."""
    for name, seen in found.of(server_group.NAME).items():
        members = [each for each in taken if taken[each].document.get("serverGroup") == name]
        home = min((homes[each] for each in members), default=_REST)
        for each in members:
            if homes[each] != home:
                del taken[each].document["serverGroup"]
                found.leave(f"server {each}: its server group {name}", "the group is another application's")
        yield home, {"name": name, "policy": seen["policy"]}


def _volumes(
    volumes: disks.Volumes, taken: Mapping[str, Taken], homes: Mapping[str, str]
) -> Iterator[tuple[str, Document]]:
    """The volumes, each with the application of its server."""
    by_id = {each.id: name for name, each in taken.items()}
    booted = {each.document.get("bootVolume") for each in taken.values()}
    for name, item in volumes.items.items():
        server = by_id.get(disks.server_id(item))
        home = _REST if server is None else homes[server]
        yield home, disks.document(name, item, server=server, boots=name in booted)


def _uses(
    found: Found, taken: Mapping[str, Taken], homes: Mapping[str, str], landing: Document
) -> Iterator[tuple[str, Document]]:
    """Where the landing zone's floating IPs lead to."""
    reserved = {each["name"] for each in landing.get("floatingIPs", ())}
    for item in sorted(found.items(FLOATING_IPS), key=floating_ip_name):
        name, port = floating_ip_name(item), str(item.get("port_id") or "")
        if not port or name not in reserved:
            continue
        place = next(network_of(taken, port), None)
        if place is None:
            found.leave(f"floating IP {name}: where it leads", "it is no server of the manifest that it leads to")
        else:
            yield homes[place[0]], {"name": name, "server": place[0], "network": place[1]}
