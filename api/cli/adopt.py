"""`tenantry import`: manifests for projects that exist and what they hold, so that a cloud that already runs comes under management."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from api.bootstrap import Tenantry
from api.cli.reading import valid_manifests
from api.cli.session import EXIT_NOTHING, Session, leave, session_of
from api.render.imported import holdings_text, render_left_out
from api.render.output import Format
from api.render.page import Page, counted
from provisioner.adoption.cloud import adopt_cloud
from provisioner.adoption.documents import GROUP_BY, Adopter, Adoption, Document
from provisioner.adoption.takeover import adopt
from provisioner.baseline import baseline
from provisioner.errors import InputError
from provisioner.observation import Observation
from provisioner.observe import Wanted, observe
from provisioner.planning import named_projects
from tenants.language.emission import emit
from tenants.names import IDENTIFIER, IDENTIFIER_RULE, CloudName, DomainName, TenantName
from tenants.spec import City, CloudSpec
from tenants.validation import validate

#: Where Keystone puts what names no domain.
_DOMAIN: Final = "Default"


def import_command(
    context: typer.Context,
    *,
    cloud: Annotated[str, typer.Option(metavar="CLOUD", help="The cloud, as manifests or clouds.yaml name it.")],
    tenant: Annotated[
        str, typer.Option(metavar="TENANT", help="The tenant that takes the projects over.")
    ] = "imported",
    display_name: Annotated[
        str, typer.Option(metavar="NAME", help="The tenant's name for people.", show_default="--tenant")
    ] = "",
    project: Annotated[
        list[str] | None,
        typer.Option("--project", metavar="PROJECT", help="Only this Keystone project; may be repeated."),
    ] = None,
    manifests: Annotated[
        list[Path] | None,
        typer.Option(
            "--manifests",
            "-m",
            metavar="PATH",
            help="Manifests there are: their clouds are used, their projects left out.",
        ),
    ] = None,
    domain: Annotated[
        str | None,
        typer.Option(
            metavar="DOMAIN", help="The Keystone domain of a cloud that no manifest describes.", show_default=_DOMAIN
        ),
    ] = None,
    group_by: Annotated[
        str,
        typer.Option(
            "--group-by",
            metavar="KEY",
            help="Servers with the same value of this key of their metadata are one application; "
            "those without are one that is called as their project.",
        ),
    ] = GROUP_BY,
    inventory: Annotated[
        bool,
        typer.Option(
            "--inventory/--no-inventory",
            help="Whether landing zones and applications are written, or quotas and members only.",
        ),
    ] = True,
    into: Annotated[
        Path,
        typer.Option("--into", metavar="FOLDER", help="Folder to write to; existing files are not replaced."),
    ] = Path(),
) -> None:
    """Write manifests for the projects that a cloud has and what is in them; applying them at once changes nothing.

    [bold]tenantry import --cloud city --tenant legacy --into manifests/[/]
    """
    session = session_of(context)
    if not IDENTIFIER.fullmatch(tenant):
        raise InputError(f"--tenant {tenant}: not an identifier: {IDENTIFIER_RULE}")
    known = _known_city(session, manifests)
    with Tenantry(session.settings) as tenantry, session.err.status(f"Looking at {cloud} …"):
        recorded = known or baseline(tenantry.database)
        described = described_cloud(recorded, CloudName(cloud), domain, applied=known is None)
        spec, new_files = _spec(tenantry, described, CloudName(cloud), DomainName(domain or _DOMAIN))
        wanted = Wanted(domain=spec.domain, services={}, everything=True, users=True, inventory=inventory)
        observation = observe(tenantry.connect(spec), wanted, now=tenantry.now)
    if described and known is None:
        session.err.print(f"Cloud {cloud} is the one of the manifest that was last applied: domain {described.domain}.")
    names = _chosen(observation, recorded, project)
    adopter = Adopter(
        name=TenantName(tenant),
        display_name=display_name or tenant,
        group_by=group_by,
        known_applications=frozenset(recorded.applications if recorded else ()),
    )
    with session.err.status(f"Writing down what {counted(len(names), 'project')} hold, and trying it …"):
        adoption = adopt(adopter, spec, observation, names=names)
    render_left_out(Page(session.err), adoption.left_out)
    if not adoption.counts.get("project"):
        raise InputError(f"cloud {cloud} has no project to import: all that manifests do not name are left out")
    written = _write(into, {**new_files, **_files(adoption)})
    # Where the cloud has a manifest already, it is not among those written, and a plan needs it beside them.
    beside = "" if new_files else f", with the manifest of {cloud} beside it"
    session.out.print(
        f"Wrote {', '.join(str(path) for path in written)}: {holdings_text(adoption.counts)} of {cloud}. "
        f"Look them over, put in purposes and zones, then: tenantry plan {into}{beside}"
    )
    leave(EXIT_NOTHING)


def _files(adoption: Adoption) -> Mapping[str, Document]:
    """The tenant and its applications, each by the name of its file."""
    tenant = adoption.document["metadata"]["name"]
    applications = {f"application-{each['metadata']['name']}.yaml": each for each in adoption.applications}
    return {f"{tenant}.yaml": adoption.document, **applications}


def _known_city(session: Session, manifests: list[Path] | None) -> City | None:
    return valid_manifests(session, manifests, Format.TABLE).city if manifests else None


def described_cloud(city: City | None, name: CloudName, domain: str | None, *, applied: bool) -> CloudSpec | None:
    """The cloud as manifests describe it, those last `applied` or those given, or None where they do not.

    Raises InputError where a domain was asked for and theirs is another: what was written would be of a domain that
    nobody meant.
    """
    spec = city.clouds.get(name) if city else None
    if spec is not None and domain not in {None, spec.domain}:
        whose = "the manifest that was last applied" if applied else "its manifest"
        other = "; for another, give --manifests with a Cloud manifest that has it" if applied else ""
        raise InputError(
            f"--domain {domain}: {whose} puts the tenants of cloud {name} into domain {spec.domain}; "
            f"leave --domain out to import from there{other}"
        )
    return spec


def _spec(
    tenantry: Tenantry, spec: CloudSpec | None, name: CloudName, domain: DomainName
) -> tuple[CloudSpec, Mapping[str, Document]]:
    """The cloud as its manifest describes it, or as it describes itself, with a manifest for it by file name then."""
    if spec is not None:
        return spec, {}
    document = adopt_cloud(name, name, domain, tenantry.cloud(name, name).capabilities())
    return _spec_of(document, name), {f"cloud-{name}.yaml": document}


def _spec_of(document: Document, name: CloudName) -> CloudSpec:
    """Read the new cloud manifest by the language's own rules."""
    validation = validate([(f"cloud-{name}.yaml", emit([document]).encode())])
    if validation.city is None:
        found = "; ".join(f"{each.path}: {each.message}" for each in validation.problems)
        raise InputError(f"cloud {name} cannot be described by itself, so write its manifest first: {found}")
    return validation.city.clouds[name]


def _chosen(observation: Observation, city: City | None, project: list[str] | None) -> tuple[str, ...]:
    """The Keystone names to import. Raises InputError for one that is not there, and where nothing is left."""
    unknown = sorted(set(project or ()) - observation.projects.keys())
    if unknown:
        raise InputError(f"cloud {observation.cloud} has no project {', '.join(unknown)} in the tenants' domain")
    held = {name for cloud, name in named_projects(city.tenants.values() if city else ()) if cloud == observation.cloud}
    chosen = tuple(sorted(set(project or observation.projects) - held))
    if not chosen:
        raise InputError(f"cloud {observation.cloud} has no project in the tenants' domain that manifests do not name")
    return chosen


def _write(folder: Path, documents: Mapping[str, Document]) -> tuple[Path, ...]:
    """Write each document to its file. Raises InputError, before writing any, where one exists."""
    paths = {folder / name: document for name, document in documents.items()}
    existing = [str(path) for path in paths if path.exists()]
    if existing:
        raise InputError(f"{', '.join(existing)}: already there; move it away, or choose another --into or --tenant")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, document in paths.items():
            path.write_text(emit([document]), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written to: {error.strerror}") from error
    return tuple(paths)
