"""One request to a cloud and what came of it, as a cloud's adapter tells whoever counts. A pure record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request that was sent, repetitions of others among them."""

    #: OpenStack's service type.
    service: str
    #: HTTP's; None where no answer came.
    status: int | None
    #: From its sending to the end of its answer.
    seconds: float
