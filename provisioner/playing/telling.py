"""Make evidence of what Ansible tells while a playbook runs: bounded, in order, without secrets. Pure.

Events are records of ansible-runner (its documentation, "Runner Artifact Job Events"). Of a task's result nothing is kept
but how it ended and, where it failed, its message.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.playing.played import GuestResult, Outcome, Told
from tenants.names import ServerName

#: So many events are kept of the beginning, and of the end.
KEPT: Final = 250
_LONGEST_TASK: Final = 200
_LONGEST_MESSAGE: Final = 1000
#: Of what Ansible says itself.
_MOST_LINES: Final = 10
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "runner_on_ok": Outcome.OK,
    "runner_on_failed": Outcome.FAILED,
    "runner_on_unreachable": Outcome.UNREACHABLE,
    "runner_on_skipped": Outcome.SKIPPED,
}
_ITEM_FAILED: Final = "runner_item_on_failed"
_STATISTICS: Final = "playbook_on_stats"
_LOCAL: Final = frozenset(
    {"validate_argument_spec", "set_fact", "assert", "debug", "fail", "include_vars", "pause", "meta"}
)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_ERROR: Final = re.compile(r"\[?ERROR")


@dataclass(slots=True)
class Telling:
    """Listens to a run."""

    #: The servers by their names in the inventory.
    servers: Mapping[str, ServerName]
    #: Takes secrets out of a text.
    mask: Callable[[str], str]
    #: What was said by guests so far, the newest last.
    _results: dict[str, GuestResult] = field(default_factory=dict)
    _first: list[Told] = field(default_factory=list)
    _last: list[Told] = field(default_factory=list)
    _left_out: int = 0
    _items: dict[tuple[str, str], str] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    #: The hosts in which something was done, be it only logging in.
    _reached: set[str] = field(default_factory=set)

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take in an event."""
        kind, data = str(event.get("event", "")), event.get("event_data") or {}
        host = str(data.get("host"))
        if kind == _ITEM_FAILED:
            self._items[host, str(data.get("task_uuid"))] = _message(data.get("res"))
        elif kind in _OUTCOMES and host in self.servers:
            self._take(host, _outcome(kind, data), data)
        elif kind == _STATISTICS:
            self._count(data.get("changed") or {})
        elif not data:
            self._listen(str(event.get("stdout", "")))

    @property
    def events(self) -> tuple[Told, ...]:
        """What was done, in order."""
        return (*self._first, *self._last)

    @property
    def left_out(self) -> int:
        """How many events are not among these."""
        return self._left_out

    @property
    def complaint(self) -> str:
        """What Ansible itself complained of; empty where it did not."""
        return self._cut("\n".join(self._lines))

    @property
    def strangers(self) -> frozenset[str]:
        """The hosts, by their names in the inventory, that could not be reached, and in which nothing was done."""
        unreachable = {name for name, each in self._results.items() if each.outcome is Outcome.UNREACHABLE}
        return frozenset(unreachable - self._reached)

    def forget(self, hosts: Iterable[str]) -> None:
        """Let hosts begin anew."""
        for each in hosts:
            self._results.pop(each, None)

    def results(self, *, ended: bool) -> tuple[GuestResult, ...]:
        """How it went in each guest; where the run did not come to its end, guests without a failure are unfinished."""
        unfinished = {name: GuestResult(server=each, outcome=Outcome.UNFINISHED) for name, each in self.servers.items()}
        found = {name: each for name, each in self._results.items() if ended or each.task}
        return tuple((unfinished | found).values())

    def _take(self, host: str, outcome: Outcome, data: Mapping[str, Any]) -> None:
        server, task = self.servers[host], self.mask(str(data.get("task", "")))[:_LONGEST_TASK]
        duration = data.get("duration")
        milliseconds = round(duration * 1000) if isinstance(duration, int | float) else None
        self._note(Told(task=task, server=server, outcome=outcome, milliseconds=milliseconds))
        before = self._results.get(host)
        if outcome not in {Outcome.UNREACHABLE, Outcome.SKIPPED} and not _is_local(data):
            self._reached.add(host)
        if outcome in {Outcome.FAILED, Outcome.UNREACHABLE}:
            said = self._items.get((host, str(data.get("task_uuid"))), "") or _message(data.get("res"))
            if outcome is Outcome.UNREACHABLE and "censored" in (data.get("res") or {}):
                said = "the SSH connection broke"
            self._results[host] = GuestResult(server=server, outcome=outcome, task=task, message=self._cut(said))
        elif before is None or outcome is Outcome.CHANGED:
            changed = Outcome.CHANGED if outcome is Outcome.CHANGED else Outcome.OK
            self._results[host] = GuestResult(server=server, outcome=changed)

    def _count(self, changed: Mapping[str, int]) -> None:
        """Take in how many tasks changed something: of one that is not to be logged nothing else says so."""
        for host, number in changed.items():
            result = self._results.get(host)
            if number and result is not None and result.outcome is Outcome.OK:
                self._results[host] = GuestResult(server=result.server, outcome=Outcome.CHANGED)

    def _note(self, told: Told) -> None:
        if len(self._first) < KEPT:
            self._first.append(told)
            return
        self._last.append(told)
        if len(self._last) > KEPT:
            self._last.pop(0)
            self._left_out += 1

    def _listen(self, line: str) -> None:
        """Keep what Ansible complains of, from the first line that says so."""
        text = _COLOURS.sub("", line).rstrip()
        if text and (self._lines or _ERROR.match(text)) and len(self._lines) < _MOST_LINES:
            self._lines.append(text)

    def _cut(self, text: str) -> str:
        # Masked before it is cut: half a secret is none that is found.
        masked = self.mask(text).strip()
        return masked if len(masked) <= _LONGEST_MESSAGE else masked[:_LONGEST_MESSAGE] + "…"


def _outcome(kind: str, data: Mapping[str, Any]) -> Outcome:
    outcome, result = _OUTCOMES[kind], data.get("res")
    if outcome is Outcome.FAILED and data.get("ignore_errors"):
        return Outcome.IGNORED
    if outcome is Outcome.OK and isinstance(result, Mapping) and result.get("changed"):
        return Outcome.CHANGED
    return outcome


def _is_local(data: Mapping[str, Any]) -> bool:
    """Whether a task is one that Ansible does by itself, without its guest."""
    return str(data.get("task_action", "")).removeprefix("ansible.builtin.") in _LOCAL


def _message(result: Any) -> str:
    """What a task said that failed; Ansible has taken out what is marked `no_log`."""
    if not isinstance(result, Mapping):
        return ""
    said = str(result.get("msg") or result.get("censored") or "").strip()
    code = result.get("rc")
    return f"{said} (code {code})" if isinstance(code, int) and code and "censored" not in result else said
