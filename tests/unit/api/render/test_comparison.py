"""What people see of what a request changes."""

from collections.abc import Callable
from datetime import UTC, datetime

from api.render.comparison import as_document, print_comparison
from provisioner.plan import Fingerprint
from provisioner.requests.comparison import Comparison, DocumentChange, Replanned
from provisioner.requests.states import Act

_COMPARISON = Comparison(
    documents=(
        DocumentChange(
            kind="Tenant", name="market", new=False, diff="--- in force\n+++ asked for\n-cores: 6\n+cores: 10\n"
        ),
        DocumentChange(kind="Application", name="web", new=True, diff="+servers: []\n"),
        DocumentChange(kind="Application", name="old", new=False, diff=""),
    ),
    changes=("city/market/registration/quota/compute: update it",),
    replanned=Replanned(
        act=Act.REVIEW_AGAIN,
        at=datetime(2026, 11, 22, tzinfo=UTC),
        before=Fingerprint("a" * 64),
        after=Fingerprint("b" * 64),
        changes=("cores 8 -> 10",),
    ),
)


def test_documents_and_the_plan_before_are_told(show: Callable[..., str]) -> None:
    """Line by line, new ones marked, and why the plan is another."""
    lines = show(print_comparison, _COMPARISON).splitlines()
    for each in ("Tenant market: changed", "  -cores: 6", "  +cores: 10", "Application web: new", "  cores 8 -> 10"):
        assert each in lines
    assert "Application old: as it is in force" in lines
    assert any("(review again): aaaaaaaaaaaa became bbbbbbbbbbbb" in line for line in lines)


def test_programs_get_what_the_api_says(show: Callable[..., str]) -> None:
    """The same members."""
    document = as_document(_COMPARISON)
    assert set(document) == {"documents", "changes", "replanned"}
    assert document["replanned"]["from"] == "a" * 64  # type: ignore[index, call-overload]
