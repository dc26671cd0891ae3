"""`tenantry import`: manifests for projects that exist, so that a cloud that already runs comes under management."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from api.bootstrap import Tenantry
from api.cli.reading import valid_manifests
from api.cli.session import EXIT_NOTHING, Session, leave, session_of
from api.render.output import Format
from api.render.page import counted
from provisioner.adoption import Adopter, Document, adopt, adopt_cloud
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
    into: Annotated[
        Path,
        typer.Option("--into", metavar="FOLDER", help="Folder to write to; existing files are not replaced."),
    ] = Path(),
) -> None:
    """Write manifests for the projects that a cloud has; applying them at once changes nothing.

    [bold]tenantry import --cloud city --tenant legacy --into manifests/[/]
    """
    session = session_of(context)
    if not IDENTIFIER.fullmatch(tenant):
        raise InputError(f"--tenant {tenant}: not an identifier: {IDENTIFIER_RULE}")
    known = _known_city(session, manifests)
    with Tenantry(session.settings) as tenantry, session.err.status(f"Looking at {cloud} …"):
        recorded = known or baseline(tenantry.database)
        described = described_cloud(recorded, CloudName(cloud), domain, applied=known is None)
        source = _source(tenantry, described, CloudName(cloud), DomainName(domain or _DOMAIN))
    if described and known is None:
        session.err.print(f"Cloud {cloud} is the one of the manifest that was last applied: domain {described.domain}.")
    names = _chosen(source.observation, recorded, project)
    adoption = adopt(
        Adopter(name=TenantName(tenant), display_name=display_name or tenant),
        source.spec,
        source.observation,
        names=names,
    )
    for name, reason in adoption.left_out:
        session.err.print(f"Left out: {name}: {reason}", style="yellow")
    taken = len(names) - len({name for name, _ in adoption.left_out} & set(names))
    if not taken:
        raise InputError(f"cloud {cloud} has no project to import: all that manifests do not name are left out")
    written = _write(into, {**source.new_files, f"{tenant}.yaml": adoption.document})
    # Where the cloud has a manifest already, it is not among those written, and a plan needs it beside them.
    beside = "" if source.new_files else f", with the manifest of {cloud} beside it"
    session.out.print(
        f"Wrote {', '.join(str(path) for path in written)}: {counted(taken, 'project')} of {cloud}. "
        f"Look them over, put in purposes and zones, then: tenantry plan {into}{beside}"
    )
    leave(EXIT_NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """The cloud that projects are imported from."""

    spec: CloudSpec
    observation: Observation
    #: A manifest for the cloud itself, where it had none, by file name.
    new_files: Mapping[str, Document]


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


def _source(tenantry: Tenantry, spec: CloudSpec | None, name: CloudName, domain: DomainName) -> _Source:
    """The cloud as its manifest describes it, or as it describes itself."""
    new_files: Mapping[str, Document] = {}
    if spec is None:
        capabilities = tenantry.cloud(name, name).capabilities()
        document = adopt_cloud(name, name, domain, capabilities)
        new_files = {f"cloud-{name}.yaml": document}
        spec = _spec_of(document, name)
    wanted = Wanted(domain=spec.domain, services={}, everything=True, users=True)
    observation = observe(tenantry.connect(spec), wanted, now=tenantry.now)
    return _Source(spec=spec, observation=observation, new_files=new_files)


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
