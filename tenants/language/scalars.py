"""Shapes of values without parts: text, numbers, truth, dates, and one of a list of words.

Plain scalars mean what YAML 1.2 says, as in editors: `no`, `on`, `12:30:00` and `2027-12-31` are text. What YAML has
ever read in two ways (`010`, `0x1F`, `1_000`) is refused, and text that looks like a number must be in quotes.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar

from tenants.language.nodes import NULLS, Node, Scalar
from tenants.language.report import Report, choose, shown
from tenants.language.shape import Schema, Shape

E = TypeVar("E", bound=StrEnum)

_BOOLEAN: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SAID_BOOLEAN: Final = {"yes": True, "on": True, "y": True, "no": False, "off": False, "n": False}
WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
#: What YAML 1.2 resolves to a number, and so do editors.
_NUMBER: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_PARTS: Final = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_CONTROL: Final = "\\u0000-\\u001f\\u007f-\\u009f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff"
_SPACE: Final = " \\u00a0\\u3000"
#: One line of visible text that neither begins nor ends with a space.
LINE: Final = f"[^{_CONTROL}{_SPACE}]([^{_CONTROL}]*[^{_CONTROL}{_SPACE}])?"
#: Text of any length and lines in which something can be seen; a NUL is nowhere text.
PARAGRAPHS: Final = "[\\u0001-\\u0020\\u007f-\\u00a0\\u3000]*[^\\u0000-\\u0020\\u007f-\\u00a0\\u3000][^\\u0000]*"
#: As much as Keystone keeps of a description (MySQL's TEXT).
LONGEST_PARAGRAPHS: Final = 65535
#: Digits and all; more would only be slow.
LONGEST_NUMBER: Final = 40


def scalar(node: Node, report: Report, meant: str) -> Scalar | None:
    """The node as something without parts, or None after saying that it is not that, or is nothing."""
    if not isinstance(node, Scalar):
        report.at(node, f"{node.noun} stands where {meant} is meant")
        return None
    if node.is_null:
        report.at(node, "has no value", f"give it {meant}, or leave the key out")
        return None
    return node


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A shape's regular expression, made once."""
    return re.compile(pattern)


def is_text(plain: str) -> bool:
    """Whether a scalar without quotes is text: neither nothing, nor true or false, nor a number."""
    return plain not in NULLS and plain not in _BOOLEAN and _NUMBER.fullmatch(plain) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Shape[str]):
    """One line of text."""

    #: A regular expression (in the part of its language that JSON Schema shares) for the whole text.
    pattern: str = LINE
    #: The pattern in words.
    rule: str = "one line of visible text, without spaces around it"
    longest: int = 255

    @property
    def blank(self) -> str:
        """No text: every pattern wants some."""
        return ""

    def read(self, node: Node, report: Report) -> str:
        """The text as it was written."""
        found = scalar(node, report, "text")
        if found is None:
            return self.blank
        text = found.text
        if found.plain and not is_text(text):
            what = "true or false" if text in _BOOLEAN else "a number"
            report.at(node, f"{shown(text)} is {what} where text is meant", f'put it in quotes: "{text}"')
        elif len(text) > self.longest:
            report.at(node, f"has {len(text)} characters", f"at most {self.longest}")
        elif compiled(self.pattern).fullmatch(text) is None:
            report.at(node, f"{shown(text)} is not allowed here", self.rule)
        else:
            return text
        return self.blank

    def schema(self, definitions: Schema) -> Schema:
        """A string of that pattern; the usual one is a definition of its own."""
        whole: Schema = {"type": "string", "pattern": f"^(?:{self.pattern})$"}
        if self.pattern == LINE:
            definitions["Line"] = {"title": "Line", "description": f"Text: {self.rule}.", **whole}
            whole = {"$ref": "#/$defs/Line"}
        return {**whole, "maxLength": self.longest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Shape[str]):
    """The one text that may stand here."""

    value: str

    @property
    def blank(self) -> str:
        """The constant itself: nobody decides anything by it."""
        return self.value

    def read(self, node: Node, report: Report) -> str:
        """The constant."""
        found = scalar(node, report, f'"{self.value}"')
        if found is not None and found.text != self.value:
            report.at(node, f"{shown(found.text)} is not known here", f"write {self.value}")
        return self.value

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """That constant."""
        return {"const": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Shape[E]):
    """One word of a fixed list."""

    words: type[E]

    @property
    def blank(self) -> E:
        """The first word; the report keeps anybody from deciding by it."""
        return next(iter(self.words))

    def read(self, node: Node, report: Report) -> E:
        """The member of the enumeration."""
        found = scalar(node, report, "a word")
        if found is None:
            return self.blank
        word = self.words._value2member_map_.get(found.text)
        if isinstance(word, self.words):
            return word
        known = [each.value for each in self.words]
        report.at(node, f"{shown(found.text)} is not one of {', '.join(known)}", choose(found.text, known))
        return self.blank

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """An enumeration of the words."""
        return {"enum": [each.value for each in self.words]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth(Shape[bool]):
    """true or false."""

    @property
    def blank(self) -> bool:
        """False: what is not clearly asked for is not done."""
        return False

    def read(self, node: Node, report: Report) -> bool:
        """The truth value."""
        found = scalar(node, report, "true or false")
        if found is None:
            return self.blank
        if found.plain and found.text in _BOOLEAN:
            return _BOOLEAN[found.text]
        said = _SAID_BOOLEAN.get(found.text.lower(), _BOOLEAN.get(found.text))
        remedy = "write true or false" if said is None else f"write {str(said).lower()}, without quotes"
        report.at(node, f"{shown(found.text)} is neither true nor false", remedy)
        return self.blank

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Shape[int]):
    """A whole number within bounds."""

    lowest: int
    highest: int

    @property
    def blank(self) -> int:
        """One below the lowest."""
        return self.lowest - 1

    def read(self, node: Node, report: Report) -> int:
        """The number."""
        bounds = f"write a whole number from {self.lowest} to {self.highest}"
        found = scalar(node, report, "a whole number")
        if found is None:
            return self.blank
        if not found.plain or len(found.text) > LONGEST_NUMBER or WHOLE.fullmatch(found.text) is None:
            report.at(node, f"{shown(found.text)} is not a whole number", bounds)
        elif not self.lowest <= int(found.text) <= self.highest:
            report.at(node, f"{found.text} is not from {self.lowest} to {self.highest}", bounds)
        else:
            return int(found.text)
        return self.blank

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """An integer within the bounds."""
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Shape[Decimal]):
    """A positive decimal number within bounds, kept exactly as written."""

    lowest: Decimal
    highest: Decimal

    @property
    def blank(self) -> Decimal:
        """One: changes nothing."""
        return Decimal(1)

    def read(self, node: Node, report: Report) -> Decimal:
        """The number."""
        bounds = f"write a number from {self.lowest} to {self.highest}"
        found = scalar(node, report, "a number")
        if found is None:
            return self.blank
        if not found.plain or len(found.text) > LONGEST_NUMBER or _DECIMAL.fullmatch(found.text) is None:
            report.at(node, f"{shown(found.text)} is not a number", bounds)
        elif not self.lowest <= Decimal(found.text) <= self.highest:
            report.at(node, f"{found.text} is not from {self.lowest} to {self.highest}", bounds)
        else:
            return Decimal(found.text)
        return self.blank

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """A number within the bounds."""
        return {"type": "number", "minimum": float(self.lowest), "maximum": float(self.highest)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Shape[date | None]):
    """A calendar date, year first (ISO 8601, RFC 3339 full-date)."""

    @property
    def blank(self) -> None:
        """No date."""
        return

    def read(self, node: Node, report: Report) -> date | None:
        """The date."""
        found = scalar(node, report, "a date")
        if found is None:
            return None
        written = _DATE.fullmatch(found.text) is not None
        day = _calendar_day(found.text)
        if written and day is not None:
            return day
        if written:
            report.at(node, f"{found.text} is not a day of the calendar", "write a day that exists, such as 2027-12-31")
        else:
            remedy = f"write {day.isoformat()}" if day is not None else "write year-month-day, such as 2027-12-31"
            report.at(node, f"{shown(found.text)} is not a date", remedy)
        return None

    def schema(self, definitions: Schema) -> Schema:  # noqa: ARG002 - has no parts
        """A string of that form."""
        return {"type": "string", "format": "date", "pattern": f"^{_DATE.pattern}$"}


def _calendar_day(text: str) -> date | None:
    """The day that somebody meant by a text of three numbers, or None."""
    parts = _DATE_PARTS.fullmatch(text)
    if parts is None:
        return None
    try:
        return date(*(int(part) for part in parts.groups()))
    except ValueError:
        return None
