"""Which processes live: told at once on one machine, not guessed across machines."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from provisioner.store.processes import ProcessIdentity, identity_of, is_gone, this_process


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until its input ends."""
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_this_process_lives() -> None:
    """Whoever asks is not gone."""
    assert is_gone(this_process()) is False


def test_a_killed_process_is_gone_at_once(other: subprocess.Popen[bytes]) -> None:
    """Even before its parent has taken note of its end."""
    known = identity_of(other.pid)
    assert is_gone(known) is False
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(known) is True


def test_a_number_used_again_is_another_process() -> None:
    """A process that began at another time is not the one that had the number before."""
    mine = this_process()
    assert is_gone(ProcessIdentity(host=mine.host, pid=mine.pid, start="1")) is True


def test_nobody_here_can_tell_of_another_machine() -> None:
    """A process of another host, or of an unknown one, is neither alive nor gone."""
    mine = this_process()
    assert is_gone(ProcessIdentity(host="elsewhere", pid=mine.pid, start=mine.start)) is None
    assert is_gone(ProcessIdentity(host="", pid=mine.pid, start=mine.start)) is None
