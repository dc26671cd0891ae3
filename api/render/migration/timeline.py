"""The course of a migration as SVG that stands in a page: each sort of step as a bar over time, and the time of standstill behind.

A wait for days between steps would leave nothing to be seen of them, so waits at gates are cut to a fixed width. Figures stand beside
each bar as text, so that nothing is told by colour or length alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Final

from api.language.spoken import Language
from api.render.migration.words import named, word
from api.render.migrations.words import brief
from provisioner.migration.migration import StepState
from provisioner.migration.report import Report, StepTold

_WIDTH: Final = 1040
_NAMES: Final = 150
_FIGURES: Final = 70
_ROW: Final = 18
_TOP: Final = 22
_FILLS: Final = {StepState.DONE: "#2563b8", StepState.FAILED: "#b42318", StepState.UNDONE: "#c57a09"}
_OTHER: Final = "#6b7280"
_STILL: Final = "#fde8c8"


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    since: datetime
    until: datetime
    state: StepState


@dataclass(frozen=True, slots=True)
class _Scale:
    """Times to points: seconds during which something was done count, those in between do not, but for a little."""

    #: Beginning and end of each time that counts, in order, and how many points lie before it.
    spans: tuple[tuple[datetime, datetime, float], ...]
    points: float

    @classmethod
    def of(cls, bars: Sequence[_Bar], width: float) -> "_Scale":
        """So that all that was done fits the width."""
        merged: list[tuple[datetime, datetime]] = []
        for each in sorted(bars, key=lambda bar: (bar.since, bar.until)):
            if merged and each.since <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(merged[-1][1], each.until)
            else:
                merged.append((each.since, each.until))
        gap = min(14.0, width / (2 * max(1, len(merged))))
        seconds = sum((until - since).total_seconds() for since, until in merged)
        points = (width - gap * (len(merged) - 1)) / seconds if seconds else 0.0
        spans, left = [], 0.0
        for since, until in merged:
            spans.append((since, until, left))
            left += (until - since).total_seconds() * points + gap
        return cls(spans=tuple(spans), points=points)

    def at(self, moment: datetime) -> float:
        """How far to the right."""
        place = 0.0
        for since, until, left in self.spans:
            if moment < since:
                break
            place = left + (min(moment, until) - since).total_seconds() * self.points
        return _NAMES + place


def timeline(report: Report, language: Language) -> str:
    """The picture; empty where nothing was done yet."""
    bars = list(_bars(report.steps, language))
    if not bars:
        return ""
    scale = _Scale.of(bars, _WIDTH - _NAMES - _FIGURES)
    height = _TOP + _ROW * len(bars)
    parts = []
    for still in report.standstills:
        left, right = scale.at(still.since), scale.at(still.until or report.as_of)
        parts.append(
            f'<rect x="{left:.0f}" y="0" width="{max(2.0, right - left):.0f}" height="{height}" fill="{_STILL}"/>'
        )
        said = word("standstill", language) + ("" if still.seconds is None else f" {brief(still.seconds)}")
        parts.append(f'<text x="{left + 3:.0f}" y="13" fill="#8a5206">{escape(said)}</text>')
    for number, each in enumerate(bars):
        middle = _TOP + number * _ROW + _ROW // 2
        left, right = scale.at(each.since), scale.at(each.until)
        width = max(2.0, right - left)
        took = brief((each.until - each.since).total_seconds())
        parts.append(
            f'<text x="{_NAMES - 8}" y="{middle + 4}" text-anchor="end">{escape(each.name)}</text>'
            f'<rect x="{left:.0f}" y="{middle - 5}" width="{width:.0f}" height="10" fill="{_FILLS.get(each.state, _OTHER)}"/>'
            f'<text x="{left + width + 5:.0f}" y="{middle + 4}">{took}</text>'
        )
    label = escape(word("timeline", language), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        f'role="img" aria-label="{label}" font-size="11" fill="#1f2937">{"".join(parts)}</svg>'
    )


def _bars(steps: Iterable[StepTold], language: Language) -> Iterable[_Bar]:
    """One for each stage in which something was done; gates only wait."""
    for _, stage in groupby(steps, key=lambda each: each.stage):
        done = [each for each in stage if each.started_at and each.finished_at and not each.kind.gate]
        if done:
            number = f" × {len(done)}" if len(done) > 1 else ""
            worst = next((each.state for each in done if each.state is not StepState.DONE), StepState.DONE)
            yield _Bar(
                f"{named(done[0].kind.value, language)}{number}",
                min(each.started_at for each in done if each.started_at),
                max(each.finished_at for each in done if each.finished_at),
                worst,
            )
