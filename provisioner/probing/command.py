"""Ask by commands in guests, over SSH, by the playbook `probe.yml`.

One run asks all guests side by side, each within its own time. The playbook looks at what a command writes and tells only
how it ended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.playing.access import SshAccess, obstacle
from provisioner.playing.ansible import FORKS, PLAYBOOKS, Run, run
from provisioner.probing.guests import Guest, finding_of, host_of, told
from provisioner.probing.readings import Finding, unknown

#: As the role names its tasks.
_ASKING: Final = frozenset({"Log in", "Run the command"})
_TELL: Final = "Tell how it ended"
#: Seconds that Ansible itself may take, at its start and for each round of guests.
_START: Final = 30
_ROUND: Final = 5


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

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take in an event."""
        if str(event.get("event", "")).startswith("runner_on_"):
            data = event.get("event_data", {})
            host, result = str(data.get("host")), data.get("res") or {}
            if data.get("task") in _ASKING and data.get("duration") is not None:
                self.milliseconds[host] = self.milliseconds.get(host, 0) + round(data["duration"] * 1000)
            elif data.get("task") == _TELL and "ansible_facts" in result:
                self.outcomes[host] = result["ansible_facts"].get("probe_outcome")


def ask_commands(guests: Sequence[Guest], access: SshAccess, *, stopped: Callable[[], bool]) -> tuple[Answer, ...]:
    """Run the guests' commands; one answer for each, in order. Where `stopped` says so, what is left is not waited for."""
    reason = obstacle(access)
    if reason or not guests:
        return (Answer(finding=unknown(reason)),) * len(guests)
    heard = _Heard()
    run(_asked(guests, access), heard=heard, stopped=stopped)
    return tuple(_answer(heard, index, guest, access) for index, guest in enumerate(guests))


def _asked(guests: Sequence[Guest], access: SshAccess) -> Run:
    longest, rounds = max(guest.seconds for guest in guests), -(-len(guests) // FORKS)
    return Run(
        playbook=PLAYBOOKS / "probe.yml",
        hosts=told(guests),
        access=access,
        seconds=_START + rounds * (2 * longest + _ROUND),
        connection_seconds=longest,
    )


def _answer(heard: _Heard, index: int, guest: Guest, access: SshAccess) -> Answer:
    host = host_of(index)
    finding = finding_of(heard.outcomes.get(host), guest, known_hosts=access.known_hosts)
    return Answer(finding=finding, milliseconds=heard.milliseconds.get(host))
