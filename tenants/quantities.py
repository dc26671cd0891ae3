"""Limits as people write them (`640GiB`, `unlimited`, `40`) and as the services' APIs count them, both ways, exactly.

Used by the manifest language to read, and by whatever shows or writes limits to spell. Pure text and whole numbers: no
floating point anywhere, so that 2^62 is 2^62.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tenants.resources import UNLIMITED, Limit, Unit

#: The largest limit that any service's database holds.
MAXIMUM: Final = 2**63 - 1
WORD_UNLIMITED: Final = "unlimited"

_BINARY: Final = {name: 1024**power for power, name in enumerate(("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"), start=1)}
_API_UNIT: Final = {Unit.MEBIBYTE: _BINARY["MiB"], Unit.GIBIBYTE: _BINARY["GiB"]}
#: A size as text, in the regular expressions that JSON Schema shares.
SIZE_PATTERN: Final = "(0|[1-9][0-9]{0,18})(\\.[0-9]{1,12})? ?(KiB|MiB|GiB|TiB|PiB|EiB)"
_SIZE: Final = re.compile(SIZE_PATTERN)
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_MOST_DIGITS: Final = 19
_LONGEST_SHOWN: Final = 40
_SAID_UNLIMITED: Final = frozenset({"unlimited", "unbounded", "infinite", "infinity", ".inf", "none", "max"})
#: A number with something behind it that may be meant as a unit: `640G`, `640gb`, `1,5 TiB`.
_NEARLY: Final = re.compile(r"0*(?P<number>[0-9]+(\.[0-9]+)?)\s*(?P<unit>[a-zA-Z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a text is not a limit, and what would be."""

    message: str
    remedy: str


def parse(text: str, unit: Unit) -> Limit | Refusal:
    """The limit that a text says, in the API's unit, or why it says none."""
    if text == WORD_UNLIMITED:
        return UNLIMITED
    if _WHOLE.fullmatch(text) is not None:
        return _bounded(int(text), text)
    size = _SIZE.fullmatch(text)
    if size is None:
        return _refuse(text, unit)
    if unit is Unit.COUNT:
        return Refusal(message=f'"{text}" has a unit where a count is meant', remedy="write a whole number")
    whole, fraction, name = size.groups(default="")
    exact = Fraction(whole + fraction) * _BINARY[name] / _API_UNIT[unit]
    below = exact.numerator // exact.denominator
    if exact != below:
        nearest = f"{spell(Limit(below), unit)} or {spell(Limit(below + 1), unit)}"
        return Refusal(
            message=f'"{text}" is no whole number of {unit}, the smallest step here', remedy=f"write {nearest}"
        )
    return _bounded(below, text)


def spell(limit: Limit, unit: Unit) -> str:
    """A limit as a manifest would say it, in the largest unit that keeps it whole; `parse` reads it back the same."""
    if limit < 0:
        return WORD_UNLIMITED
    if unit is Unit.COUNT or limit == 0:
        return str(limit)
    size = limit * _API_UNIT[unit]
    name, factor = next((name, factor) for name, factor in reversed(_BINARY.items()) if size % factor == 0)
    return f"{size // factor}{name}"


def _bounded(value: int, text: str) -> Limit | Refusal:
    if value > MAXIMUM:
        return Refusal(message=f'"{text}" is more than any service can count', remedy=f"write {WORD_UNLIMITED}")
    return Limit(value)


def _refuse(text: str, unit: Unit) -> Refusal:
    """The most helpful refusal of a text that is neither number, size nor `unlimited`."""
    digits = text.replace("_", "").replace(",", "")
    meant = _meant(text, unit)
    if text.lower() in _SAID_UNLIMITED:
        remedy = f"write {WORD_UNLIMITED}"
    elif text.startswith("-"):
        return Refusal(message=f"{_shortened(text)} is negative", remedy=f"write 0 or more, or {WORD_UNLIMITED}")
    elif meant is not None:
        remedy = f"write {meant}" if unit is Unit.COUNT else f"write {meant}: sizes are binary here"
    elif digits.isascii() and digits.isdigit():
        return _refuse_digits(text, digits)
    elif unit is Unit.COUNT:
        remedy = f"write a whole number, or {WORD_UNLIMITED}"
    else:
        remedy = f"write a whole number of {unit}, a size such as 640GiB, or {WORD_UNLIMITED}"
    return Refusal(message=f'"{_shortened(text)}" is not a limit', remedy=remedy)


def _refuse_digits(text: str, digits: str) -> Refusal:
    """Refuse what is all digits, but too many of them, or written in a way that languages read differently."""
    right = digits.lstrip("0") or "0"
    if len(right) > _MOST_DIGITS or int(right) > MAXIMUM:
        return Refusal(
            message=f'"{_shortened(text)}" is more than any service can count', remedy=f"write {WORD_UNLIMITED}"
        )
    return Refusal(message=f'"{_shortened(text)}" can be read as different numbers', remedy=f"write {right}")


def _meant(text: str, unit: Unit) -> str | None:
    """The limit that `640gb`, `640G` or `640 Gi` is most likely meant to be, if it is one."""
    nearly = _NEARLY.fullmatch(text)
    if nearly is None:
        return None
    written = nearly["unit"].upper()
    name = next((each for each in _BINARY if written in {each[0], f"{each[0]}B", f"{each[0]}I", each.upper()}), None)
    if name is None:
        return None
    right = nearly["number"] if unit is Unit.COUNT else f"{nearly['number']}{name}"
    return None if right == text or isinstance(parse(right, unit), Refusal) else right


def _shortened(text: str) -> str:
    """Text for a message, cut where it is long."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
