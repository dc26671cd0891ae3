"""What is refused, why, and what to do: shown in plans, and once for all where one cause stops many tenants."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from api.language.spoken import say
from api.render.changes import LOUD
from api.render.names import Names
from api.render.output import Document
from api.render.page import Page, counted
from api.render.quantity import amount, unit_of
from provisioner.plan import Refusal, Section
from tenants.names import CloudName
from tenants.resources import Unit

#: How many things of a list are named before the rest is only counted.
_NAMED: Final = 12

#: What sections have in common that one cause stops: the cloud, the message and the remedy.
Cause = tuple[CloudName, str, str]


def print_refusal(page: Page, refusal: Refusal, names: Names, *, indent: int) -> None:
    """The refusal, its remedy, and who holds what it is about."""
    name = (names.object(refusal.address), "bold")
    page.line(("! ", "bold red"), name, " ", (" REFUSED ", LOUD), f"  {say(refusal.message)}", indent=indent, hang=4)
    _print_remedy(page, refusal.remedy, indent=indent + 4)
    if refusal.holders:
        unit = unit_of(refusal.resource) if refusal.resource else Unit.COUNT
        held = [f"{holder.name or holder.id} ({amount(holder.amount, unit)})" for holder in refusal.holders]
        page.line(("held by ", "dim"), capped(held), indent=indent + 4, hang=2)


def print_shared(page: Page, cause: Cause, sections: Sequence[Section], names: Names) -> None:
    """One refusal that many tenants share."""
    cloud, message, remedy = cause
    page.line((f"{counted(len(sections), 'tenant')} on {cloud}", "bold"))
    page.line(("! ", "bold red"), (" REFUSED ", LOUD), f"  {say(message)}", indent=2, hang=4)
    _print_remedy(page, remedy, indent=6)
    page.line(("concerns ", "dim"), capped([names.full(section.tenant) for section in sections]), indent=6, hang=2)
    page.gap()


def shared_causes(sections: Iterable[Section]) -> Mapping[Cause, Sequence[Section]]:
    """The sections of which nothing can be said but one and the same refusal, where there are several such."""
    found: dict[Cause, list[Section]] = {}
    for section in sections:
        if len(section.refusals) == 1 and not section.actions and not section.notices:
            refusal = section.refusals[0]
            found.setdefault((section.cloud, refusal.message, refusal.remedy), []).append(section)
    return {cause: alike for cause, alike in found.items() if len(alike) > 1}


def capped(texts: Sequence[str]) -> str:
    """`a, b, c and 12 more`."""
    more = len(texts) - _NAMED
    return f"{', '.join(texts[:_NAMED])} and {more} more" if more > 0 else ", ".join(texts)


def as_document(refusal: Refusal) -> Mapping[str, Document]:
    """The refusal; its holders' amounts are in the unit of the resource's API."""
    return {
        "address": str(refusal.address),
        "message": refusal.message,
        "remedy": refusal.remedy,
        "resource": None if refusal.resource is None else str(refusal.resource),
        "holders": [{"id": each.id, "name": each.name, "amount": each.amount} for each in refusal.holders],
    }


def _print_remedy(page: Page, remedy: str, *, indent: int) -> None:
    if remedy:
        page.line(("= ", "blue"), say(remedy), indent=indent, hang=2)
