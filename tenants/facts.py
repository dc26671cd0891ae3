"""The facts that a policy's expressions speak of: one table for reviews, one for drift. Names and types are checked by them.

`tenants.expressions` compiles against these tables, `provisioner.requests.route` fills in what is true of a request, a
policy's examples give some of them by hand, and the reference prints them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tenants.resources import CATALOGUE, UNLIMITED, Resource, Service

#: What stands for "without limit" where something is added.
BOUNDLESS: Final = 2**63 - 1
#: What stands for growth where there was nothing before.
FROM_NOTHING: Final = 1_000_000.0
_MEBIBYTES: Final = 1024

#: Facts by name, in Python's types: str, int, float, bool, lists of str, and mappings by resource.
Facts = Mapping[str, Any]


class FactType(StrEnum):
    """What a fact is, in words for people."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "decimal number"
    TRUTH = "true or false"
    TEXTS = "list of texts"
    WHOLES = "whole number by resource"
    NUMBERS = "decimal number by resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One name that expressions may use."""

    name: str
    type: FactType
    description: str
    #: Whether it follows from other facts, and so is never given by hand.
    derived: bool = False


def _fact(name: str, type_: FactType, description: str, *, derived: bool = False) -> Fact:
    return Fact(name=name, type=type_, description=description, derived=derived)


REVIEW_FACTS: Final = (
    _fact("tenant", FactType.TEXT, "The tenant that asks."),
    _fact(
        "tenants",
        FactType.TEXTS,
        "The tenants whose manifests, or whose applications', it brings, and those whose applications its waves move.",
    ),
    _fact("requester", FactType.TEXT, "Who submitted it."),
    _fact(
        "clouds",
        FactType.TEXTS,
        "The clouds of the projects that it changes, and of those that applications move from and to.",
    ),
    _fact("zones", FactType.TEXTS, "Their zones, before and after."),
    _fact("environments", FactType.TEXTS, "Their environments, before and after: `production`, `testing` …"),
    _fact(
        "protectionLevel",
        FactType.WHOLE,
        "The highest protection level among them, before and after; 0 without projects.",
    ),
    _fact(
        "limitsOnly",
        FactType.TRUTH,
        "Whether nothing but limits of existing projects changes, and none is taken out of the manifest.",
    ),
    _fact("decreaseOnly", FactType.TRUTH, "Whether, moreover, at least one limit goes down and none goes up."),
    _fact("deletes", FactType.WHOLE, "How many objects the plan deletes, or changes so that something may be lost."),
    _fact("newProjects", FactType.WHOLE, "How many projects it makes."),
    _fact("newServers", FactType.WHOLE, "How many servers it makes."),
    _fact("migrates", FactType.TRUTH, "Whether it brings a wave: applications are to move once somebody starts it."),
    _fact("movedApplications", FactType.WHOLE, "How many applications its waves move, all together."),
    _fact(
        "added",
        FactType.WHOLES,
        f"How much higher limits are to be than the clouds enforce, all projects together, in the API's units (memory in "
        f"MiB, storage in GiB). 0 for what does not grow, {BOUNDLESS} for a limit taken off.",
    ),
    _fact(
        "growth",
        FactType.NUMBERS,
        f"By which part the limit grows, of the project where that is most: 0.1 is from 100 to 110. {FROM_NOTHING:.1f} where "
        "there was nothing before.",
    ),
    _fact(
        "use",
        FactType.NUMBERS,
        "Which part of the present limit is in use, of the growing project where that is least: 0.8 is 80 of 100. 0 where "
        "nobody knows, and for what does not grow.",
    ),
    _fact(
        "share",
        FactType.NUMBERS,
        "Which part of all that the cloud may give out is added, of the cloud where that is most. 0 for what no cloud bounds.",
    ),
    _fact("grows", FactType.TEXTS, "The resources of which `added` is more than 0.", derived=True),
    _fact("addedCores", FactType.WHOLE, 'The same as `added["compute/cores"]`.', derived=True),
    _fact("addedMemoryGiB", FactType.NUMBER, "Added memory in GiB.", derived=True),
    _fact("addedStorageGiB", FactType.WHOLE, 'The same as `added["block-storage/gigabytes"]`, in GiB.', derived=True),
)

DRIFT_FACTS: Final = (
    _fact("tenant", FactType.TEXT, "Whose project it is."),
    _fact("cloud", FactType.TEXT, "The cloud."),
    _fact("project", FactType.TEXT, "The project, by its name in the manifest."),
    _fact("kind", FactType.TEXT, "The kind of object, as plans name it: `quota`, `server`, `security-group` …"),
    _fact("name", FactType.TEXT, "The object among those of its kind in the project; empty where there is only one."),
    _fact(
        "property",
        FactType.TEXT,
        "What is otherwise; empty where the object itself is missing, or there against the manifest.",
    ),
    _fact("expected", FactType.TEXT, "The value that was applied, as text; empty for none."),
    _fact("actual", FactType.TEXT, "The value that is there, as text; empty for none."),
    _fact("ageDays", FactType.WHOLE, "Whole days since it was first seen."),
)

RESOURCES: Final = tuple(
    str(Resource(service=service, name=name)) for service in Service for name in CATALOGUE[service]
)


#: What decides for which parts of the tree a request is.
TENANT: Final = "tenant"
TENANTS: Final = "tenants"

_PLAIN: Final[Mapping[FactType, Callable[..., Any]]] = {
    FactType.TEXT: str,
    FactType.TEXTS: list,
    FactType.TRUTH: bool,
    FactType.WHOLE: int,
}


def completed(table: Iterable[Fact], given: Facts) -> dict[str, Any]:
    """All facts of a table: those that are given, what follows from them, and for the others what an empty request has."""
    whole = {each.name: _filled(each, given.get(each.name)) for each in table}
    return {**whole, **_derived(whole)} if "added" in whole else whole


def concerned(given: Facts) -> tuple[str, ...]:
    """The tenants that a request is about: those whose manifests it brings, else the one that asks."""
    return tuple(given.get(TENANTS) or ()) or (str(given.get(TENANT) or ""),)


def added(before: int, after: int) -> int:
    """How much more a limit is than another one, where -1 is without limit; never below 0."""
    if after == UNLIMITED:
        return 0 if before == UNLIMITED else BOUNDLESS
    return 0 if before == UNLIMITED else max(0, after - before)


def resources_in(values: Facts) -> frozenset[str]:
    """The names of resources that facts speak of and the catalogue does not have."""
    named = {name for value in values.values() if isinstance(value, Mapping) for name in value}
    return frozenset(name for name in named if name not in RESOURCES and not _of_volume_type(name))


def _of_volume_type(name: str) -> bool:
    service, _, key = name.partition("/")
    base, _, volume_type = key.partition("_")
    known = CATALOGUE[Service.BLOCK_STORAGE].get(base)
    return service == Service.BLOCK_STORAGE and bool(volume_type) and known is not None and known.per_volume_type


def _filled(fact: Fact, value: Any) -> Any:
    match fact.type:
        case FactType.WHOLES:
            return {**dict.fromkeys(RESOURCES, 0), **(value or {})}
        case FactType.NUMBERS:
            return {**dict.fromkeys(RESOURCES, 0.0), **{name: float(each) for name, each in (value or {}).items()}}
        case FactType.NUMBER:
            return float(value or 0)
        case _:
            return _PLAIN[fact.type](value or _PLAIN[fact.type]())


def _derived(whole: Facts) -> dict[str, Any]:
    more: Mapping[str, int] = whole["added"]
    return {
        "grows": sorted(name for name, amount in more.items() if amount > 0),
        "addedCores": more["compute/cores"],
        "addedMemoryGiB": more["compute/ram"] / _MEBIBYTES,
        "addedStorageGiB": more["block-storage/gigabytes"],
    }
