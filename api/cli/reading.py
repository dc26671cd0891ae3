"""Manifests from the command line's arguments: read, validated, their problems shown; the first part of most commands."""

from collections.abc import Iterable
from pathlib import Path

from api.cli.session import EXIT_ERROR, Session, leave
from api.manifests import finder, read_manifests
from api.render import problems as problems_view
from api.render.output import Format, print_document
from provisioner.errors import InputError
from provisioner.proposal import Manifests
from tenants.language.report import choose
from tenants.names import TenantName
from tenants.problems import Problem
from tenants.spec import City
from tenants.validation import Validation, validate


def valid_manifests(session: Session, paths: Iterable[Path], output: Format) -> Manifests:
    """The manifests, all in order; leaves the command with the problems shown where they are not."""
    texts, validation = check(paths)
    if validation.city is None:
        show_problems(session, validation.problems, texts, output)
        leave(EXIT_ERROR)
    if validation.problems:
        # Warnings go beside the output proper, which may be read by a program.
        problems_view.print_problems(session.err, validation.problems, texts)
    attached = {name: content.decode() for name, content in validation.attached.items()}
    return Manifests(city=validation.city, sources=validation.sources, files=texts, attached=attached)


def check(paths: Iterable[Path]) -> tuple[dict[str, str], Validation]:
    """The files' texts by name, and what validation makes of them. Raises InputError for what cannot be read."""
    listed = tuple(paths)
    files = read_manifests(listed)
    texts = {name: content.decode("utf-8-sig", errors="replace") for name, content in files.items()}
    return texts, validate(files.items(), finder(listed))


def show_problems(session: Session, problems: Iterable[Problem], texts: dict[str, str], output: Format) -> None:
    """Problems for people, or as a document for programs."""
    if output is Format.TABLE:
        problems_view.print_problems(session.err, problems, texts)
    else:
        print_document(session.out, problems_view.as_document(problems), output)


def chosen_tenants(city: City, names: Iterable[str] | None, source: str = "manifest") -> frozenset[TenantName]:
    """The tenants named by options. Raises InputError for one that no manifest (of this source) names."""
    chosen = frozenset(TenantName(name) for name in names or ())
    unknown = sorted(chosen - city.tenants.keys())
    if unknown:
        near = choose(unknown[0], city.tenants)
        raise InputError(f"no {source} names the tenant {', '.join(unknown)}; {near}")
    return chosen
