"""One operation while it goes on: a live view for those who watch, a line for each change in logs and pipes."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from api.language.spoken import say
from api.render.changes import STYLES, mark_of, object_name
from api.render.live import Watch
from api.render.moments import lasting
from api.render.names import Names
from api.render.operations import STATE_STYLES, STEP_STYLES, steps_done
from api.render.page import Part
from provisioner.operation import Operation, Step, StepState

_BAR: Final = 24
#: Lines of a terminal that are not steps: heading, bar, what is left out, what was lost, and the prompt.
_OTHER_LINES: Final = 6
#: Which steps are shown first where there is no room for all.
_PRESSING: Final = (StepState.STARTED, StepState.FAILED, StepState.DONE, StepState.PENDING)


class OperationWatch(Watch):
    """Shows one operation on its way to its end. Use it as a context manager."""

    def __init__(self, console: Console, names: Names, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        super().__init__(console)
        self._names = names
        self._clock = clock
        self._shown: Operation | None = None
        self._began = clock()
        self._progress = Progress(
            TextColumn("steps"), BarColumn(bar_width=_BAR), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        )
        self._task = self._progress.add_task("steps", total=None)

    def show(self, operation: Operation) -> None:
        """Show the operation as it is now."""
        before, self._shown = self._shown, operation
        self._regain("The connection is back.")
        done = sum(step.state is StepState.DONE for step in operation.steps)
        self._progress.update(self._task, total=len(operation.steps), completed=done)
        if not self._drawn:
            self._say(before, operation)

    def lose(self, reason: str) -> None:
        """Say that the operation cannot be seen for now. It goes on all the same."""
        self._lost = reason
        self._tell(f"The connection is lost, the operation goes on: {reason}. Trying again …")

    def _say(self, before: Operation | None, now: Operation) -> None:
        """What is different, a line each; at first where the operation is, and not all that had happened before."""
        if before is None:
            self._page.line(*self._heading(now), f", {steps_done(now)} steps done")
            return
        for old, step in zip(before.steps, now.steps, strict=True):
            if (old.state, old.attempts) != (step.state, step.attempts):
                self._page.line(*_line(step))
        if before.state is not now.state:
            elapsed = lasting(timedelta(seconds=self._clock() - self._began))
            self._page.line(*self._heading(now), f", {steps_done(now)} steps done, watched for {elapsed}")

    def _heading(self, operation: Operation) -> Sequence[Part]:
        subject = f"{self._names.full(operation.tenant)} on {operation.cloud}: "
        return (subject, "bold"), (operation.state.value, STATE_STYLES[operation.state])

    def _render(self) -> Group:
        operation = self._shown
        if operation is None:
            return Group()
        chosen = chosen_steps(operation.steps, self._room(_OTHER_LINES))
        lines: list[RenderableType] = [self._text(self._heading(operation)), self._progress]
        lines += [self._text(_line(each)) for each in chosen]
        if left_out := len(operation.steps) - len(chosen):
            lines.append(Text(f"  … {left_out} more", style="dim"))
        if self._lost is not None:
            lines.append(self._text([(f"Connection lost, trying again: {self._lost}", "yellow")]))
        return Group(*lines)

    def _text(self, parts: Sequence[Part]) -> Text:
        spans = [(part, "") if isinstance(part, str) else part for part in parts]
        text = Text.assemble(*((self._page.legible(said), style) for said, style in spans))
        text.no_wrap, text.overflow = True, "ellipsis"
        return text


def chosen_steps(steps: Sequence[Step], room: int) -> Sequence[Step]:
    """As many steps as there is room for, in their order: those under way and failed, the last done, the next to come."""
    if len(steps) <= room:
        return steps
    pressing = sorted(_pressing(steps))[:room]
    return [steps[index] for index in sorted(index for _, _, index in pressing)]


def _pressing(steps: Sequence[Step]) -> Iterator[tuple[int, int, int]]:
    """Each step's claim to be shown, the strongest least."""
    for index, step in enumerate(steps):
        late = -index if step.state is StepState.DONE else index
        yield _PRESSING.index(step.state), late, index


def _line(step: Step) -> Sequence[Part]:
    mark = mark_of(step.action.change)
    again: Sequence[Part] = ((f"  begun {step.attempts} times", "dim"),) if step.attempts > 1 else ()
    why: Sequence[Part] = (": ", say(step.failure.message)) if step.failure else ()
    return (
        (f"  {mark} ", STYLES[mark]),
        object_name(step.action.change.address),
        "  ",
        (step.state.value, STEP_STYLES[step.state]),
        *again,
        *why,
    )
