"""The budget of series: what manifests bring along, family by family, beside the most there may be."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console

from api.render.output import Document
from api.render.page import Column, Group, Page
from monitoring.exposition.family import FamilyName


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What was counted."""

    #: By family, in the catalogue's order.
    series: Mapping[FamilyName, int]
    limit: int

    @property
    def total(self) -> int:
        """All together."""
        return sum(self.series.values())

    @property
    def fits(self) -> bool:
        """Whether there is room for them."""
        return self.total <= self.limit


def print_budget(console: Console, budget: Budget) -> None:
    """One row for each family, and the sum."""
    page = Page(console)
    rows = [(name, str(number)) for name, number in budget.series.items()]
    page.table([Column(title="family", flexible=True), Column(title="series", right=True)], [Group(rows=rows)])
    page.line()
    share = f"{budget.total / budget.limit:.0%} of the {budget.limit} that a page may have"
    page.line(f"{budget.total} series: {share}{'' if budget.fits else '; some would be left out'}.")


def as_document(budget: Budget) -> Mapping[str, Document]:
    """The same for programs."""
    return {
        "series": budget.total,
        "limit": budget.limit,
        "fits": budget.fits,
        "families": [{"family": name, "series": number} for name, number in budget.series.items()],
    }
