"""Colours that mean something: what a part is, and how much protection an application needs. Data only.

Dark text on light fills, with a contrast of 7:1 and more (WCAG 2.2, 1.4.6); shapes say the same to those who see no colours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.render.graph.diagram import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """What a box is drawn in."""

    fill: str
    stroke: str
    text: str


PARTS: Final[Mapping[Part, Colours]] = {
    Part.FLOATING_IP: Colours(fill="#fdf2f8", stroke="#c0266b", text="#6b1240"),
    Part.NETWORK: Colours(fill="#ecfdf5", stroke="#0f8a61", text="#064e3b"),
    Part.SERVER: Colours(fill="#eff6ff", stroke="#2563b8", text="#16335f"),
    Part.VOLUME: Colours(fill="#fff8eb", stroke="#c57a09", text="#5f3703"),
}
#: The higher the protection level (等级保护), the darker.
LEVELS: Final[Mapping[int, Colours]] = {
    1: Colours(fill="#ede9fe", stroke="#a596e8", text="#3b2a86"),
    2: Colours(fill="#d3c9fb", stroke="#8b74e0", text="#33217d"),
    3: Colours(fill="#6d4fd0", stroke="#6d4fd0", text="#ffffff"),
    4: Colours(fill="#3b1f8f", stroke="#3b1f8f", text="#ffffff"),
}
UNKNOWN_LEVEL: Final = Colours(fill="#e5e7eb", stroke="#9ca3af", text="#374151")
