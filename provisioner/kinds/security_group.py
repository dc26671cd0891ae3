"""Kind `security-group`: a security group of the project (network API reference v2.0, `security-groups`).

The group alone: its rules are objects of the kind `security-group-rules`, made when all groups are there, for the rules of
two groups may name each other. The project's default group is Neutron's own; a manifest that names it takes it over.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from provisioner.clouds.collections import Answered, Collection, CollectionName, Item, ItemId
from provisioner.diff import Change, Verb
from provisioner.kinds import ranks
from provisioner.kinds.interface import NO_DEMAND, Asked, Target
from provisioner.kinds.items import Body, ItemKind, the_only
from provisioner.kinds.refused import in_plain_words
from provisioner.objects import Desired, KindName, Properties, Value
from provisioner.operation import Evidence
from tenants.landing_zone import SecurityGroupSpec
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

NAME: Final = KindName("security-group")
#: Each with its rules, so that one listing tells both. A listing for a project makes Neutron give it its default group, as
#: its first network or port would.
SECURITY_GROUPS: Final = Collection(
    name=CollectionName("security-groups"),
    service="network",
    path="/security-groups",
    item="security_group",
    items="security_groups",
    fields=("name", "description", "security_group_rules"),
    neutron=True,
)
#: The group that every project is born with.
DEFAULT: Final = "default"
#: How many rules Neutron puts into a new group, unless its operators changed that: all may go out, by IPv4 and by IPv6.
BORN_WITH: Final = 2
RULE_QUOTA: Final = Resource(service=Service.NETWORK, name="security_group_rule")
_QUOTA: Final = Resource(service=Service.NETWORK, name="security_group")


class SecurityGroupKind(ItemKind):
    """Security groups that the project owns."""

    name = NAME
    collection = SECURITY_GROUPS
    made_at = ranks.GROUND
    deleted_at = ranks.DELETE_GROUND

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether there are any in the landing zone, or an application whose servers may be in some."""
        zone = project.landing_zone
        return bool(zone and zone.security_groups) or bool(project.applications)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """The landing zone's groups."""
        for group in groups_of(asked.project):
            properties: dict[str, Value] = {} if group.description is None else {"description": group.description}
            yield Desired(address=asked.address(NAME, group.name), presence=group.presence, properties=properties)

    def plain(self, item: Item) -> Properties:
        """Its description."""
        return {"description": item.get("description") or ""}

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One group, with the rules that it is born with; nothing for the default one, which there is in any case."""
        if change.verb is not Verb.CREATE or change.address.key == DEFAULT:
            return NO_DEMAND
        return {_QUOTA: 1, RULE_QUOTA: BORN_WITH}

    def body(self, change: Change, target: Target) -> Body:
        """Name and description."""
        return {"name": change.address.key, "project_id": target.known_project, **change.after}

    def perform(self, change: Change, target: Target) -> Evidence:
        """Make, change or delete it; refusals in words for those who asked."""
        with in_plain_words(target):
            return super().perform(change, target)

    def create(self, change: Change, target: Target) -> Evidence:
        """One request. The default group of a new project comes into being when it is looked for."""
        if change.address.key == DEFAULT and (there := self.found(change, target)):
            return there
        return super().create(change, target)

    def found(self, change: Change, target: Target) -> Evidence | None:
        """The group of that name, if there is one; its description is made to be as asked.

        Raises CloudConflict where there are several.
        """
        named = target.cloud.resources.named(SECURITY_GROUPS, target.known_project, change.address.key)
        there = the_only(named, change)
        if there is None:
            return None
        if change.after.items() <= self.plain(there).items():
            return self.proved(change, Answered(item=there))
        return self.update(change, target, ItemId(str(there["id"])))


def groups_of(project: ProjectSpec) -> tuple[SecurityGroupSpec, ...]:
    """The groups that the project's manifest speaks of."""
    return project.landing_zone.security_groups if project.landing_zone and project.is_active else ()
