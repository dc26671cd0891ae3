"""The messages of one language: English templates with theirs, read from the TOML files beside this module.

Each file may have a table `messages`, a template for each English one that code has; a table `composed`, of messages that code puts
together from several of those, where the parts alone would read badly; tables of what others say, `pydantic` of parameters
and the operating `system` of files and connections; and lists of words (`words.NAME`) that templates have slots for.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from api.language.templates import PLAIN, SAID, Template

#: Characters of a message: a longer one is a whole document, and is said as it is.
_LONGEST: Final = 20_000
#: The tables of messages in a file; words are beside them.
TABLES: Final = ("messages", "composed", "pydantic", "system")
#: What stands between messages in one, before a reason, and between words.
_MESSAGES: Final = "; "
_REASON: Final = ": "
_WORDS: Final = ", "
#: What hardly any value has in it: more likely it goes on into the next message, or into the next quoted name.
_NO_VALUE: Final = (_MESSAGES, '" ')
#: Messages inside messages inside messages.
_DEEPEST: Final = 5
#: How many messages, one in the other, are looked at for one: what somebody wrote into it must not hold anybody up.
_PATIENCE: Final = 500
#: So many letters of its own a template has that is right even where a message in it is in nobody's catalogue.
_TELLING: Final = 6
#: How many messages are remembered: plans say the same of many projects.
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An English template and the one that says the same."""

    english: Template
    other: Template

    @property
    def weight(self) -> int:
        """How much of a message is its own: the heavier of two that fit is the right one."""
        return sum(map(len, self.english.literals))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message in the other language."""

    text: str
    #: Whether nothing was left in English that is not a value.
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All that can be said in one language."""

    entries: tuple[Entry, ...]
    #: By the name of the list.
    words: Mapping[str, Mapping[str, str]]
    _first: dict[str, list[Entry]] = field(default_factory=dict)
    _anywhere: list[Entry] = field(default_factory=list)
    _longest_first: dict[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in sorted(self.entries, key=lambda entry: entry.weight, reverse=True):
            first = _first_word(each.english)
            (self._anywhere if first is None else self._first.setdefault(first, [])).append(each)
        for name, words in self.words.items():
            self._longest_first[name] = sorted(words, key=len, reverse=True)

    def say(self, message: str) -> Said:
        """The message as this language has it; as it is where no template fits."""
        return _Saying(self).say(message, 0)

    def candidates(self, message: str) -> Sequence[Entry]:
        """The entries whose own words the message has, the heaviest first."""
        named = self._first.get(message.partition(" ")[0], ())
        found = [each for each in (*named, *self._anywhere) if all(part in message for part in each.english.literals)]
        return sorted(found, key=lambda entry: entry.weight, reverse=True)

    def readings(self, entry: Entry, message: str) -> Iterator[Mapping[str, str]]:
        """The values that the message may have been made with."""
        return entry.english.readings(message, self._longest_first)

    def word(self, message: str) -> str | None:
        """The message, where it is a word of some list."""
        return next((words[message] for words in self.words.values() if message in words), None)


class _Saying:
    """One message on its way into the other language, with what is in it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._left = _PATIENCE
        self._known: dict[tuple[str, int], Said] = {}

    def say(self, message: str, depth: int) -> Said:
        known = self._known.get((message, depth))
        if known is None:
            known = self._known[message, depth] = self._found(message, depth)
        return known

    def _found(self, message: str, depth: int) -> Said:
        self._left -= 1
        if not message or len(message) > _LONGEST or depth > _DEEPEST or self._left < 0:
            return Said(text=message, whole=not message)
        partly: Said | None = None
        for entry in self._catalogue.candidates(message):
            said = self._by(entry, message, depth)
            if said is not None and said.whole:
                return said
            if entry.weight >= _TELLING:
                partly = partly or said
        if (word := self._catalogue.word(message)) is not None:
            return Said(text=word, whole=True)
        joined = self._joined(message, depth)
        return joined if joined.whole or partly is None else partly

    def _by(self, entry: Entry, message: str, depth: int) -> Said | None:
        """The message made from this template; None where it is not."""
        partly: Said | None = None
        for values in self._catalogue.readings(entry, message):
            said = self._filled(entry, values, depth)
            if said.whole:
                return said
            partly = partly or said
        return partly

    def _filled(self, entry: Entry, values: Mapping[str, str], depth: int) -> Said:
        found, whole = dict(values), True
        for slot in entry.english.slots:
            if slot.kind == SAID:
                inner = self.say(values[slot.name], depth + 1)
                found[slot.name], whole = inner.text, whole and inner.whole
            elif slot.kind and slot.kind not in PLAIN:
                found[slot.name] = self._catalogue.words[slot.kind][values[slot.name]]
            elif not slot.kind and any(each in values[slot.name] for each in _NO_VALUE):
                whole = False
        return Said(text=entry.other.fill(found), whole=whole)

    def _joined(self, message: str, depth: int) -> Said:
        """Several messages, or several words, in one."""
        if _MESSAGES in message:
            each = [self.say(part, depth + 1) for part in message.split(_MESSAGES)]
            return Said(text="；".join(part.text for part in each), whole=all(part.whole for part in each))
        before, colon, after = message.partition(_REASON)
        if colon:
            both = self.say(before, depth + 1), self.say(after, depth + 1)
            if any(each.whole for each in both):
                return Said(text="：".join(each.text for each in both), whole=all(each.whole for each in both))
        words = [self._catalogue.word(part) for part in message.split(_WORDS)]
        if len(words) > 1 and None not in words:
            return Said(text="、".join(word for word in words if word), whole=True)
        return Said(text=message, whole=False)


def _first_word(template: Template) -> str | None:
    """The word that every message of the template begins with; None where that is a value, or part of one."""
    begin = template.parts[0] if template.parts else None
    if not isinstance(begin, str) or begin.startswith(" "):
        return None
    word, space, _ = begin.partition(" ")
    return word if space or len(template.parts) == 1 else None


def entries_of(tables: Iterable[Mapping[str, str]]) -> Iterator[Entry]:
    """The entries of the tables of messages."""
    for table in tables:
        for english, other in table.items():
            yield Entry(english=Template.parse(english), other=Template.parse(other))


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language, by the name of its folder."""
    folder = files("api.language").joinpath(language)
    documents = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    words: dict[str, dict[str, str]] = {}
    for document in documents:
        for name, listed in document.get("words", {}).items():
            words.setdefault(name, {}).update(listed)
    messages = (document.get(table, {}) for document in documents for table in TABLES)
    return Catalogue(entries=tuple(entries_of(messages)), words=words)


@lru_cache(maxsize=_REMEMBERED)
def in_language(language: str, message: str) -> str:
    """The message in a language that there is a catalogue of."""
    return catalogue(language).say(message).text
