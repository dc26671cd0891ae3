"""Recent operations, with their steps."""

from collections.abc import Iterable

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from provisioner.operation import Operation


def print_operations(console: Console, operations: Iterable[Operation], names: Names, *, steps: bool = False) -> None:
    """One row for each operation in the order given; with `steps`, every step below it with its evidence or failure."""
    raise NotImplementedError


def as_document(operations: Iterable[Operation], names: Names) -> Document:
    """The operations with all their steps."""
    raise NotImplementedError
