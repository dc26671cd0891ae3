"""A command as a person would start it, and what it took: time, processor time, memory."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.measurements import BenchmarkFailed

_LAUNCHER: Final = Path(__file__).with_name("launcher.py")
_SHOWN_OF_FAILURE: Final = 2000
#: Seconds after which a command counts as stuck.
_PATIENCE: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that ended as it should."""

    #: From its start to its end, start-up included.
    seconds: float
    #: Of the process and of those that it waited for; the embedded database's server is not among them.
    cpu_seconds: float
    peak_bytes: int
    output: str


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    ends_with: Collection[int] = (0,),
    folder: Path | None = None,
) -> Ended:
    """Run a command with its output into a file. Raises BenchmarkFailed where it ends otherwise than it should."""
    words = [str(each) for each in command]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch:
        taken, output, errors = (Path(scratch, name) for name in ("taken", "output", "errors"))
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", _LAUNCHER, taken, *words],
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            code = _wait(process)
        said = output.read_text(encoding="utf-8", errors="replace")
        if code not in ends_with:
            end = (said + errors.read_text(encoding="utf-8", errors="replace"))[-_SHOWN_OF_FAILURE:]
            raise BenchmarkFailed(f"`{' '.join(words)}` ended with exit code {code}:\n{end}")
        return Ended(**json.loads(taken.read_text(encoding="utf-8")), output=said)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """The exit code. Whatever ends the waiting, Ctrl-C included, ends the command and all that it started."""
    try:
        return process.wait(_PATIENCE)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
