"""What there is to probe: real servers on this machine, each started for one test."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

from provisioner.playing.access import SshAccess

LOCALHOST = "127.0.0.1"

#: What a server does with a connection.
Handler = Callable[[socket.socket], None]
#: Starts a server; returns its port.
Listen = Callable[[Handler], int]


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Ends what a test has started."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def listen(closing: ExitStack) -> Listen:
    """Starts servers that hand each connection to a function, until the test ends."""

    def start(handler: Handler) -> int:
        server = closing.enter_context(socket.create_server((LOCALHOST, 0)))

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        handler(connection)
                    except OSError:
                        # The prober hung up, as it does where it has waited long enough.
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        closing.callback(thread.join, 5)
        closing.callback(server.shutdown, socket.SHUT_RDWR)
        return int(server.getsockname()[1])

    return start


def hang_up(connection: socket.socket) -> None:
    """End the connection at once."""
    connection.shutdown(socket.SHUT_RDWR)


def say_nothing(connection: socket.socket) -> None:
    """Read until the other side gives up."""
    while connection.recv(65536):
        pass


@pytest.fixture
def refusing() -> int:
    """A port on which nothing listens."""
    with socket.create_server((LOCALHOST, 0)) as server:
        return int(server.getsockname()[1])


@dataclass(slots=True)
class SshServer:
    """An SSH server that runs commands as this process's own user, and lets one key in."""

    folder: Path
    port: int = 0
    #: What it was asked to run.
    commands: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    #: The process groups of the commands that are under way.
    _shells: list[int] = field(default_factory=list)
    _connections: "set[asyncssh.SSHServerConnection]" = field(default_factory=set)
    _acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def key_file(self) -> Path:
        """The private key that it lets in."""
        return self.folder / "key"

    def start(self) -> None:
        """Listen, at the same port as before where there was one."""
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def rebuild(self) -> None:
        """Begin again at the same port with a new host key."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        """Hang up and end, with all that still runs."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        await self._close()
        for group in self._shells:
            os.killpg(group, signal.SIGKILL)
        for connection in self._connections:
            connection.abort()
            await connection.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=10)

    async def _listen(self) -> None:
        self._acceptor = await asyncssh.listen(
            LOCALHOST,
            self.port,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            authorized_client_keys=str(self.key_file.with_suffix(".pub")),
            process_factory=self._run,
            encoding=None,
        )
        self.port = self._acceptor.get_port()

    async def _close(self) -> None:
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()

    async def _run(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        self.commands.append(process.command or "")
        self._connections.add(process.get_extra_info("connection"))
        self.users.append(str(process.get_extra_info("username")))
        shell = await asyncio.create_subprocess_shell(
            process.command or "", stdin=asyncio.subprocess.DEVNULL, stdout=-1, stderr=-1, start_new_session=True
        )
        self._shells.append(shell.pid)
        out, err = await shell.communicate()
        self._shells.remove(shell.pid)
        process.stdout.write(out)
        process.stderr.write(err)
        process.exit(shell.returncode or 0)


@pytest.fixture
def guest(tmp_path: Path, closing: ExitStack) -> SshServer:
    """A guest that takes commands over SSH."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = SshServer(folder=tmp_path)
    key.write_private_key(str(server.key_file))
    server.key_file.chmod(0o600)
    key.write_public_key(str(server.key_file.with_suffix(".pub")))
    server.start()
    closing.callback(server.stop)
    return server


@pytest.fixture
def access(guest: SshServer, tmp_path: Path) -> SshAccess:
    """The operator's key, and a place for host keys whose name has a space in it."""
    folder = tmp_path / "known 主机"
    folder.mkdir()
    return SshAccess(key_file=guest.key_file, known_hosts=folder / "known_hosts", port=guest.port)
