"""What running a playbook came to: the records that become evidence. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from tenants.names import ServerName


class State(StrEnum):
    """How a playbook ended, in all guests together."""

    OK = "ok"
    #: A task failed in a guest, or Ansible could not run the playbook.
    FAILED = "failed"
    #: A guest could not be logged in to, or the connection broke; no task failed.
    UNREACHABLE = "unreachable"
    #: Its time was over. What runs in guests may go on for a while.
    TIMEOUT = "timeout"
    #: Whoever asked for it left off.
    CANCELLED = "cancelled"
    #: There is no such playbook.
    MISSING = "missing"


class Outcome(StrEnum):
    """How a task ended in a guest, or a guest altogether."""

    OK = "ok"
    #: It did something, or in check mode would have.
    CHANGED = "changed"
    FAILED = "failed"
    #: It failed, and the playbook goes on all the same.
    IGNORED = "ignored"
    UNREACHABLE = "unreachable"
    SKIPPED = "skipped"
    #: It did not come to an end, or never began.
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One task in one guest."""

    task: str
    server: ServerName
    outcome: Outcome
    #: Milliseconds that it took; None where Ansible does not say.
    milliseconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestResult:
    """How the playbook ended in one guest."""

    server: ServerName
    #: CHANGED where any task changed something and none failed.
    outcome: Outcome
    #: The task that failed or could not be reached; empty where none did.
    task: str = ""
    #: What it said; without secrets, and cut where it is long.
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a playbook ended."""

    state: State
    #: The playbook's name.
    playbook: str
    #: Why it could not be run, or what Ansible itself said; empty where the guests' results say all.
    message: str = ""
    guests: tuple[GuestResult, ...] = ()
    #: What was done in order; of a long run the beginning and the end.
    events: tuple[Told, ...] = ()
    #: How many are left out between the two.
    left_out: int = 0
    #: SHA-256 of the playbook and its roles, hexadecimal; empty where there is none.
    sha256: str = ""
    #: Whether it only told what it would do.
    check: bool = False
