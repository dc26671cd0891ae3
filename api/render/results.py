"""The end of an apply: what came of every tenant in every cloud."""

from collections.abc import Iterable

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from provisioner.operation import Operation
from provisioner.plan import Plan


def print_results(console: Console, plan: Plan, operations: Iterable[Operation], names: Names) -> None:
    """One row for each section of the plan with its operation's end, each failure in full, and the totals."""
    raise NotImplementedError


def as_document(plan: Plan, operations: Iterable[Operation], names: Names) -> Document:
    """The same results and totals."""
    raise NotImplementedError
