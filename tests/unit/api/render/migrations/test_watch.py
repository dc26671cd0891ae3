"""A wave that is watched: lines for logs in the order of what happened, a bar for each application on a terminal."""

import io
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console

from api.render.migrations.rates import Rates
from api.render.migrations.watch import WaveWatch, chosen_lines
from api.render.migrations.words import Called
from api.render.page import width_of
from provisioner.migration.migration import Migration, StepState
from provisioner.migration.states import State
from provisioner.moving.sighting import Sight
from provisioner.operation import Failure

Seen = Callable[..., Sight]


def _lines(called: Called, *sights: Sight) -> list[str]:
    stream = io.StringIO()
    with WaveWatch(Console(file=stream, width=200), called, clock=lambda: 0.0) as watch:
        for each in sights:
            watch.show(each)
    return stream.getvalue().splitlines()


def _drawn(called: Called, sight: Sight, width: int = 160) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=width, height=30)
    watch = WaveWatch(console, called, clock=lambda: 0.0)
    watch.show(sight)
    with console.capture() as captured:
        console.print(watch._render())  # what the live view draws, without its timing
    return captured.get()


def test_a_log_has_what_ended_then_the_state_then_what_began(called: Called, moving: Migration, seen: Seen) -> None:
    """However much happened between two looks."""
    copies = [each.spec.position for each in moving.steps if each.state is StepState.STARTED]
    following = max(copies) + 1
    steps = tuple(
        replace(each, state=StepState.DONE)
        if each.spec.position in copies
        else replace(each, state=StepState.STARTED)
        if each.spec.position == following
        else each
        for each in moving.steps
    )
    told = _lines(called, seen(), seen(state=State.FINAL_COPY, steps=steps))
    assert told[0] == "商事登记: quiesced"
    assert told[1:] == [
        "商事登记: copy 网页-1#1 done",
        "商事登记: copy 网页-1#0 done",
        "商事登记: final-copy",
        "商事登记: disk 网页-1#1 started",
    ]


def test_a_log_says_once_what_is_waited_for(called: Called, seen: Seen) -> None:
    """Not again with every look."""
    waiting = seen("waits to be signed off", state=State.ACCEPTED)
    assert _lines(called, waiting, waiting).count("商事登记: waits to be signed off") == 1


def test_a_failure_is_said_with_its_reason(called: Called, seen: Seen) -> None:
    """Beside the state that it led to."""
    failed = seen(state=State.COMPENSATING, failure=Failure(message="no room"))
    assert "商事登记: compensating: no room" in _lines(called, seen(), failed)


def test_a_terminal_shows_bar_state_bytes_and_bounds(called: Called, seen: Seen) -> None:
    """One line for the application, under the wave's name."""
    drawn = _drawn(called, seen())
    (line,) = [each for each in drawn.splitlines() if each.startswith("商事登记")]
    assert " 50%  quiesced  4m (60s to 15m)" in line
    assert "copy 网页-1#1 512 MiB of 1 GiB" in line
    assert "0 of 1 serve" in drawn


def test_no_line_is_wider_than_the_terminal(called: Called, seen: Seen) -> None:
    """What does not fit is cut, and the bar stays whole."""
    assert all(width_of(each) <= 60 for each in _drawn(called, seen(), 60).splitlines())


def test_those_that_go_on_are_shown_first(seen: Seen) -> None:
    """And in the wave's own order."""
    quiet, busy = seen(state=State.PLANNED, steps=()).lines[0], seen().lines[0]
    assert chosen_lines([quiet, busy, quiet, busy], 2) == [busy, busy]


def test_a_rate_is_told_from_two_looks(moving: Migration) -> None:
    """Of all disks that travel together; one that begins anew is no negative rate."""
    rates = Rates()
    steps = [each for each in moving.steps if each.state is StepState.STARTED]
    rates.note(moving.id, steps, 0.0)
    assert rates.of(moving.id, steps) is None
    rates.note(moving.id, [replace(each, done_bytes=612 << 20) for each in steps], 10.0)
    assert rates.of(moving.id, steps) == 2 * (10 << 20)
    rates.note(moving.id, [replace(each, done_bytes=0) for each in steps], 11.0)
    assert rates.of(moving.id, steps) is None
