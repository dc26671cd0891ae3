"""What every command shares: the terminal, the settings, and Tenantry's parts, opened when first needed."""

import sys
from dataclasses import dataclass, field
from typing import Final, NoReturn

import typer
from rich.console import Console

from api.settings import Settings

#: Terraform's detailed exit codes: nothing to do, an error, something to do.
EXIT_NOTHING: Final = 0
EXIT_ERROR: Final = 1
EXIT_CHANGES: Final = 2

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
    """The session that the main command opened."""
    session = context.find_object(Session)
    if session is None:
        raise AssertionError("the main command opens the session")
    return session


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    raise typer.Exit(code)
