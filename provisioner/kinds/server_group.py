"""Kind `server-group`: servers that Nova places together or apart (compute API reference, `os-server-groups`).

Nova takes a group's policy when it is made, and a server's group when the server is: neither can change afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, Scope
from provisioner.diff import Change, Verb
from provisioner.kinds import nova_names, ranks
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind
from provisioner.kinds.server_properties import managed
from provisioner.objects import Desired, KindName, Properties
from provisioner.plan import Refusal
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("server-group")
SERVER_GROUPS: Final = Collection(
    name=CollectionName("server-groups"),
    service="compute",
    path="/os-server-groups",
    item="server_group",
    items="server_groups",
    fields=("name", "policies", "members"),
    microversion="2.57",
    everywhere={"all_projects": 1},
    # Nova lists those of its caller's project, or of all: nothing in between.
    project_filter=None,
    by_offset=True,
    # The token decides whose a new group is.
    scope=Scope.PROJECT,
)
_QUOTA: Final = Resource(service=Service.COMPUTE, name="server_groups")
_POLICY: Final = "policy"


class ServerGroupKind(ItemKind):
    """Server groups of applications."""

    name = NAME
    collection = SERVER_GROUPS
    made_at = ranks.GROUND
    deleted_at = ranks.DELETE_GROUND

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether an application has one."""
        return any(each.server_groups for each in project.applications)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The groups of the applications that are managed; those of an absent application are absent with it."""
        for application in managed(asked.project):
            for group in application.server_groups:
                gone = Presence.ABSENT in {application.presence, group.presence}
                yield Desired(
                    address=asked.address(NAME, group.name),
                    presence=Presence.ABSENT if gone else Presence.PRESENT,
                    properties={_POLICY: str(group.policy)},
                )

    def plain(self, item: Item) -> Properties:
        """Its one policy."""
        return {_POLICY: next(iter(item.get("policies") or ()), None)}

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Its name has to be one that Nova takes; its policy cannot be changed."""
        found = super().assess(change, asked)
        if change.verb is Verb.CREATE:
            return replace(found, refusals=tuple(nova_names.refusals(change.address)))
        if change.verb is Verb.DELETE:
            return found
        was, wanted = change.before[_POLICY], change.after[_POLICY]
        refusal = Refusal(
            address=change.address,
            message=f"{_POLICY} cannot go from {was} to {wanted}: Nova has no way to change it",
            remedy=f"leave it at {was}, or describe a group of another name and make the servers anew in it; "
            "a server joins when it is made, and never after",
        )
        return Assessment(reason=found.reason, refusals=(refusal,))

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One server group."""
        return {_QUOTA: 1} if change.verb is Verb.CREATE else NO_DEMAND

    def body(self, change: Change, target: Target) -> Body:
        """Name and policy; whose it is, the token says."""
        return {"name": change.address.key, "policies": [change.after[_POLICY]]}
