"""Small charts as SVG that stands in a page: bars beside their names, months beside one another, and what is known of a time.

Drawn in whole points; figures stand beside each bar as text, so that nothing is told by colour or length alone.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape
from typing import Final

from rich.cells import cell_len

from provisioner.usage.coverage import Coverage, Span

_BAR: Final = "#2563b8"
_NOW: Final = "#16335f"
_KNOWN: Final = "#0f8a61"
_GAP: Final = "#c57a09"
_TO_COME: Final = "#e5e7eb"
_ROW: Final = 24
_WIDTH: Final = 500
_NAMES: Final = 205
_FIGURES: Final = 110
_MOST: Final = 12
#: How much of a name stands beside its bar, in columns of a terminal: a Chinese character takes two.
_LONGEST: Final = 32
#: Months take the page's width.
_WIDE: Final = 1040
_COLUMN_HEIGHT: Final = 110


def bars(items: Sequence[tuple[str, Decimal]], label: str, rest: str = "…") -> str:
    """Amounts as bars, the greatest first; those beyond the twelfth are one."""
    ordered = sorted((each for each in items if each[1]), key=lambda each: (-each[1], each[0]))
    if len(ordered) > _MOST:
        ordered = [*ordered[: _MOST - 1], (rest, sum((each[1] for each in ordered[_MOST - 1 :]), Decimal(0)))]
    most = max((abs(each[1]) for each in ordered), default=Decimal(0))
    parts = []
    for number, (name, amount) in enumerate(ordered):
        middle = number * _ROW + _ROW // 2
        width = _scaled(abs(amount), most, _WIDTH - _NAMES - _FIGURES)
        parts.append(
            f'<text x="{_NAMES - 8}" y="{middle + 4}" text-anchor="end">{escape(_short(name))}</text>'
            f'<rect x="{_NAMES}" y="{middle - 7}" width="{width}" height="14" fill="{_BAR}"/>'
            f'<text x="{_NAMES + width + 6}" y="{middle + 4}">{amount:,.2f}</text>'
        )
    return _svg(len(ordered) * _ROW, label, parts)


def columns(items: Sequence[tuple[str, Decimal]], label: str) -> str:
    """Months beside one another, the last one darker."""
    most = max((each[1] for each in items), default=Decimal(0))
    step = min(86, _WIDE // max(1, len(items)))
    parts = []
    for number, (name, amount) in enumerate(items):
        height = _scaled(max(amount, Decimal(0)), most, _COLUMN_HEIGHT)
        left, top = number * step, 20 + _COLUMN_HEIGHT - height
        middle = left + step // 2
        fill = _NOW if number == len(items) - 1 else _BAR
        parts.append(
            f'<rect x="{left + 12}" y="{top}" width="{step - 24}" height="{height}" fill="{fill}"/>'
            f'<text x="{middle}" y="{top - 5}" text-anchor="middle" font-size="9">{amount:,.0f}</text>'
            f'<text x="{middle}" y="{_COLUMN_HEIGHT + 36}" text-anchor="middle">{escape(name)}</text>'
        )
    return _svg(_COLUMN_HEIGHT + 44, label, parts, width=_WIDE)


def strip(coverage: Coverage, period: Span, label: str) -> str:
    """A time as a line: what is known of it, the gaps, and what is yet to come of it."""
    width, seconds = 80, Decimal(period.seconds or 1)
    passed = min(width, _scaled(Decimal(coverage.asked_seconds), seconds, width))
    parts = [
        f'<rect x="0" y="2" width="{width}" height="8" fill="{_TO_COME}"/>',
        f'<rect x="0" y="2" width="{passed}" height="8" fill="{_KNOWN}"/>',
    ]
    for gap in coverage.gaps:
        before = Span(start=period.start, end=max(period.start, gap.start)).seconds
        left, wide = (_scaled(Decimal(each), seconds, width) for each in (before, gap.within(period).seconds))
        parts.append(f'<rect x="{min(left, width - 2)}" y="0" width="{max(2, wide)}" height="12" fill="{_GAP}"/>')
    text = escape(label, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="12" viewBox="0 0 {width} 12" role="img" '
        f'aria-label="{text}">{"".join(parts)}</svg>'
    )


def _svg(height: int, label: str, parts: Sequence[str], *, width: int = _WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(label, quote=True)}" font-size="11" fill="#1f2937">{"".join(parts)}</svg>'
    )


def _scaled(amount: Decimal, most: Decimal, length: int) -> int:
    return round(Fraction(amount) / Fraction(most) * length) if most else 0


def _short(name: str) -> str:
    if cell_len(name) <= _LONGEST:
        return name
    shown = name
    while cell_len(shown) >= _LONGEST:
        shown = shown[:-1]
    return f"{shown}…"
