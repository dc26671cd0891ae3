"""The counters of metering as one process shows them, month after month."""

from typing import Any

from api.exposition.meters import Meters
from provisioner.usage.sightings import Sort, State

CORES = "usage_vcpu_seconds", ("market", "city")
DAY = 24 * 3600


def test_a_counter_goes_on_where_old_months_are_dropped(metered: Any, see: Any, day: Any) -> None:
    """It grows by what was used since, and does not stand still till that makes up for what is kept no longer."""
    meters, told = Meters(), []
    metered.look(day(9, 26), Sort.SERVER, see())
    metered.look(day(10, 11), Sort.SERVER, see(State.STOPPED))
    metered.look(day(11, 5), Sort.SERVER, see(State.STOPPED))
    for at in (day(11, 5), day(12, 5)):
        metered.look(at, Sort.SERVER, see(State.STOPPED))
        with metered.database.transaction() as connection:
            counted, _ = meters.read(connection, at)
            told.append(counted[CORES])
            connection.exec_driver_sql("DELETE FROM tenantry.usage_intervals WHERE month = '2026-09-01'")
    assert told == [4 * 40 * DAY, 4 * 70 * DAY]
