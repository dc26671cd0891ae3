"""What faults and latency are, and when they apply: pure, shared by the launcher that sets them and the services.

The rules in force for a cloud stand in one JSON file. The launcher replaces it, and every service of the cloud looks
at it before each client request, so a change holds from the next request on.
"""

import enum
import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Self


class FaultKind(enum.StrEnum):
    """What happens to a request."""

    ERROR_500 = "500"
    ERROR_503 = "503"
    #: Answered with ``Retry-After``.
    ERROR_429 = "429"
    #: The connection is reset (TCP RST) instead of an answer.
    RESET = "reset"
    #: The connection stays open without an answer until the client gives up or the rule is cleared.
    HANG = "hang"


class Work(enum.StrEnum):
    """What a service goes on with after it has answered."""

    #: A server is built, or found again where it moved.
    SERVER = "server"
    LIVE_MIGRATION = "live-migration"
    #: The second half of a cold migration or of a resize, on the compute that it leads to.
    COLD_MIGRATION = "cold-migration"
    #: A volume gets its content.
    VOLUME = "volume"
    SNAPSHOT = "snapshot"
    #: An image gets the bytes of a volume or of a server's root disk.
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """The next ``count`` requests that match are acted upon."""

    #: Tells rules apart; services count a rule's hits by it.
    id: str
    service: str
    kind: FaultKind
    #: Regular expression searched in the path with its query.
    path: str
    count: int
    #: HTTP method, or None for any.
    method: str | None = None
    #: Whether the service acts on the request before its answer is lost.
    after_acting: bool = False
    #: Seconds in ``Retry-After``, for 429 and 503; None leaves the header out.
    retry_after_s: int | None = None
    #: With a reset: how many bytes of the request's body the service reads, or of the answer's the client gets, before the
    #: connection is cut; None cuts before any.
    after_bytes: int | None = None

    def matches(self, *, service: str, method: str, path: str) -> bool:
        """Return whether a request is one of those meant."""
        return self.service == service and self.method in {None, method} and re.search(self.path, path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFault:
    """The next ``count`` pieces of work of a kind take longer, or fail when the time is over."""

    #: Tells faults apart; services count a fault's hits by it.
    id: str
    work: Work
    count: int
    #: How long the work takes, seconds; clearing the fault ends it.
    seconds: float = 0.0
    fails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """Everything that is set to disturb the clients of one cloud, and what its services do for them."""

    #: Added before every request, milliseconds.
    latency_ms: float = 0.0
    rules: tuple[FaultRule, ...] = ()
    work: tuple[WorkFault, ...] = ()

    def dump(self) -> str:
        """Return this as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what :meth:`dump` wrote."""
        raw: dict[str, Any] = json.loads(text)
        rules = tuple(FaultRule(**rule | {"kind": FaultKind(rule["kind"])}) for rule in raw["rules"])
        work = tuple(WorkFault(**each | {"work": Work(each["work"])}) for each in raw.get("work", ()))
        return cls(latency_ms=raw["latency_ms"], rules=rules, work=work)
