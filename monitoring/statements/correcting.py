"""What a closed month would state by what is known now: the difference is a correction in the next one. Pure.

The month stays as it was closed. Its quantities are added up anew and rated by the terms that it was closed with; what was
corrected before counts as stated.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from monitoring.statements.money import added, cost_of, quantity_of
from monitoring.statements.rating import Key, Rated, key_of, unpriced_seconds
from provisioner.statements.statement import ZERO, Correction, Holder, Rate, Statement
from tenants.names import TenantName


@dataclass(slots=True)
class _Stated:
    """What was stated of one line till now."""

    seconds: int = 0
    costs: list[Decimal] = field(default_factory=list)
    holder: Holder | None = None
    rate: Rate | None = None


def stated_of(month: str, statements: Iterable[tuple[TenantName | None, Statement]]) -> Mapping[Key, _Stated]:
    """What all statements till now say of a month: its own charges, and corrections in later ones."""
    result: defaultdict[Key, _Stated] = defaultdict(_Stated)
    for tenant, statement in statements:
        for line in statement.charges if statement.month == month else ():
            known = result[key_of(tenant, line)]
            known.seconds += line.used.metered
            known.costs.append(line.cost)
            known.holder, known.rate = line.holder, line.rate
        for each in statement.corrections:
            if each.month == month:
                known = result[key_of(tenant, each)]
                known.seconds += each.found - each.stated
                known.costs.append(each.cost)
                known.holder, known.rate = each.holder, each.rate
    return result


def corrections(
    month: str, stated: Mapping[Key, _Stated], found: Mapping[Key, Rated], holder_of: Callable[[Key], Holder]
) -> dict[TenantName | None, tuple[Correction, ...]]:
    """Every line that would be stated differently now, by tenant.

    What is only divided otherwise among systems is none: a closed month is not told of anew to move use between lines.
    """
    result: defaultdict[TenantName | None, list[Correction]] = defaultdict(list)
    more = _more(stated, found)
    for key in sorted({*stated, *found}, key=_order):
        before, now = stated.get(key, _Stated()), found.get(key)
        seconds = now.used.metered if now else 0
        if seconds == before.seconds or not more[replace(key, system="")]:
            continue
        rate = now.rate if now else before.rate
        cost = cost_of(seconds, rate.unit_seconds, rate.price) if rate else ZERO
        result[key.tenant].append(
            Correction(
                month=month,
                holder=before.holder or holder_of(key),
                sort=key.sort,
                measure=key.measure,
                variant=key.variant,
                period=key.period,
                rate=rate,
                stated=before.seconds,
                found=seconds,
                quantity=quantity_of(
                    seconds - before.seconds, rate.unit_seconds if rate else unpriced_seconds(key.measure)
                ),
                cost=added([cost, *(each.copy_negate() for each in before.costs)]),
            )
        )
    return {tenant: tuple(each) for tenant, each in result.items()}


def _more(stated: Mapping[Key, _Stated], found: Mapping[Key, Rated]) -> Mapping[Key, int]:
    """By how much lines differ, over all systems."""
    result: defaultdict[Key, int] = defaultdict(int)
    for key, now in found.items():
        result[replace(key, system="")] += now.used.metered
    for key, before in stated.items():
        result[replace(key, system="")] -= before.seconds
    return result


def _order(key: Key) -> tuple[str, ...]:
    start = key.period.start.isoformat()
    return (key.tenant or "", key.cloud, key.project, key.sort, key.measure, key.variant, key.sku, key.system, start)
