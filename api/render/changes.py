"""One change in words and columns: shared by plans, operations and drift, so that a thing looks the same everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.language.spoken import say
from api.render.output import Document
from api.render.page import Column, Group, Page, Part
from api.render.quantity import UNKNOWN, amount, unit_of_key
from provisioner.diff import Change, Verb
from provisioner.kinds import members, port, quota, router, volume
from provisioner.kinds.server_properties import APPLICATION, METADATA
from provisioner.kinds.server_properties import NAME as SERVER
from provisioner.kinds.wording import property_text
from provisioner.objects import Address, KindName, Value
from provisioner.plan import Action
from tenants.resources import UNLIMITED, Unit


class Mark(StrEnum):
    """What happens to an object or a property, at a glance."""

    CREATE = "+"
    CHANGE = "~"
    TAKE_AWAY = "-"


STYLES: Final[Mapping[Mark, str]] = {Mark.CREATE: "green", Mark.CHANGE: "yellow", Mark.TAKE_AWAY: "red"}
LOUD: Final = "bold white on red"

#: What becomes of a thing that a property names (`port web-1-app`), where the mark does not say it all.
_GIVEN: Final[Mapping[KindName, str]] = {SERVER: "attached", router.NAME: "connected"}
_TAKEN: Final[Mapping[KindName, str]] = {SERVER: "detached", router.NAME: "disconnected"}

_COLUMNS: Final = (Column(title="", gap=1), Column(title=""), Column(title="", flexible=True), Column(title=""))


def mark_of(change: Change) -> Mark:
    """Taken away is what is deleted, and what loses everything that the change is about: a role, being enabled."""
    if change.verb is Verb.CREATE:
        return Mark.CREATE
    lost = change.verb is Verb.DELETE or all(value is False for value in change.after.values())
    return Mark.TAKE_AWAY if lost else Mark.CHANGE


def object_name(address: Address) -> str:
    """An object as its project's people know it: `registration: compute quota`."""
    what = f"{address.key} {address.kind}" if address.key else address.kind
    return f"{address.project}: {what}"


def heading(action: Action, name: str) -> Sequence[Part]:
    """The line above an action's properties: mark, object, danger, reason."""
    mark = mark_of(action.change)
    danger: Sequence[Part] = (" ", (" DESTRUCTIVE ", LOUD)) if action.destructive else ()
    return ((f"{mark} ", f"bold {STYLES[mark]}"), (name, "bold"), *danger, (f"  ({say(action.reason)})", "dim"))


def print_properties(page: Page, change: Change, *, indent: int) -> None:
    """Every property that changes, in columns; nothing for an object that is deleted."""
    properties = [_property(change, name) for name in sorted(change.after) if not _is_bookkeeping(change.address, name)]
    widest = max((len(each.before) for each in properties if each.unit), default=0)
    page.table(_COLUMNS, [Group(rows=[_row(each, widest) for each in properties])], indent=indent)


def value_text(address: Address, name: str, value: Value) -> str:
    """A property's value for reading, in a unit where it has one."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = _unit(address, name)
    return amount(value, unit) if unit and isinstance(value, int) else str(value)


def as_document(change: Change) -> Mapping[str, Document]:
    """The change with its address in one piece and in parts."""
    address = change.address
    return {
        "address": str(address),
        "project": address.project,
        "kind": address.kind,
        "key": address.key,
        "verb": change.verb.value,
        "before": dict(change.before),
        "after": dict(change.after),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Property:
    """One property's way, in words."""

    mark: Mark
    name: str
    #: Empty where there was none.
    before: str
    #: Empty where the mark says it all.
    after: str
    #: None where it is not a limit.
    unit: Unit | None
    #: The same in the API's unit, where that is another one.
    exact: str = ""


def _property(change: Change, name: str) -> _Property:
    address, before, after = change.address, change.before.get(name), change.after[name]
    shown = property_text(address, name)
    if address.kind == members.NAME or (" " in name and isinstance(after, bool)):
        mark, word = (Mark.CREATE, _GIVEN) if after else (Mark.TAKE_AWAY, _TAKEN)
        return _Property(mark=mark, name=shown, before="", after=word.get(address.kind, ""), unit=None)
    return _Property(
        mark=Mark.CREATE if before is None else Mark.CHANGE,
        name=shown,
        before="" if before is None else value_text(address, name, before),
        after=value_text(address, name, after),
        unit=_unit(address, name),
        exact=_exact(address, name, before, after),
    )


def _is_bookkeeping(address: Address, name: str) -> bool:
    """Whether a property is for Tenantry alone, so that it tells the reader of a plan nothing."""
    marks = {"replaces", f"{METADATA}{APPLICATION}"}
    return name in marks or (address.kind == port.NAME and name == "description")


def _row(each: _Property, widest: int) -> Sequence[Part]:
    before = f"{each.before:>{widest}} -> " if each.unit and each.before else f"{each.before} -> " * bool(each.before)
    return ((each.mark, STYLES[each.mark]), each.name, f"{before}{each.after}", (each.exact, "dim"))


def _exact(address: Address, name: str, *values: Value) -> str:
    """The numbers that go to the API, where people are shown others."""
    unit = _unit(address, name)
    finite = [value for value in values if isinstance(value, int) and value != UNLIMITED]
    if unit is None or all(amount(value, unit) in {str(value), f"{value} {unit}"} for value in finite):
        return ""
    return f"({' -> '.join(str(value) for value in finite)} {unit})"


def _unit(address: Address, name: str) -> Unit | None:
    if address.kind == volume.NAME and name == "size":
        return Unit.GIBIBYTE
    return unit_of_key(address.key, name) if address.kind == quota.NAME else None
