"""Images of other projects (image API reference v2, `members`).

Only an image whose visibility is `shared` has members. A new member is `pending` until somebody accepts for it; until
then the project may use the image and does not find it among its own. We accept, for the manifest is the agreement.
"""

from typing import ClassVar, Final

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Collection, CollectionName, Item, ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.offers import Image, Offers
from provisioner.errors import CloudConflict
from provisioner.kinds.grants.grantable import Grantable, Hindrance, Thing
from tenants.landing_zone import Grant, GrantsSpec

IMAGES: Final = Collection(
    name=CollectionName("images"),
    service="image",
    path="/images",
    item="",
    items="images",
    owner=None,
    project_filter=None,
)
IMAGE_MEMBERS: Final = Collection(
    name=CollectionName("image-members"),
    service="image",
    path="/images/{parent}/members",
    item="",
    items="members",
    fields=("status",),
    owner="member_id",
    project_filter=None,
)
_ACCEPTED: Final = "accepted"
_OPEN: Final = frozenset({"public", "community"})
_SHARED: Final = "shared"


class ImageGrants(Grantable[Image]):
    """Membership of images."""

    word: ClassVar[str] = "image"
    collection: ClassVar[Collection] = IMAGE_MEMBERS
    taken: ClassVar[str] = "servers made from it stay, and cannot be rebuilt from it"

    def asked(self, grants: GrantsSpec) -> tuple[Grant, ...]:
        """Images."""
        return grants.images

    def offered(self, offers: Offers) -> tuple[Image, ...]:
        """Images."""
        return offers.images

    def thing(self, offered: Image) -> Thing:
        """One that everybody may use, one that is shared, or one that cannot be granted."""
        public = offered.visibility in _OPEN
        closed = Hindrance(
            message=f"the image {offered.name} is {offered.visibility}, and only a shared one can be granted",
            remedy=f'have its owner share it: openstack image set --shared "{offered.name}"',
        )
        return Thing(
            id=offered.id,
            name=offered.name,
            owner=offered.owner,
            public=public,
            hindrance=None if public or offered.visibility == _SHARED else closed,
        )

    def holds(self, item: Item) -> bool:
        """Whether somebody accepted for the project."""
        return item.get("status") == _ACCEPTED

    def give(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """Make the project a member unless it is one, and accept for it: two requests."""
        made: tuple[str, ...] = ()
        try:
            made = _act(cloud, project, thing, Act(below="/members", body={"member": project})).request_ids
        except CloudConflict as error:
            made = (error.request_id,) if error.request_id else ()
        accept = Act(below=f"/members/{project}", body={"status": _ACCEPTED}, method="PUT")
        return Receipt(request_ids=(*made, *_act(cloud, project, thing, accept).request_ids))

    def take(self, cloud: Cloud, project: ProjectId, thing: Thing) -> Receipt:
        """One request."""
        return _act(cloud, project, thing, Act(below=f"/members/{project}", method="DELETE"))


def _act(cloud: Cloud, project: ProjectId, thing: Thing, act: Act) -> Receipt:
    return cloud.resources.act(IMAGES, project, ItemId(thing.id), act).receipt
