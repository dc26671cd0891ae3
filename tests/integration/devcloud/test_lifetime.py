"""A devcloud ends with whoever it belongs to, and says what went wrong."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcloud import supervisor
from devcloud.fixture import running
from devcloud.layout import PACKAGE, StateFolder
from devcloud.records import CloudName, DevcloudState

pytestmark = pytest.mark.timeout(300)

_PARENT = """
import time
from devcloud.fixture import running
with running(["city"]) as devcloud:
    print(devcloud.state.root, flush=True)
    time.sleep(600)
"""


def command(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the devcloud's command line to its end."""
    line = [sys.executable, "-m", "devcloud", *arguments, "--state", str(state)]
    return subprocess.run(line, capture_output=True, text=True, cwd=PACKAGE.parent, check=False)


def told(state: Path) -> DevcloudState:
    """Return what the supervisor said last."""
    answer = supervisor.read_state(StateFolder(root=state))
    assert answer is not None
    return answer


def await_end(state: DevcloudState) -> None:
    """Wait until every process of a devcloud is gone; fail when one stays."""
    pids = [state.supervisor_pid, *(record.pid for record in state.processes)]
    deadline = time.monotonic() + 30
    while alive := [pid for pid in pids if _alive(pid)]:
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # A process that has ended but was not waited for is gone for our purpose.
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process that holds a devcloud by the fixture's context manager, and prints its state folder when it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, cwd=PACKAGE.parent
    ) as process:
        yield process
        process.kill()


def test_a_killed_parent_leaves_nothing_behind(parent: subprocess.Popen[str]) -> None:
    """After `kill -9` of the process that holds the devcloud, no process of it is left, nor its temporary folder."""
    assert parent.stdout is not None
    folder = Path(parent.stdout.readline().strip())
    state = told(folder)
    assert len(state.processes) == 6
    parent.kill()
    await_end(state)
    assert not folder.exists()


def test_up_outlives_its_command_until_down(tmp_path: Path) -> None:
    """`up` prints where `clouds.yaml` is and returns; `status` says all is well; `down` leaves nothing."""
    up = command(tmp_path, "up", "--cloud", "city")
    try:
        assert up.returncode == 0, up.stderr
        assert Path(up.stdout.strip()) == tmp_path / "clouds.yaml"
        assert command(tmp_path, "status").returncode == 0
        again = command(tmp_path, "up", "--cloud", "city")
        assert (again.returncode, again.stdout) == (0, up.stdout)
        assert command(tmp_path, "up", "--cloud", "district").returncode == 1
        state = told(tmp_path)
    finally:
        assert command(tmp_path, "down").returncode == 0
    await_end(state)


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`up --foreground` in `tmp_path`, whose services have just been started."""
    line = [sys.executable, "-m", "devcloud", "up", "--foreground", "--cloud", "city", "--state", str(tmp_path)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, cwd=PACKAGE.parent) as process:
        while process.poll() is None:
            state = supervisor.read_state(StateFolder(root=tmp_path))
            if state is not None and state.processes:
                break
            time.sleep(0.05)
        yield process
        process.kill()


def test_a_killed_supervisor_leaves_nothing_running(starting: subprocess.Popen[str], tmp_path: Path) -> None:
    """After `kill -9` of the supervisor itself, no service is left."""
    state = told(tmp_path)
    assert len(state.processes) == 6
    starting.kill()
    await_end(state)


def test_ctrl_c_ends_a_devcloud_in_the_foreground(starting: subprocess.Popen[str], tmp_path: Path) -> None:
    """Interrupting `up --foreground` takes the clouds down and is no failure."""
    starting.send_signal(signal.SIGINT)
    assert starting.wait(30) == 0
    await_end(told(tmp_path))


def test_a_service_that_dies_while_starting_is_reported(starting: subprocess.Popen[str], tmp_path: Path) -> None:
    """`up` fails at once, names the process that died, and leaves nothing running."""
    glance = next(record for record in told(tmp_path).processes if record.service == "glance")
    os.kill(glance.pid, signal.SIGKILL)
    assert starting.wait(60) == 1
    assert starting.stderr is not None
    assert "city: glance was ended by signal 9; the end of " in starting.stderr.read()
    await_end(told(tmp_path))


def test_a_service_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    """`status` names the dead process and shows the end of its log, and connections to it are refused."""
    with running(["city"], state=tmp_path) as devcloud:
        devcloud.stop_service("city", "glance")
        status = command(tmp_path, "status")
        record = next(one for one in devcloud.told().processes if one.service == "glance")
        assert (status.returncode, record.exit_status) == (1, -signal.SIGKILL)
        assert "city: glance ended with -9; the end of " in status.stdout
        port = told(tmp_path).endpoints[CloudName("city")][record.service].public
        refused = subprocess.run(
            [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}))"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "ConnectionRefusedError" in refused.stderr


def test_a_devcloud_that_cannot_start_says_why(tmp_path: Path) -> None:
    """What is wrong is told in one line, before anything is started."""
    answer = command(tmp_path, "up", "--computes", "1")
    assert answer.returncode == 1
    assert answer.stderr == "devcloud: 1 computes: at least 2 are needed, one for each availability zone\n"
