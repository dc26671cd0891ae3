"""The budget of series: what manifests bring along, family by family, beside the most there may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from api.render.output import Document
from api.render.page import Column, Group, Page
from monitoring.exposition.family import FamilyName

_HUNDREDTH: Final = 0.01


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
    rows = [(name, f"{number:,}") for name, number in budget.series.items()]
    page.table([Column(title="family", flexible=True), Column(title="series", right=True)], [Group(rows=rows)])
    page.line()
    page.line(
        f"{budget.total:,} series: {_share(budget)} of the {budget.limit:,} that a page may have (TENANTRY_METRICS_SERIES)."
    )
    page.line(
        "Beside them come what nobody can tell beforehand: what is used without being asked for, reservations, storage by type,"
    )
    page.line("costs, zones' capacity, and Tenantry's own. tenantry_exporter_series tells how many there are.")
    if not budget.fits:
        page.line(
            "They do not fit: the least important families would be left out. Raise TENANTRY_METRICS_SERIES, and see that"
        )
        page.line("Prometheus has the memory for it, or switch TENANTRY_METRICS_DECLARED off where it is on.")


def _share(budget: Budget) -> str:
    """A part of a hundredth is not nothing."""
    part = budget.total / budget.limit
    return "less than 1%" if 0 < part < _HUNDREDTH else f"{part:.0%}"


def as_document(budget: Budget) -> Mapping[str, Document]:
    """The same for programs."""
    return {
        "series": budget.total,
        "limit": budget.limit,
        "fits": budget.fits,
        "families": [{"family": name, "series": number} for name, number in budget.series.items()],
    }
