"""Gathers what is wrong while one file is read. Every reader and shape gets one and writes to it; nothing is raised."""

import difflib
from collections.abc import Iterable
from typing import Final

from tenants.language.nodes import Mapping, Node, dotted
from tenants.problems import Location, Problem

#: A file with more is not a manifest with mistakes but something else altogether; reading on would only cost time.
MAXIMUM_PROBLEMS: Final = 1000

_LONGEST_SHOWN: Final = 60
#: So many letters are enough to stand for a whole name: `prod`.
_SHORTEST_BEGINNING: Final = 3
#: Names to choose from in one message.
_MOST_LISTED: Final = 12
#: Comparing names takes microseconds each: so many unknown ones with so many known ones take a second or two.
_MOST_COMPARED: Final = 30
_MOST_KNOWN: Final = 5000


def shown(text: str) -> str:
    """Text in quotes for a message: on one line, and cut where it is long."""
    escaped = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
    return f'"{escaped}"' if len(escaped) <= _LONGEST_SHOWN else f'"{escaped[:_LONGEST_SHOWN]}…"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that somebody who wrote `word` most likely meant, or None where none is near."""
    if len(word) > _LONGEST_SHOWN:
        return None
    folded = {name.casefold(): name for name in known}
    begun = [name for name in folded if name.startswith(word.casefold())] if len(word) >= _SHORTEST_BEGINNING else []
    found = begun if len(begun) == 1 else difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[found[0]] if found else None


def choose(word: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, or else what there is to choose from."""
    names = tuple(known)
    near = nearest(word, names)
    if near is not None:
        return f'did you mean "{near}"?'
    if not names:
        return "there is none yet"
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"one of: {', '.join(names[:_MOST_LISTED])}{more}"


class Chooser:
    """Remedies for many unknown names among many known ones, in bounded time."""

    def __init__(self, known: Iterable[str]) -> None:
        """Choose among these names."""
        self._known = tuple(sorted(known))
        self._remedies: dict[str, str] = {}

    def choose(self, word: str) -> str:
        """As `choose`; once too many different names turned out unknown, more are not compared any longer."""
        if word not in self._remedies:
            compared = len(self._remedies) < _MOST_COMPARED and len(self._known) <= _MOST_KNOWN
            self._remedies[word] = choose(word, self._known) if compared else "name one that is described"
        return self._remedies[word]


class Report:
    """The problems of one file, in the order they were met."""

    def __init__(self, file: str) -> None:
        """Begin an empty report on a file."""
        self.file = file
        self.problems: list[Problem] = []

    def at(self, node: Node, message: str, remedy: str = "") -> None:
        """Say what is wrong with a value."""
        self.add(node.place, dotted(node.steps()), message, remedy)

    def at_key(self, mapping: Mapping, key: str, message: str, remedy: str = "") -> None:
        """Say what is wrong with a key that stands in a mapping, or what is missing where it does not."""
        place = mapping.key_places.get(key, mapping.place)
        self.add(place, dotted((*mapping.steps(), key)), message, remedy)

    def add(self, place: tuple[int, int], path: str, message: str, remedy: str = "") -> None:
        """Keep a problem at a line and column; beyond the bound, only say once that there are more."""
        if len(self.problems) > MAXIMUM_PROBLEMS:
            return
        if len(self.problems) == MAXIMUM_PROBLEMS:
            path, message, remedy = "", f"has more than {MAXIMUM_PROBLEMS} problems; the others are not shown", ""
        line, column = place
        location = Location(file=self.file, line=line, column=column)
        self.problems.append(Problem(location=location, path=path, message=message, remedy=remedy))
