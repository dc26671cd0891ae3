"""Kind `security-group-rules`: what a security group lets through, one object for a group, one property for each rule.

Apart from the groups themselves, and later than they: a rule may name any group of the project, and two groups may name
each other, so that no order of whole groups would do. A rule that the manifest does not name is left alone; one that it
names with `state: absent` is taken away, and in an exclusive group every other rule as well. Among those are the rules
that Neutron puts into every new group, by which all may go out: an exclusive group whose manifest has no rule for what
goes out lets nothing out. (Answers to what was let in pass in any case.) Property names are lines of `security_rule`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.interface import Receipt
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudUnavailable, EffectMissing
from provisioner.kinds import ranks, security_group
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Kind, Target
from provisioner.kinds.refused import in_plain_words
from provisioner.kinds.security_rule import Rule, asked_rule, body_of, shown_rule
from provisioner.objects import Address, Desired, KindName, Properties
from provisioner.operation import Evidence
from tenants.landing_zone import Direction, Ethertype, SecurityGroupSpec
from tenants.presence import Presence
from tenants.resources import Resource
from tenants.spec import ProjectSpec

NAME: Final = KindName("security-group-rules")
RULES: Final = Collection(
    name=CollectionName("security-group-rules"),
    service="network",
    path="/security-group-rules",
    item="security_group_rule",
    items="security_group_rules",
    neutron=True,
)
_ID: Final = "id"


class SecurityGroupRulesKind(Kind):
    """The rules of the landing zone's security groups."""

    name = NAME

    def rank(self, change: Change) -> int:
        """When all groups are there."""
        return ranks.SECURITY_GROUP_RULES

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """The groups: each is listed with its rules."""
        if project is None or security_group.groups_of(project):
            yield Read(collection=security_group.SECURITY_GROUPS)

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """Every rule that the manifest names: True to have it, False to have it taken away."""
        observed = dict(self.observed(asked))
        for group in security_group.groups_of(asked.project):
            address = asked.address(NAME, group.name)
            if group.presence is Presence.PRESENT and (wanted := _wanted(group, observed.get(address))):
                yield Desired(address=address, properties=wanted)

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """Every rule there is as True, and every other one that the manifest names as False."""
        named = {str(each.name): _named(each) for each in security_group.groups_of(asked.project)}
        names = _unique_names(asked.items(security_group.SECURITY_GROUPS))
        for item in asked.items(security_group.SECURITY_GROUPS):
            if (name := names.get(item["id"])) is not None:
                lines = {str(shown_rule(each, names)): True for each in item.get("security_group_rules") or ()}
                lacking = dict.fromkeys(named.get(name, ()), False)
                yield asked.address(NAME, name), {_ID: str(item["id"]), **lacking, **lines}

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Taking rules from a group cuts off what they let through, so it is destructive."""
        cut = change.verb is Verb.UPDATE and not all(change.after.values())
        return Assessment(
            reason="the manifest takes rules away; what only they let through is cut off"
            if cut
            else "the manifest names rules that are missing",
            destructive=cut,
        )

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """One for each new rule, but for those that a new group is born with."""
        born = _born_with(change.address.key) if change.verb is Verb.CREATE else frozenset()
        more = sum(bool(value) for line, value in change.after.items() if line not in born)
        return {security_group.RULE_QUOTA: more} if more else NO_DEMAND

    def perform(self, change: Change, target: Target) -> Evidence:
        """Add in one request, then take away one by one, so that what is exchanged is at no time let through by neither.

        A new exclusive group is looked at first, for what it was born with is only then known for certain.
        """
        with in_plain_words(target):
            group = _Group.of(change, target)
            wanted = [line for line, value in change.after.items() if value]
            unwanted = {line for line, value in change.after.items() if not value}
            emptied = change.verb is Verb.CREATE and _is_exclusive(change, target)
            there = group.rules() if target.resumed or unwanted or emptied else {}
            request_ids = list(group.add([line for line in wanted if line not in there]).request_ids)
            for line, ids in there.items():
                if line in unwanted or (emptied and line not in wanted):
                    for rule in ids:
                        request_ids.extend(target.cloud.resources.delete(RULES, target.known_project, rule).request_ids)
        return Evidence(request_ids=tuple(request_ids), values={**change.after, _ID: str(group.id)})


class _Group:
    """One group whose rules are being changed."""

    def __init__(self, identifier: ItemId, target: Target, groups: Mapping[str, ItemId]) -> None:
        self.id = identifier
        self._target = target
        self._groups = groups
        self._names: Mapping[str, str] = {found: name for name, found in groups.items()}

    @classmethod
    def of(cls, change: Change, target: Target) -> "_Group":
        """The group that a change is about. Raises DependencyMissing where a group that it names was not made."""
        known = {
            address.key: ItemId(found)
            for address, found in target.ids.items()
            if address == target.address(security_group.NAME, address.key)
        }
        named = {Rule.parse(line).group for line, value in change.after.items() if value}
        if security_group.DEFAULT in named - known.keys():
            # That of a new project, which was not there when we looked.
            listed = target.cloud.resources.named(
                security_group.SECURITY_GROUPS, target.known_project, security_group.DEFAULT
            )
            known.update((security_group.DEFAULT, ItemId(str(each["id"]))) for each in listed)
        groups = {name: known.get(name) or target.id_of(security_group.NAME, name) for name in named if name}
        return cls(target.id_of(security_group.NAME, change.address.key), target, {**known, **groups})

    def rules(self) -> Mapping[str, list[ItemId]]:
        """The ids of its rules by line, read anew in one request: of the group, for a rule may belong to another project."""
        group = self._target.cloud.resources.fetch(security_group.SECURITY_GROUPS, self._target.known_project, self.id)
        found: dict[str, list[ItemId]] = {}
        for each in (group or {}).get("security_group_rules") or ():
            found.setdefault(self._line(each), []).append(ItemId(str(each["id"])))
        return found

    def add(self, lines: list[str]) -> Receipt:
        """Write rules in one request; where some turn out to be there, those alone that are not."""
        if not lines:
            return Receipt()
        try:
            return self._post(lines)
        except (CloudConflict, CloudUnavailable):
            # Neutron writes all or none. Some may be there already, or all, if only the answer was lost.
            there = self.rules()
            missing = [line for line in lines if line not in there]
            if len(missing) == len(lines):
                raise
            return self._post(missing) if missing else Receipt()

    def _post(self, lines: list[str]) -> Receipt:
        project = self._target.known_project
        rules = [
            {"security_group_id": self.id, "project_id": project, **body_of(Rule.parse(line), self._groups.__getitem__)}
            for line in lines
        ]
        answers = self._target.cloud.resources.create_all(RULES, project, rules)
        shown = {self._line(each.item) for each in answers}
        request_ids = tuple(dict.fromkeys(found for each in answers for found in each.receipt.request_ids))
        if wrong := sorted(set(lines) - shown):
            raise EffectMissing(
                f"Neutron accepted the rules but does not show: {'; '.join(wrong)}",
                request_id=next(iter(request_ids), None),
            )
        return Receipt(request_ids=request_ids)

    def _line(self, item: Item) -> str:
        return str(shown_rule(item, self._names))


def _wanted(group: SecurityGroupSpec, there: Properties | None) -> Properties:
    """The rules to be there and those not to be, of a group as it is, or of one that there is none of yet."""
    named = _named(group)
    if there is None:
        named = {line: value for line, value in named.items() if value}
    if not group.exclusive:
        return named
    present = _born_with(group.name) if there is None else {line for line in there if line != _ID}
    return {**dict.fromkeys(present, False), **named}


def _named(group: SecurityGroupSpec) -> dict[str, bool]:
    return {str(asked_rule(each)): each.presence is Presence.PRESENT for each in group.rules}


def _born_with(group: str) -> frozenset[str]:
    """What Neutron puts into a new group, unless its operators changed that."""
    out = {str(Rule(direction=Direction.EGRESS, ethertype=each)) for each in Ethertype}
    if group != security_group.DEFAULT:
        return frozenset(out)
    own = f"group {security_group.DEFAULT}"
    return frozenset(out | {str(Rule(direction=Direction.INGRESS, ethertype=each, remote=own)) for each in Ethertype})


def _is_exclusive(change: Change, target: Target) -> bool:
    groups = security_group.groups_of(target.project)
    return any(each.exclusive for each in groups if each.name == change.address.key)


def _unique_names(items: Iterable[Item]) -> Mapping[str, str]:
    """The names of groups by id, of those that bear them alone."""
    listed = [(str(each["id"]), str(each.get("name") or "")) for each in items]
    names = [name for _, name in listed]
    return {found: name for found, name in listed if name and names.count(name) == 1}
