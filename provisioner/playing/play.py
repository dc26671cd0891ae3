"""Run the playbook of a phase in the guests of an application, and bring home what it came to.

Running one twice must do no harm, for it is done where a worker died: the playbooks that come with Tenantry look before they
act. What is left of a run whose worker died is ended before the next begins.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from provisioner.clouds.collections import ItemId
from provisioner.playing.access import SshAccess, obstacle
from provisioner.playing.ansible import End, Run, run
from provisioner.playing.arguments import reserved
from provisioner.playing.digest import digest
from provisioner.playing.folders import Folders, missing, standard
from provisioner.playing.hosts import Host, as_it_is, is_user
from provisioner.playing.masking import masker
from provisioner.playing.played import GuestResult, Outcome, Played, State
from provisioner.playing.telling import Telling
from provisioner.playing.variables import LOGIN, login
from tenants.names import ApplicationName, ServerName
from tenants.wave import PlaybookName, PlaybookUse, WaveName

#: Seconds that logging in may take.
_LOGIN: Final = 30
#: Seconds between two attempts to reach guests that are on their way up.
_BEAT: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedGuest:
    """A server that a playbook runs in."""

    name: ServerName
    address: str
    #: Nova's id, under which the server's host key is kept.
    server: ItemId | None
    #: None is whoever the operator's SSH logs in as.
    user: str | None = None
    #: None is the access's.
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What to run, where, and for what."""

    use: PlaybookUse
    application: ApplicationName
    wave: WaveName
    #: The migration's id: the same for all phases of it.
    migration: str
    guests: tuple[PlayedGuest, ...]
    folders: Folders
    access: SshAccess
    #: Seconds in which guests may come up that cannot be reached at first; part of the time of the whole.
    patience: int = 0
    #: Whether only to tell what would be done.
    check: bool = False

    @property
    def name(self) -> PlaybookName:
        """The playbook's name."""
        return self.use.playbook or standard(self.use.phase)


def play(asked: Play, *, stopped: Callable[[], bool] = bool) -> Played:
    """Run the playbook until it has ended, its time is over, or `stopped` says so, which is asked about every second."""
    playbook = asked.folders.find(asked.name)
    if playbook is None:
        message = missing(asked.name, asked.folders.names())
        return Played(state=State.MISSING, playbook=asked.name, message=message, check=asked.check)
    sha256 = digest(playbook, asked.folders)
    refused = _refusal(asked)
    if refused or not asked.guests:
        state = State.FAILED if refused else State.OK
        return Played(state=state, playbook=asked.name, message=refused, sha256=sha256, check=asked.check)
    return replace(_Attempt(asked, playbook).played(stopped), sha256=sha256)


@dataclass(slots=True)
class _Attempt:
    """A playbook under way."""

    asked: Play
    playbook: Path
    _began: float = field(default_factory=time.monotonic)

    def played(self, stopped: Callable[[], bool]) -> Played:
        asked = self.asked
        hosts = _hosts(asked)
        servers = {each.alias: guest.name for each, guest in zip(hosts, asked.guests, strict=True)}
        telling = Telling(servers=servers, mask=masker(asked.use.variables))
        end = run(self._run(hosts), heard=telling, stopped=stopped)
        while end is End.ILL and (late := telling.strangers) and self._goes_on(stopped):
            telling.forget(late)
            remaining = [each for each in hosts if each.alias in late]
            end = run(self._run(remaining), heard=telling, stopped=stopped)
        results = telling.results(ended=end in {End.WELL, End.ILL})
        state = _state(end, results)
        is_told = any(each.outcome in {Outcome.FAILED, Outcome.UNREACHABLE} for each in results)
        return Played(
            state=state,
            playbook=asked.name,
            message="" if is_told else _said(asked, state, telling),
            guests=results,
            events=telling.events,
            left_out=telling.left_out,
            check=asked.check,
        )

    def _goes_on(self, stopped: Callable[[], bool]) -> bool:
        """Whether guests that could not be reached are tried again; waits a moment before that."""
        if stopped() or time.monotonic() + _BEAT - self._began > self.asked.patience:
            return False
        time.sleep(_BEAT)
        return not stopped()

    def _run(self, hosts: Sequence[Host]) -> Run:
        asked = self.asked
        left = max(1, round(asked.use.timeout - (time.monotonic() - self._began)))
        return Run(
            playbook=self.playbook,
            hosts=hosts,
            access=asked.access,
            variables=_variables(asked),
            seconds=left,
            connection_seconds=left,
            check=asked.check,
            mark=_mark(asked),
        )


def _refusal(asked: Play) -> str:
    """What keeps the playbook from running at all; empty where nothing does."""
    for each in asked.guests:
        if not is_user(user := _user(asked, each)):
            return f'"{user}" cannot be the name of a guest\'s user'
    return next(reserved(asked.use.variables), "") or obstacle(asked.access)


def _user(asked: Play, guest: PlayedGuest) -> str | None:
    """As whom to log in: as the wave says, or else as the guest's record does."""
    return login(asked.use.variables) or guest.user


def _hosts(asked: Play) -> Sequence[Host]:
    return [
        Host(
            alias=f"server-{number}",
            address=each.address,
            server=each.server,
            user=_user(asked, each),
            port=each.port,
            seconds=min(_LOGIN, asked.use.timeout),
            variables={
                "tenantry_server": as_it_is(str(each.name)),
                "tenantry_server_id": as_it_is(str(each.server or "")),
                "tenantry_first": number == 1,
            },
        )
        for number, each in enumerate(asked.guests, start=1)
    ]


def _variables(asked: Play) -> Mapping[str, Any]:
    """What the wave gives, and what every playbook is told; in neither is anything a template."""
    ours = {
        "tenantry_migration": asked.migration,
        "tenantry_wave": asked.wave,
        "tenantry_phase": asked.use.phase.value,
        "tenantry_application": asked.application,
    }
    return {name: as_it_is(each) for name, each in {**asked.use.variables, **ours}.items() if name != LOGIN}


def _mark(asked: Play) -> str:
    """The same for the same phase of the same migration in the same guests, whoever runs it."""
    parts = (asked.migration, asked.application, asked.use.phase.value, *(each.name for each in asked.guests))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _state(end: End, results: Sequence[GuestResult]) -> State:
    outcomes = {each.outcome for each in results}
    match end:
        case End.LEFT_OFF:
            return State.CANCELLED
        case End.TOO_LATE:
            return State.TIMEOUT
        case _ if Outcome.FAILED in outcomes:
            return State.FAILED
        case _ if Outcome.UNREACHABLE in outcomes:
            return State.UNREACHABLE
        case End.ILL:
            return State.FAILED
        case _:
            return State.OK


def _said(asked: Play, state: State, telling: Telling) -> str:
    """What is to be said of the run as a whole."""
    match state:
        case State.TIMEOUT:
            return f"the playbook did not end within {asked.use.timeout} s"
        case State.CANCELLED:
            return "interrupted before it ended"
        case State.FAILED:
            return telling.complaint or "Ansible could not run it"
        case _:
            return ""
