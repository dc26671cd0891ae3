"""What snapshots hold: records to plain JSON and back. Whoever makes metrics of snapshots reads them by these.

| collector | content |
| --- | --- |
| `servers` | `servers`: a row for each, see `ServerRow` |
| `volumes`, `snapshots`, `backups`, `images`, `floating-ips` | `counts`: rows of project, variant, state, number, bytes |
| `ports`, `routers` | `numbers`: how many each project has |
| `quotas` | `projects`: for each the limit, use and reservations by resource |
| `capacity` | `zones`: rows by availability zone and resource |
| `projects` | `projects`: rows of id, name, whether it is enabled |

Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner.clouds.interface import ProjectId, Usage
from provisioner.usage.sightings import ResourceId, State, Variant
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Limit, Resource, Service

#: Plain JSON.
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRow:
    """A server as it was last seen."""

    id: ResourceId
    project: ProjectId
    name: str
    flavor: Variant
    availability_zone: str
    state: State
    vcpus: int
    memory_bytes: int
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many resources of a project are alike, and how large they are together."""

    project: ProjectId
    variant: Variant
    state: State
    number: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneCapacity:
    """One resource of one availability zone, in API units."""

    availability_zone: str
    resource: Resource
    #: The physical total.
    raw: int
    #: What may be given out: times overcommit, less what the cloud and the manifest keep back.
    allocatable: int
    #: What is given out.
    allocated: int
    #: What may be given out on the largest host; None for storage, which hosts come and go without.
    largest_host: int | None = None


def servers_content(rows: Iterable[ServerRow]) -> Content:
    """Rows by id."""
    return {
        each.id: [
            each.project,
            each.name,
            each.flavor,
            each.availability_zone,
            each.state.value,
            each.vcpus,
            each.memory_bytes,
            None if each.created_at is None else each.created_at.isoformat(),
        ]
        for each in rows
    }


def servers(content: Content) -> Iterator[ServerRow]:
    """The servers of a snapshot."""
    for name, row in content.get("servers", {}).items():
        project, called, flavor, zone, state, vcpus, memory, created = row
        yield ServerRow(
            id=ResourceId(name),
            project=ProjectId(project),
            name=called,
            flavor=Variant(flavor),
            availability_zone=zone,
            state=State(state),
            vcpus=vcpus,
            memory_bytes=memory,
            created_at=None if created is None else datetime.fromisoformat(created),
        )


def counts_content(counted: Iterable[Counted]) -> Content:
    """Rows in order."""
    ordered = sorted(counted, key=lambda each: (each.project, each.variant, each.state))
    rows = [[each.project, each.variant, each.state.value, each.number, each.size_bytes] for each in ordered]
    return {"counts": rows}


def counted(content: Content) -> Iterator[Counted]:
    """How many there are of what is counted."""
    for project, variant, state, number, size in content.get("counts", ()):
        yield Counted(
            project=ProjectId(project), variant=Variant(variant), state=State(state), number=number, size_bytes=size
        )


def numbers(content: Content) -> Mapping[ProjectId, int]:
    """How many ports or routers each project has."""
    return {ProjectId(project): number for project, number in content.get("numbers", {}).items()}


def reading_content(reading: Mapping[Resource, Usage]) -> Content:
    """One project's limit, use and reservations by resource."""
    return {str(each): [usage.limit, usage.used, usage.reserved] for each, usage in sorted(reading.items())}


def readings(content: Content) -> Iterator[tuple[ProjectId, Resource, Usage]]:
    """Every limit of every project; those that this version does not know are left out."""
    for project, reading in content.get("projects", {}).items():
        for name, (limit, used, reserved) in reading.items():
            resource = resource_named(name)
            if resource is not None:
                yield ProjectId(project), resource, Usage(limit=Limit(limit), used=used, reserved=reserved)


def zones_content(zones: Iterable[ZoneCapacity]) -> Content:
    """Rows in order."""
    ordered = sorted(zones, key=lambda each: (each.availability_zone, each.resource))
    rows = [
        [each.availability_zone, str(each.resource), each.raw, each.allocatable, each.allocated, each.largest_host]
        for each in ordered
    ]
    return {"zones": rows}


def zones(content: Content) -> Iterator[ZoneCapacity]:
    """Capacity by availability zone and resource."""
    for zone, name, raw, allocatable, allocated, largest in content.get("zones", ()):
        resource = resource_named(name)
        if resource is not None:
            yield ZoneCapacity(
                availability_zone=zone,
                resource=resource,
                raw=raw,
                allocatable=allocatable,
                allocated=allocated,
                largest_host=largest,
            )


def resource_named(text: str) -> Resource | None:
    """The inverse of `str` of a resource: `compute/cores`, `block-storage/gigabytes_ssd`."""
    service, _, key = text.partition("/")
    if service not in set(Service):
        return None
    known = CATALOGUE[Service(service)]
    if key in known:
        return Resource(service=Service(service), name=key)
    for name, definition in known.items():
        if definition.per_volume_type and key.startswith(f"{name}_"):
            volume_type = VolumeTypeName(key.removeprefix(f"{name}_"))
            return Resource(service=Service(service), name=name, volume_type=volume_type)
    return None
