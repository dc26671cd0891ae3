"""Which language somebody wants: as a client says it over HTTP, or as the terminal's environment has it."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from api.language.spoken import Language

#: A range and its weight (RFC 9110, 12.5.4): `zh-CN`, `zh;q=0.8`, `*;q=0.1`.
_RANGE: Final = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
#: POSIX's order: the first that is set decides.
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


class Wish(StrEnum):
    """What the setting may say of a command's language."""

    #: As the terminal's environment has it.
    AUTO = "auto"
    ENGLISH = "en"
    CHINESE = "zh"


def of_wish(wish: Wish, environment: Mapping[str, str], *, encoding: str = "utf-8") -> Language:
    """The language of a command whose terminal has that encoding: English where it has no Chinese characters."""
    language = of_environment(environment) if wish is Wish.AUTO else Language(wish.value)
    return language if language is Language.ENGLISH or _has_chinese(encoding) else Language.ENGLISH


def _has_chinese(encoding: str) -> bool:
    try:
        "中文：“”".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def accepted(header: str | None) -> Language:
    """The language that an `Accept-Language` likes best among those that there are; English where it likes none.

    A range means every language that begins with it (RFC 4647, 3.3.1), and the other way round, so that `zh-TW` and `zh-Hans-CN` get
    Chinese rather than English. Where two are liked alike, the first named is taken. Ranges that are none are passed over.
    """
    weights: dict[Language, float] = {}
    for part in (header or "").split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            continue
        primary = found[1].partition("-")[0].lower()
        weight = float(found[2] or 1)
        for language in Language:
            if primary == language.value:
                weights[language] = max(weight, weights.get(language, 0.0))
    rest = _of_all(header or "")
    for language in Language:
        weights.setdefault(language, rest)
    best = max(weights.values())
    return next(language for language, weight in weights.items() if weight == best) if best else Language.ENGLISH


def of_environment(environment: Mapping[str, str]) -> Language:
    """The language of a terminal: Chinese where `LC_ALL`, `LC_MESSAGES` or `LANG` says so, English otherwise."""
    locale = next((value for name in _VARIABLES if (value := environment.get(name))), "")
    return Language.CHINESE if re.match(r"zh(?![A-Za-z])", locale) else Language.ENGLISH


def _of_all(header: str) -> float:
    """How much `*` likes what is not named."""
    found = [each for part in header.split(",") if (each := _RANGE.fullmatch(part.strip())) and each[1] == "*"]
    return float(found[0][2] or 1) if found else 0.0
