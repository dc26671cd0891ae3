"""`tenantry schema`: the manifest language for editors and other checkers."""

import typer

from api.cli.session import session_of
from api.render.output import Format, print_document
from tenants.schema import manifest_schema


def schema_command(context: typer.Context) -> None:
    """Print the JSON Schema (2020-12) of all kinds of manifest, for editors to complete and check by.

    [bold]tenantry schema > tenantry.schema.json[/], then name it in the editor's YAML settings, or on a manifest's first
    line: [bold]# yaml-language-server: $schema=tenantry.schema.json[/]
    """
    print_document(session_of(context).out, manifest_schema(), Format.JSON)
