"""Runbooks tell people to run what there is."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli.main import app
from api.settings import Settings
from monitoring.dashboards.written import DASHBOARDS

DOCS = Path(__file__).parents[4] / "docs"
PAGES = (DOCS / "monitoring.md", *sorted((DOCS / "runbooks").glob("*.md")))
#: Stands for a whole command, not for the words after it.
COMMAND = re.compile(r"(?:^    |`|<\(|\| )(tenantry [^`\n#|)]+)", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def unknown(command: str) -> list[str]:
    """What in a command line the program does not have: subcommands and options."""
    found: Any = typer.main.get_command(app)
    words = shlex.split(command)[1:]
    while words and hasattr(found, "commands"):
        name = words.pop(0)
        if name not in found.commands:
            return [name]
        found = found.commands[name]
    options = {option for each in found.params for option in (*each.opts, *each.secondary_opts)}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in options]


@every_page
def test_commands_are_real(page: Path) -> None:
    """Every command and option is one that the program has."""
    commands = COMMAND.findall(page.read_text(encoding="utf-8"))
    assert {command: wrong for command in commands if (wrong := unknown(command))} == {}


@every_page
def test_settings_are_real(page: Path) -> None:
    """Every setting that is named is one; `...` stands for several of one beginning."""
    known = {f"TENANTRY_{name.upper()}" for name in Settings.model_fields} | {"TENANTRY_CONFIG_FILE"}
    named = re.findall(r"TENANTRY_[A-Z_]+(?![A-Z_.]|[^`\n]*\.\.\.)", page.read_text(encoding="utf-8"))
    assert set(named) <= known


@every_page
def test_panels_that_are_named_are_there(page: Path) -> None:
    """What stands in italics in Chinese is a dashboard, a panel or a column."""
    panels = [panel for dashboard in DASHBOARDS for panel in dashboard.panels()]
    titles = {each.title for each in (*DASHBOARDS, *panels, *(column for panel in panels for column in panel.columns))}
    named = re.findall(r"\*([^*\n]*[\u4e00-\u9fff][^*\n]*)\*", page.read_text(encoding="utf-8"))
    assert set(named) <= titles


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is to a file that is there."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    here = [link for link in links if "://" not in link]
    assert [link for link in here if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("command", ["tenantry mend", "tenantry operation list --colour blue", "tenantry db repair"])
def test_what_is_not_real_is_found(command: str) -> None:
    """The check itself tells a command and an option that nobody has."""
    assert unknown(command)
