"""A program run within limits: what it may take, what it sees of the environment, and that it ends when whoever began it does.

`setpriv` and `prlimit` (util-linux) set the limits before the program begins; setting them from here between fork and exec is not safe
where threads run.
"""

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

#: Nothing of ours: it holds passwords of clouds and databases. Two arenas keep the address space of many threads small.
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "MALLOC_ARENA_MAX": "2",
}
#: Seconds between two looks at whether to stop.
_LOOK: Final = 0.2
#: Seconds that a program may take to end after it closed its output.
_GRACE: Final = 30
_READ: Final = 64 * 1024
#: What is kept of a program's output: a check's report is short, an error shorter.
_KEPT: Final = 64 * 1024
_PROGRESS: Final = re.compile(rb"\((\d+)\.(\d\d)/100%\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a program may take."""

    #: Bytes of address space (RLIMIT_AS), and of any file that it writes (RLIMIT_FSIZE).
    memory: int
    file: int
    #: Seconds of processor time (RLIMIT_CPU), and of time.
    processor: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a program ended."""

    #: Its exit code; negative for the signal that ended it.
    code: int
    output: bytes
    errors: str
    #: Why it was made to end; empty where it ended by itself.
    ended_for: str = ""


STOPPED: Final = "stopped"
TOO_LONG: Final = "time"


@dataclass(slots=True)
class Child:
    """A program that is to be run."""

    command: Sequence[str]
    bounds: Bounds
    #: Descriptors that it keeps open, under their numbers.
    descriptors: Sequence[int] = ()
    stopped: Callable[[], bool] = lambda: False
    #: Hears how far it came, in ten-thousandths, where it tells (`-p`).
    heard: Callable[[int], None] = lambda _: None
    _output: bytearray = field(default_factory=bytearray)
    _errors: bytearray = field(default_factory=bytearray)

    def run(self) -> Ended:
        """Run it to its end, whichever that is. Raises FileNotFoundError where util-linux is missing."""
        process = subprocess.Popen(  # noqa: S603  # a program of a fixed name, with arguments of our own
            (*_limits(self.bounds), *self.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(_ENVIRONMENT),
            cwd="/",
            pass_fds=tuple(self.descriptors),
            start_new_session=True,
        )
        with process:
            try:
                why = self._follow(process)
            finally:
                process.kill()
        return Ended(
            code=process.returncode,
            output=bytes(self._output),
            errors=self._errors.decode(errors="replace").strip(),
            ended_for=why,
        )

    def _follow(self, process: "subprocess.Popen[bytes]") -> str:
        """Listen until it has ended (""), or why it has to."""
        until = time.monotonic() + self.bounds.seconds
        with selectors.DefaultSelector() as selector:
            for stream, kept in ((process.stdout, self._output), (process.stderr, self._errors)):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ, kept)
            while selector.get_map():
                if self.stopped():
                    return STOPPED
                if time.monotonic() > until:
                    return TOO_LONG
                for key, _ in selector.select(_LOOK):
                    if not self._take(key.fileobj, key.data):
                        selector.unregister(key.fileobj)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return TOO_LONG
        return ""

    def _take(self, stream: "IO[bytes] | int | object", kept: bytearray) -> bool:
        found = os.read(stream.fileno(), _READ)  # type: ignore[union-attr]  # a pipe, as registered
        kept += found
        del kept[:-_KEPT]
        if kept is self._output and (told := _PROGRESS.findall(found)):
            whole, hundredths = told[-1]
            self.heard(int(whole) * 100 + int(hundredths))
        return bool(found)


def signal_name(code: int) -> str:
    """The signal that ended a program, by its name."""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return str(-code)


def _limits(bounds: Bounds) -> Sequence[str]:
    return (
        *("setpriv", "--no-new-privs", "--pdeathsig", "KILL"),
        *("prlimit", f"--as={bounds.memory}", f"--fsize={bounds.file}", f"--cpu={bounds.processor}", "--core=0"),
    )
