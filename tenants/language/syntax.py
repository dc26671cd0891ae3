"""Says in a manifest author's words why a line is not YAML. The parser's own words are for people who write parsers."""

from dataclasses import dataclass, replace
from typing import Final

_RESERVED: Final = "@`%"
#: What Chinese input methods write for YAML's signs.
_FULL_WIDTH: Final = {"：": ":", "，": ",", "“": '"', "”": '"', "【": "[", "】": "]", "｛": "{", "｝": "}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong and what would be right."""

    message: str
    remedy: str
    #: Whether the place to look at is where the thing began (was opened), not where the parser gave up on it.
    at_beginning: bool = False


def _complaint(message: str, remedy: str, *, at_beginning: bool = False) -> Complaint:
    return Complaint(message=message, remedy=remedy, at_beginning=at_beginning)


_QUOTE: Final = _complaint("the quotation mark is never closed", "close it", at_beginning=True)
#: By a part of the parser's complaint.
_COMPLAINTS: Final = {
    "mapping values are not allowed": _complaint(
        "a key cannot stand here",
        "indent keys alike, write a space behind each colon, and put text that holds ': ' in quotes",
    ),
    "unexpected ':'": _complaint("a colon has no space behind it", "write one"),
    "block sequence entries are not allowed": _complaint(
        "a list cannot begin on the line of its key", "begin each item on a line of its own"
    ),
    "mapping keys are not allowed": _complaint("text cannot begin with ? here", "put it in quotes"),
    "expected alphabetic or numeric": _complaint("text cannot begin with & or * here", "put it in quotes"),
    "expected <document start>": _complaint(
        "a second document begins without its mark", "write --- on the line before it"
    ),
    "unexpected end of stream": _QUOTE,
    "unexpected document indicator": _QUOTE,
    "expected ',' or": _complaint(
        "the bracket is not closed", "close it, or put a comma between the values", at_beginning=True
    ),
    "expected node content": _complaint("a value is missing", "write one, or close the bracket"),
    "did not find expected key": _complaint(
        "a key is expected here",
        "indent it as the keys before it; put text that goes on behind a quotation mark or bracket in quotes",
    ),
    "expected '-' indicator": _complaint(
        "is not an item of the list above", "begin it with a dash, as the items before"
    ),
    "could not find expected ':'": _complaint(
        "a key has no colon", "write a colon and a space behind the key", at_beginning=True
    ),
    "unknown escape character": _complaint(
        "is not an escape in double quotes", "use single quotes, or write \\\\ for a backslash"
    ),
}


def explain(problem: str, line: str, column: int, *, beginning: str) -> Complaint:
    """The complaint to a manifest's author, given the parser's, the line and column (from 1) where it gave up.

    `beginning` is the line where what it was reading began.
    """
    before, at = line[: column - 1], line[column - 1 : column]
    if "\t" in before + at and not (before + at).strip(" \t-"):
        return _complaint("a tab indents this line", "indent with spaces")
    if at and at in _RESERVED:
        return _complaint(f"text cannot begin with {at}", "put it in quotes")
    general = _complaint(
        f"is not YAML: {problem}", "look at the indentation, brackets and quotes of this line and the one before"
    )
    found = next((each for part, each in _COMPLAINTS.items() if part in problem), general)
    looked_at = beginning if found.at_beginning else line
    wrong = next((sign for sign in _FULL_WIDTH if sign in looked_at), None)
    if wrong is None:
        return found
    return replace(
        found, remedy=f"write {_FULL_WIDTH[wrong]} for the full-width {wrong}, unless it is text: then use quotes"
    )
