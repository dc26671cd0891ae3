"""A command on a terminal of its own, with somebody who reads it and types."""

import os
import pty
import re
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.acceptance.shell import PATIENCE, TENANTRY, Ended, Shell
from tests.acceptance.waiting import until

_SIZE: Final = (50, 160)
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One command on a terminal, from its start to its end. Use `terminal` to have one."""

    def __init__(self, shell: Shell, *arguments: str | Path) -> None:
        self._command = " ".join(["tenantry", *map(str, arguments)])
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, _SIZE)
        self._process = subprocess.Popen(
            [TENANTRY, *arguments],
            env={**shell.variables(), "TERM": "xterm-256color"},
            cwd=shell.folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._screen = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """Everything shown so far, without colours and movements."""
        return _ESCAPES.sub("", self.raw)

    @property
    def raw(self) -> str:
        """Everything shown so far, as the terminal received it."""
        return self._screen.decode(errors="replace")

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The command's process."""
        return self._process

    def shows(self, text: str) -> None:
        """Wait until the terminal shows a text."""
        until(lambda: text in self.text or self._process.poll() is not None, f"{self._command} shows {text!r}")
        assert text in self.text, self.text

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._master, f"{text}\n".encode())

    def wait(self) -> Ended:
        """Wait for the command's end; all that it showed counts as output."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return Ended(command=self._command, code=code, out=self.text, err="")

    def close(self) -> None:
        """Take the terminal away, and the command with it."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self._master)

    def _read(self) -> None:
        # Reading fails once nobody holds the other end any more.
        with suppress(OSError):
            while content := os.read(self._master, 65536):
                self._screen += content


@contextmanager
def terminal(shell: Shell, *arguments: str | Path) -> Iterator[Terminal]:
    """A command on a terminal; it ends with the block at the latest."""
    opened = Terminal(shell, *arguments)
    try:
        yield opened
    finally:
        opened.close()
