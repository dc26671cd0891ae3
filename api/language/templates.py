"""A message's template: text with places for values, that recognises a message made from it and gives its values back.

    the tenant "{tenant}" has no project "{project}"        values are taken as they are
    cannot {act:acts}                                       a word of the list `acts`
    there is not enough left: {lacking:said}                messages or words themselves, perhaps none
    write {first:token} or {second:token}                   something without spaces
    {count:number} addresses                                a number
    the file cannot be read: {why:free}                     anything, as others say it

A brace that belongs to the text is doubled, as in Python's format strings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final

#: The kind of a slot that holds messages or words, which are translated in their turn.
SAID: Final = "said"
#: Kinds of slots whose values look so, and are taken as they are.
PLAIN: Final = {
    "free": re.compile(r".+", re.DOTALL),
    "token": re.compile(r"\S+"),
    "number": re.compile(r"-?\d+(?:[.,]\d+)*"),
}
#: Where a value may end and another begin, when nothing stands between the two in the template.
_TAIL: Final = re.compile(r" |\(|[,;:](?= )")
#: What joins messages: no value that a message begins with goes over it.
_JOINT: Final = re.compile(r"[;:] ")
#: So many places are tried for one template: names that repeat its words must not hold anybody up.
_PATIENCE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for a value."""

    name: str
    #: Empty for a value that is taken as it is, one of `PLAIN`, `said`, or the name of a list of words.
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """Text and slots, in their order."""

    parts: tuple[str | Slot, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """The template that a text writes. Raises ValueError for braces that do not match."""
        parts: list[str | Slot] = []
        for literal, name, kind, _ in Formatter().parse(text):
            if literal and parts and isinstance(parts[-1], str):  # a doubled brace comes apart
                parts[-1] += literal
            elif literal:
                parts.append(literal)
            if name is not None:
                parts.append(Slot(name=name, kind=kind or ""))
        return cls(tuple(parts))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The places for values."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def literals(self) -> tuple[str, ...]:
        """The text between them."""
        return tuple(part for part in self.parts if isinstance(part, str))

    @property
    def shape(self) -> str:
        """The template without the names of its slots: what code and catalogue are compared by."""
        return "".join("{}" if isinstance(part, Slot) else _doubled(part) for part in self.parts)

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with these values."""
        return "".join(values[part.name] if isinstance(part, Slot) else part for part in self.parts)

    def readings(self, text: str, words: Mapping[str, Sequence[str]]) -> Iterator[Mapping[str, str]]:
        """Every way to take the text for one made from this template: its values by name, shortest first.

        `words` are the lists of words, each with its longest words first.
        """
        return _Reading(self.parts, text, words).from_part(0, 0)


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


class _Reading:
    """One text beside one template."""

    def __init__(self, parts: Sequence[str | Slot], text: str, words: Mapping[str, Sequence[str]]) -> None:
        self._parts = parts
        self._text = text
        self._words = words
        self._left = _PATIENCE

    def from_part(self, number: int, at: int) -> Iterator[dict[str, str]]:
        self._left -= 1
        if self._left < 0:
            return
        if number == len(self._parts):
            if at == len(self._text):
                yield {}
            return
        part = self._parts[number]
        if isinstance(part, str):
            if self._text.startswith(part, at):
                yield from self.from_part(number + 1, at + len(part))
            return
        plain = PLAIN.get(part.kind)
        for end in self._ends(part, number, at):
            if plain is not None and plain.fullmatch(self._text, at, end) is None:
                continue
            if not number and not part.kind and _JOINT.search(self._text, at, end):
                continue
            for rest in self.from_part(number + 1, end):
                yield {part.name: self._text[at:end], **rest}

    def _ends(self, slot: Slot, number: int, at: int) -> Iterable[int]:
        """Where the value of a slot may end that begins there."""
        text = self._text
        if slot.kind in self._words:
            return [at + len(word) for word in self._words[slot.kind] if text.startswith(word, at)]
        least = at if slot.kind == SAID else at + 1
        following = self._parts[number + 1] if number + 1 < len(self._parts) else None
        if following is None:
            return [len(text)] if least <= len(text) else []
        if isinstance(following, str):
            return _places(text, following, least)
        beyond = self._parts[number + 2] if number + 2 < len(self._parts) else None
        known = _places(text, beyond, least) if isinstance(beyond, str) else [len(text)]
        return sorted({*known, *(found.start() for found in _TAIL.finditer(text, least))})


def _places(text: str, part: str, least: int) -> Iterator[int]:
    place = text.find(part, least)
    while place >= 0:
        yield place
        place = text.find(part, place + 1)
