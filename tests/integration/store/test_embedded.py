"""The embedded server: there for all who come, gone after the last, and unharmed by whoever is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from provisioner.errors import StoreError
from provisioner.store.cluster import Cluster
from provisioner.store.database import Database, open_database
from provisioner.store.embedded import EmbeddedServer

USER = """
import sys
from pathlib import Path
from sqlalchemy import text
from provisioner.store.database import open_database
with open_database(None, Path(sys.argv[1])) as database:
    with database.transaction() as connection:
        # Two that make the same table at the same moment fail, for all that they say IF NOT EXISTS.
        connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        connection.execute(text("CREATE TABLE IF NOT EXISTS public.notes (note text)"))
        connection.execute(text("INSERT INTO public.notes VALUES ('市')"))
    print("ready", flush=True)
    sys.stdin.read()
"""

User = subprocess.Popen[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a server of the test's own."""
    return tmp_path / "state"


@pytest.fixture
def user(folder: Path) -> Iterator[Callable[[], User]]:
    """Starts processes that note something, and then keep the server in use until their input ends."""
    started: list[User] = []

    def start() -> User:
        command = (sys.executable, "-c", USER, str(folder))
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ready(process: User) -> User:
    """The process, once it has noted what it had to."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(pid: int) -> None:
    """End a process as the kernel does when memory runs out, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not alive(pid))


def alive(pid: int) -> bool:
    """Whether a process runs, and is not only waiting for its parent to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def listening(folder: Path) -> bool:
    """Whether the folder's server runs."""
    return Cluster(data=folder / "data").listening()


def postmaster(folder: Path) -> int:
    """The server's process."""
    return int((folder / "data/postmaster.pid").read_text(encoding="utf-8").split("\n")[0])


def keeper(folder: Path) -> int:
    """The process that waits for the last user to go."""
    wanted = os.fsencode(folder / "keeper")
    found = [
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/cmdline")
        if each.exists() and wanted in each.read_bytes().split(b"\0")
    ]
    return found[0]


def notes(folder: Path) -> int:
    """How many notes the database holds."""
    with open_database(None, folder) as database, database.autocommit() as connection:
        return int(connection.execute(text("SELECT count(*) FROM public.notes")).scalar_one())


def test_the_server_stops_after_its_last_user(folder: Path) -> None:
    """It outlives the first of two users, not the second."""
    first, second = EmbeddedServer(folder), EmbeddedServer(folder)
    first.close()
    assert listening(folder)
    second.close()
    eventually(lambda: not listening(folder))


def test_processes_that_come_at_once_share_one_server(folder: Path, user: Callable[[], User]) -> None:
    """Though there was neither data nor schema before."""
    for process in [user() for _ in range(4)]:
        ready(process)
    assert notes(folder) == 4


def test_a_killed_user_harms_nobody(folder: Path, user: Callable[[], User]) -> None:
    """The others go on, and what the dead one had committed is there."""
    killed, other = ready(user()), ready(user())
    kill(killed.pid)
    assert listening(folder)
    assert notes(folder) == 2
    other.communicate("")
    eventually(lambda: not listening(folder))


def test_the_server_stops_when_its_only_user_is_killed(folder: Path, user: Callable[[], User]) -> None:
    """Nothing is left running, and nothing is lost."""
    kill(ready(user()).pid)
    eventually(lambda: not listening(folder))
    assert notes(folder) == 1


def test_everything_killed_is_recovered(folder: Path, user: Callable[[], User]) -> None:
    """Keeper, server and user die as when the machine does; the next start finds what was committed."""
    process = ready(user())
    for pid in (keeper(folder), postmaster(folder), process.pid):
        kill(pid)
    assert (folder / "data/postmaster.pid").exists()
    assert notes(folder) == 1
    eventually(lambda: not listening(folder))


def test_a_process_number_used_again_does_not_stop_the_start(folder: Path, user: Callable[[], User]) -> None:
    """After a crash, the number in `postmaster.pid` may be anybody's."""
    process = ready(user())
    for pid in (keeper(folder), postmaster(folder), process.pid):
        kill(pid)
    pid_file = folder / "data/postmaster.pid"
    _, *rest = pid_file.read_text(encoding="utf-8").split("\n")
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as stranger:
        pid_file.write_text("\n".join((str(stranger.pid), *rest)), encoding="utf-8")
        assert notes(folder) == 1
        assert alive(stranger.pid)


def test_a_killed_keeper_is_replaced(folder: Path, user: Callable[[], User]) -> None:
    """The next user brings another, and the server still stops after the last."""
    first = ready(user())
    kill(keeper(folder))
    second = ready(user())
    first.communicate("")
    second.communicate("")
    eventually(lambda: not listening(folder))


def test_a_keeper_killed_while_it_stops_the_server_harms_nobody(folder: Path, user: Callable[[], User]) -> None:
    """The next user waits until the server has ended, and starts it again."""
    process, waiting = ready(user()), keeper(folder)
    process.kill()
    kill(waiting)
    assert notes(folder) == 1
    eventually(lambda: not listening(folder))


def test_a_killed_server_is_started_by_the_next_user(folder: Path, user: Callable[[], User]) -> None:
    """Even while an earlier user, whose connections died with it, still lives; and it is found again by that one."""
    with open_database(None, folder) as early:
        kill(postmaster(folder))
        ready(user())
        with early.autocommit() as connection:
            assert connection.execute(text("SELECT count(*) FROM public.notes")).scalar_one() == 1


def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    """What was half made is thrown away."""
    (folder / "data.unfinished").mkdir(parents=True)
    (folder / "data.unfinished/PG_VERSION").write_text("18\n", encoding="utf-8")
    with Database.embedded(folder) as database, database.autocommit() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_users_that_come_and_go_quickly_always_find_it(folder: Path) -> None:
    """Also when they come just as the server is being stopped."""
    for pause in (0, 0.01, 0.05, 0.1, 0.2):
        with Database.embedded(folder) as database, database.autocommit() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        time.sleep(pause)


@pytest.mark.parametrize("name", ["市 政务", 'it\'s "$HOME" `x`', "a,b", "long" * 30])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    """Whatever its name, and however long its path."""
    with Database.embedded(tmp_path / name) as database, database.autocommit() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    eventually(lambda: not listening(tmp_path / name))


def test_the_folders_above_may_be_closed_while_it_runs(folder: Path) -> None:
    """The server's user needs no way through them, so none is opened for it."""
    folder.parent.chmod(0o700)
    with Database.embedded(folder) as database, database.autocommit() as connection:
        assert folder.parent.stat().st_mode & 0o777 == 0o700
        connection.execute(text("CREATE TABLE public.notes AS SELECT generate_series(1, 1000)"))
        connection.execute(text("CHECKPOINT"))
        connection.execute(text("CREATE DATABASE another"))
    assert notes(folder) == 1000


def test_nobody_else_can_reach_it(folder: Path) -> None:
    """No port, and a socket in a folder that only its owner enters."""
    with Database.embedded(folder) as database, database.autocommit() as connection:
        assert connection.scalar(text("SHOW listen_addresses")) == ""
        assert (folder / "data").stat().st_mode & 0o077 == 0
        assert (folder / "data/.s.PGSQL.5432").is_socket()


def test_it_stays_out_of_reach_of_the_terminal(folder: Path) -> None:
    """Ctrl-C goes to the command, not to the server or its keeper, which belong to sessions of their own."""
    with Database.embedded(folder):
        assert os.getsid(0) not in {os.getsid(postmaster(folder)), os.getsid(keeper(folder))}


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With the reason in words, and what to do."""
    (tmp_path / "state").write_text("", encoding="utf-8")
    for folder in (tmp_path / "state", tmp_path / "state" / "below"):
        with pytest.raises(StoreError, match="cannot be used: there is a file in its place; TENANTRY_STATE_DIR"):
            EmbeddedServer(folder)
    with pytest.raises(StoreError, match=r"state cannot be used: No such file or directory;"):
        EmbeddedServer(Path("/proc/nobody/state"))


def test_a_server_that_does_not_start_says_why(folder: Path) -> None:
    """With the server's own last words; and nothing is left running."""
    EmbeddedServer(folder).close()
    eventually(lambda: not listening(folder))
    (folder / "data/PG_VERSION").write_text("9.6\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"(?s)cannot be started in .*9\.6"):
        EmbeddedServer(folder)
    assert not listening(folder)
