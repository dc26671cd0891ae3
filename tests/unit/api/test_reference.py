"""The reference pages that come from the code."""

from pathlib import Path

import pytest

from api.cli.reference import pages

FOLDER = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(pages()))
def test_page_is_what_the_code_says(name: str) -> None:
    """A reference page in docs/ is the one that the code makes; `make docs` writes it."""
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name]


@pytest.mark.parametrize(
    "command",
    ["validate", "plan", "apply", "status", "drift", "probe", "import", "schema", "audit verify", "request submit"],
)
def test_every_command_is_in_the_reference(command: str) -> None:
    """The page of commands has a section for each."""
    assert f" tenantry {command}\n" in pages()["cli.md"]


def test_help_markup_does_not_reach_the_page() -> None:
    """The terminal's markup becomes code, never text."""
    assert "[bold]" not in pages()["cli.md"]
