"""What projects of real clouds hold, as tests of moves ask for it: before and after, with its content, and whatever bears a mark."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import openstack

from devcloud import disks
from devcloud.fixture import Devcloud
from provisioner.clouds.collections import ItemId, Read
from provisioner.clouds.interface import ProjectId
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, SNAPSHOTS, VOLUME_TRANSFERS, VOLUMES
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.workload import Workload

Inventory = dict[str, frozenset[str]]
_SORTS: Final = {
    "servers": SERVERS,
    "volumes": VOLUMES,
    "ports": PORTS,
    "snapshots": SNAPSHOTS,
    "transfers": VOLUME_TRANSFERS,
    "images": IMAGES,
}
NOTHING: Final[Inventory] = dict.fromkeys(_SORTS, frozenset())


def digest(file: Path) -> str:
    """SHA-256 of a file, holes as zeros."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def inventory(cloud: Any, project: ProjectId) -> Inventory:
    """The ids of everything that a project has."""
    return {
        sort: frozenset(str(each["id"]) for each in _listed(cloud, collection, project))
        for sort, collection in _SORTS.items()
    }


def contents(devcloud: Devcloud, cloud: Any, project: ProjectId, workload: Workload) -> dict[str, str]:
    """The hash of each disk of the servers that bear the names of a workload's machines, by the workload's subject."""
    found = {}
    servers = {each["name"]: each for each in _listed(cloud, SERVERS, project)}
    for machine in workload.machines:
        server = servers[machine.name]
        volumes = {
            _name(cloud, project, each["id"]): each["id"] for each in server["os-extended-volumes:volumes_attached"]
        }
        for disk in machine.disks:
            if disk.volume is None:
                file = disks.server_disk(devcloud, cloud.name, server["id"])
            else:
                file = disks.volume_file(devcloud, cloud.name, volumes[disk.name])
            found[disk.subject] = digest(file)
    return found


def marked(names: Iterable[str], migration: MigrationId, *, besides: ProjectId | None = None) -> list[str]:
    """What bears a migration's name anywhere on these clouds but in one project; locks' reasons aside where one is named."""
    found = []
    for name in dict.fromkeys(names):
        with openstack.connect(cloud=name) as sdk:
            for item in _everything(sdk):
                if besides is not None:
                    item.pop("locked_reason", None)
                owner = item.get("project_id") or item.get("owner")
                if str(migration) in json.dumps(item, default=str) and owner != besides:
                    found.append(f"{name}: {item.get('name') or item['id']}")
    return found


def _listed(cloud: Any, collection: Any, project: ProjectId) -> tuple[Any, ...]:
    found = cloud.resources.list(Read(collection=collection), [project])[project]
    assert isinstance(found, tuple), found
    return tuple(each for each in found if not str(each.get("device_owner") or "").startswith("network:"))


def _name(cloud: Any, project: ProjectId, volume: str) -> str:
    return str((cloud.resources.fetch(VOLUMES, project, ItemId(volume)) or {})["name"])


def _everything(sdk: Any) -> Iterator[dict[str, Any]]:
    for found in (
        sdk.compute.servers(all_projects=True),
        sdk.block_storage.volumes(all_projects=True),
        sdk.block_storage.snapshots(all_projects=True),
        sdk.network.ports(),
        sdk.image.images(visibility="all"),
    ):
        yield from (each.to_dict(computed=False) for each in found)
