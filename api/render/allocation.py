"""What was asked for, what the clouds enforce, what is used; and what envelopes have left."""

from collections.abc import Iterable

from rich.console import Console

from api.render.names import Names
from api.render.output import Document
from monitoring.allocation import Allocation, EnvelopeShare


def print_allocations(
    console: Console, allocations: Iterable[Allocation], names: Names, *, unmanaged: bool = False
) -> None:
    """One row for each resource by tenant and project; those that no manifest names only with `unmanaged`."""
    raise NotImplementedError


def print_envelopes(console: Console, shares: Iterable[EnvelopeShare], names: Names) -> None:
    """One row for each tenant, cloud and resource that has an envelope."""
    raise NotImplementedError


def as_document(allocations: Iterable[Allocation], shares: Iterable[EnvelopeShare], names: Names) -> Document:
    """The same rows, those of unmanaged resources always with them."""
    raise NotImplementedError
