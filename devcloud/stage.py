"""What the demos share: they run commands as a person would type them, show them, and end at the first that goes wrong."""

import os
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's folder, where the demos run."""

TENANTRY: Final = Path(sys.executable).with_name("tenantry")
"""The command that the demos show."""

NOTHING: Final = 0
CHANGES: Final = 2
"""Exit codes of Tenantry: nothing to do, changes."""

INTERRUPTED: Final = 130
"""By convention, the exit code after Ctrl-C."""


class DemoFailed(Exception):
    """A step of the demo did not end as it should; the message says which, and how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Runs Tenantry as a person would, and shows the command."""

    environment: Mapping[str, str]

    def tenantry(self, *arguments: str | Path, ends_with: Collection[int] = (NOTHING,)) -> None:
        """Run one command of Tenantry on our terminal. Raises DemoFailed where it ends otherwise than it should."""
        self._run(TENANTRY, "tenantry", arguments, ends_with)

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run another program on our terminal. Raises DemoFailed where it fails."""
        self._run(program, program, arguments, (NOTHING,))

    def _run(self, program: str | Path, name: str, arguments: Iterable[str | Path], ends_with: Collection[int]) -> None:
        words = [str(each) for each in arguments]
        shown = shlex.join([name, *words])
        print(f"$ {shown}", flush=True)
        code = subprocess.run([program, *words], env=dict(self.environment), check=False).returncode
        if code not in ends_with:
            expected = " or ".join(str(each) for each in sorted(ends_with))
            raise DemoFailed(f"`{shown}` ended with exit code {code}, not {expected}; what it printed says why")


def environment(clouds_yaml: Path, records: Path, **more: str) -> dict[str, str]:
    """The environment of the demo's commands: whatever a person has set for clouds of their own must not lead there."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "TENANTRY_"))}
    return {**ours, "OS_CLIENT_CONFIG_FILE": str(clouds_yaml), "TENANTRY_STATE_DIR": str(records), **more}


def title(text: str) -> None:
    """Say what comes now."""
    print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)
