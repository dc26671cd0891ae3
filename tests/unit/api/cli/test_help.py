"""`--help` of every command."""

import pytest
from typer.testing import CliRunner

from api.cli.main import app

_COMMANDS = ("validate", "plan", "apply", "status", "drift", "import", "schema", "audit", "audit show", "audit verify")


@pytest.mark.parametrize("command", ["", *_COMMANDS, "db", "db upgrade", "db status"])
def test_help_speaks_of_no_python(command: str) -> None:
    """Flags take no value, and values are named by what they are."""
    shown = CliRunner().invoke(app, [*command.split(), "--help"]).output
    assert "--help" in shown
    assert [word for word in ("<bool>", "<str>", "<int", "<path>", "<file>", "list[") if word in shown] == []
