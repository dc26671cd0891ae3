"""Desired against observed: the changes that make the second match the first. Pure.

Compared property by property, and only over what the manifest names: an object or property that nobody asked for
never appears in a diff.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from provisioner.objects import Address, Desired, Observed, Properties, Value
from tenants.presence import Presence


class Verb(StrEnum):
    """What happens to an object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object's way from what it is to what it shall be. Only properties that change are in `before` and `after`."""

    address: Address
    verb: Verb
    before: Properties
    after: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One property of one object that is not as it was applied."""

    address: Address
    #: Empty where the object itself is there or not there against the manifest.
    property: str
    expected: Value
    actual: Value


def diff(desired: Iterable[Desired], observed: Observed) -> tuple[Change, ...]:
    """The changes, in the order of the addresses; empty where the world is as asked."""
    changes = (_change(each, observed.get(each.address)) for each in desired)
    return tuple(sorted((each for each in changes if each), key=lambda change: change.address))


def patched(observed: Observed, changes: Iterable[Change]) -> Observed:
    """The world after the changes: the diff's inverse, for tests and rehearsals."""
    world = dict(observed)
    for change in changes:
        if change.verb is Verb.DELETE:
            del world[change.address]
        else:
            world[change.address] = {**world.get(change.address, {}), **change.after}
    return world


def _change(desired: Desired, current: Properties | None) -> Change | None:
    if desired.presence is Presence.ABSENT:
        if current is None:
            return None
        return Change(address=desired.address, verb=Verb.DELETE, before=dict(current), after={})
    if current is None:
        wanted = {**desired.initial, **desired.properties}
        return Change(address=desired.address, verb=Verb.CREATE, before={}, after=wanted)
    after = {name: value for name, value in desired.properties.items() if current.get(name) != value}
    if not after:
        return None
    before = {name: current.get(name) for name in after}
    return Change(address=desired.address, verb=Verb.UPDATE, before=before, after=after)
