"""Pages: a cursor says where the last one ended, so that what is added meanwhile neither repeats nor hides anything.

A cursor is opaque to clients. It names what it is for, so that one of another list is refused, and holds no secret: what may be
seen is decided anew for every page.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Query
from pydantic import AwareDatetime, BeforeValidator, Field

from api.http.model import TEXT, Model
from api.http.problems import of_parameter

Item = TypeVar("Item")
MOST: Final = 200
_USUAL: Final = 50
_LONGEST: Final = 1000
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]")
#: What the database takes for a number.
LARGEST: Final = 2**63 - 1


def _dated(given: object) -> object:
    if isinstance(given, str) and not _DATE.match(given):
        raise ValueError("a date with time and zone is meant: 2026-11-21T08:30:00Z")
    return given


Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many items.")]
Cursor = Annotated[
    str | None, Query(max_length=_LONGEST, description="`next` of the page before; none asks for the first page.")
]
#: Text that the database can be asked for.
Text = Annotated[str, Query(max_length=300, pattern=TEXT)]
#: A time as RFC 3339 has it; pydantic alone would take a number for seconds since 1970.
Instant = Annotated[AwareDatetime, BeforeValidator(_dated)]
USUAL: Final = _USUAL


class Page(Model, Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...]
    next: str | None = Field(
        default=None, description="Give it as `cursor` for the page that follows; null at the end."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a list a page begins."""

    #: Which list.
    of: str
    cursor: str | None
    limit: int

    def key(self, *kinds: type) -> tuple[Any, ...] | None:
        """The key that the page follows, of these types; None for the first page. Raises HttpProblem for no cursor of it."""
        if self.cursor is None:
            return None
        try:
            of, *key = json.loads(base64.b64decode(self.cursor.encode("ascii"), altchars=b"-_", validate=True))
        except (ValueError, TypeError, binascii.Error, RecursionError):
            of, key = "", []
        if of != self.of or [type(each) for each in key] != list(kinds) or not all(map(_keepable, key)):
            raise of_parameter("query", "cursor", "not a cursor of this list; take `next` of its last page")
        return tuple(key)

    def cut(
        self, found: Sequence[Item], key: Callable[[Item], Sequence[str | int]]
    ) -> tuple[Sequence[Item], str | None]:
        """The page of what was found, one item more than fits at most, and the cursor that goes on behind it."""
        shown = found[: self.limit]
        return shown, self._after(key(shown[-1])) if len(found) > self.limit else None

    def among(self, items: Sequence[Item], key: Callable[[Item], Sequence[str]]) -> tuple[Sequence[Item], str | None]:
        """The page of a list that is there as a whole, in the order of its keys."""
        ordered = sorted(items, key=lambda each: tuple(key(each)))
        width = len(key(ordered[0])) if ordered else 0
        after = self.key(*[str] * width) if ordered else None
        rest = [each for each in ordered if after is None or tuple(key(each)) > after]
        return self.cut(rest[: self.limit + 1], key)

    def _after(self, key: Sequence[str | int]) -> str:
        text = json.dumps([self.of, *key], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode("ascii")


def _keepable(value: str | int) -> bool:
    return "\0" not in value and value.isprintable() if isinstance(value, str) else 0 <= value <= LARGEST
