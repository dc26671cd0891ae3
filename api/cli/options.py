"""Options and arguments that several commands share, with their help."""

from pathlib import Path
from typing import Annotated

import typer

from api.render.output import Format

Manifests = Annotated[
    list[Path],
    typer.Argument(
        envvar="TENANTRY_MANIFESTS",
        show_envvar=True,
        help="Manifest files, or folders of them; - is standard input.",
        show_default=False,
    ),
]
Output = Annotated[Format, typer.Option("-o", "--output", help="For people, or for programs.")]
Tenants = Annotated[
    list[str] | None,
    typer.Option(
        "--tenant", "-t", metavar="TENANT", help="Only this tenant; may be given more than once.", show_default=False
    ),
]
