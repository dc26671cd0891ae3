"""Ask by commands in guests, over SSH, by ansible-runner and the playbook `probe.yml`: the only home of ansible_runner.

One run asks all guests side by side, each within its own time. The playbook looks at what a command writes and tells only
how it ended. Ansible sees a few variables of the environment and no configuration but ours, and works in a folder that
nobody else can read and that is gone afterwards.

The connection is the system's SSH client. Ansible's one in pure Python is given up by its makers (ansible-core 2.21), so
a machine without the client is told so. A host's key is taken at its first appearance and held to from then on, by
Nova's id of the server.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from provisioner.probing.guests import Guest, finding_of, host_of, inventory
from provisioner.probing.readings import Finding, unknown

_PLAYBOOKS: Final = Path(__file__).resolve().parents[2] / "playbooks"
#: As the role names its tasks.
_ASKING: Final = frozenset({"Log in", "Run the command"})
_TELL: Final = "Tell how it ended"
#: Guests that are asked at a time.
_FORKS: Final = 10
#: Seconds that Ansible itself may take, at its start and for each round of guests.
_START: Final = 30
_ROUND: Final = 5
#: What SSH and Ansible need of the environment; the rest holds passwords of clouds and databases.
_KEPT: Final = frozenset({"HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "TMPDIR", "TZ"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SshAccess:
    """How guests are logged in to."""

    #: The private key; None leaves it to the SSH agent and the operator's own keys.
    key_file: Path | None
    #: Where host keys are kept; its folder is there.
    known_hosts: Path
    #: None leaves it to the operator's SSH configuration: 22 unless that says otherwise.
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one command ended."""

    finding: Finding
    #: None where nothing was run.
    milliseconds: int | None = None


@dataclass(slots=True)
class _Heard:
    """What Ansible tells while it runs, by host."""

    outcomes: dict[str, object] = field(default_factory=dict)
    milliseconds: dict[str, int] = field(default_factory=dict)

    def __call__(self, event: Mapping[str, Any]) -> bool:
        """Take in an event; False keeps the runner from writing it down."""
        if str(event.get("event", "")).startswith("runner_on_"):
            data = event.get("event_data", {})
            host, result = str(data.get("host")), data.get("res") or {}
            if data.get("task") in _ASKING and data.get("duration") is not None:
                self.milliseconds[host] = self.milliseconds.get(host, 0) + round(data["duration"] * 1000)
            elif data.get("task") == _TELL and "ansible_facts" in result:
                self.outcomes[host] = result["ansible_facts"].get("probe_outcome")
        return False


def ask_commands(guests: Sequence[Guest], access: SshAccess, *, stopped: Callable[[], bool]) -> tuple[Answer, ...]:
    """Run the guests' commands; one answer for each, in order. Where `stopped` says so, what is left is not waited for."""
    obstacle = _obstacle(access)
    if obstacle or not guests:
        return (Answer(finding=unknown(obstacle)),) * len(guests)
    heard = _Heard()
    with TemporaryDirectory(prefix="tenantry-probe-") as folder:
        _run(Path(folder), guests, access, heard=heard, stopped=stopped)
    return tuple(_answer(heard, index, guest, access) for index, guest in enumerate(guests))


def _obstacle(access: SshAccess) -> str:
    """What keeps any guest from being asked; empty where nothing does."""
    if shutil.which("ssh") is None:
        return "this machine has no SSH client: install OpenSSH's (package openssh-client or openssh-clients)"
    if access.key_file is not None and not os.access(access.key_file, os.R_OK):
        return f"the key {access.key_file} that TENANTRY_SSH_KEY_FILE names cannot be read"
    return ""


def _run(
    folder: Path, guests: Sequence[Guest], access: SshAccess, *, heard: _Heard, stopped: Callable[[], bool]
) -> None:
    from ansible_runner import Runner, RunnerConfig  # noqa: PLC0415  # only for commands, and takes a while to import

    hosts = folder / "inventory.json"
    content = inventory(guests, port=access.port, known_hosts=access.known_hosts)
    hosts.write_text(json.dumps(content), encoding="utf-8")
    longest, rounds = max(guest.seconds for guest in guests), -(-len(guests) // _FORKS)
    config = RunnerConfig(
        str(folder),
        project_dir=str(_PLAYBOOKS),
        playbook="probe.yml",
        inventory=str(hosts),
        forks=_FORKS,
        quiet=True,
        timeout=_START + rounds * (2 * longest + _ROUND),
        settings={"suppress_output_file": True, "pexpect_timeout": 1},
        envvars=_environment(folder, access, longest),
    )
    config.prepare()
    config.env = _reduced(config.env)
    Runner(config, event_handler=heard, cancel_callback=stopped).run()


def _environment(folder: Path, access: SshAccess, longest: int) -> Mapping[str, str]:
    return {
        # Ansible is beside our own interpreter, wherever that is called from.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(_PLAYBOOKS / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_SSH_EXECUTABLE": str(_PLAYBOOKS / "bin" / "ssh-within"),
        # A second more than Ansible gives it, which has more to say.
        "TENANTRY_SSH_SECONDS": str(longest + 1),
        **({"ANSIBLE_PRIVATE_KEY_FILE": str(access.key_file)} if access.key_file is not None else {}),
    }


def _reduced(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what only came along from ours; the runner writes all of it into its folder."""
    return {name: value for name, value in environment.items() if name in _KEPT or os.environ.get(name) != value}


def _answer(heard: _Heard, index: int, guest: Guest, access: SshAccess) -> Answer:
    host = host_of(index)
    finding = finding_of(heard.outcomes.get(host), guest, known_hosts=access.known_hosts)
    return Answer(finding=finding, milliseconds=heard.milliseconds.get(host))
