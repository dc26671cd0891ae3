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

    def matches(self, *, service: str, method: str, path: str) -> bool:
        """Return whether a request is one of those meant."""
        return self.service == service and self.method in {None, method} and re.search(self.path, path) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """Everything that is set to disturb the clients of one cloud."""

    #: Added before every request, milliseconds.
    latency_ms: float = 0.0
    rules: tuple[FaultRule, ...] = ()

    def dump(self) -> str:
        """Return this as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what :meth:`dump` wrote."""
        raw: dict[str, Any] = json.loads(text)
        rules = tuple(FaultRule(**rule | {"kind": FaultKind(rule["kind"])}) for rule in raw["rules"])
        return cls(latency_ms=raw["latency_ms"], rules=rules)
