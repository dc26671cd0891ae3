"""What was seen of one cloud at one time: the record that plans are made from, and that the store keeps.

Made by `provisioner.observe` from the cloud port. What could not be read is said to be unreadable, with the reason;
it is never taken for absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from provisioner.clouds.collections import CollectionName, Item
from provisioner.clouds.interface import Capabilities, Capacity, Directory, KeystoneProject, Reading, Usage
from provisioner.clouds.offers import Offers
from tenants.names import CloudName, PrincipalName, RoleName
from tenants.resources import Limit, Resource, Service
from tenants.spec import PrincipalKind


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Membership:
    """A role held in a project, by names."""

    kind: PrincipalKind
    #: The principal's name, or its id where the directory does not know it.
    principal: PrincipalName
    role: RoleName
    #: Whether both names are known; an unknown one stands as its id.
    resolved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """One project as it was seen."""

    project: KeystoneProject
    memberships: frozenset[Membership] = frozenset()
    readings: Mapping[Service, Reading] = field(default_factory=dict)
    #: The services whose limits could not be read, with the reason.
    unreadable: Mapping[Service, str] = field(default_factory=dict)
    #: What it holds, by collection; only of those that its manifest speaks of.
    items: Mapping[CollectionName, tuple[Item, ...]] = field(default_factory=dict)
    #: The collections that could not be listed, with the reason.
    unlisted: Mapping[CollectionName, str] = field(default_factory=dict)

    def usage(self, resource: Resource) -> Usage | None:
        """What it may hold of a resource and does; None where that was not read."""
        return self.readings.get(resource.service, {}).get(resource)


def enforced(view: ProjectView | None, capabilities: Capabilities, resource: Resource) -> Limit | None:
    """What the cloud enforces on a project, or will by default once it is made; None where that was not read."""
    if view is None:
        return capabilities.defaults.get(resource)
    usage = view.usage(resource)
    return None if usage is None else usage.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One cloud as it was seen in one pass."""

    cloud: CloudName
    at: datetime
    capabilities: Capabilities
    directory: Directory
    #: All projects of our domain, by Keystone name. Readings only for those that were asked for.
    projects: Mapping[str, ProjectView]
    capacity: Mapping[Resource, Capacity] = field(default_factory=dict)
    #: Nothing where no manifest speaks of a landing zone or an application here.
    offers: Offers = field(default_factory=Offers)
    #: Keystone's id of the user that Tenantry itself is.
    own_user: str = ""
    #: HTTP requests that the pass took.
    requests: int = 0
