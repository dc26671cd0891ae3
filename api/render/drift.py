"""Drift: what is not as it was applied, and since when."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from provisioner.store.drift import Drift


def print_drift(console: Console, drifts: Iterable[Drift], names: Names, *, now: datetime) -> None:
    """Every difference by tenant and cloud, with its age at `now`; says so where there is none."""
    raise NotImplementedError


def as_document(drifts: Iterable[Drift], names: Names) -> Document:
    """The differences with their times."""
    raise NotImplementedError
