"""Numbered members that change alike, told once: twenty servers on one line in place of two hundred lines. Pure."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from provisioner.diff import Change
from provisioner.objects import Properties, Value
from provisioner.plan import Action

#: One alone is told by itself.
_FEWEST: Final = 2
#: What every member has another of; whatever else differs makes them unlike.
_OWN: Final = frozenset({"address"})
_NUMBER: Final = re.compile(r"-([1-9][0-9]*)(?=-|$)")
_ANY: Final = "-*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An action that stands for itself, or several that are alike but for their members' numbers."""

    actions: Sequence[Action]
    #: The one change, or one that stands for all: `*` for the number, `first … last` for what differs.
    change: Change

    @property
    def several(self) -> bool:
        """Whether it stands for more than one."""
        return len(self.actions) > 1

    @property
    def names(self) -> Sequence[str]:
        """The objects' names."""
        return [each.change.address.key for each in self.actions]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """An action's key, read with one of the numbers in it as the member's."""

    template: str
    number: int
    likeness: Hashable


def entries(actions: Iterable[Action]) -> list[Entry]:
    """The actions in their order, those that are alike together where the first of them stands.

    What is destructive always stands for itself: it is to be seen whole.
    """
    listed = tuple(actions)
    readings = [list(_readings(each)) for each in listed]
    common = Counter(each.likeness for read in readings for each in read)
    groups: dict[Hashable, list[tuple[int, Action]]] = {}
    for position, (action, read) in enumerate(zip(listed, readings, strict=True)):
        best = max(read, key=lambda each: common[each.likeness], default=None)
        alone = best is None or common[best.likeness] < _FEWEST
        key: Hashable = position if alone or best is None else best.likeness
        groups.setdefault(key, []).append((0 if best is None else best.number, action))
    return [entry for group in groups.values() for entry in _entries(group)]


def _entries(group: list[tuple[int, Action]]) -> Iterator[Entry]:
    if len(group) < _FEWEST:
        yield from (Entry(actions=[action], change=action.change) for _, action in group)
        return
    ordered = sorted(group, key=lambda each: each[0])
    yield Entry(actions=[action for _, action in ordered], change=_merged(ordered))


def _readings(action: Action) -> Iterator[_Reading]:
    change = action.change
    for found in () if action.destructive else _NUMBER.finditer(change.address.key):
        number = int(found[1])
        template = f"{change.address.key[: found.start()]}{_ANY}{change.address.key[found.end() :]}"
        where = change.address.project, change.address.kind, change.verb
        values = _likeness(change.before, number), _likeness(change.after, number)
        likeness = (where, template, values, _general(action.reason, number))
        yield _Reading(template=template, number=number, likeness=likeness)


def _general(text: str, number: int) -> str:
    """A text that names the member, for all members."""
    return re.sub(rf"-{number}(?=-|\b)", _ANY, text)


def _likeness(properties: Properties, number: int) -> frozenset[tuple[str, str]]:
    """Properties as all members have them."""
    return frozenset(
        (_general(name, number), "" if name in _OWN else _general(repr(value), number))
        for name, value in properties.items()
    )


def _merged(group: Sequence[tuple[int, Action]]) -> Change:
    first = group[0][1].change
    return Change(
        address=first.address,
        verb=first.verb,
        before=_together([(number, action.change.before) for number, action in group]),
        after=_together([(number, action.change.after) for number, action in group]),
    )


def _together(group: Sequence[tuple[int, Properties]]) -> Properties:
    general = [
        {_general(name, number): (number, value) for name, value in properties.items()} for number, properties in group
    ]
    return {name: _one([each[name] for each in general]) for name in general[0]}


def _one(values: Sequence[tuple[int, Value]]) -> Value:
    """What all have in common, or the first and the last."""
    plain = [value for _, value in values]
    if all(value == plain[0] for value in plain):
        return plain[0]
    texts = [_general(str(value), number) for number, value in values]
    return texts[0] if len(set(texts)) == 1 else f"{plain[0]} … {plain[-1]}"
