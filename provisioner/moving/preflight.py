"""Both clouds looked at for checks: what surrounds the source, who has its MACs, what projects have left, who else is under way.

Planning asks before a wave is started, the step CHECK before anything is touched, and HOLD before room is kept. All of it only reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Item, Read
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.clouds.offers import Flavor
from provisioner.errors import CloudError
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.migration.checks.case import Other
from provisioner.migration.collections import FLAVORS, IMAGES, PORTS, SERVERS, SNAPSHOTS, VOLUMES
from provisioner.migration.headroom import Goal, Project, Share
from provisioner.migration.identifiers import MigrationId, Subject
from provisioner.migration.source import MacHolder, SourceView, SourceVolume
from provisioner.migration.target import TargetView
from provisioner.migration.workload import Workload
from provisioner.moving.reading import everything, of_project
from provisioner.moving.viewing import computes_of, image_room
from provisioner.store import migration_holds, migration_records
from provisioner.store.database import Connection
from tenants.names import CloudName, ServerGroupName
from tenants.resources import Resource, Service
from tenants.wave import Mode

#: Neutron takes so many MACs in one query and the address is still one that every proxy takes.
_IN_ONE_QUERY: Final = 60
#: What no image is called.
_NOBODY: Final = "tenantry-is-anybody-there"


def view_source(cloud: Cloud, workload: Workload, mode: Mode) -> SourceView:
    """What surrounds a workload. Raises CloudError where the cloud does not tell."""
    if mode is Mode.IMPORT:
        return SourceView()
    unreachable = dict(_unreachable(cloud, workload.project_id)) if mode.copies else {}
    return SourceView(
        locks=_locks(cloud, workload),
        volumes=_volumes(cloud, workload),
        address_pairs=_address_pairs(cloud, workload),
        computes=computes_of(cloud) if mode.within else (),
        unreachable=unreachable,
        image_room=None if unreachable or not mode.copies else image_room(cloud, workload.project_id),
    )


def mac_holders(clouds: Iterable[Cloud], workload: Workload) -> tuple[MacHolder, ...]:
    """Every port of these clouds that has one of a workload's MACs. Raises CloudError."""
    macs = sorted({each.mac for _, each in workload.interfaces()} - {""})
    found: list[MacHolder] = []
    for cloud in {each.name: each for each in clouds}.values():
        found.extend(_holder(cloud.name, port) for port in _ports_by(cloud, "mac_address", macs))
    return tuple(found)


def others_under_way(connection: Connection, besides: MigrationId | None) -> tuple[Other, ...]:
    """The migrations whose targets are not there yet, or not all."""
    return tuple(
        Other(name=each.name, workload=each.workload, bindings=each.bindings)
        for each in migration_records.unfinished(connection)
        if each.id != besides and not each.state.serves
    )


def shares_of_others(connection: Connection, besides: MigrationId | None) -> Mapping[MigrationId, Share]:
    """What other migrations keep and do not use yet, and what they use for a while, each by itself."""
    return {each.migration: each.share for each in migration_holds.keepers(connection) if each.migration != besides}


def readings_of(
    clouds: Mapping[CloudName, Cloud], projects: Iterable[Project]
) -> Mapping[Project, Mapping[Resource, Usage]]:
    """Limits and use of these projects in all services. Raises CloudError where one does not tell."""
    return {each: _reading(clouds[each[0]], each[1]) for each in dict.fromkeys(projects)}


def goal_of(cloud: Cloud, project: ProjectId, workload: Workload) -> Goal:
    """What sizes are counted by in a project, read anew. Raises CloudError."""
    flavors = {str(each["id"]): _flavor(each) for each in everything(cloud.resources, FLAVORS)}
    wanted = any(machine.server_group for machine in workload.machines)
    groups = of_project(cloud.resources, Read(collection=SERVER_GROUPS), project) if wanted else ()
    return Goal(flavors=flavors, groups=frozenset(ServerGroupName(str(each.get("name"))) for each in groups))


def goal_in(view: TargetView) -> Goal:
    """The same of a project that was looked at."""
    return Goal(flavors={each.id: each for each in view.offers.flavors}, groups=frozenset(view.server_groups))


def _unreachable(cloud: Cloud, project: ProjectId) -> Iterable[tuple[str, str]]:
    """Services that disks travel by and that do not answer, with the reason."""
    for service in ("block-storage", "image"):
        if not cloud.has(service):
            yield service, f"cloud {cloud.name} does not have it"
    if cloud.has("image"):
        try:
            cloud.resources.named(IMAGES, project, _NOBODY)
        except CloudError as error:
            yield "image", str(error)


def _locks(cloud: Cloud, workload: Workload) -> Mapping[Subject, str]:
    ours = {each.id: each.subject for each in workload.machines}
    return {
        ours[str(each["id"])]: str(each.get("locked_reason") or "")
        for each in of_project(cloud.resources, Read(collection=SERVERS), workload.project_id)
        if str(each["id"]) in ours and each.get("locked")
    }


def _volumes(cloud: Cloud, workload: Workload) -> Mapping[str, SourceVolume]:
    ours = {disk.volume for _, disk in workload.disks() if disk.volume is not None}
    if not ours:
        return {}
    snapshots: dict[str, list[str]] = {}
    for each in of_project(cloud.resources, Read(collection=SNAPSHOTS), workload.project_id):
        snapshots.setdefault(str(each.get("volume_id")), []).append(str(each.get("name") or each["id"]))
    return {
        str(each["id"]): SourceVolume(
            status=str(each.get("status")),
            attachments=len(each.get("attachments") or ()),
            snapshots=tuple(sorted(snapshots.get(str(each["id"]), ()))),
            parent_snapshot=each.get("snapshot_id") or None,
            parent_volume=each.get("source_volid") or None,
        )
        for each in of_project(cloud.resources, Read(collection=VOLUMES), workload.project_id)
        if each["id"] in ours
    }


def _address_pairs(cloud: Cloud, workload: Workload) -> Mapping[Subject, tuple[str, ...]]:
    ours = {each.port: each.subject for _, each in workload.interfaces()}
    servers = [each.id for each in workload.machines]
    found = {
        ours[str(port["id"])]: tuple(str(pair.get("ip_address")) for pair in port.get("allowed_address_pairs") or ())
        for port in _ports_by(cloud, "device_id", servers)
        if str(port["id"]) in ours
    }
    return {subject: pairs for subject, pairs in found.items() if pairs}


def _ports_by(cloud: Cloud, key: str, values: Sequence[str]) -> Iterable[Item]:
    for start in range(0, len(values), _IN_ONE_QUERY):
        some = values[start : start + _IN_ONE_QUERY]
        found = everything(cloud.resources, PORTS, {key: some})
        yield from (each for each in found if str(each.get(key)).lower() in some)


def _holder(cloud: CloudName, port: Item) -> MacHolder:
    return MacHolder(
        cloud=cloud,
        mac=str(port.get("mac_address") or "").lower(),
        network_id=str(port.get("network_id")),
        port=str(port["id"]),
        holder=str(port.get("name") or port.get("device_owner") or port["id"]),
    )


def _reading(cloud: Cloud, project: ProjectId) -> Mapping[Resource, Usage]:
    found: dict[Resource, Usage] = {}
    for service in Service:
        if not cloud.has(service.value):
            continue
        reading = cloud.quotas(service).readings([project])[project]
        if isinstance(reading, CloudError):
            raise reading
        found.update(reading)
    return found


def _flavor(item: Item) -> Flavor:
    return Flavor(
        id=str(item["id"]),
        name=str(item.get("name")),
        vcpus=int(item.get("vcpus") or 0),
        ram=int(item.get("ram") or 0),
        disk=int(item.get("disk") or 0),
    )
