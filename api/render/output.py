"""The `-o table|json|yaml` switch: documents for machines, written so that any terminal or pipe takes them."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from rich.console import Console

from tenants.language.emission import emit

#: Plain values that JSON and YAML both hold.
Document: TypeAlias = "Mapping[str, Document] | Sequence[Document] | str | int | float | bool | None"


class Format(StrEnum):
    """What `-o` takes."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def print_document(console: Console, document: Mapping[str, Document], form: Format) -> None:
    """Write a document as JSON or YAML, uncoloured and unwrapped, Chinese as it is where the encoding has it.

    Raises ValueError for `Format.TABLE`: a table is the caller's to print.
    """
    writers = {Format.JSON: json_text, Format.YAML: yaml_text}
    if form not in writers:
        raise ValueError(f"a document is not written as a {form}")
    console.out(writers[form](document, console.encoding), highlight=False)


def yaml_text(document: Mapping[str, Document], encoding: str) -> str:
    """The document as YAML; where the encoding lacks something, in the form that YAML shares with JSON."""
    # By way of JSON, because YAML's writer knows plain strings only, and names may be enumerations.
    text = emit([json.loads(json.dumps(document))]).rstrip()
    return text if _has(encoding, text) else json_text(document, encoding)


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
