"""What one application has: its servers, volumes and addresses as they are, beside what its manifest asks for. Pure.

Made from manifests and observations for `tenantry status APPLICATION`. Compared with the plan's own `diff`, so that what
differs here is what a plan would change; one that is only described (`manage: observe`) is compared all the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from typing import Final

from provisioner.clouds.collections import Collection, Item
from provisioner.clouds.interface import Capabilities
from provisioner.diff import Difference, diff
from provisioner.kinds import floating_ip, port, server_group, volume
from provisioner.kinds.floating_ip import FloatingIPKind
from provisioner.kinds.interface import Asked
from provisioner.kinds.port import PortKind
from provisioner.kinds.server import ServerKind
from provisioner.kinds.server_group import ServerGroupKind
from provisioner.kinds.server_properties import NAME as SERVER
from provisioner.kinds.server_properties import SERVERS, image_name
from provisioner.kinds.volume import VolumeKind
from provisioner.objects import Address, Desired, KindName, Observed, Properties
from provisioner.observation import Observation
from tenants import members
from tenants.application import ApplicationSpec, Management
from tenants.names import ApplicationName, CloudName, TenantName
from tenants.presence import Presence
from tenants.spec import City, ProjectSpec, ProjectState, TenantSpec

#: The kinds of an application's objects, each with where they are listed.
_KINDS: Final = (
    (ServerKind(), SERVERS),
    (VolumeKind(), volume.VOLUMES),
    (PortKind(), port.PORTS),
    (ServerGroupKind(), server_group.SERVER_GROUPS),
    (FloatingIPKind(), floating_ip.FLOATING_IPS),
)
#: Of a cloud that was not observed nothing is known.
_NO_CAPABILITIES: Final = Capabilities(services=frozenset())


class Standing(StrEnum):
    """How an object stands to the manifest."""

    MATCHES = "matches"
    DIFFERS = "differs"
    #: Asked for, and not there.
    MISSING = "missing"
    #: There, and the manifest has it absent.
    LEAVING = "leaving"
    #: There, and neither asked for nor to go: what an application that is taken away leaves behind.
    KEPT = "kept"
    #: A numbered member beyond the count.
    SURPLUS = "surplus"
    #: Several bear its name.
    AMBIGUOUS = "ambiguous"
    #: The cloud did not say.
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """One object of an application."""

    kind: KindName
    name: str
    standing: Standing
    differences: tuple[Difference, ...] = ()
    #: What the manifest asks for.
    asked: Properties = field(default_factory=dict)
    #: What is there, where it is.
    seen: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """A server with what is attached to it."""

    part: PartStatus
    #: As Nova calls it (`ACTIVE`); None where there is none.
    state: str | None = None
    #: What Nova is just doing with it.
    task: str | None = None
    #: Why Nova could not do something, in its own words.
    fault: str | None = None
    flavor: str | None = None
    image: str | None = None
    availability_zone: str | None = None
    fixed_addresses: tuple[str, ...] = ()
    floating_addresses: tuple[str, ...] = ()
    #: The names of the volumes attached to it.
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeStatus:
    """A volume and where it is attached."""

    part: PartStatus
    #: As Cinder calls it (`in-use`).
    state: str | None = None
    #: GiB.
    size: int | None = None
    volume_type: str | None = None
    #: The names of the servers that it is attached to; an id where the name is not known.
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Another application, that this one depends on or that depends on it."""

    name: ApplicationName
    #: None where no manifest describes it.
    spec: ApplicationSpec | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationStatus:
    """One application as its cloud was seen."""

    spec: ApplicationSpec
    tenant: TenantSpec
    project: ProjectSpec
    #: None where the cloud was not looked at.
    observation: Observation | None
    servers: tuple[ServerStatus, ...]
    volumes: tuple[VolumeStatus, ...]
    #: Ports, server groups and floating IPs.
    others: tuple[PartStatus, ...]
    needs: tuple[Need, ...]
    needed_by: tuple[Need, ...]

    @property
    def project_there(self) -> bool | None:
        """Whether Keystone has the project; None where that is not known."""
        return None if self.observation is None else self.project.keystone_name in self.observation.projects

    @property
    def parts(self) -> Sequence[PartStatus]:
        """All objects, of whatever kind."""
        return [*(each.part for each in self.servers), *(each.part for each in self.volumes), *self.others]

    def of_kind(self, kind: KindName) -> Sequence[PartStatus]:
        """Those of `others` that are of this kind."""
        return [each for each in self.others if each.kind == kind]


def application_status(
    city: City, name: ApplicationName, observations: Mapping[CloudName, Observation]
) -> ApplicationStatus:
    """The status of one of the city's applications; KeyError where there is none of that name."""
    spec = city.applications[name]
    tenant = city.tenants[spec.owner]
    project = next(each for each in tenant.projects if spec in each.applications)
    observation = observations.get(project.cloud)
    look = _Look(spec, tenant, project, observation)
    return ApplicationStatus(
        spec=spec,
        tenant=tenant,
        project=project,
        observation=observation,
        servers=tuple(look.server(each) for each in look.parts(SERVER)),
        volumes=tuple(look.volume(each) for each in look.parts(volume.NAME)),
        others=tuple(chain.from_iterable(map(look.parts, (port.NAME, server_group.NAME, floating_ip.NAME)))),
        needs=tuple(Need(name=each, spec=city.applications.get(each)) for each in spec.depends_on),
        needed_by=tuple(
            Need(name=each.name, spec=each) for each in city.applications.values() if name in each.depends_on
        ),
    )


def narrowed(city: City, names: Iterable[ApplicationName]) -> City:
    """The city with those projects alone that hold these applications: all that needs to be looked at."""
    wanted = frozenset(names)
    tenants: dict[TenantName, TenantSpec] = {}
    for tenant in city.tenants.values():
        projects = tuple(each for each in tenant.projects if any(held.name in wanted for held in each.applications))
        if projects:
            tenants[tenant.name] = replace(tenant, projects=projects, parent=None, envelopes={})
    return replace(city, tenants=tenants)


class _Look:
    """One application beside what was seen of its project."""

    def __init__(
        self, spec: ApplicationSpec, tenant: TenantSpec, project: ProjectSpec, observation: Observation | None
    ) -> None:
        self._spec = spec
        # As if it were managed, alone and in use: what it asks for is then what its kinds desire.
        alone = replace(project, applications=(replace(spec, management=Management.FULL),), state=ProjectState.ACTIVE)
        self._asked = (
            Asked.of(tenant, alone, observation)
            if observation
            else Asked(tenant=tenant, project=alone, view=None, capabilities=_NO_CAPABILITIES)
        )
        self._unread = self._unreadable(observed=observation is not None)
        self._desired = self._all_desired()
        self._observed: Observed = dict(chain.from_iterable(kind.observed(self._asked) for kind, _ in _KINDS))
        self._changes = {change.address: change for change in diff(self._desired, self._observed)}
        obstacles = chain.from_iterable(kind.obstacles(self._asked) for kind, _ in _KINDS)
        self._ambiguous = {each.address for each in obstacles}

    def _unreadable(self, *, observed: bool) -> frozenset[KindName]:
        """The kinds that nobody knows anything of; nothing is known of a project that is not there, and all is clear."""
        view = self._asked.view
        if view is None:
            return frozenset() if observed else frozenset(kind.name for kind, _ in _KINDS)
        return frozenset(kind.name for kind, collection in _KINDS if collection.name not in view.items)

    def _all_desired(self) -> list[Desired]:
        """What the application asks for; of the landing zone's floating IPs those that it uses."""
        used = {each.name for each in self._spec.floating_ips}
        every = chain.from_iterable(kind.desired(self._asked) for kind, _ in _KINDS)
        return [each for each in every if each.address.kind != floating_ip.NAME or each.address.key in used]

    def parts(self, kind: KindName) -> Iterator[PartStatus]:
        """Every object of a kind that is asked for or is to go, then members beyond the count."""
        for each in self._desired:
            address = each.address
            if address.kind != kind:
                continue
            standing = self._standing(each)
            if standing is None:
                continue
            change = self._changes.get(address) if standing is Standing.DIFFERS else None
            yield PartStatus(
                kind=kind,
                name=address.key,
                standing=standing,
                differences=() if change is None else _differences(address, change.before, change.after),
                asked={**each.initial, **each.properties},
                seen=self._observed.get(address, {}),
            )
        yield from self._kept(kind)
        yield from self._surplus(kind)

    def _standing(self, desired: Desired) -> Standing | None:
        """None where it is absent, as it should be."""
        address, absent = desired.address, desired.presence is Presence.ABSENT
        if address.kind in self._unread:
            return Standing.UNREADABLE
        if address in self._ambiguous:
            return Standing.AMBIGUOUS
        if address not in self._observed:
            return None if absent else Standing.MISSING
        if absent:
            return Standing.LEAVING
        return Standing.DIFFERS if address in self._changes else Standing.MATCHES

    def _kept(self, kind: KindName) -> Iterator[PartStatus]:
        """Volumes and floating IPs that stay when their application goes."""
        told = {each.address.key for each in self._desired if each.address.kind == kind}
        names: dict[KindName, list[str]] = {
            volume.NAME: [each.name for each in members.volumes(self._spec)],
            floating_ip.NAME: [each.name for each in self._spec.floating_ips],
        }
        for name in names.get(kind, ()):
            seen = self._observed.get(self._asked.address(kind, name))
            if name not in told and seen is not None:
                yield PartStatus(kind=kind, name=name, standing=Standing.KEPT, seen=seen)

    def _surplus(self, kind: KindName) -> Iterator[PartStatus]:
        told = {each.address for each in self._desired}
        names = [address.key for address in self._observed if address.kind == kind and address not in told]
        beyond: list[str] = []
        if kind == SERVER:
            beyond += [name for server in self._spec.servers for name in members.surplus(server, names)]
        elif kind == volume.NAME:
            beyond += members.surplus_volumes(self._spec, names)
        for name in dict.fromkeys(beyond):
            seen = self._observed[self._asked.address(kind, name)]
            yield PartStatus(kind=kind, name=name, standing=Standing.SURPLUS, seen=seen)

    def server(self, part: PartStatus) -> ServerStatus:
        """A server with what the cloud says of it; of one that was never built what is left of it."""
        item = self._item(SERVERS, part)
        if item is None:
            return ServerStatus(part=part)
        attached = [each["id"] for each in item.get("os-extended-volumes:volumes_attached") or ()]
        fixed, floating = self._addresses(item)
        return ServerStatus(
            part=part,
            state=_text(item.get("status")),
            task=_text(item.get("OS-EXT-STS:task_state")),
            fault=_text((item.get("fault") or {}).get("message")),
            flavor=_text((item.get("flavor") or {}).get("original_name")),
            image=image_name(item, self._asked.offers),
            availability_zone=_text(item.get("OS-EXT-AZ:availability_zone")),
            fixed_addresses=fixed,
            floating_addresses=floating,
            volumes=tuple(self._name(volume.VOLUMES, each) for each in attached),
        )

    def _addresses(self, item: Item) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Fixed and floating ones; Neutron's word counts, where it was asked, for Nova's comes later."""
        listed = [each for network in (item.get("addresses") or {}).values() for each in network]
        ports = {each["id"]: each for each in self._asked.items(port.PORTS) if each.get("device_id") == item["id"]}
        fixed = [each["ip_address"] for found in ports.values() for each in found.get("fixed_ips") or ()]
        floating = [
            each["floating_ip_address"]
            for each in self._asked.items(floating_ip.FLOATING_IPS)
            if each.get("port_id") in ports
        ]
        fixed += [each["addr"] for each in listed if each.get("OS-EXT-IPS:type") != "floating"]
        floating += [each["addr"] for each in listed if each.get("OS-EXT-IPS:type") == "floating"]
        return tuple(dict.fromkeys(fixed)), tuple(dict.fromkeys(floating))

    def volume(self, part: PartStatus) -> VolumeStatus:
        """A volume with what the cloud says of it."""
        item = self._item(volume.VOLUMES, part)
        if item is None:
            return VolumeStatus(part=part)
        servers = [each["server_id"] for each in item.get("attachments") or () if each.get("server_id")]
        return VolumeStatus(
            part=part,
            state=_text(item.get("status")),
            size=item.get("size"),
            volume_type=_text(item.get("volume_type")),
            servers=tuple(self._name(SERVERS, each) for each in servers),
        )

    def _item(self, collection: Collection, part: PartStatus) -> Item | None:
        """The item that is the part; of one that was never made, what is left of the attempt."""
        items = self._asked.items(collection)
        if "id" in part.seen:
            return next((each for each in items if each["id"] == part.seen["id"]), None)
        named = [each for each in items if each.get("name") == part.name]
        return named[-1] if part.standing is Standing.MISSING and named else None

    def _name(self, collection: Collection, identity: str) -> str:
        found = next((each for each in self._asked.items(collection) if each["id"] == identity), None)
        return str((found or {}).get("name") or identity)


def _differences(address: Address, before: Properties, after: Properties) -> tuple[Difference, ...]:
    return tuple(
        Difference(address=address, property=name, expected=expected, actual=before.get(name))
        for name, expected in sorted(after.items())
    )


def _text(value: object) -> str | None:
    return str(value) if value else None
