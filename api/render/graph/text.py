"""How wide text is, so that boxes can be made to fit it without asking the fonts that it will be drawn with. Pure.

A full-width character is as wide as it is high. For the others there are a few classes, a little wider than in the usual
sans-serif fonts: a box may have some air, and must not be too small.
"""

import unicodedata
from typing import Final

_FULL: Final = frozenset("WFA")
#: In parts of the font's size.
_NARROW: Final = 0.36
_DIGIT: Final = 0.6
_CAPITAL: Final = 0.74
_BROAD: Final = 0.94
_USUAL: Final = 0.6
_NARROW_ONES: Final = frozenset(" .,:;'|!()[]ijlt")
_BROAD_ONES: Final = frozenset("mwMW@%")


def width(text: str, size: float) -> float:
    """Pixels that a text is wide in a font of so many."""
    return size * sum(map(_part, text))


def fitted(text: str, size: float, most: float) -> str:
    """The text, cut off where it is wider than it may be."""
    if width(text, size) <= most:
        return text
    end = len(text)
    while end and width(text[:end] + "…", size) > most:
        end -= 1
    return text[:end].rstrip() + "…"


def _part(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in _FULL:
        return 1.0
    if character in _NARROW_ONES:
        return _NARROW
    if character in _BROAD_ONES:
        return _BROAD
    return _CAPITAL if character.isupper() else _DIGIT if character.isdigit() else _USUAL
