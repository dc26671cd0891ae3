"""What a request's manifests may say: its own tenant and those below it, and nothing that is not a department's to change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tenants.application import ApplicationSpec
from tenants.envelopes import upwards
from tenants.names import ApplicationName, CloudName, TenantName
from tenants.problems import Location, Problem
from tenants.resources import Limits
from tenants.spec import City, Sources
from tenants.wave import WaveMember, WaveName, WaveSpec

#: Kind and name: what tells documents apart.
DocumentName = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request's documents, and the city before and after them."""

    #: At the top of all that the request is about.
    tenant: TenantName
    documents: frozenset[DocumentName]
    before: City
    after: City
    sources: Sources


def tenants_of(asking: Asking) -> frozenset[TenantName]:
    """The tenants whose manifests, or whose applications', the request brings."""
    found = {TenantName(name) for kind, name in asking.documents if kind == "Tenant"}
    owners = {name: each.owner for name, each in asking.after.applications.items()}
    found |= {owners[name] for name in owners if ("Application", name) in asking.documents}
    return frozenset(found & asking.after.tenants.keys())


def waves_of(asking: Asking) -> frozenset[WaveName]:
    """The waves that the request brings, those that it gives up included."""
    return frozenset(WaveName(name) for kind, name in asking.documents if kind == "Wave")


def moved_by(asking: Asking) -> tuple[tuple[WaveSpec, WaveMember, ApplicationSpec], ...]:
    """Every application that the request's waves move, with what moves it, in order."""
    applications = asking.after.applications
    waves = (asking.after.waves[each] for each in sorted(waves_of(asking) & asking.after.waves.keys()))
    return tuple((wave, each, applications[each.application]) for wave in waves for each in wave.members)


def concerned_by(asking: Asking) -> frozenset[TenantName]:
    """The tenants that the request is about: those whose manifests it brings, and those whose applications it moves."""
    moving = {application.owner for _, _, application in moved_by(asking)}
    given_up = {asking.before.waves[each].owner for each in waves_of(asking) & asking.before.waves.keys()}
    owners = {wave.owner for wave, _, _ in moved_by(asking)}
    return frozenset((tenants_of(asking) | moving | owners | given_up) & asking.after.tenants.keys())


def improper(asking: Asking) -> tuple[Problem, ...]:
    """What a request may not ask for, with its place."""
    found = [_problem(asking, each) for each in (*_clouds(asking), *_strangers(asking), *_moved(asking))]
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A document of a request that would take the place of another's in force."""

    document: DocumentName
    message: str
    remedy: str


def taken(tenant: TenantName, brought: Iterable[DocumentName], before: City) -> tuple[Taken, ...]:
    """Those of a request's documents under whose names others' are in force.

    To be asked before anything else is looked at: beside such a document, validation would tell of what is others'.
    """
    found = []
    for kind, name in sorted(brought):
        owner = _owner(kind, name, before)
        if owner is not None and tenant not in upwards(before, owner):
            told = _stranger(name, tenant) if kind == "Tenant" else (f'the name "{name}" is taken', "choose another")
            found.append(Taken(document=(kind, name), message=told[0], remedy=told[1]))
    return tuple(found)


def _owner(kind: str, name: str, before: City) -> TenantName | None:
    """The tenant whose document is in force under that name."""
    if kind == "Tenant":
        return TenantName(name) if name in before.tenants else None
    if kind == "Wave":
        return before.waves[WaveName(name)].owner if name in before.waves else None
    application = before.applications.get(ApplicationName(name)) if kind == "Application" else None
    return application.owner if application else None


def _stranger(name: str, tenant: TenantName) -> tuple[str, str]:
    return f"{name} is neither {tenant} nor below it", f"leave it out, or name another tenant than {tenant}"


#: (kind, name, path, message, remedy)
_Finding = tuple[str, str, str, str, str]


def _clouds(asking: Asking) -> Iterator[_Finding]:
    for kind, name in asking.documents:
        if kind not in {"Tenant", "Application", "Wave"}:
            yield kind, name, "", f"a request cannot change a {kind}", "leave it out: those in force are used"


def _strangers(asking: Asking) -> Iterator[_Finding]:
    for wave in sorted(waves_of(asking) & asking.after.waves.keys()):
        owner = asking.after.waves[wave].owner
        if asking.tenant not in upwards(asking.after, owner):
            yield "Wave", wave, "spec.owner", *_stranger(owner, asking.tenant)
    for name in tenants_of(asking):
        if asking.tenant not in upwards(asking.after, name):
            yield "Tenant", name, "", *_stranger(name, asking.tenant)


def _moved(asking: Asking) -> Iterator[_Finding]:
    for name in tenants_of(asking):
        if asking.tenant not in upwards(asking.after, name):
            continue
        old, new = asking.before.tenants.get(name), asking.after.tenants[name]
        if old is None:
            if new.parent is None:
                yield "Tenant", name, "spec", "a new tenant needs a parent", "name the tenant above it as spec.parent"
            continue
        remedy = "leave it as it is in force; the operators change it with `tenantry apply`"
        if old.parent != new.parent:
            yield "Tenant", name, "spec.parent", "a request cannot move a tenant", remedy
        for project in sorted({each.name for each in old.projects} - {each.name for each in new.projects}):
            told = f"the project {project} is left out, which gives nothing back"
            yield "Tenant", name, "spec.projects", told, "keep it; `state: retired` gives it back"
        if _bounds(old.envelopes) != _bounds(new.envelopes):
            yield "Tenant", name, "spec.envelope", "a request cannot change an envelope", remedy


def _bounds(envelopes: Mapping[CloudName, Limits]) -> dict[CloudName, Limits]:
    return {cloud: dict(limits) for cloud, limits in envelopes.items() if limits}


def _problem(asking: Asking, finding: _Finding) -> Problem:
    kind, name, path, message, remedy = finding
    nowhere = Location(file="(no file)", line=1, column=1)
    place = asking.sources.get((kind, name, path)) or asking.sources.get((kind, name, "")) or nowhere
    return Problem(location=place, path=path, message=message, remedy=remedy)
