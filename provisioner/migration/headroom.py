"""What a migration needs of projects' quotas at the source and at the target, and whether it is there. Pure.

What stays is the target: servers, volumes, ports. What passes is the snapshots and clones by which disks leave, and they count where
the source is. Cinder counts a snapshot among `snapshots` and its size among `gigabytes`, each once for all types and once for its
own (block storage API v3, `os-quota-sets`); with `no_snapshot_gb_quota`, which no API tells, it leaves the size out, and then more is
kept here than is needed. Images are counted by Glance alone, where at all (`checks.images`). Servers that change their host within a
cloud need nothing: what Placement counts twice for a while is the hosts'.

What is needed is kept from before the first copy to the end (`provisioner.store.migration_holds`), so that two that begin at once do
not count on the same room, and so that whoever plans gives it to nobody else (`provisioner.migration.passage`). A step that is done is
in the project's use already, and no longer counted as kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from provisioner.clouds.interface import ProjectId, Usage
from provisioner.clouds.offers import Flavor
from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import Subject
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Disk, Machine, Workload
from tenants.names import CloudName, ServerGroupName, VolumeTypeName
from tenants.quantities import spell
from tenants.resources import UNLIMITED, Limit, Resource, Service, definition
from tenants.wave import Mode

#: A project of a cloud.
Project = tuple[CloudName, ProjectId]
#: Project by project, in API units.
Amounts = Mapping[Project, Mapping[Resource, int]]
NOTHING: Final[Amounts] = {}
#: A step that is done: its kind, and what it is about.
Done = tuple[StepKind, Subject]

_INSTANCES: Final = Resource(service=Service.COMPUTE, name="instances")
_CORES: Final = Resource(service=Service.COMPUTE, name="cores")
_RAM: Final = Resource(service=Service.COMPUTE, name="ram")
_SERVER_GROUPS: Final = Resource(service=Service.COMPUTE, name="server_groups")
_PORT: Final = Resource(service=Service.NETWORK, name="port")
_VOLUMES: Final = "volumes"
_SNAPSHOTS: Final = "snapshots"
_GIGABYTES: Final = "gigabytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one step brings into a project."""

    kind: StepKind
    subject: Subject
    project: Project
    amounts: Mapping[Resource, int]
    #: Whether it goes again before the migration ends.
    passes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What sizes are counted by at the target."""

    #: By their ids there.
    flavors: Mapping[str, Flavor] = field(default_factory=dict)
    #: Server groups that are there, and need not be made.
    groups: AbstractSet[ServerGroupName] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a migration that is under way has to do with projects' room."""

    #: Kept for it, and not in use yet.
    kept: Amounts = field(default_factory=dict)
    #: In use for it, and given back before it ends.
    returning: Amounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A resource of which there is too little."""

    project: Project
    resource: Resource
    #: In API units.
    needed: int
    limit: Limit
    #: In use, and reserved by the service for requests under way.
    used: int
    #: What other migrations keep.
    kept: int
    #: What of the use serves other migrations for a while.
    returning: int = 0

    @property
    def for_others(self) -> bool:
        """Whether it would be enough without other migrations: then it may be once they end."""
        return self.used - self.returning + self.needed <= self.limit

    @property
    def message(self) -> str:
        """In words, with the numbers."""
        return (
            f"cloud {self.project[0]}: {self._text(self.needed)} more of {self.resource} is needed, and of "
            f"{self._text(self.limit)} there are {self._text(self.used)} in use and {self._text(self.kept)} kept for other "
            "migrations"
        )

    @property
    def remedy(self) -> str:
        """What would be right."""
        return f"raise the limit of {self.resource.key} to at least {self._text(self.used + self.kept + self.needed)}, or free some"

    def _text(self, amount: int) -> str:
        return spell(Limit(amount), definition(self.resource).unit)


def parts(mode: Mode, workload: Workload, bindings: Bindings, goal: Goal) -> tuple[Part, ...]:
    """Everything that the steps of a migration bring into projects."""
    if mode.within:
        return ()
    source = (workload.cloud, workload.project_id)
    target = (bindings.cloud, bindings.project_id)
    found = [*_leaving(workload, source)] if mode.copies else []
    found.extend(_disks(mode, workload, bindings, target))
    found.extend(_servers(workload, bindings, target, goal))
    return tuple(found)


def total(of: Iterable[Part]) -> Amounts:
    """The sum of parts."""
    found: dict[Project, dict[Resource, int]] = {}
    for part in of:
        there = found.setdefault(part.project, {})
        for resource, amount in part.amounts.items():
            there[resource] = there.get(resource, 0) + amount
    return found


def added(amounts: Iterable[Amounts]) -> Amounts:
    """The sum of amounts."""
    found: dict[Project, dict[Resource, int]] = {}
    for each in amounts:
        for project, resources in each.items():
            there = found.setdefault(project, {})
            for resource, amount in resources.items():
                there[resource] = there.get(resource, 0) + amount
    return found


def share(done: AbstractSet[Done], kept: Amounts, made: Sequence[Part]) -> Share:
    """Of what a migration keeps, that which is not in use yet, and which of it is in use; `made` is all that its steps bring.

    A step that is under way, and so not among those `done`, counts as kept: nobody knows whether the service counts its effect
    already.
    """
    effects = [each for each in made if (each.kind, each.subject) in done]
    used = total(effects)
    left = {
        project: {
            resource: unused
            for resource, amount in resources.items()
            if (unused := amount - used.get(project, {}).get(resource, 0)) > 0
        }
        for project, resources in kept.items()
    }
    return Share(kept=left, returning=total(each for each in effects if each.passes))


def shortfalls(
    needed: Amounts, readings: Mapping[Project, Mapping[Resource, Usage]], others: Iterable[Share] = ()
) -> Iterator[Shortfall]:
    """What there is too little of: limits less use, reservations, and what others keep. What no service limits is enough."""
    shares = tuple(others)
    kept, returning = added(each.kept for each in shares), added(each.returning for each in shares)
    for project, resources in sorted(needed.items()):
        for resource, amount in sorted(resources.items()):
            usage = readings.get(project, {}).get(resource)
            if usage is None or usage.limit == UNLIMITED:
                continue
            used = (usage.used or 0) + usage.reserved
            theirs = kept.get(project, {}).get(resource, 0)
            if amount > 0 and used + theirs + amount > usage.limit:
                yield Shortfall(
                    project=project,
                    resource=resource,
                    needed=amount,
                    limit=usage.limit,
                    used=used,
                    kept=theirs,
                    returning=returning.get(project, {}).get(resource, 0),
                )


def _leaving(workload: Workload, source: Project) -> Iterator[Part]:
    """A snapshot of each volume, and a clone of the snapshot, both of the volume's own type."""
    for _, disk in workload.disks():
        if disk.volume is None:
            continue
        snapshot = {
            **_both(_SNAPSHOTS, 1, disk.volume_type),
            **_both(_GIGABYTES, disk.size, disk.volume_type),
        }
        yield Part(kind=StepKind.SNAPSHOT, subject=disk.subject, project=source, amounts=snapshot, passes=True)
        yield Part(
            kind=StepKind.CLONE,
            subject=disk.subject,
            project=source,
            amounts=_volume(disk, disk.volume_type),
            passes=True,
        )


def _disks(mode: Mode, workload: Workload, bindings: Bindings, target: Project) -> Iterator[Part]:
    kind = StepKind.HAND_OVER if mode is Mode.CROSS_PROJECT else StepKind.DISK
    for _, disk in workload.disks():
        if disk.volume is None and mode is not Mode.IMPORT:
            continue
        bound = bindings.disks.get(disk.subject)
        volume_type = bound.volume_type if bound else disk.volume_type
        yield Part(kind=kind, subject=disk.subject, project=target, amounts=_volume(disk, volume_type))


def _servers(workload: Workload, bindings: Bindings, target: Project, goal: Goal) -> Iterator[Part]:
    for machine in workload.machines:
        for interface in machine.interfaces:
            yield Part(kind=StepKind.PORT, subject=interface.subject, project=target, amounts={_PORT: 1})
        yield Part(
            kind=StepKind.SERVER, subject=machine.subject, project=target, amounts=_server(machine, bindings, goal)
        )
    groups = {each.server_group for each in workload.machines if each.server_group} - goal.groups
    if groups:
        # One step makes all of them.
        yield Part(
            kind=StepKind.SERVER_GROUP, subject=Subject(""), project=target, amounts={_SERVER_GROUPS: len(groups)}
        )


def _server(machine: Machine, bindings: Bindings, goal: Goal) -> Mapping[Resource, int]:
    bound = bindings.machines.get(machine.subject)
    flavor = goal.flavors.get(bound.flavor_id) if bound else None
    vcpus, ram = (flavor.vcpus, flavor.ram) if flavor else (machine.vcpus, machine.ram)
    return {_INSTANCES: 1, _CORES: vcpus, _RAM: ram}


def _volume(disk: Disk, volume_type: VolumeTypeName | None) -> Mapping[Resource, int]:
    return {**_both(_VOLUMES, 1, volume_type), **_both(_GIGABYTES, disk.size, volume_type)}


def _both(name: str, amount: int, volume_type: VolumeTypeName | None) -> Mapping[Resource, int]:
    """As Cinder counts: for all types, and for the one where it is known."""
    of_all = Resource(service=Service.BLOCK_STORAGE, name=name)
    if volume_type is None:
        return {of_all: amount}
    return {of_all: amount, Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=volume_type): amount}
