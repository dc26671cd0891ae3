"""From manifests to what is drawn of them: which applications, and which of them with all their parts. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from api.render.graph.diagram import ApplicationBox, Diagram, Link, NodeId, Part, PartBox, Standing
from api.render.page import counted, legible
from api.render.quantity import amount
from tenants import members
from tenants.application import ApplicationSpec, FloatingIPUse, Management, ServerSpec, VolumeSpec
from tenants.landing_zone import LandingZoneSpec
from tenants.names import ApplicationName, NetworkName
from tenants.presence import Presence
from tenants.resources import Unit
from tenants.spec import City, ProjectSpec

#: How many addresses of numbered servers are named.
_SHOWN: Final = 3

_Spec = TypeVar("_Spec", ServerSpec, VolumeSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many steps from the named applications are drawn; None is as far as there are any."""

    #: Of what they depend on.
    upstream: int | None = None
    #: Of what depends on them.
    downstream: int | None = 0


def diagram_of(city: City, names: Sequence[ApplicationName], reach: Reach) -> Diagram:
    """The named applications in full with those around them; without a name every application, by its name alone."""
    applications = city.applications
    needs = {name: each.depends_on for name, each in sorted(applications.items())}
    drawn = (
        _around(names, needs, reach) if names else dict.fromkeys([*needs, *(n for of in needs.values() for n in of)])
    )
    projects = {
        each.name: project
        for tenant in city.tenants.values()
        for project in tenant.projects
        for each in project.applications
    }
    boxes = [
        _application(city, projects[name], applications[name], full=name in names)
        if name in applications
        else _unknown(name)
        for name in drawn
    ]
    links = [
        Link(source=_id("app", name), target=_id("app", needed))
        for name in drawn
        for needed in needs.get(name, ())
        if needed in drawn
    ]
    shown = [_clean(applications[name].display_name) for name in names]
    title = "、".join(shown) if shown else "Applications and what they depend on"
    return Diagram(title=title, subtitle=_subtitle(names, boxes, links), applications=boxes, links=links)


def _subtitle(names: Collection[ApplicationName], boxes: Sequence[ApplicationBox], links: Sequence[Link]) -> str:
    others = len(boxes) - len(names)
    if names:
        return f"{', '.join(names)}, with {counted(others, 'other application')}" if others else ", ".join(names)
    return f"{counted(len(boxes), 'application')}, {counted(len(links), 'dependency', 'dependencies')}"


def _around(
    names: Iterable[ApplicationName], needs: Mapping[ApplicationName, Sequence[ApplicationName]], reach: Reach
) -> dict[ApplicationName, None]:
    """The named applications and those within reach, each once."""
    needed_by: dict[ApplicationName, list[ApplicationName]] = {}
    for name, of in needs.items():
        for each in of:
            needed_by.setdefault(each, []).append(name)
    listed = tuple(names)
    return dict.fromkeys([*listed, *_walk(listed, needs, reach.upstream), *_walk(listed, needed_by, reach.downstream)])


def _walk(
    names: Sequence[ApplicationName], leads: Mapping[ApplicationName, Sequence[ApplicationName]], steps: int | None
) -> list[ApplicationName]:
    """Those that are so many steps away at most, the nearest first."""
    found: dict[ApplicationName, None] = dict.fromkeys(names)
    edge = list(names)
    while edge and (steps is None or steps > 0):
        edge = [each for each in dict.fromkeys(to for name in edge for to in leads.get(name, ())) if each not in found]
        found.update(dict.fromkeys(edge))
        steps = None if steps is None else steps - 1
    return list(found)


def _id(what: str, name: str) -> NodeId:
    """An id that every notation takes: what is no letter or digit of ASCII stands as its number."""
    plain = "".join(each if each.isascii() and each.isalnum() else f"_{ord(each):x}" for each in name)
    return NodeId(f"{what}_{plain}")


def _clean(text: str) -> str:
    return legible(text, "utf-8")


def _unknown(name: ApplicationName) -> ApplicationBox:
    return ApplicationBox(
        id=_id("app", name), title=name, lines=(Standing.UNKNOWN,), standing=Standing.UNKNOWN, protection_level=None
    )


def _application(city: City, project: ProjectSpec, spec: ApplicationSpec, *, full: bool) -> ApplicationBox:
    owner = city.tenants[spec.owner].display_name
    zone = project.site.display_name if project.site else project.zone
    standing = _standing(spec)
    said = [] if standing is Standing.MANAGED else [standing.value]
    parts = _Parts(spec, project) if full else None
    return ApplicationBox(
        id=_id("app", spec.name),
        title=_clean(spec.display_name),
        lines=(spec.name, _clean(owner), _clean(f"{project.cloud} · {zone} · {project.name}"), *said),
        standing=standing,
        protection_level=spec.protection_level,
        parts=parts.boxes if parts else (),
        links=parts.links if parts else (),
    )


def _standing(spec: ApplicationSpec) -> Standing:
    if spec.presence is Presence.ABSENT:
        return Standing.ABSENT
    return Standing.OBSERVED if spec.management is Management.OBSERVE else Standing.MANAGED


class _Parts:
    """What an application is made of; what its manifest has absent is left out."""

    def __init__(self, spec: ApplicationSpec, project: ProjectSpec) -> None:
        self._spec = spec
        self._servers = [] if spec.presence is Presence.ABSENT else _present(spec.servers)
        #: By the name of a server, or of one of its members, the box that it is drawn in.
        self._drawn_in = {
            name: self._id(Part.SERVER, each.name)
            for each in self._servers
            for name in (each.name, *(member.name for member in members.servers(replace(spec, servers=(each,)))))
        }
        zone = project.landing_zone or LandingZoneSpec()
        networks = dict.fromkeys(each.network for server in self._servers for each in server.interfaces)
        volumes = _present(spec.volumes)
        self.boxes: Sequence[PartBox] = (
            *(self._floating_ip(each, zone) for each in spec.floating_ips),
            *(self._network(each, zone) for each in networks),
            *(self._server(each) for each in self._servers),
            *(self._volume(each) for each in volumes),
        )
        there = {box.id for box in self.boxes}
        self.links = [each for each in self._all_links(volumes) if {each.source, each.target} <= there]

    def _all_links(self, volumes: Iterable[VolumeSpec]) -> list[Link]:
        pairs = [
            (self._id(Part.FLOATING_IP, each.name), self._drawn_in.get(each.server)) for each in self._spec.floating_ips
        ]
        pairs += [
            (self._id(Part.NETWORK, each.network), self._id(Part.SERVER, server.name))
            for server in self._servers
            for each in server.interfaces
        ]
        holders = {each.boot_volume: self._id(Part.SERVER, each.name) for each in self._servers if each.boot_volume}
        pairs += [
            (holder, self._id(Part.VOLUME, each.name))
            for each in volumes
            if (holder := self._drawn_in.get(each.server) if each.server else holders.get(each.name))
        ]
        return [Link(source=source, target=target) for source, target in dict.fromkeys(pairs) if target]

    def _id(self, part: Part, name: str) -> NodeId:
        return _id(f"{part.name.lower()}_{_id('of', self._spec.name)}", name)

    def _server(self, server: ServerSpec) -> PartBox:
        count = server.replicas or 1
        source = f"image {server.image}" if server.image else f"boots from volume {server.boot_volume}"
        addresses = [address for each in server.interfaces for address in each.addresses]
        groups = {each.name: each.policy.value for each in self._spec.server_groups}
        group = server.server_group
        lines = [
            f"{members.numbered(server.name, 1)} … {members.numbered(server.name, count)}" if count > 1 else "",
            f"flavor {server.flavor}",
            source,
            ", ".join(addresses[:_SHOWN]) + (" …" if len(addresses) > _SHOWN else ""),
            f"group {group} ({groups.get(group, 'unknown')})" if group else "",
        ]
        return self._box(Part.SERVER, server.name, lines, count=count)

    def _volume(self, volume: VolumeSpec) -> PartBox:
        count = sum(1 for _ in members.volumes(replace(self._spec, volumes=(volume,))))
        lines = [
            amount(volume.size, Unit.GIBIBYTE) + (f" · {volume.volume_type}" if volume.volume_type else ""),
            f"image {volume.image}" if volume.image else "",
            "bootable" if volume.bootable and not volume.image else "",
            # The line to a box of several servers does not say of which.
            f"at {volume.server}"
            if volume.server and not any(each.name == volume.server for each in self._servers)
            else "",
        ]
        return self._box(Part.VOLUME, volume.name, lines, count=count)

    def _network(self, name: NetworkName, zone: LandingZoneSpec) -> PartBox:
        own = next((each for each in zone.networks if each.name == name), None)
        granted = any(each.name == name for each in zone.grants.networks)
        lines = [each.cidr for each in own.subnets] if own else ["granted" if granted else ""]
        return self._box(Part.NETWORK, name, lines)

    def _floating_ip(self, use: FloatingIPUse, zone: LandingZoneSpec) -> PartBox:
        reserved = next((each.address for each in zone.floating_ips if each.name == use.name and each.address), "")
        return self._box(Part.FLOATING_IP, use.name, [reserved or "", f"to {use.server}"])

    def _box(self, part: Part, name: str, lines: Iterable[str], *, count: int = 1) -> PartBox:
        kept = tuple(_clean(each) for each in lines if each)
        return PartBox(id=self._id(part, name), part=part, title=_clean(name), lines=kept, count=count)


def _present(specs: Iterable[_Spec]) -> list[_Spec]:
    return [each for each in specs if each.presence is Presence.PRESENT]
