"""Networks of other projects (network API reference v2.0, `rbac-policies`).

The policies count against the quota `rbac_policy` of the project that Tenantry itself is in, which makes them.
"""

from collections.abc import Iterable
from typing import ClassVar, Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Collection, CollectionName, ItemId, Read
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.offers import OfferedNetwork, Offers
from provisioner.errors import CloudConflict, CloudError
from provisioner.kinds.grants.grantable import Grantable, Thing
from tenants.landing_zone import Grant, GrantsSpec

#: What the policies are about that we make and look at; others, of external networks say, are not ours.
_SHARING: Final = {"object_type": "network", "action": "access_as_shared"}
RBAC_POLICIES: Final = Collection(
    name=CollectionName("rbac-policies"),
    service="network",
    path="/rbac-policies",
    item="rbac_policy",
    items="rbac_policies",
    fields=("object_id",),
    owner="target_tenant",
    everywhere=_SHARING,
    project_filter="target_tenant",
    neutron=True,
)


class NetworkGrants(Grantable[OfferedNetwork]):
    """Networks shared with the project by an RBAC policy."""

    word: ClassVar[str] = "network"
    collection: ClassVar[Collection] = RBAC_POLICIES
    thing_key: ClassVar[str] = "object_id"
    taken: ClassVar[str] = "Neutron refuses while the project has ports there"

    def asked(self, grants: GrantsSpec) -> tuple[Grant, ...]:
        """Networks."""
        return grants.networks

    def offered(self, offers: Offers) -> tuple[OfferedNetwork, ...]:
        """Networks."""
        return offers.networks

    def thing(self, offered: OfferedNetwork) -> Thing:
        """Networks belong to projects."""
        return Thing(id=offered.id, name=offered.name, owner=offered.owner, public=offered.shared)

    def read(self, things: Iterable[Thing]) -> Read | None:
        """One listing for all networks."""
        return Read(collection=RBAC_POLICIES) if any(not each.public for each in things) else None

    def give(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """One request."""
        body = {**_SHARING, "object_id": thing.id, "target_tenant": project}
        return cloud.resources.create(RBAC_POLICIES, project, body).receipt

    def take(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """Two requests: the policy is known by an id of its own. Raises CloudConflict while the project has ports there."""
        listed = cloud.resources.list(Read(collection=RBAC_POLICIES), (project,))[project]
        if isinstance(listed, CloudError):
            raise listed
        policies = [ItemId(item["id"]) for item in listed if item["object_id"] == thing.id]
        try:
            receipts = [cloud.resources.delete(RBAC_POLICIES, project, each) for each in policies]
        except CloudConflict as error:
            message = f"the network {thing.name} cannot be taken away while the project has ports in it: {error}"
            raise CloudConflict(message, request_id=error.request_id) from error
        return Receipt(request_ids=tuple(each for receipt in receipts for each in receipt.request_ids))
