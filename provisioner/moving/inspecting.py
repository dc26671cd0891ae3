"""Sources looked at: the servers of an application, or of a host, with all that a migration has to know of them.

First in a migration, before anything is decided; and again at its end, where the target is compared. A look at one project takes
some ten requests, however many servers it has; images are asked for one by one, each once. What a server is, once listed, is
`provisioner.migration.reading`'s.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from provisioner.clouds.collections import Collection, Item, ItemId, Read, Resources, Scope
from provisioner.clouds.interface import ProjectId
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, VOLUMES
from provisioner.migration.reading import Seen, image_of, machine_of, volumes_of
from provisioner.migration.workload import Machine, Workload
from provisioner.moving.reading import everything, of_projects
from tenants import members
from tenants.application import ApplicationSpec
from tenants.names import CloudName, ProjectName, ServerName, TenantName
from tenants.wave import HostName

#: Neutron takes so many ids in one query and the address is still one that every proxy takes.
_IN_ONE_QUERY: Final = 40
#: Read in Tenantry's own name: whose an image is does not matter.
_IMAGES: Final = replace(IMAGES, scope=Scope.CLOUD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project of a cloud, as manifests and Keystone name it."""

    cloud: CloudName
    tenant: TenantName
    project: ProjectName
    project_id: ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found of what was to be found."""

    workload: Workload
    #: What is not as the manifest has it, in words; with any, nothing is to move.
    obstacles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Servers of an application."""

    application: ApplicationSpec
    #: Single servers or counted ones, as the wave names them; empty is all.
    servers: tuple[ServerName, ...] = ()
    #: Only those that are on this host; None: wherever they are.
    host: HostName | None = None

    @property
    def names(self) -> tuple[ServerName, ...]:
        """Every single server by name, in the manifest's order."""
        return members.wanted(self.application, self.servers)


def inspect_application(resources: Resources, place: Place, wanted: Wanted) -> Inspection:
    """The servers of an application where they are. Raises CloudError where the cloud does not tell."""
    servers = of_projects(resources, Read(collection=SERVERS), [place.project_id])
    found, obstacles = _chosen(servers, wanted)
    machines, missing = _read(resources, found, [place.project_id])
    workload = Workload(
        cloud=place.cloud,
        tenant=place.tenant,
        project=place.project,
        project_id=place.project_id,
        application=wanted.application.name,
        display_name=wanted.application.display_name,
        machines=machines,
    )
    return Inspection(workload=workload, obstacles=(*obstacles, *missing))


def inspect_host(
    resources: Resources, cloud: CloudName, host: HostName, owners: Mapping[ProjectId, Place]
) -> tuple[Inspection, ...]:
    """Every server on a host as a workload of its own, whosever it is, in the order of their names.

    `owners` has the projects that manifests in force know; one of another is named by its id in Keystone, and has no tenant.
    Raises CloudError where the cloud does not tell.
    """
    listed = everything(resources, SERVERS, {"host": host})
    servers = sorted((each for each in listed if _host(each) == host), key=lambda each: str(each.get("name")))
    projects = sorted({_project(each) for each in servers})
    machines, _ = _read(resources, servers, projects)
    return tuple(
        Inspection(
            workload=_alone(machine, owners.get(_project(server)) or _unknown(cloud, _project(server))),
            obstacles=tuple(_missing_disks(server, machine)),
        )
        for server, machine in zip(servers, machines, strict=True)
    )


def inspect_again(resources: Resources, project: ProjectId, is_one: Callable[[Item], bool]) -> tuple[Machine, ...]:
    """Those of a project's servers that are meant, as they are now. Raises CloudError where the cloud does not tell."""
    servers = [each for each in of_projects(resources, Read(collection=SERVERS), [project]) if is_one(each)]
    return _read(resources, servers, [project])[0]


def _alone(machine: Machine, place: Place) -> Workload:
    return Workload(
        cloud=place.cloud,
        tenant=place.tenant,
        project=place.project,
        project_id=place.project_id,
        application=None,
        machines=(machine,),
    )


def _unknown(cloud: CloudName, project: ProjectId) -> Place:
    return Place(cloud=cloud, tenant=TenantName(""), project=ProjectName(project), project_id=project)


def _chosen(servers: Sequence[Item], wanted: Wanted) -> tuple[list[Item], list[str]]:
    """The servers that are wanted, and what is wrong with those that could not be told."""
    found: list[Item] = []
    obstacles: list[str] = []
    for name in wanted.names:
        same = [each for each in servers if each.get("name") == name]
        if not same:
            obstacles.append(f"the manifest has a server {name}, and the project has none of that name")
        elif len(same) > 1:
            obstacles.append(f"the project has {len(same)} servers {name}; which of them is meant cannot be told")
        elif wanted.host is None or _host(same[0]) == wanted.host:
            found.append(same[0])
    if not found and not obstacles:
        where = f" on the host {wanted.host}" if wanted.host else ""
        obstacles.append(f"the application {wanted.application.name} has no server{where} that could move")
    return found, obstacles


def _read(
    resources: Resources, servers: Sequence[Item], projects: Sequence[ProjectId]
) -> tuple[tuple[Machine, ...], tuple[str, ...]]:
    """The servers with all that surrounds them; and what of that is not to be seen."""
    if not servers:
        return (), ()
    seen = _surroundings(resources, servers, projects)
    machines = tuple(machine_of(each, seen) for each in servers)
    pairs = zip(servers, machines, strict=True)
    return machines, tuple(words for server, machine in pairs for words in _missing_disks(server, machine))


def _missing_disks(server: Item, machine: Machine) -> Iterator[str]:
    missing = set(volumes_of(server)) - {disk.volume for disk in machine.disks}
    for each in sorted(missing):
        yield f"the server {machine.name} has the volume {each}, which its project does not have"
    if machine.root is None:
        yield f"the server {machine.name} has no disk that could be seen"


def _surroundings(resources: Resources, servers: Sequence[Item], projects: Sequence[ProjectId]) -> Seen:
    has_volumes = any(volumes_of(each) for each in servers)
    ports: dict[str, list[Item]] = {}
    for each in _ports(resources, [str(server["id"]) for server in servers]):
        ports.setdefault(str(each["device_id"]), []).append(each)
    in_use = any(ports.values())
    groups = of_projects(resources, Read(collection=SERVER_GROUPS), projects)
    addresses: dict[str, list[str]] = {}
    for each in of_projects(resources, Read(collection=FLOATING_IPS), projects) if in_use else ():
        addresses.setdefault(str(each.get("port_id")), []).append(str(each["floating_ip_address"]))
    return Seen(
        volumes={str(each["id"]): each for each in of_projects(resources, Read(collection=VOLUMES), projects)}
        if has_volumes
        else {},
        ports=ports,
        networks=_names(everything(resources, NETWORKS)) if in_use else {},
        subnets=_names(everything(resources, SUBNETS)) if in_use else {},
        security_groups=_names(_security_groups(resources, ports)),
        server_groups={str(member): str(each["name"]) for each in groups for member in each.get("members") or ()},
        floating_ips=addresses,
        images=_images(resources, servers, projects),
    )


def _ports(resources: Resources, servers: Sequence[str]) -> Iterator[Item]:
    """By the servers that have them, for a port may belong to another project than its server."""
    return (each for each in _asked_by(resources, PORTS, "device_id", servers) if each.get("device_id") in servers)


def _security_groups(resources: Resources, ports: Mapping[str, Iterable[Item]]) -> Iterator[Item]:
    """Those that ports are in, by id: asked for by its project, Neutron would first make that a default group, or fail for want of quota."""
    used = sorted(
        {str(group) for each in ports.values() for port in each for group in port.get("security_groups") or ()}
    )
    return _asked_by(resources, SECURITY_GROUPS, "id", used)


def _asked_by(resources: Resources, collection: Collection, key: str, values: Sequence[str]) -> Iterator[Item]:
    """What has one of these values, by as many queries as addresses of a usual length take."""
    for start in range(0, len(values), _IN_ONE_QUERY):
        yield from everything(resources, collection, {key: values[start : start + _IN_ONE_QUERY]})


def _images(resources: Resources, servers: Sequence[Item], projects: Sequence[ProjectId]) -> Mapping[str, Item]:
    """Those that root disks were made from; one that was deleted since is not among them."""
    wanted = sorted({identity for each in servers if (identity := image_of(each))})
    fetched = {each: resources.fetch(_IMAGES, projects[0], ItemId(each)) for each in wanted}
    return {identity: image for identity, image in fetched.items() if image is not None}


def _names(items: Iterable[Item]) -> Mapping[str, str]:
    return {str(each["id"]): str(each.get("name") or "") for each in items}


def _host(server: Item) -> str | None:
    return server.get("OS-EXT-SRV-ATTR:host")


def _project(server: Item) -> ProjectId:
    return ProjectId(str(server.get(SERVERS.owner or "")))
