"""What every command shares: the terminal, the settings, and Tenantry's parts, opened when first needed."""

import sys
from dataclasses import dataclass, field
from typing import Final, NoReturn

import typer
from rich.console import Console

from api.settings import Settings
from provisioner.errors import InputError

#: Terraform's detailed exit codes: nothing to do, an error, something to do.
EXIT_NOTHING: Final = 0
EXIT_ERROR: Final = 1
EXIT_CHANGES: Final = 2

#: What works on the database alone, and what does the same over the network.
_ONLY_HERE: Final = {
    "plan": "POST /v1/plans makes a plan",
    "apply": "POST /v1/plans and its `apply` do it, and `tenantry request submit` asks for it",
    "status": "GET /v1/tenants and /v1/applications tell it",
    "graph": "run it where the database is",
    "drift": "GET /v1/drift tells it",
    "collect": "the service does it by itself",
    "crosscheck": "run it where the database is",
    "metrics show": "GET /metrics tells it",
    "migrate": "/v1/waves, /v1/runs and /v1/migrations do it",
    "reconcile": "POST /v1/tenants/{tenant}/look asks for a look",
    "probe": "run it where the database is",
    "import": "run it where the database is",
    "request sweep": "the service does it by itself",
    "policy facts": "run it where the database is",
    "token": "run it where the database is",
    "db": "run it where the database is",
    "usage": "GET /v1/usage tells it",
    "capacity": "GET /v1/capacity tells it",
    "statement show": "GET /v1/statements/{month}/{tenant} tells it",
    "statement close": "POST /v1/statements/{month}/close does it",
    "statement list": "GET /v1/statements tells it",
    "statement export": "run it where the database is",
    "statement verify": "verify exported statements with --file",
    "audit show": "GET /v1/audit tells it",
    "audit export": "GET /v1/audit/export gives it",
    "audit verify": "verify an exported log with --file",
    "audit anchor": "run it where the database is",
}

#: Columns of output that goes to a file or a pipe: wide enough that no value is cut.
_PIPE_WIDTH: Final = 200


def _console(stream_is_error: bool) -> Console:  # noqa: FBT001  # a private switch between two consoles
    stream = sys.stderr if stream_is_error else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stream_is_error, width=width, soft_wrap=not stream.isatty(), highlight=False)


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    settings: Settings
    debug: bool = False
    out: Console = field(default_factory=lambda: _console(stream_is_error=False))
    err: Console = field(default_factory=lambda: _console(stream_is_error=True))


def session_of(context: typer.Context) -> Session:
    """The session that the main command opened.

    Raises InputError for a command that works on this machine's database alone, where the settings name a service: it would silently
    be about something else than the commands before it.
    """
    session = context.find_object(Session)
    if session is None:
        raise AssertionError("the main command opens the session")
    _must_be_here(context, session.settings)
    return session


def _must_be_here(context: typer.Context, settings: Settings) -> None:
    path = _path(context)
    instead = next((text for name, text in _ONLY_HERE.items() if path == name or path.startswith(f"{name} ")), None)
    offline = path in {"audit verify", "statement verify"} and context.params.get("file") is not None
    if settings.url is not None and instead is not None and not offline:
        raise InputError(
            f"TENANTRY_URL is set, and `tenantry {path}` works on a database, not over the network: {instead}, "
            "or unset TENANTRY_URL"
        )


def _path(context: typer.Context) -> str:
    """The command by its own words, `request sweep`, however the program was called: `python -m api.cli.main` has spaces too."""
    root = context.find_root().command_path
    return context.command_path.removeprefix(root).strip()


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    raise typer.Exit(code)
