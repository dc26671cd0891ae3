"""The contract of a kind: pure up to `perform`, which alone touches a cloud, and only through the port."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from provisioner.clouds.interface import Capabilities, Cloud, Directory, ProjectId
from provisioner.diff import Change
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.observation import ProjectView
from provisioner.operation import Evidence
from provisioner.plan import Notice, Refusal
from tenants.names import DomainName
from tenants.resources import Service
from tenants.spec import ProjectSpec, TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One project as its manifest asks for it, beside what was seen of it."""

    tenant: TenantSpec
    project: ProjectSpec
    #: None where Keystone has no such project yet.
    view: ProjectView | None
    capabilities: Capabilities

    def address(self, kind: KindName, key: str = "") -> Address:
        """The address of one of this project's objects."""
        return Address(cloud=self.project.cloud, tenant=self.tenant.name, project=self.project.name, kind=kind, key=key)

    def lacks(self, service: Service) -> bool:
        """Whether the cloud has no such service at all, which is not the same as one that does not answer."""
        return service not in self.capabilities.services and service not in self.capabilities.unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a change means: the reason for it, its danger, and what speaks against it."""

    reason: str
    destructive: bool = False
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a change is made, and what making it may need to know."""

    cloud: Cloud
    domain: DomainName
    project: ProjectSpec
    #: Keystone's id, where the project is known to exist.
    project_id: ProjectId | None
    directory: Directory
    #: Whether an earlier attempt at the same change was begun and its end is unknown.
    resumed: bool = False


class Kind(Protocol):
    """One kind of object."""

    @property
    def name(self) -> KindName:
        """As it stands in addresses."""

    def rank(self, change: Change) -> int:
        """The place of a change among its project's: lower ones are made first."""

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """What the manifest asks for."""

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """What exists, of what the manifest may ask for."""

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """What keeps this project from being compared at all, such as limits that could not be read."""

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """What a reader of the plan should know, though nothing is done about it."""

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """The reason for a change and whether it may be made."""

    def perform(self, change: Change, target: Target) -> Evidence:
        """Make the change and read back its effect; made twice, it is as if made once.

        Raises CloudError where the cloud declines, and `provisioner.errors.EffectMissing` where the cloud agreed but
        does not show the effect.
        """
