"""A project's security groups with their rules, as a manifest says them. Pure."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from provisioner.adoption.documents import Document, Draft
from provisioner.adoption.found import Found
from provisioner.kinds.security_group import DEFAULT, NAME, SECURITY_GROUPS
from provisioner.kinds.security_rule import ANYWHERE, Rule, shown_rule
from tenants.landing_zone import Direction, Ethertype
from tenants.protocols import WITH_TYPES

#: What Neutron gives every project's `default` group: all may go out, and its members may talk to one another.
_BORN: Final = frozenset(
    Rule(direction=direction, ethertype=ethertype, remote=remote)
    for direction, remote in ((Direction.EGRESS, ANYWHERE), (Direction.INGRESS, f"group {DEFAULT}"))
    for ethertype in Ethertype
)


def groups(found: Found) -> Iterator[Document]:
    """The groups with their rules; the one that every project is born with only where somebody gave it more."""
    told_apart = dict(found.told_apart(SECURITY_GROUPS, "security group"))
    names = {str(item["id"]): name for name, item in told_apart.items()}
    for name, item in told_apart.items():
        rules = {shown_rule(each, names) for each in item.get("security_group_rules") or ()}
        if name == DEFAULT and rules <= _BORN:
            continue
        description = "" if name == DEFAULT else found.of(NAME)[name]["description"]
        said = list(_rules(found, name, rules - _BORN if name == DEFAULT else rules, names.values()))
        yield {
            "name": name,
            **({"description": description} if description else {}),
            **({"rules": said} if said else {}),
        }


def _rules(found: Found, group: str, rules: Iterable[Rule], known: Collection[str]) -> Iterator[Document]:
    for rule in sorted(rules, key=str):
        if rule.remote.startswith("address group "):
            found.leave(f"security group {group}: {rule}", "manifests know no address groups")
        elif rule.group is not None and rule.group not in known:
            found.leave(f"security group {group}: {rule}", "the other group is left out, or another project's")
        else:
            yield _rule(rule)


def _rule(rule: Rule) -> Document:
    ingress = rule.direction is Direction.INGRESS
    side = "from" if ingress else "to"
    document: Draft = {}
    if not ingress:
        document["direction"] = str(rule.direction)
    if rule.ethertype is Ethertype.IPV6:
        document["ethertype"] = str(rule.ethertype)
    if rule.protocol is not None:
        document["protocol"] = int(rule.protocol) if rule.protocol.isdigit() else rule.protocol
    if rule.group is not None:
        document[f"{side}Group"] = rule.group
    elif rule.remote != ANYWHERE:
        document[side] = rule.remote
    return {**document, **_ports(rule)}


def _ports(rule: Rule) -> Document:
    if rule.first is None:
        return {}
    if rule.protocol in WITH_TYPES:
        return {"icmpType": rule.first, **({} if rule.last is None else {"icmpCode": rule.last})}
    return {"ports": rule.first if rule.last in {None, rule.first} else f"{rule.first}-{rule.last}"}
