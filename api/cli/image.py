"""`tenantry image`: disk images from elsewhere, before a wave imports them."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api.cli.help import PlainCommand, PlainGroup
from api.cli.options import Output
from api.cli.session import EXIT_ERROR, EXIT_NOTHING, leave, session_of
from api.render import disk_images as view
from api.render.output import Format, print_document
from provisioner.disk_images.content import RawContent, sha256_of
from provisioner.disk_images.folder import anywhere
from provisioner.disk_images.inspection.inspect import Expected
from provisioner.disk_images.preparing import look
from provisioner.errors import InputError

app = typer.Typer(cls=PlainGroup, help="Disk images from elsewhere, before a wave imports them.", no_args_is_help=True)


@app.command("inspect", cls=PlainCommand)
def inspect_command(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Disk images.", show_default=False)],
    *,
    hashed: Annotated[
        bool, typer.Option("--hash", help="Read all of each, and tell its SHA-256 for the manifest.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Tell what disk images are, and every reason not to import them, each with what would be right.

    Reads a few tables of each, by no tool of their format: none opens another file, whatever an image says. Whether all of its data
    is there is seen when it is converted. Needs neither a cloud nor a database.

    Exit code 0: all can be imported. 1: one cannot, or an error.

    [bold]tenantry image inspect --hash images/*.qcow2[/]
    """
    session = session_of(context)
    expected = Expected(largest=session.settings.largest_disk)
    found = [_found(file, expected, hashed=hashed) for file in files]
    if output is Format.TABLE:
        view.print_images(session.out, found)
    else:
        print_document(session.out, view.as_document(found), output)
    leave(EXIT_NOTHING if all(each.accepted for each in found) else EXIT_ERROR)


def _found(file: Path, expected: Expected, *, hashed: bool) -> view.Shown:
    shown = view.Shown(file=str(file))
    try:
        with anywhere(file) as opened:
            shown = replace(shown, inspection=look(opened, expected))
            if hashed:
                digest = sha256_of(RawContent(opened), read=lambda _: None, stopped=lambda: False)
                shown = replace(shown, sha256=digest)
    except InputError as error:
        return replace(shown, obstacle=str(error))
    return shown
