"""How far long work has come: a live bar on a terminal, a line now and then anywhere else."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from rich.console import Console, Group
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from api.render.live import LiveView
from api.render.moments import lasting
from api.render.names import Names
from api.render.page import counted
from provisioner.operation import OperationState
from tenants.names import CloudName, TenantName

#: What an operation is known by to people.
Subject = tuple[TenantName, CloudName]

#: Away from a terminal a line is written each time that so much more is done, or after so many seconds.
_TENTHS: Final = 10
_SECONDS: Final = 15.0
_BAR: Final = 24


class OperationsProgress(LiveView):
    """Shows operations on their way to a final state. Use it as a context manager."""

    def __init__(
        self,
        console: Console,
        total: int,
        names: Names,
        *,
        steps: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`total` operations of so many steps in all are to end; `clock` gives seconds."""
        super().__init__(console)
        self._total = total
        self._steps = steps
        self._steps_done = 0
        self._names = names
        self._clock = clock
        self._states: Mapping[Subject, OperationState] = {}
        self._started = self._said_at = clock()
        self._said_tenths = 0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=_BAR),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}", style="bold red"),
            TimeElapsedColumn(),
            TextColumn("so far,", style="dim"),
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("left", style="dim"),
            console=console,
            get_time=clock,
        )
        # By steps, where they are known: an operation may build servers for many minutes.
        self._task = self._progress.add_task("steps" if steps else "operations", total=steps or total, failed="")

    @property
    def _drawn(self) -> bool:
        return super()._drawn and bool(self._total)

    def update(self, states: Mapping[Subject, OperationState], *, steps_done: int = 0) -> None:
        """Show these states; operations that are left out count as queued."""
        self._states = dict(states)
        self._steps_done = steps_done
        failed = f"{self._failed} not done" if self._failed else ""
        self._progress.update(self._task, completed=self._done, failed=failed)
        if not self._page.interactive and self._total:
            self._say_when_due()

    @property
    def _ended(self) -> int:
        return sum(state.final for state in self._states.values())

    @property
    def _done(self) -> int:
        """Of what the bar counts. Steps that nobody will take any more count as done, or the bar would never end."""
        all_ended = self._ended == self._total
        return (self._steps if all_ended else self._steps_done) if self._steps else self._ended

    @property
    def _failed(self) -> int:
        return sum(state.final and state is not OperationState.DONE for state in self._states.values())

    def _render(self) -> Group:
        """The bar, and below it who is being worked on."""
        running = sorted(subject for subject, state in self._states.items() if state is OperationState.RUNNING)
        who = ", ".join(f"{self._names.display(tenant)} on {cloud}" for tenant, cloud in running)
        line = Text(self._page.legible(who), style="dim", no_wrap=True, overflow="ellipsis")
        return Group(self._progress, line) if running else Group(self._progress)

    def _say_when_due(self) -> None:
        """A line for every tenth that is done, or when there was none for a while."""
        now, tenths = self._clock(), self._done * _TENTHS // (self._steps or self._total)
        if tenths == self._said_tenths and now - self._said_at < _SECONDS:
            return
        self._said_at, self._said_tenths = now, tenths
        elapsed = now - self._started
        parts = [f"{self._ended} of {counted(self._total, 'operation')} ended"]
        if self._steps and self._ended < self._total:
            parts.append(f"{self._steps_done} of {counted(self._steps, 'step')} done")
        if self._failed:
            parts.append(f"{self._failed} not done")
        parts.append(f"{lasting(timedelta(seconds=elapsed))} so far")
        whole = self._steps or self._total
        if self._ended < self._total and 0 < self._done < whole:
            left = elapsed * (whole - self._done) / self._done
            parts.append(f"about {lasting(timedelta(seconds=left))} left")
        self._page.line(", ".join(parts))
