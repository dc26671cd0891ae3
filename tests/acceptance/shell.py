"""Tenantry as a person or a script has it: a process with arguments, an environment, two streams and an exit code."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

TENANTRY: Final = Path(sys.executable).with_name("tenantry")
#: Seconds. Far above what anything takes: it ends a test that hangs, and measures nothing.
PATIENCE: Final = 240

#: Exit codes as Terraform's plan has them.
NOTHING: Final = 0
ERROR: Final = 1
CHANGES: Final = 2
#: By a shell's convention, 128 and SIGINT's number.
INTERRUPTED: Final = 130

#: The environment of a terminal or a pipe that knows ASCII alone.
ASCII: Final = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    command: str
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    def must_be(self, code: int) -> Self:
        """This, where it ended with that code. Raises AssertionError with all it said otherwise."""
        assert self.code == code, f"{self.command}: {self.code}, not {code}\n--- out\n{self.out}\n--- err\n{self.err}"
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A command under way, in a session of its own, so that a signal meets it alone."""

    command: str
    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def said(self) -> str:
        """What it wrote to standard error so far."""
        return self.err.read_text(encoding="utf-8")

    def wait(self) -> Ended:
        """Wait for its end."""
        code = self.process.wait(PATIENCE)
        return Ended(command=self.command, code=code, out=self.out.read_text(encoding="utf-8"), err=self.said())

    def kill(self) -> None:
        """`kill -9`, and wait until it is gone. It must have been under way: a test of being killed needs a victim."""
        assert self.process.poll() is None, f"{self.command} had ended: {self.wait()}"
        self.process.kill()
        self.process.wait(PATIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Runs Tenantry with records of its own, in a folder of its own."""

    folder: Path
    clouds_yaml: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """The folder of the embedded database."""
        return self.folder / "state"

    def with_environment(self, **more: str) -> Self:
        """The same shell with further variables."""
        return replace(self, environment={**self.environment, **more})

    def __call__(self, *arguments: str | Path, code: int = NOTHING, stdin: str = "") -> Ended:
        """Run a command to its end, which must be this exit code."""
        return self.run(*arguments, stdin=stdin).must_be(code)

    def run(self, *arguments: str | Path, stdin: str = "") -> Ended:
        """Run a command to its end, whatever its exit code."""
        done = subprocess.run(
            [TENANTRY, *arguments],
            env=self.variables(),
            cwd=self.folder,
            input=stdin.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        command = " ".join(["tenantry", *map(str, arguments)])
        return Ended(command=command, code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    def start(self, *arguments: str | Path) -> Running:
        """Start a command and leave it running. End it."""
        out, err = (self.folder / f"{name}-{os.urandom(4).hex()}" for name in ("out", "err"))
        with out.open("wb") as out_file, err.open("wb") as err_file:
            process = subprocess.Popen(
                [TENANTRY, *arguments],
                env=self.variables(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out_file,
                stderr=err_file,
                start_new_session=True,
            )
        command = " ".join(["tenantry", *map(str, arguments)])
        return Running(command=command, process=process, out=out, err=err)

    def variables(self) -> dict[str, str]:
        """The environment of a command: ours, without what would change Tenantry's mind."""
        ours = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TENANTRY_", "OS_", "PYTHON", "LC_", "COLUMNS"))
        }
        return {
            **ours,
            "LANG": "C.UTF-8",
            "OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml),
            "TENANTRY_STATE_DIR": str(self.state),
            # Whoever counts requests or has them fail means those of what is tried, not of collectors beside it.
            "TENANTRY_COLLECT": "false",
            **self.environment,
        }
