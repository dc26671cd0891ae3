"""The documents in force after a move: what is to be written into which, or why it cannot be. Pure but for reading them.

Between a migration's records and `tenants.relocation`. The result is validated as a whole city and held against what is meant, so
that a move writes what it says or nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from provisioner.migration.identifiers import Subject
from provisioner.migration.migration import Migration, Run
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Interface
from provisioner.standing import InForce
from tenants import members
from tenants.amendment import Change, with_changes
from tenants.application import ApplicationSpec
from tenants.documents import Document, composed
from tenants.kinds.applications.application import APPLICATION
from tenants.landing_zone import IPAddress
from tenants.names import ApplicationName, NetworkName, ServerName
from tenants.problems import Severity
from tenants.relocation import Relocation, changes, relocated
from tenants.spec import City, ProjectSpec, TenantSpec
from tenants.validation import Validation, validate
from tenants.wave import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """The documents in force with what a move changes."""

    before: Document
    after: Document
    #: All documents as they are to be in force, as files, and the files that they name.
    files: Mapping[str, str]
    attached: Mapping[str, str]
    #: What they then mean.
    city: City
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """Why the documents in force cannot say where the application is, and what a person is to write."""

    why: str
    #: The file that it stands in.
    file: str
    changes: tuple[str, ...]

    def __str__(self) -> str:
        """For people."""
        told = "; ".join(self.changes)
        return f"{self.why}: change the application's manifest, {self.file}, bring it into force, then retry: {told}"


def relocation_of(run: Run, migration: Migration) -> Relocation:
    """What is called otherwise where the application is now."""
    maps, bindings = run.wave.mappings, migration.bindings
    return Relocation(
        project=bindings.project,
        networks=maps.networks,
        flavors=maps.flavors,
        # Within a cloud, volumes change hands and stay what they are.
        volume_types={} if run.mode is Mode.CROSS_PROJECT else maps.volume_types,
        security_groups=maps.security_groups,
        key_pairs=maps.key_pairs,
        addresses=dict(_addresses(migration)),
        availability_zones=dict(_zones(migration)),
    )


def application_in(city: City, migration: Migration) -> ApplicationSpec | None:
    """The application as a city has it; None where it is not the tenant's any more."""
    found = city.applications.get(migration.application) if migration.application else None
    return found if found is not None and found.owner == migration.tenant else None


def not_moved(application: ApplicationSpec, migration: Migration) -> tuple[ServerName, ...]:
    """The servers that are to be there and that did not move: they stayed, or were never made."""
    moved = {each.name for each in migration.workload.machines}
    return tuple(each for each in members.wanted(application) if each not in moved)


def amended(
    force: InForce, city: City, run: Run, migration: Migration, *, staying: Sequence[ServerName] = ()
) -> Amended | Unwritten:
    """The documents in force with the application where it is now; `staying` are those of its servers that are where it was."""
    application = application_in(city, migration)
    document = _document(force, migration.application)
    if application is None or document is None:
        return Unwritten(why="no manifest in force describes the application", file="", changes=())
    meant = relocated(application, relocation_of(run, migration))
    wanted = changes(document.text, application, meant)
    if staying:
        why = f"only a part of the application moved: {', '.join(staying)} stayed, and an application is in one project"
        return _unwritten(document, wanted, why)
    text = with_changes(document.text, wanted)
    if text is None:
        return _unwritten(document, wanted, "the manifest is written in a way that Tenantry does not change")
    found = _judged(force, document, text, wanted)
    if isinstance(found, Amended) and not _as_meant(city, found.city, meant):
        return _unwritten(document, wanted, "the manifest would then mean something else as well")
    return found


def taken_back(force: InForce, document: Document, written: tuple[Change, ...]) -> Amended | Unwritten:
    """The documents in force with what a move had written as it was before."""
    wanted = tuple(each.reversed for each in written)
    text = with_changes(document.text, wanted)
    if text is None:
        return _unwritten(document, wanted, "its manifest was changed since the move wrote to it")
    return _judged(force, document, text, wanted)


def moved_in(tenant: TenantSpec, meant: ApplicationSpec) -> TenantSpec:
    """A tenant whose application is as meant, in the project that this names: what was applied, seen in the light of a move."""
    if all(each.name != meant.project for each in tenant.projects):
        return tenant
    return replace(tenant, projects=tuple(_holding(each, meant) for each in tenant.projects))


def _holding(project: ProjectSpec, meant: ApplicationSpec) -> ProjectSpec:
    others = [each for each in project.applications if each.name != meant.name]
    mine = [meant] if project.name == meant.project else []
    return replace(project, applications=tuple(sorted((*others, *mine), key=lambda each: each.name)))


def _judged(force: InForce, document: Document, text: str, wanted: tuple[Change, ...]) -> Amended | Unwritten:
    after = replace(document, text=text)
    files, attached = _with(force, document, after)
    validation = _valid(files, attached)
    if validation.city is None:
        return _unwritten(document, wanted, _problems(validation))
    return Amended(before=document, after=after, files=files, attached=attached, city=validation.city, changes=wanted)


def _as_meant(before: City, after: City, meant: ApplicationSpec) -> bool:
    """Whether the application is as meant, and everything else as it was. Its protection level may be its project's."""
    became = after.applications.get(meant.name)
    if became is None or replace(became, protection_level=meant.protection_level) != meant:
        return False
    return _besides(before, meant.name) == _besides(after, meant.name)


def _besides(city: City, name: ApplicationName) -> object:
    tenants = {
        tenant.name: replace(
            tenant,
            projects=tuple(
                replace(each, applications=tuple(app for app in each.applications if app.name != name))
                for each in tenant.projects
            ),
        )
        for tenant in city.tenants.values()
    }
    return replace(city, tenants=tenants)


def _document(force: InForce, name: ApplicationName | None) -> Document | None:
    wanted = (APPLICATION.name, name)
    return next((each for each in force.documents if (each.kind, each.name) == wanted), None)


def _with(force: InForce, before: Document, after: Document) -> tuple[dict[str, str], dict[str, str]]:
    return composed(after if each is before else each for each in force.documents)


def _valid(files: Mapping[str, str], attached: Mapping[str, str]) -> Validation:
    def lookup(name: str) -> bytes | None:
        text = attached.get(name)
        return None if text is None else text.encode()

    return validate(((name, text.encode()) for name, text in files.items()), lookup)


def _problems(validation: Validation) -> str:
    wrong = [each for each in validation.problems if each.severity is Severity.ERROR]
    told = "; ".join(f"{each.path}: {each.message} ({each.remedy})" for each in wrong[:3])
    return f"the manifests in force would not fit one another: {told}"


def _unwritten(document: Document, wanted: tuple[Change, ...], why: str) -> Unwritten:
    return Unwritten(why=why, file=document.file, changes=tuple(map(str, wanted)))


def _addresses(migration: Migration) -> Iterator[tuple[tuple[ServerName, NetworkName, IPAddress], IPAddress]]:
    """The addresses that were left to the target's Neutron, as its ports have them."""
    for machine, interface in migration.workload.interfaces():
        for before, after in _pairs(migration, interface):
            yield (ServerName(machine.name), interface.network, before), after


def _pairs(migration: Migration, interface: Interface) -> Iterator[tuple[IPAddress, IPAddress]]:
    has = str(migration.values(StepKind.PORT, Subject(interface.subject)).get("addresses") or "").split(",")
    left = [each for each in has if each and all(each != one.address for one in interface.addresses)]
    gone = [each.address for each in interface.addresses if each.address not in has]
    for before in gone:
        after = next((each for each in left if (":" in each) == (":" in before)), None)
        if after is not None:
            left.remove(after)
            yield before, IPAddress(after)


def _zones(migration: Migration) -> Iterator[tuple[ServerName, str]]:
    for machine in migration.workload.machines:
        zone = migration.bindings.machines[machine.subject].availability_zone
        if zone:
            yield ServerName(machine.name), zone
