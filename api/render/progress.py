"""How far long work has come: a live bar on a terminal, a line now and then anywhere else."""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from rich.console import Console

from api.render.names import Names
from provisioner.operation import OperationState
from tenants.names import CloudName, TenantName

#: What an operation is known by to people.
Subject = tuple[TenantName, CloudName]


class OperationsProgress:
    """Shows operations on their way to a final state. Use it as a context manager; it prints nothing at its end."""

    def __init__(
        self, console: Console, total: int, names: Names, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`total` operations are to end; `clock` gives seconds."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Begin to show."""
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        raise NotImplementedError

    def update(self, states: Mapping[Subject, OperationState]) -> None:
        """Show these states; operations that are left out count as queued."""
        raise NotImplementedError
