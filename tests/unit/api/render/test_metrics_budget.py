"""What a budget of series says to people."""

from io import StringIO

from rich.console import Console

from api.render.metrics import Budget, print_budget
from monitoring.exposition.family import FamilyName


def shown(series: int, limit: int) -> str:
    """The page."""
    console = Console(file=StringIO(), width=140)
    print_budget(console, Budget(series={FamilyName("tenantry_servers"): series}, limit=limit))
    return console.file.getvalue()  # type: ignore[attr-defined]  # as was given


def test_what_fits_says_how_much_of_the_page_it_is_and_what_is_not_counted() -> None:
    """A few are not none."""
    assert "1,200 series: less than 1% of the 250,000 that a page may have" in shown(1200, 250_000)
    assert "Tenantry's own" in shown(1200, 250_000)
    assert "do not fit" not in shown(1000, 1000)


def test_what_does_not_fit_says_what_would_help() -> None:
    """One too many."""
    said = shown(1001, 1000)
    assert "1,001 series: 100% of the 1,000" in said
    assert "Raise TENANTRY_METRICS_SERIES" in said
