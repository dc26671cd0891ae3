"""What changed between the plan that was looked at and the one that would be carried out now, in words."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Final

from provisioner.kinds.wording import property_text, value_text
from provisioner.objects import Address
from provisioner.plan import Action, Plan

_MOST: Final = 20


def difference(before: Plan, after: Plan) -> tuple[str, ...]:
    """One sentence for each object about which the plans differ, in the order of their addresses; the first twenty."""
    then, now = _by_address(before), _by_address(after)
    told = list(islice(chain(_waves(before, after), _told(then, now)), _MOST + 1))
    refused = [f"{each.address}: {each.message}" for each in after.refusals]
    return (*told[:_MOST], *(("and more",) if len(told) > _MOST else ()), *refused[:_MOST])


def sentences(plan: Plan, most: int) -> tuple[str, ...]:
    """One sentence for each wave that a plan decides about, and for each object that it changes, in the order of their addresses; the first few."""
    actions = sorted(plan.actions, key=lambda each: each.change.address)
    told = [f"{each.change.address}: {each.change.verb} it ({_values(each)}){_danger(each)}" for each in actions[:most]]
    waves = [f"wave {each.wave}: {each.summary}" for each in plan.waves]
    return (*waves, *told, f"and {len(actions) - most} more") if len(actions) > most else (*waves, *told)


def _waves(before: Plan, after: Plan) -> Iterator[str]:
    """What is otherwise about waves."""
    then, now = ({each.wave: each for each in plan.waves} for plan in (before, after))
    for name in sorted(then.keys() | now.keys()):
        old, new = then.get(name), now.get(name)
        if new is None:
            yield f"wave {name}: is no longer asked for"
        elif old is None or old.summary != new.summary:
            yield f"wave {name}: now {new.summary}"
        elif old.content != new.content:
            yield f"wave {name}: says otherwise how it is done"


def _danger(action: Action) -> str:
    return ", which is destructive" if action.destructive else ""


def _told(then: Mapping[Address, Action], now: Mapping[Address, Action]) -> Iterator[str]:
    for address in sorted(then.keys() | now.keys()):
        old, new = then.get(address), now.get(address)
        if old is None and new is not None:
            yield f"{address}: would now {new.change.verb} it ({_values(new)})"
        elif new is None and old is not None:
            yield f"{address}: would no longer {old.change.verb} it"
        elif old and new and _content(old) != _content(new):
            yield f"{address}: would now {new.change.verb} it ({_values(new)}), not {old.change.verb} ({_values(old)})"


def _by_address(plan: Plan) -> dict[Address, Action]:
    return {action.change.address: action for action in plan.actions}


def _content(action: Action) -> tuple[object, ...]:
    change = action.change
    return change.verb, dict(change.before), dict(change.after), action.destructive


def _values(action: Action) -> str:
    change = action.change

    def text(name: str) -> str:
        after = value_text(change.address, name, change.after.get(name))
        before = change.before.get(name)
        came = "" if before is None else f"{value_text(change.address, name, before)} -> "
        return f"{property_text(change.address, name)} {came}{after}"

    return ", ".join(text(name) for name in sorted({**change.before, **change.after})) or "as it is"
