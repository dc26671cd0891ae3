"""Progress: live for those who watch, a line now and then for logs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.render.progress import OperationsProgress, Subject
from provisioner.operation import OperationState
from tenants.names import CloudName, TenantName

_CITY = CloudName("city")


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        """What it shows now."""
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that stands still."""
    return Clock()


def _states(done: int, state: OperationState = OperationState.DONE) -> dict[Subject, OperationState]:
    return {(TenantName(f"t{number}"), _CITY): state for number in range(done)}


def test_a_line_for_every_tenth(build: Any, names: Any, clock: Clock) -> None:
    """Forty tenants that end one by one make ten lines."""
    console = build.piped()
    with OperationsProgress(console, 40, names, clock=clock) as progress:
        for done in range(41):
            progress.update(_states(done))
    lines = build.written(console).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "40 of 40 operations ended, 0 seconds so far"


def test_a_line_at_least_every_quarter_of_a_minute(build: Any, names: Any, clock: Clock) -> None:
    """Slow work shows that it is alive, and how long it may take."""
    console = build.piped()
    with OperationsProgress(console, 40, names, clock=clock) as progress:
        clock.now += 14
        progress.update(_states(1))
        assert build.written(console) == ""
        clock.now += 1
        progress.update(_states(1))
    assert build.written(console) == "1 of 40 operations ended, 15 seconds so far, about 9 minutes left\n"


def test_one_operation_is_no_operations(build: Any, names: Any, clock: Clock) -> None:
    """As people say it."""
    console = build.piped()
    with OperationsProgress(console, 1, names, clock=clock) as progress:
        progress.update(_states(1))
    assert build.written(console) == "1 of 1 operation ended, 0 seconds so far\n"


def test_failures_are_counted(build: Any, names: Any, clock: Clock) -> None:
    """Whatever ended other than done."""
    console = build.piped()
    with OperationsProgress(console, 4, names, clock=clock) as progress:
        progress.update({**_states(3), (TenantName("x"), _CITY): OperationState.PLAN_CHANGED})
    assert build.written(console) == "4 of 4 operations ended, 1 not done, 0 seconds so far\n"


def test_nothing_to_do_says_nothing(build: Any, names: Any, clock: Clock) -> None:
    """No operations, no line."""
    console = build.piped()
    with OperationsProgress(console, 0, names, clock=clock) as progress:
        progress.update({})
    assert build.written(console) == ""


def test_a_terminal_shows_who_is_worked_on(build: Any, names: Any, clock: Clock) -> None:
    """A bar with the numbers, and below it the tenants by their names."""
    console = build.terminal(80)
    with OperationsProgress(console, 3, names, clock=clock) as progress:
        progress.update(
            {
                (TenantName("market"), _CITY): OperationState.RUNNING,
                (TenantName("a"), _CITY): OperationState.DONE,
                (TenantName("b"), _CITY): OperationState.FAILED,
            }
        )
    shown = build.written(console)
    assert "2/3 1 not done" in shown
    assert re.search(r"operations .* 0:00:00 so far, \S+ left", shown)
    assert "市市场监督管理局 on city" in shown


def test_an_error_takes_the_bar_away(build: Any, names: Any, clock: Clock) -> None:
    """The terminal's cursor is back whatever happens."""
    console = build.terminal(80)
    with pytest.raises(KeyboardInterrupt), OperationsProgress(console, 3, names, clock=clock):
        raise KeyboardInterrupt
    assert build.written(console).rindex("\x1b[?25h") > build.written(console).rindex("\x1b[?25l")


def test_steps_are_told_while_an_operation_goes_on(build: Any, names: Any, clock: Clock) -> None:
    """One operation that builds twenty servers shows how far it is."""
    console = build.piped()
    with OperationsProgress(console, 1, names, steps=60, clock=clock) as progress:
        clock.now += 20
        progress.update(_states(1, OperationState.RUNNING), steps_done=20)
        progress.update(_states(1), steps_done=60)
    assert build.written(console).splitlines() == [
        "0 of 1 operation ended, 20 of 60 steps done, 20 seconds so far, about 40 seconds left",
        "1 of 1 operation ended, 20 seconds so far",
    ]
