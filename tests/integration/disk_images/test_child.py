"""A program run within limits."""

import pytest

from provisioner.disk_images.child import STOPPED, TOO_LONG, Bounds, Child
from tests.disk_images import MIB

BOUNDS = Bounds(memory=512 * MIB, file=MIB, processor=10, seconds=30)


def test_a_program_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds passwords."""
    monkeypatch.setenv("OS_PASSWORD", "geheim")
    ended = Child(command=("env",), bounds=BOUNDS).run()
    assert ended.code == 0
    assert b"geheim" not in ended.output


def test_a_program_has_limits() -> None:
    """Of memory, of what it writes and of the processor's time, and no core is dumped."""
    ended = Child(command=("sh", "-c", "ulimit -v; ulimit -f; ulimit -t; ulimit -c"), bounds=BOUNDS).run()
    assert [int(each) for each in ended.output.split()] == [512 * 1024, MIB // 512, 10, 0]


@pytest.mark.parametrize(("stopped", "seconds", "why"), [(True, 30, STOPPED), (False, 0, TOO_LONG)])
def test_a_program_is_ended(*, stopped: bool, seconds: int, why: str) -> None:
    """When it is told to stop, and when it takes too long."""
    bounds = Bounds(memory=512 * MIB, file=0, processor=10, seconds=seconds)
    ended = Child(command=("sleep", "600"), bounds=bounds, stopped=lambda: stopped).run()
    assert (ended.ended_for, ended.code) == (why, -9)


def test_a_program_that_writes_without_end_is_held_in_memory_to_its_last_words() -> None:
    """Whoever listens keeps little of it."""
    ended = Child(command=("head", "-c", "20000000", "/dev/zero"), bounds=BOUNDS).run()
    assert (ended.code, len(ended.output)) == (0, 64 * 1024)
