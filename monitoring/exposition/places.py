"""Whose a Keystone project is, and what its manifest asks for: what turns a cloud's ids into the labels of series. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provisioner.clouds.interface import ProjectId
from tenants.names import CloudName, ProjectName, TenantName
from tenants.resources import Limits
from tenants.spec import City, ProjectSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One project of one cloud."""

    tenant: TenantName
    #: Its name in the manifest; Keystone's own is `keystone_name`.
    project: ProjectName
    keystone_name: str
    declared: Limits


#: A cloud's projects by Keystone's id. A project that no manifest names is not among them, and has no series.
Places = Mapping[ProjectId, Place]


def places(city: City, cloud: CloudName, known: Iterable[tuple[ProjectId, str]]) -> Places:
    """The projects that manifests name, of those that the cloud is known to have or to have had, given by id and name.

    They are given oldest first: of projects of one name it is the last, for those before it were deleted.
    """
    asked = {
        project.keystone_name: _place(tenant.name, project)
        for tenant in city.tenants.values()
        for project in tenant.projects
        if project.cloud == cloud
    }
    newest = {name: id_ for id_, name in known}
    return {id_: asked[name] for name, id_ in newest.items() if name in asked}


def _place(tenant: TenantName, project: ProjectSpec) -> Place:
    return Place(tenant=tenant, project=project.name, keystone_name=project.keystone_name, declared=project.limits)
