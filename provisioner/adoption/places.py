"""Places in an import's documents: which part an objection is about, and what can be taken away by itself. Pure.

The tenant's document is known as `TENANT`, the applications' by their names.
"""

from collections.abc import Iterator
from typing import Any, Final

from provisioner.adoption.documents import Draft, LeftOut
from provisioner.objects import Address
from tenants.members import port_name
from tenants.names import NetworkName, ServerName

#: By name, in the form that YAML has them.
Documents = dict[str, Draft]
#: The way to a part: the document's name, then keys and indexes.
Steps = tuple[str | int, ...]

#: No identifier, so no application is called so.
TENANT: Final = "(tenant)"
#: What the items of a list are called; only these are objects by themselves.
_NOUNS: Final = {
    "networks": "network",
    "subnets": "subnet",
    "routers": "router",
    "securityGroups": "security group",
    "rules": "rule",
    "floatingIPs": "floating IP",
    "keyPairs": "key pair",
    "flavors": "grant of flavor",
    "images": "grant of image",
    "volumeTypes": "grant of volume type",
    "servers": "server",
    "volumes": "volume",
    "serverGroups": "server group",
}
#: Keys that a manifest may go without, by the list that their object is in.
_OPTIONAL: Final = {
    "networks": frozenset({"description", "mtu", "address", "securityGroups"}),
    "subnets": frozenset({"dns", "allocationPools"}),
    "securityGroups": frozenset({"description"}),
    "servers": frozenset({"availabilityZone", "keyPair", "metadata", "serverGroup"}),
    "volumes": frozenset({"type", "server"}),
}
#: Keys, with the lists that their objects are in, of which each entry stands by itself.
_LOOSE: Final = frozenset({("servers", "metadata"), ("routers", "subnets")})
#: Lists whose objects may have an exception.
_PARDONABLE: Final = frozenset({"subnets", "rules"})
_LANDING: Final = {
    "network": "networks",
    "router": "routers",
    "security-group": "securityGroups",
    "security-group-rules": "securityGroups",
    "floating-ip": "floatingIPs",
    "key-pair": "keyPairs",
}
_OF_APPLICATIONS: Final = {"server": "servers", "volume": "volumes", "server-group": "serverGroups"}
_GRANTS: Final = {"network": "networks", "flavor": "flavors", "image": "images", "volume-type": "volumeTypes"}


def at(documents: Documents, steps: Steps) -> Any:
    """What stands at the end of a way; None where it ends early."""
    found: Any = documents
    for step in steps:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return None
    return found


def _lists(documents: Documents, steps: Steps) -> Iterator[tuple[int, str]]:
    """The objects on a way, each by how far it is and by the list that it is in."""
    for index, step in enumerate(steps):
        of = str(steps[index - 1])
        item = at(documents, steps[: index + 1])
        if isinstance(step, int) and (of in _NOUNS) and isinstance(item, dict):
            yield index + 1, of


def pardonable(documents: Documents, steps: Steps) -> Draft | None:
    """The subnet or rule on the way that has no exception yet, if there is one."""
    for end, of in _lists(documents, steps):
        found: Draft = at(documents, steps[:end])
        if of in _PARDONABLE and "exception" not in found and end >= len(steps) - 1:
            return found
    return None


def cuttable(documents: Documents, steps: Steps) -> Steps:
    """The least that can be taken away so that what stands at a place is gone.

    The empty way where that is nothing less than all landing zones and applications.
    """
    objects = list(_lists(documents, steps))
    if objects:
        end, of = objects[-1]
        return _least(documents, steps, end, of)
    return _quota(documents, steps) or _whole(documents, steps)


def _least(documents: Documents, steps: Steps, end: int, of: str) -> Steps:
    """The object, or the key of it or the entry of that which it can go without."""
    key = str(steps[end]) if len(steps) > end else ""
    entry = steps[: end + 2]
    if (of, key) in _LOOSE and len(steps) > end + 1 and at(documents, entry) is not None:
        return entry
    return steps[: end + 1] if key in _OPTIONAL.get(of, ()) else steps[:end]


def _quota(documents: Documents, steps: Steps) -> Steps | None:
    """A limit of a quota: `spec`, `projects`, 0, `quota`, `network`, `port`."""
    return steps if "quota" in steps and isinstance(at(documents, steps), str | int) else None


def _whole(documents: Documents, steps: Steps) -> Steps:
    """What the project at a place has beside its quota, or a whole application."""
    if steps and steps[0] != TENANT and steps[0] in documents:
        return steps[:1]
    for index, step in enumerate(steps):
        if step == "projects" and "landingZone" in (at(documents, steps[: index + 2]) or ()):
            return (*steps[: index + 2], "landingZone")
    return ()


def cut(documents: Documents, steps: Steps) -> None:
    """Take a part away, with the lists and mappings that are empty then."""
    if not steps:
        strip(documents, "")
    elif at(documents, steps) is not None:
        container = at(documents, steps[:-1])
        del container[steps[-1]]
        if not container and len(steps) > 1:
            cut(documents, steps[:-1])


def strip(documents: Documents, reason: str) -> list[LeftOut]:
    """Take all landing zones and applications away."""
    named = [each for each in documents if each != TENANT]
    projects = [each for each in documents[TENANT]["spec"]["projects"] if "landingZone" in each]
    left_out = [LeftOut(label(documents, (each,)), reason) for each in named]
    for name in named:
        del documents[name]
    for project in projects:
        del project["landingZone"]
    return [*left_out, *(LeftOut(f"{each['projectName']}: its landing zone", reason) for each in projects)]


def is_furnished(documents: Documents) -> bool:
    """Whether anything beside projects, limits and members is left."""
    return len(documents) > 1 or any("landingZone" in each for each in documents[TENANT]["spec"]["projects"])


def is_empty(documents: Documents, name: str) -> bool:
    """Whether a document is of an application that nothing is left of."""
    return name != TENANT and documents[name]["spec"].keys() <= {"owner", "project"}


def label(documents: Documents, steps: Steps) -> str:
    """A part in words: `scjg: security group web: rule 2`."""
    parts = []
    end = 0
    for end, of in _lists(documents, steps):
        item = at(documents, steps[:end])
        parts.append(f"{_NOUNS[of]} {item.get('name') or item.get('network') or _rule(item)}")
    if len(steps) == 1:
        parts.append(f"application {steps[0]}")
    elif not end:
        parts.append(" ".join(str(each) for each in steps[4:]) or "landing zones and applications")
    elif rest := steps[end:]:
        parts.append(" ".join(map(str, rest)))
    return ": ".join([_project(documents, steps), *parts])


def labels(documents: Documents, steps: Steps) -> list[str]:
    """A part in words, and the subnets that go with it where it is a network."""
    part = at(documents, steps)
    inside = part.get("subnets", ()) if isinstance(part, dict) else ()
    within = [
        label(documents, (*steps, "subnets", index)) for index, each in enumerate(inside) if isinstance(each, dict)
    ]
    return [label(documents, steps), *within]


def _rule(item: Draft) -> str:
    return "(" + ", ".join(f"{key}: {value}" for key, value in item.items() if key != "exception") + ")"


def _project(documents: Documents, steps: Steps) -> str:
    """The Keystone name of the project that a place is about."""
    projects = documents[TENANT]["spec"]["projects"]
    if len(steps) > 3 and steps[0] == TENANT and isinstance(steps[3], int):  # noqa: PLR2004 - spec, projects, index
        return str(projects[steps[3]]["projectName"])
    home = at(documents, (*steps[:1], "spec", "project")) if steps else None
    return next((str(each["projectName"]) for each in projects if each["name"] == home), "all projects")


def of_address(documents: Documents, address: Address) -> Iterator[Steps]:
    """Where the manifests speak of an object; the way to its whole project where that cannot be told."""
    found = list(_of_project(documents, address))
    if found:
        yield from found
        return
    for index, project in enumerate(documents[TENANT]["spec"]["projects"]):
        if project["name"] == address.project:
            yield TENANT, "spec", "projects", index
            yield from ((name,) for name in _applications(documents, address.project))


def _of_project(documents: Documents, address: Address) -> Iterator[Steps]:
    for index, project in enumerate(documents[TENANT]["spec"]["projects"]):
        if project["name"] == address.project:
            yield from _in_zone((TENANT, "spec", "projects", index, "landingZone"), project, address)
    for name in _applications(documents, address.project):
        yield from _in_application(name, documents[name]["spec"], address)


def _applications(documents: Documents, project: str) -> list[str]:
    return [name for name, each in documents.items() if name != TENANT and each["spec"]["project"] == project]


def _in_zone(place: Steps, project: Draft, address: Address) -> Iterator[Steps]:
    zone = project.get("landingZone", {})
    if address.kind == "subnet":
        for number, network in enumerate(zone.get("networks", ())):
            yield from _named((*place, "networks", number, "subnets"), network.get("subnets", ()), address.key)
    elif address.kind == "grant":
        word, _, name = address.key.partition("/")
        listed = zone.get("grants", {}).get(_GRANTS[word], ())
        yield from _named((*place, "grants", _GRANTS[word]), listed, name)
    elif key := _LANDING.get(address.kind):
        yield from _named((*place, key), zone.get(key, ()), address.key)


def _in_application(name: str, spec: Draft, address: Address) -> Iterator[Steps]:
    if key := _OF_APPLICATIONS.get(address.kind):
        yield from _named((name, "spec", key), spec.get(key, ()), address.key)
    if address.kind == "floating-ip":
        yield from _named((name, "spec", "floatingIPs"), spec.get("floatingIPs", ()), address.key)
    if address.kind == "port":
        for index, server in enumerate(spec.get("servers", ())):
            for number, interface in enumerate(server.get("networks", ())):
                if port_name(ServerName(server["name"]), NetworkName(interface["network"])) == address.key:
                    yield name, "spec", "servers", index, "networks", number


def _named(place: Steps, listed: Any, name: str) -> Iterator[Steps]:
    for index, each in enumerate(listed):
        if each["name"] == name:
            yield *place, index


def nouns(documents: Documents) -> Iterator[str]:
    """What there is, one word for each object."""
    for name, document in documents.items():
        if name != TENANT:
            yield "application"
            for key in _OF_APPLICATIONS.values():
                yield from (_NOUNS[key] for _ in document["spec"].get(key, ()))
    for project in documents[TENANT]["spec"]["projects"]:
        yield "project"
        zone = project.get("landingZone", {})
        for key in dict.fromkeys(_LANDING.values()):
            for each in zone.get(key, ()):
                yield _NOUNS[key]
                yield from ("subnet" for _ in each.get("subnets", ()) if key == "networks")
        yield from ("grant" for listed in zone.get("grants", {}).values() for _ in listed)
