"""Run a playbook by ansible-runner: its only home.

Ansible sees a few variables of the environment and no configuration but ours, and works in a folder that nobody else can
read and that is gone afterwards. What it tells goes to whoever listens, and is written nowhere. Nothing of it outlives the
run, whether that ended, took too long or was left off.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

from provisioner.playing.access import SshAccess
from provisioner.playing.hosts import Host, inventory
from provisioner.playing.leftovers import VARIABLE, end_marked

#: The playbooks that come with Tenantry.
PLAYBOOKS: Final = Path(__file__).resolve().parents[2] / "playbooks"
#: Guests that are at work at a time.
FORKS: Final = 10
#: Seconds between two looks whether to leave off.
_BEAT: Final = 1
#: What SSH and Ansible need of the environment; the rest holds passwords of clouds and databases.
_KEPT: Final = frozenset({"HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "TMPDIR", "TZ"})

#: What listens to Ansible's events: records as ansible-runner's documentation has them.
Listener = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What to run, and where."""

    playbook: Path
    hosts: Sequence[Host]
    access: SshAccess
    #: Variables that count for more than any that the playbook has, as Ansible reads them.
    variables: Mapping[str, Any] = field(default_factory=dict)
    #: Seconds for all of it.
    seconds: int
    #: Seconds that a single connection may last.
    connection_seconds: int
    #: Whether only to tell what would be done.
    check: bool = False
    #: A name that the processes of a run are known by. One of the same name that is still there, because whoever began it
    #: died, is ended first.
    mark: str = field(default_factory=lambda: uuid4().hex)


class End(StrEnum):
    """How a run ended."""

    #: Every task of every guest did.
    WELL = "well"
    #: Something failed, as the events tell, or Ansible itself did.
    ILL = "ill"
    TOO_LATE = "too-late"
    LEFT_OFF = "left-off"


def run(asked: Run, *, heard: Listener, stopped: Callable[[], bool]) -> End:
    """Run a playbook until it ends, its time is over, or `stopped` says so, which is asked about once a second."""
    end_marked(asked.mark)
    asked.access.known_hosts.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(prefix="tenantry-play-") as folder:
        try:
            return _run(Path(folder), asked, heard, stopped)
        finally:
            end_marked(asked.mark)


def _run(folder: Path, asked: Run, heard: Listener, stopped: Callable[[], bool]) -> End:
    from ansible_runner import Runner, RunnerConfig  # noqa: PLC0415  # only for guests, and takes a while to import

    def listen(event: Mapping[str, Any]) -> bool:
        """Take in an event; False keeps the runner from writing it down."""
        heard(event)
        return False

    config = RunnerConfig(
        str(folder),
        project_dir=str(asked.playbook.parent),
        playbook=asked.playbook.name,
        inventory=str(_written(folder / "inventory.json", inventory(asked.hosts, asked.access))),
        forks=FORKS,
        quiet=True,
        timeout=asked.seconds,
        cmdline=_options(folder, asked),
        envvars=_environment(folder, asked),
    )
    config.prepare()
    config.env = _reduced(config.env)
    # Given as settings these would count only where there is a file of settings besides.
    config.suppress_output_file, config.pexpect_timeout = True, _BEAT
    runner = Runner(config, event_handler=listen, cancel_callback=stopped)
    runner.run()
    return _end(runner)


def _end(runner: Any) -> End:
    if runner.canceled:
        return End.LEFT_OFF
    if runner.timed_out:
        return End.TOO_LATE
    return End.WELL if runner.rc == 0 else End.ILL


def _options(folder: Path, asked: Run) -> str:
    """What stands on Ansible's command line; variables are in a file, for others may see the line."""
    check = ("--check",) if asked.check else ()
    variables = ("-e", f"@{_written(folder / 'variables.json', asked.variables)}") if asked.variables else ()
    return shlex.join((*check, *variables))


def _written(file: Path, content: Mapping[str, Any]) -> Path:
    file.touch(mode=0o600)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def _environment(folder: Path, asked: Run) -> Mapping[str, str]:
    key = asked.access.key_file
    return {
        VARIABLE: asked.mark,
        # Ansible is beside our own interpreter, wherever that is called from.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        # Those beside the playbook count first.
        "ANSIBLE_ROLES_PATH": str(PLAYBOOKS / "roles"),
        "ANSIBLE_SSH_EXECUTABLE": str(PLAYBOOKS / "bin" / "ssh-within"),
        # A second more than Ansible gives it, which has more to say.
        "TENANTRY_SSH_SECONDS": str(asked.connection_seconds + 1),
        **({"ANSIBLE_PRIVATE_KEY_FILE": str(key)} if key is not None else {}),
    }


def _reduced(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what only came along from ours; the runner writes all of it into its folder."""
    return {name: value for name, value in environment.items() if name in _KEPT or os.environ.get(name) != value}
