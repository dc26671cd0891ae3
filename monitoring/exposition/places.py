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
    """The projects that manifests name, of those that the cloud is known to have, given by id and name."""
    asked = {
        project.keystone_name: _place(tenant.name, project)
        for tenant in city.tenants.values()
        for project in tenant.projects
        if project.cloud == cloud
    }
    return {id_: asked[name] for id_, name in known if name in asked}


def _place(tenant: TenantName, project: ProjectSpec) -> Place:
    return Place(tenant=tenant, project=project.name, keystone_name=project.keystone_name, declared=project.limits)
