"""Kind `key-pair`: a public key for servers' first log-in (compute API reference, `os-keypairs`).

Nova keeps key pairs for users, not for projects. One for which the manifest names no user belongs to the user that
Tenantry itself is, for it makes the servers, and its name in Nova begins with the project's. One of a named user has its
name alone. A user's key pair stays with the user when the project goes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import OWN_USER, Answered, Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudMisconfigured, CloudUnavailable, PlanChanged
from provisioner.kinds import ranks
from provisioner.kinds.interface import Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.operation import Evidence
from provisioner.plan import Refusal
from tenants.landing_zone import KeyPairSpec
from tenants.resources import Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("key-pair")
KEY_PAIRS: Final = Collection(
    name=CollectionName("key-pairs"),
    service="compute",
    path="/os-keypairs",
    item="keypair",
    items="keypairs",
    fields=("name", "public_key"),
    owner=None,
    project_filter=None,
    parent_filter="user_id",
    microversion="2.57",
)
#: What Nova takes in a key pair's name from its beginnings, and the first microversion that takes `@` and `.` as well.
_PLAIN_NAME: Final = re.compile("[A-Za-z0-9 _-]+")
_SPECIAL_NAMES: Final = "2.92"


def nova_name(project: ProjectSpec, name: str) -> str:
    """The name in Nova of a project's key pair, as servers that Tenantry makes refer to it."""
    return f"{project.keystone_name}-{name}"


class KeyPairKind(ItemKind):
    """Public keys. A key pair's `id` is its name in Nova, its key is compared without the comment."""

    name = NAME
    collection = KEY_PAIRS
    made_at = ranks.GROUND
    deleted_at = ranks.DELETE_GROUND

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether the landing zone has any."""
        return bool(_specs(project))

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """One listing for each user, however many projects name them."""
        users = {OWN_USER} if project is None else {each.user or OWN_USER for each in _specs(project)}
        return (Read(collection=KEY_PAIRS, users=frozenset(users)),) if users else ()

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The landing zone's key pairs."""
        for pair in _specs(asked.project) if asked.project.is_active else ():
            yield Desired(address=asked.address(NAME, pair.name), presence=pair.presence, properties=_properties(pair))

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """The key pairs that the manifest names, and Tenantry's own whose names begin with the project's."""
        named = {_place(each, asked): each for each in _specs(asked.project)}
        taken = {each.name for each in named.values()}
        prefix = nova_name(asked.project, "")
        for item in asked.items(KEY_PAIRS):
            pair = named.get((item["parent"], item["name"]))
            if pair is not None:
                user: Properties = {"user": pair.user} if pair.user else {}
                yield asked.address(NAME, pair.name), {"id": item["name"], **self.plain(item), **user}
            elif item["parent"] == asked.own_user and (key := _after(prefix, item["name"])) and key not in taken:
                yield asked.address(NAME, key), {"id": item["name"], **self.plain(item)}

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """None: no user has two key pairs of one name."""
        return ()

    def plain(self, item: Item) -> Properties:
        """The key."""
        return {"publicKey": _bare(str(item.get("public_key") or ""))}

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Another key takes a new key pair; servers are not touched by that."""
        if change.verb is Verb.UPDATE:
            return Assessment(
                reason="the manifest has another key, and Nova changes none: the key pair is deleted and made anew; "
                "servers keep the key they were made with",
                destructive=True,
            )
        if change.verb is Verb.DELETE:
            return Assessment(
                reason="the manifest has it absent; servers keep the key they were made with", destructive=True
            )
        return Assessment(reason=super().assess(change, asked).reason, refusals=tuple(_refusals(change, asked)))

    def body(self, change: Change, target: Target) -> Body:
        """Name, key, and whose it is."""
        pair, user = _spec(change, target), self.parent_of(change, target)
        return {
            "name": _in_nova(pair, target.project),
            "public_key": pair.public_key,
            **({"user_id": user} if user else {}),
        }

    def parent_of(self, change: Change, target: Target) -> str:
        """The id of the user whose it is; empty for Tenantry's own. Raises CloudMisconfigured where there is no such."""
        user = _spec(change, target).user
        if user is None:
            return ""
        if user not in target.directory.users:
            raise CloudMisconfigured(f"cloud {target.cloud.name} has no user {user} in domain {target.domain}")
        return str(target.directory.users[user])

    def perform(self, change: Change, target: Target) -> Evidence:
        """Delete what is not as it should be, then make what should be there."""
        project = target.known_project
        if change.verb is Verb.CREATE:
            return self.create(change, target)
        item = ItemId(_in_nova(_spec(change, target), target.project))
        if change.verb is Verb.DELETE:
            return self.remove(change, target, item)
        receipt = target.cloud.resources.delete(KEY_PAIRS, project, item, parent=self.parent_of(change, target))
        made = self.create(change, target)
        return Evidence(request_ids=(*receipt.request_ids, *made.request_ids), values=made.values)

    def create(self, change: Change, target: Target) -> Evidence:
        """Make it. Where there is one of that name, it has to have the same key.

        Raises CloudConflict where it has another: that was not there when the plan was made.
        """
        body = self.body(change, target)
        try:
            taking = _collection(str(body["name"]))
            return self.proved(change, target.cloud.resources.create(taking, target.known_project, body))
        except (CloudUnavailable, CloudConflict) as error:
            if found := self.found(change, target):
                return found
            if isinstance(error, CloudConflict):
                raise CloudConflict(
                    f"there is a key pair {body['name']} with another key already; the next plan says what becomes of it",
                    request_id=error.request_id,
                ) from error
            raise

    def found(self, change: Change, target: Target) -> Evidence | None:
        """The key pair of that name, where it has the right key."""
        item = ItemId(_in_nova(_spec(change, target), target.project))
        parent = self.parent_of(change, target)
        there = target.cloud.resources.fetch(KEY_PAIRS, target.known_project, item, parent=parent)
        if there is None or self.plain(there)["publicKey"] != change.after["publicKey"]:
            return None
        return self.proved(change, Answered(item=there))

    def proved(self, change: Change, answered: Answered) -> Evidence:
        """Known by its name, for Nova's own number of it is good for nothing."""
        item = {**answered.item, "id": answered.item.get("name")}
        return super().proved(change, Answered(item=item, receipt=answered.receipt))


def _specs(project: ProjectSpec) -> tuple[KeyPairSpec, ...]:
    return project.landing_zone.key_pairs if project.landing_zone else ()


def _spec(change: Change, target: Target) -> KeyPairSpec:
    for each in _specs(target.project):
        if each.name == change.address.key:
            return each
    raise PlanChanged(f"the manifest has no key pair {change.address.key} any more")


def _in_nova(pair: KeyPairSpec, project: ProjectSpec) -> str:
    return pair.name if pair.user else nova_name(project, pair.name)


def _place(pair: KeyPairSpec, asked: Asked) -> tuple[str, str]:
    """The id of the user whose it is, and its name in Nova."""
    owner = asked.users.get(pair.user, "") if pair.user else asked.own_user
    return str(owner), _in_nova(pair, asked.project)


def _after(prefix: str, name: str) -> str:
    return name.removeprefix(prefix) if name.startswith(prefix) else ""


def _properties(pair: KeyPairSpec) -> Properties:
    return {"publicKey": _bare(pair.public_key), **({"user": pair.user} if pair.user else {})}


def _bare(key: str) -> str:
    """A key's type and body; its comment is no part of it."""
    return " ".join(key.split()[:2])


def _collection(name: str) -> Collection:
    """The collection that takes such a name."""
    return KEY_PAIRS if _PLAIN_NAME.fullmatch(name) else replace(KEY_PAIRS, microversion=_SPECIAL_NAMES)


def _refusals(change: Change, asked: Asked) -> Iterator[Refusal]:
    """Why it cannot be made: a name that this Nova does not take, a user that there is not."""
    name = change.address.key if change.after.get("user") else nova_name(asked.project, change.address.key)
    _, newest = asked.capabilities.microversions.get(Service.COMPUTE, ("", _SPECIAL_NAMES))
    if not _PLAIN_NAME.fullmatch(name) and _number(newest) < _number(_SPECIAL_NAMES):
        yield Refusal(
            address=change.address,
            message=f"this cloud's Nova takes no @ or . in names of key pairs, as in {name}",
            remedy="use letters, digits, spaces, _ and - alone",
        )
    user = change.after.get("user")
    if user is not None and user not in asked.users:
        yield Refusal(
            address=change.address,
            message=f"the cloud's domain has no user {user}, whose key pair it is to be",
            remedy="have the user made in Keystone first, or name one that exists",
        )


def _number(microversion: str) -> tuple[int, ...]:
    return tuple(map(int, microversion.split(".")))
