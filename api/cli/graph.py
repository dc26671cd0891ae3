"""`tenantry graph`: applications, what they are made of, and what they depend on, as a drawing."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from api.bootstrap import Tenantry
from api.cli.session import EXIT_NOTHING, leave, session_of
from api.cli.subjects import Applications, Subjects, described_city
from api.render.graph.chosen import Reach, diagram_of
from api.render.graph.diagram import Diagram
from api.render.graph.mermaid import mermaid
from api.render.graph.svg import svg
from api.render.output import Format
from provisioner.errors import InputError


class Notation(StrEnum):
    """What `--format` takes."""

    MERMAID = "mermaid"
    SVG = "svg"


_WRITERS: Final = {Notation.MERMAID: mermaid, Notation.SVG: svg}


def graph_command(
    context: typer.Context,
    subjects: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[APPLICATION|MANIFESTS]...",
            help="Applications to draw in full, and manifests to draw from; every application by its name alone where "
            "none is named, and from what was last applied where no manifests are.",
            show_default=False,
        ),
    ] = None,
    *,
    application: Applications = None,
    notation: Annotated[
        Notation | None,
        typer.Option(
            "--format", help="How to write it.", show_default="svg for a FILE that ends in .svg, mermaid otherwise"
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; to standard output unless given.")
    ] = None,
    upstream: Annotated[
        int | None,
        typer.Option(min=0, help="How many steps to follow to what they depend on.", show_default="all"),
    ] = None,
    downstream: Annotated[
        int, typer.Option(min=0, help="How many steps to follow to what depends on them.", show_default="0")
    ] = 0,
) -> None:
    """Draw applications with their servers, volumes, networks and floating IPs, and what they depend on.

    Needs no cloud; with manifests no database either.

    [bold]tenantry graph market-supervision manifests/ --into market-supervision.svg[/]
    """
    session = session_of(context)
    asked = Subjects.of(subjects, application)
    with Tenantry(session.settings) as tenantry:
        city = described_city(session, tenantry, asked.manifests, Format.TABLE)
    asked.must_be_in(city)
    if not city.applications:
        raise InputError("there is nothing to draw: no manifest describes an application")
    diagram = diagram_of(city, asked.applications, Reach(upstream=upstream, downstream=downstream))
    text = _written(diagram, notation or _fitting(into))
    if into is None:
        _print(text)
    else:
        _save(into, text)
        session.err.print(f"Written to {into}.", markup=False)
    leave(EXIT_NOTHING)


def _written(diagram: Diagram, notation: Notation) -> str:
    return _WRITERS[notation](diagram)


def _fitting(into: Path | None) -> Notation:
    return Notation.SVG if into is not None and into.suffix.lower() == ".svg" else Notation.MERMAID


def _print(text: str) -> None:
    """As it is: UTF-8, whatever the terminal's encoding is, for both notations are files."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _save(into: Path, text: str) -> None:
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{into}: cannot be written to: {error.strerror}") from error
