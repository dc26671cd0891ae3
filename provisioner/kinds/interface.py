"""The contract of a kind: pure up to `perform` and `settle`, which alone touch a cloud, and only through the port.

A kind inherits from `Kind` and says what it does not leave as it stands here.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, Item, ItemId, Read
from provisioner.clouds.interface import Capabilities, Directory, PrincipalId, ProjectId
from provisioner.clouds.offers import Offers
from provisioner.diff import Change
from provisioner.errors import CloudError, DependencyMissing, PlanChanged
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.observation import Observation, ProjectView
from provisioner.operation import Evidence
from provisioner.plan import Notice, Refusal
from tenants.names import DomainName, PrincipalName
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec, TenantSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One project as its manifest asks for it, beside what was seen of it."""

    tenant: TenantSpec
    project: ProjectSpec
    #: None where Keystone has no such project yet.
    view: ProjectView | None
    capabilities: Capabilities
    offers: Offers = field(default_factory=Offers)
    #: Keystone's id of the user that Tenantry itself is.
    own_user: str = ""
    #: The users of the cloud's domain, where a manifest names any.
    users: Mapping[PrincipalName, PrincipalId] = field(default_factory=dict)

    def items(self, collection: Collection) -> tuple[Item, ...]:
        """The project's items in a collection, as they were listed; none where the project is not there yet."""
        return () if self.view is None else self.view.items.get(collection.name, ())

    def address(self, kind: KindName, key: str = "") -> Address:
        """The address of one of this project's objects."""
        return Address(cloud=self.project.cloud, tenant=self.tenant.name, project=self.project.name, kind=kind, key=key)

    def lacks(self, service: Service) -> bool:
        """Whether the cloud has no such service at all, which is not the same as one that does not answer."""
        return service not in self.capabilities.services and service not in self.capabilities.unreachable

    @classmethod
    def of(cls, tenant: TenantSpec, project: ProjectSpec, observation: Observation) -> "Asked":
        """A tenant's project beside what an observation of its cloud has of it."""
        return cls(
            tenant=tenant,
            project=project,
            view=observation.projects.get(project.keystone_name),
            capabilities=observation.capabilities,
            offers=observation.offers,
            own_user=observation.own_user,
            users=observation.directory.users,
        )


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
    tenant: TenantSpec
    offers: Offers = field(default_factory=Offers)
    #: The ids of this project's objects that exist, by address: as they were seen, and as they were made since.
    ids: Mapping[Address, str] = field(default_factory=dict)
    #: Whether an earlier attempt at the same change was begun and its end is unknown.
    resumed: bool = False

    @property
    def known_project(self) -> ProjectId:
        """The project's id. Raises PlanChanged where it is not there any more."""
        if self.project_id is None:
            raise self._gone()
        return self.project_id

    def address(self, kind: KindName, key: str = "") -> Address:
        """The address of one of this project's objects."""
        return Address(cloud=self.project.cloud, tenant=self.tenant.name, project=self.project.name, kind=kind, key=key)

    def id_of(self, kind: KindName, key: str) -> ItemId:
        """The id of an object that the change needs. Raises DependencyMissing where it was not made.

        Raises PlanChanged where the project itself is not there any more.
        """
        address = self.address(kind, key)
        if address in self.ids:
            return ItemId(self.ids[address])
        if self.project_id is None:
            raise self._gone()
        raise DependencyMissing(f"waits for the {kind} {key}, which could not be made")

    def _gone(self) -> PlanChanged:
        return PlanChanged(f"project {self.project.keystone_name} is gone from Keystone")


#: Nothing of any resource.
NO_DEMAND: Final[Mapping[Resource, int]] = {}


class Kind(ABC):
    """One kind of object."""

    #: As it stands in addresses.
    name: ClassVar[KindName]
    #: Whether nothing that comes later is begun in a project where one of these could not be made.
    gates: ClassVar[bool] = False
    #: Whether a change goes on after the cloud agreed to it, so that `settle` has to see it through.
    slow: ClassVar[bool] = False
    #: Seconds that it may take then.
    patience: ClassVar[float] = 600.0

    @abstractmethod
    def rank(self, change: Change) -> int:
        """The place of a change among its project's: lower ones are made first, equal ones side by side."""

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """The listings that tell what a project has of this kind; none where its manifest speaks of none.

        For no project in particular: those that tell everything, as an import needs.
        """
        return ()

    @abstractmethod
    def desired(self, asked: Asked) -> Iterable[Desired]:
        """What the manifest asks for."""

    @abstractmethod
    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """What exists, of what the manifest may ask for. Properties hold `id`, where other objects may refer to it."""

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """What keeps this project from being compared at all, such as limits that could not be read."""
        return ()

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """What a reader of the plan should know, though nothing is done about it."""
        return ()

    @abstractmethod
    def assess(self, change: Change, asked: Asked) -> Assessment:
        """The reason for a change and whether it may be made."""

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """How much more of the project's quota a change will hold, in API units."""
        return NO_DEMAND

    def in_bulk(self, change: Change) -> bool:
        """Whether a change may be made in one request together with others of the kind: `perform_all` does."""
        return False

    def perform_all(self, changes: Sequence[Change], target: Target) -> Sequence[Evidence]:
        """Make several changes that are `in_bulk` at once, all or none; the proofs in their order.

        Only changes that were never begun before. Raises CloudError where none was made, or nobody knows.
        """
        return [self.perform(change, target) for change in changes]

    @abstractmethod
    def perform(self, change: Change, target: Target) -> Evidence:
        """Make the change and read back its effect; made twice, it is as if made once.

        Where the effect takes time, begin it: `settle` sees it through. Raises CloudError where the cloud declines, and
        `provisioner.errors.EffectMissing` where the cloud agreed but does not show the effect.
        """

    def settle(self, begun: Mapping[Address, Evidence], target: Target) -> Mapping[Address, Evidence | CloudError]:
        """Of a slow kind, which of the changes begun have come to an end, and how; those under way are left out.

        Asked again and again, in one listing for all of them.
        """
        return dict(begun)
