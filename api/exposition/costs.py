"""What the running month costs up to now, by the price lists in force: the sum of what a statement would say of each line."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from api.accounting.books import place_of
from monitoring.statements.money import cost_of
from monitoring.statements.rating import lists_within, rated, windows
from provisioner.statements.months import month_at
from provisioner.statements.statement import Terms
from provisioner.store import usage_sums
from provisioner.store.database import Connection
from provisioner.store.usage_sums import Selection
from provisioner.usage.sightings import Sort
from tenants.spec import City

#: By tenant, cloud and currency.
Costs = Mapping[tuple[str, str, str], Decimal]
_PRICED: Final = tuple(each for each in Sort if each not in {Sort.QUOTA, Sort.QUOTA_USE})


def accrued(connection: Connection, city: City, now: datetime) -> Costs:
    """Costs of the running month; nothing where no price list holds in it. What nobody holds is nobody's."""
    cut_off = city.policy.statements.cut_off_day
    place = place_of(connection, month_at(now, cut_off), cut_off)
    lists = lists_within(city.prices, place.period)
    if not lists:
        return {}
    terms = Terms(month=str(place.month), period=place.period, price_lists=lists)
    quantities = {
        each.period: usage_sums.totals(connection, each.period, Selection(sorts=_PRICED))
        for each in windows(place.period, lists)
    }
    result: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for key, found in rated(terms, quantities).items():
        if found.rate is not None and key.tenant is not None:
            cost = cost_of(found.used.metered, found.rate.unit_seconds, found.rate.price)
            result[key.tenant, key.cloud, lists[-1].currency] += cost
    return dict(result)
