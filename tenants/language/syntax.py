"""Says in a manifest author's words why a line is not YAML. The parser's own words are for people who write parsers."""

from typing import Final

_RESERVED: Final = "@`%"
#: What Chinese input methods write for YAML's signs.
_FULL_WIDTH: Final = {"：": ":", "，": ",", "“": '"', "”": '"', "【": "[", "】": "]", "｛": "{", "｝": "}"}
#: A part of the parser's complaint, what is wrong in our words, and what would be right.
_COMPLAINTS: Final = (
    (
        "mapping values are not allowed",
        "a key cannot stand here",
        "indent keys alike; put text that holds ': ' in quotes",
    ),
    ("unexpected end of stream", "a quotation mark is never closed", "close it"),
    ("unexpected document indicator", "a quotation mark is not closed before the next document", "close it"),
    ("expected ',' or", "a bracket is not closed", "close it, or put a comma between the values"),
    ("expected node content", "a value is missing", "write one, or close the bracket"),
    ("did not find expected key", "is not a key of the mapping above", "indent it as the keys before it"),
    (
        "did not find expected '-' indicator",
        "is not an item of the list above",
        "begin it with a dash, as the items before",
    ),
    ("could not find expected ':'", "a key has no colon", "write a colon and a space behind the key"),
    (
        "unknown escape character",
        "is not an escape in double quotes",
        "use single quotes, or write \\\\ for a backslash",
    ),
)


def explain(problem: str, text: str, column: int) -> tuple[str, str]:
    """What is wrong and what would be right, given the parser's complaint, the line it is about, and the column."""
    before, at = text[: column - 1], text[column - 1 : column]
    if "\t" in before + at and not (before + at).strip(" \t-"):
        return "a tab indents this line", "indent with spaces"
    if at and at in _RESERVED:
        return f"text cannot begin with {at}", "put it in quotes"
    message, remedy = next(
        ((message, remedy) for part, message, remedy in _COMPLAINTS if part in problem),
        (f"is not YAML: {problem}", "look at the indentation, brackets and quotes of this line and the one before"),
    )
    wrong = next((sign for sign in _FULL_WIDTH if sign in text), None)
    if wrong is not None:
        remedy = f"write {_FULL_WIDTH[wrong]} for the full-width {wrong}, unless it is text: then use quotes"
    return message, remedy
