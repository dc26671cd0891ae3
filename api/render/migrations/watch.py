"""A wave while it goes on: live on a terminal, one line for each application; a line for each change anywhere else."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from api.language.spoken import say
from api.render.live import Watch
from api.render.migrations.lines import doing
from api.render.migrations.rates import Rates
from api.render.migrations.words import (
    STATE_STYLES,
    STEP_STYLES,
    Called,
    bounded,
    brief,
    size,
    step_name,
    travelled,
    way,
)
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.states import State
from provisioner.moving.sighting import Line, Sight

_BAR: Final = 16
_PERCENT: Final = 100
#: Lines of a terminal that are not applications: heading, titles, the sum, what is left out, what was lost, and the prompt.
_OTHER_LINES: Final = 7
#: Seconds between two lines about bytes, where nobody watches a bar.
_SAY_AGAIN: Final = 15.0
_BEGUN: Final = frozenset({StepState.STARTED, StepState.UNDOING})
#: Which applications are shown first where there is no room for all.
_QUIET: Final = frozenset({State.PLANNED, State.RETAINED, State.CLOSED, State.ROLLED_BACK})


class WaveWatch(Watch):
    """Shows one wave on its way. Use it as a context manager."""

    def __init__(self, console: Console, called: Called, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        super().__init__(console)
        self._called, self._clock = called, clock
        self._sight: Sight | None = None
        self._rates = Rates()
        self._said_at: dict[MigrationId, float] = {}

    def show(self, sight: Sight) -> None:
        """Show the wave as it is now."""
        before, self._sight = self._sight, sight
        for line in sight.lines:
            self._rates.note(line.migration.id, line.steps, self._clock())
        self._regain("The record can be read again.")
        if not self._drawn:
            old = {each.migration.id: each for each in before.lines} if before else {}
            for line in sight.lines:
                self._say(old.get(line.migration.id), line)

    def lose(self, reason: str) -> None:
        """Say that the wave cannot be seen for now."""
        if self._lost is None:
            self._tell(f"The record cannot be read, trying again: {reason}")
        self._lost = reason

    def tell(self, text: str) -> None:
        """Say something about the wave, above the live view."""
        self._page.line(text)

    def _say(self, before: Line | None, now: Line) -> None:
        """What is different, a line each; at first where the application is, and not all that had happened before."""
        name, migration = self._called.display(now.migration.name), now.migration
        changed = () if before is None else changed_steps(before.migration, migration)
        # What ended before what that led to, and what it led to before what began then.
        self._say_steps(name, [each for each in changed if each.state not in _BEGUN])
        if before is None or before.migration.state is not migration.state:
            why = f": {say(migration.failure.message)}" if migration.failure and not migration.state.serves else ""
            self._page.line((f"{name}: ", "bold"), (migration.state.value, STATE_STYLES[migration.state]), why)
        self._say_steps(name, [each for each in changed if each.state in _BEGUN])
        if now.waits and (before is None or before.waits != now.waits):
            self._page.line((f"{name}: ", "bold"), say(now.waits))
        self._say_bytes(name, now)

    def _say_steps(self, name: str, steps: Sequence[Step]) -> None:
        for step in steps:
            again = f", begun {step.attempts} times" if step.attempts > 1 and step.state is StepState.STARTED else ""
            why = f": {say(step.failure.message)}" if step.failure and step.state is StepState.FAILED else ""
            state = (step.state.value, STEP_STYLES[step.state])
            self._page.line((f"{name}: ", "bold"), f"{step_name(step.spec)} ", state, f"{again}{why}")

    def _say_bytes(self, name: str, now: Line) -> None:
        counting = [each for each in now.steps if each.total_bytes]
        at = self._clock()
        if not counting or at - self._said_at.setdefault(now.migration.id, at) < _SAY_AGAIN:
            return
        self._said_at[now.migration.id] = at
        parts = [f"{step_name(each.spec)} {travelled(each)}" for each in counting]
        rate = self._rate(now)
        if rate:
            parts.append(rate)
        if left := bounded(now.left):
            parts.append(f"{left} left")
        self._page.line((f"{name}: ", "bold"), ", ".join(parts))

    def _rate(self, line: Line) -> str:
        rate = self._rates.of(line.migration.id, line.steps)
        return f"{size(rate)}/s" if rate else ""

    def _render(self) -> RenderableType:
        sight = self._sight
        if sight is None:
            return Group()
        chosen = chosen_lines(sight.lines, self._room(_OTHER_LINES))
        parts: list[RenderableType] = [self._heading(sight), self._table(chosen)]
        if left_out := [each for each in sight.lines if each not in chosen]:
            states = Counter(each.migration.state.value for each in left_out)
            counted = ", ".join(f"{number} {state}" for state, number in states.items())
            parts.append(Text(f"  … {len(left_out)} more: {counted}", style="dim"))
        parts.append(self._sum(sight))
        if self._lost is not None:
            parts.append(
                Text(self._page.legible(f"The record cannot be read, trying again: {self._lost}"), style="yellow")
            )
        return Group(*parts)

    def _heading(self, sight: Sight) -> Text:
        wave = sight.run.wave
        title = Text(self._page.legible(f"{wave.display_name} ({wave.name})"), style="bold", no_wrap=True)
        return title.append(self._page.legible(f"  {way(wave)}"), style="dim")

    def _table(self, lines: Sequence[Line]) -> Table:
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for _ in range(5):
            table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for line in lines:
            table.add_row(*self._cells(line))
        return table

    def _cells(self, line: Line) -> Sequence[RenderableType]:
        migration = line.migration
        style = STATE_STYLES[migration.state]
        failure = migration.failure if not migration.state.serves else None
        now = doing(line)
        if failure is not None and not line.steps:
            now = f"{now + ': ' if now else ''}{say(failure.message)}"
        rate = self._rate(line)
        return (
            Text(self._page.legible(self._called.display(migration.name)), style="bold"),
            ProgressBar(total=1.0, completed=line.part, width=_BAR, complete_style=style),
            Text(f"{int(line.part * _PERCENT)}%".rjust(4)),
            Text(migration.state.value, style=style),
            Text(bounded(line.left), style="" if line.measured else "dim"),
            Text(self._page.legible(", ".join(part for part in (now, rate) if part))),
        )

    def _sum(self, sight: Sight) -> Text:
        serve = sum(each.migration.state.serves for each in sight.lines)
        elapsed = brief((sight.at - sight.run.started_at).total_seconds())
        left = f", about {text} left" if sight.goes_on and (text := bounded(sight.left)) else ""
        assumed = (
            " (assumed; nothing was measured yet)" if left and not any(each.measured for each in sight.lines) else ""
        )
        held = sum(bool(each.held_up_by) for each in sight.lines)
        stuck = f", {held} held up" if held else ""
        return Text(f"{serve} of {len(sight.lines)} serve{stuck}, {elapsed} so far{left}{assumed}", style="dim")


def changed_steps(before: Migration, now: Migration) -> Sequence[Step]:
    """The steps that are otherwise than they were; on the way back the last first, as they are taken back."""
    changed = [
        step
        for old, step in zip(before.steps, now.steps, strict=True)
        if (old.state, old.attempts) != (step.state, step.attempts) and step.state is not StepState.PENDING
    ]
    back = now.state in {State.COMPENSATING, State.ROLLED_BACK}
    return changed[::-1] if back else changed


def chosen_lines(lines: Sequence[Line], room: int) -> Sequence[Line]:
    """As many as there is room for, in their order: those that go on or need somebody first."""
    if len(lines) <= room:
        return lines
    ranked: Mapping[int, tuple[int, int]] = {index: (_rank(line), index) for index, line in enumerate(lines)}
    kept = sorted(ranked, key=lambda index: ranked[index])[:room]
    return [lines[index] for index in sorted(kept)]


def _rank(line: Line) -> int:
    if line.steps or line.migration.state is State.MANUAL:
        return 0
    return 2 if line.migration.state in _QUIET else 1
