"""The `-o table|json|yaml` switch: documents for machines, written so that any terminal or pipe takes them."""

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
    raise NotImplementedError
