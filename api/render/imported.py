"""What an import took and what it left out, for a person."""

from collections.abc import Iterable, Mapping
from typing import Final

from api.render.page import Page, counted
from provisioner.adoption.documents import LeftOut

_STYLE: Final = "yellow"
#: The order of what was taken.
_SORTS: Final = (
    "project",
    "network",
    "subnet",
    "router",
    "security group",
    "floating IP",
    "key pair",
    "grant",
    "application",
    "server",
    "volume",
    "server group",
)


def render_left_out(page: Page, left_out: Iterable[LeftOut]) -> None:
    """Each reason once, with all that it is true of."""
    by_reason: dict[str, list[str]] = {}
    for each in left_out:
        by_reason.setdefault(each.reason, []).append(each.what)
    for reason, parts in by_reason.items():
        if len(parts) == 1:
            page.line((f"Left out: {parts[0]}: {reason}", _STYLE), hang=2)
            continue
        page.line((f"Left out {counted(len(parts), 'time')}: {reason}", _STYLE), hang=2)
        for part in parts:
            page.line((part, _STYLE), indent=2, hang=2)


def holdings_text(counts: Mapping[str, int]) -> str:
    """`3 projects, 5 networks, 12 servers`."""
    return ", ".join(counted(counts[sort], sort) for sort in _SORTS if counts.get(sort))
