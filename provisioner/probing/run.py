"""Ask all questions side by side; what fails costs only its own question."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from provisioner.playing.access import SshAccess
from provisioner.playing.hosts import is_user
from provisioner.probing.checks import Check, Place
from provisioner.probing.command import Answer, ask_commands
from provisioner.probing.guests import Guest
from provisioner.probing.http import ask_http
from provisioner.probing.readings import Finding, Reading, unknown
from provisioner.probing.tcp import ask_tcp
from tenants.application import CommandProbe

#: Questions that are asked at a time, beside those in guests.
_PARALLEL: Final = 16
#: Seconds between two looks whether to leave off.
_BEAT: Final = 0.1
_INTERRUPTED: Final = Answer(finding=unknown("interrupted before there was an answer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """What asks."""

    access: SshAccess
    now: Callable[[], datetime]
    #: Whether to leave off: what has no answer by then is not waited for.
    stopped: Callable[[], bool] = bool

    def ask(self, checks: Iterable[Check]) -> tuple[Reading, ...]:
        """One reading for each check, in their order. Takes as long as the slowest of them."""
        asked = tuple(checks)
        commands = [each for each in asked if each.probe.command is not None]
        pool = ThreadPoolExecutor(max_workers=_PARALLEL, thread_name_prefix="probe")
        try:
            in_guests = pool.submit(self._ask_guests, commands)
            others = {id(each): pool.submit(self._ask, each) for each in asked if each.probe.command is None}
            while wait(others.values(), timeout=_BEAT).not_done and not self.stopped():
                pass
            answers = {key: each.result() if each.done() else _INTERRUPTED for key, each in others.items()}
            # Ansible takes its leave in any case: it has a folder to clear away.
            answers.update(zip(map(id, commands), in_guests.result(), strict=True))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        at = self.now()
        return tuple(_reading(each, answers[id(each)], at) for each in asked)

    def _ask(self, check: Check) -> Answer:
        if isinstance(check.place, Finding):
            return Answer(finding=check.place)
        if self.stopped():
            return _INTERRUPTED
        began = monotonic()
        finding = _question(check, check.place)
        return Answer(finding=finding, milliseconds=round((monotonic() - began) * 1000))

    def _ask_guests(self, checks: Sequence[Check]) -> Sequence[Answer]:
        """All commands in one run of Ansible, but for those that cannot be asked."""
        guests = [_guest(check) for check in checks]
        asked = [each for each in guests if isinstance(each, Guest)]
        answers = iter(ask_commands(asked, self.access, stopped=self.stopped))
        return [next(answers) if isinstance(each, Guest) else Answer(finding=each) for each in guests]


def _question(check: Check, place: Place) -> Finding:
    probe = check.probe
    if probe.http is not None:
        # Certificates name what people type, not the addresses of single servers.
        return ask_http(place.address, probe.http, seconds=probe.timeout, named=place.server is None)
    if probe.tcp is not None:
        return ask_tcp(place.address, probe.tcp, seconds=probe.timeout)
    raise ValueError(f"the probe {probe.name} asks nothing")


def _guest(check: Check) -> Guest | Finding:
    """The guest that a command is for, or why it is not asked."""
    probe, place = check.probe, check.place
    if isinstance(place, Finding):
        return place
    command = probe.command or CommandProbe(command="")
    if not is_user(command.user):
        return unknown(f'"{command.user}" cannot be the name of a guest\'s user')
    return Guest(address=place.address, server=place.server, probe=command, seconds=probe.timeout)


def _reading(check: Check, answer: Answer, at: datetime) -> Reading:
    return Reading(
        application=check.application,
        probe=check.probe.name,
        server=check.server,
        address=check.place.address if isinstance(check.place, Place) else None,
        finding=answer.finding,
        milliseconds=answer.milliseconds,
        at=at,
    )
