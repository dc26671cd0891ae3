"""The `-o table|json|yaml` switch: documents for machines, written so that any terminal or pipe takes them."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from rich.console import Console

#: Plain values that JSON and YAML both hold.
Document: TypeAlias = "Mapping[str, Document] | Sequence[Document] | str | int | float | bool | None"


class Format(StrEnum):
    """What `-o` takes."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def print_document(console: Console, document: Document, form: Format) -> None:
    """Write a document as JSON or YAML, uncoloured and unwrapped, Chinese as it is where the encoding has it.

    Raises ValueError for `Format.TABLE`: a table is the caller's to print.
    """
    if form is not Format.JSON:
        raise ValueError(f"a document is not written as {form}")
    console.out(json_text(document, console.encoding), highlight=False)


def json_text(document: Document, encoding: str, *, indent: int | None = 2) -> str:
    """The document as JSON; what the encoding lacks stands as JSON's own escapes, so that it reads back the same."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return text if _has(encoding, text) else json.dumps(document, indent=indent)


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
