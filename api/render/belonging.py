"""What the objects of a plan are part of: a project itself, its landing zone, or one of its applications.

Plans know addresses alone; a department engineer knows applications. Made from the manifests, beside the display names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from provisioner.kinds import floating_ip, port, project, quota, server_group, volume
from provisioner.kinds import members as members_kind
from provisioner.kinds.server_properties import NAME as SERVER
from provisioner.objects import Address, KindName
from tenants import members
from tenants.application import ApplicationSpec
from tenants.members import port_name
from tenants.names import CloudName, ProjectName, ServerName, TenantName
from tenants.spec import City

#: What is a project's own, and not in its landing zone.
_OWN: Final = frozenset({project.NAME, quota.NAME, members_kind.NAME})
_Project = tuple[CloudName, TenantName, ProjectName]
_Parts = Mapping[tuple[KindName, str], ApplicationSpec]


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """The applications of each project."""

    applications: Mapping[_Project, tuple[ApplicationSpec, ...]] = field(default_factory=dict)
    #: By project, the application of each object; filled when a project is first asked for.
    _parts: dict[_Project, _Parts] = field(default_factory=dict)

    @classmethod
    def of(cls, city: City) -> Self:
        """Those in a city's manifests."""
        return cls(
            applications={
                (each.cloud, tenant.name, each.name): each.applications
                for tenant in city.tenants.values()
                for each in tenant.projects
                if each.applications
            }
        )

    def application(self, address: Address) -> ApplicationSpec | None:
        """The application that an object is part of, also as a numbered member beyond the count."""
        where = address.cloud, address.tenant, address.project
        applications = self.applications.get(where, ())
        if not applications:
            return None
        if where not in self._parts:
            self._parts[where] = {part: each for each in applications for part in _parts(each)}
        return self._parts[where].get((address.kind, address.key)) or _beyond(address, applications)


def is_own(address: Address) -> bool:
    """Whether an object is the project itself, its limits or its members."""
    return address.kind in _OWN


def _parts(application: ApplicationSpec) -> Iterator[tuple[KindName, str]]:
    for server in members.servers(application):
        yield SERVER, server.name
        yield from ((port.NAME, port_name(server.name, each.network)) for each in server.interfaces)
    yield from ((volume.NAME, each.name) for each in members.volumes(application))
    yield from ((server_group.NAME, each.name) for each in application.server_groups)
    yield from ((floating_ip.NAME, each.name) for each in application.floating_ips)


def _beyond(address: Address, applications: Iterable[ApplicationSpec]) -> ApplicationSpec | None:
    """The application whose count a member is beyond, or a port of such a member."""
    for application in applications:
        for server in application.servers:
            endings = [port_name(ServerName(""), each.network) for each in server.interfaces]
            stems = {
                SERVER: [address.key],
                port.NAME: [address.key.removesuffix(each) for each in endings if address.key.endswith(each)],
            }
            if members.surplus(server, stems.get(address.kind, [])):
                return application
    return None
