"""The language in which whoever is served now is answered, and messages in it.

A service serves many at once, each in a language of their own; a command serves one, whose language holds in all its threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final

from api.language.catalogue import in_language


class Language(StrEnum):
    """What people can be answered in."""

    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def tag(self) -> str:
        """The language tag of what is written in it (RFC 5646)."""
        return "zh-CN" if self is Language.CHINESE else "en"


_CURRENT: Final[ContextVar[Language | None]] = ContextVar("tenantry_language", default=None)


class _Process:
    """What holds in the whole process where nothing else is said."""

    language = Language.ENGLISH


def current() -> Language:
    """The language of whoever is served now."""
    return _CURRENT.get() or _Process.language


def speak(language: Language) -> None:
    """From now on answer in this language, in all threads, whoever is served."""
    _Process.language = language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Answer in this language until the block ends."""
    token = _CURRENT.set(language)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def say(message: str) -> str:
    """A message as whoever is served now reads it."""
    language = current()
    return message if language is Language.ENGLISH else in_language(language.value, message)
