"""What the running month costs up to now, by the price lists in force: the sum of what a statement would say of each line."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from api.accounting.books import found, place_of, running
from api.accounting.holders import holders
from monitoring.statements.money import cost_of
from monitoring.statements.rating import lists_within
from provisioner.statements.statement import Terms
from provisioner.store import usage_tenancies
from provisioner.store.database import Connection
from tenants.spec import City

#: By tenant, cloud and currency.
Costs = Mapping[tuple[str, str, str], Decimal]


def accrued(connection: Connection, city: City, now: datetime) -> Costs:
    """Costs of the running month; nothing where no price list holds in it. What nobody holds is nobody's."""
    cut_off = city.policy.statements.cut_off_day
    place = place_of(connection, running(connection, now, cut_off), cut_off)
    lists = lists_within(city.prices, place.period)
    if not lists:
        return {}
    terms = Terms(month=str(place.month), period=place.period, price_lists=lists)
    whose = holders(connection, city, usage_tenancies.within(connection, place.period))
    result: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for key, what in found(connection, terms, whose).items():
        if what.rate is not None and key.tenant is not None:
            cost = cost_of(what.used.metered, what.rate.unit_seconds, what.rate.price)
            result[key.tenant, key.cloud, lists[-1].currency] += cost
    return dict(result)
