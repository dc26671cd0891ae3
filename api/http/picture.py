"""What the service shows of tenants and clouds: the city as it was last applied, and the last look at each cloud.

Reading it from the record takes as long as a city is large, so it is kept until something of it changes; whether it has is
one small question to the database, asked for every answer. Looks at clouds are never made here.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, TypeVar

from api.render.names import Names
from monitoring.allocation import Allocation, allocations, cloud_totals, envelope_shares
from provisioner.access import Principal, subtree
from provisioner.baseline import Baselines
from provisioner.observation import Observation
from provisioner.store import pages
from provisioner.store.database import Database
from provisioner.survey import recorded_survey
from tenants.envelopes import CloudTotal, Row
from tenants.names import CloudName, ProjectName, TenantName
from tenants.spec import City

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A city with what is known of its clouds."""

    city: City
    observations: Mapping[CloudName, Observation]

    @cached_property
    def names(self) -> Names:
        """What things are called."""
        return Names.of(self.city)

    @cached_property
    def allocations(self) -> Mapping[tuple[TenantName, CloudName, ProjectName], Sequence[Allocation]]:
        """Every limit of every project."""
        rows = allocations(self.city, self.observations)
        return {key: tuple(found) for key, found in groupby(rows, lambda row: (row.tenant, row.cloud, row.project))}

    @cached_property
    def envelopes(self) -> Mapping[TenantName, Sequence[Row]]:
        """Every resource of every envelope."""
        rows = envelope_shares(self.city, self.observations)
        return {tenant: tuple(found) for tenant, found in groupby(rows, lambda row: row.tenant)}

    @cached_property
    def totals(self) -> Mapping[CloudName, Sequence[CloudTotal]]:
        """What is held of each cloud."""
        rows = cloud_totals(self.city, self.observations)
        return {cloud: tuple(found) for cloud, found in groupby(rows, lambda row: row.cloud)}

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What is made of the picture alone, under that name: made when it is first asked for, as the picture stays as it is."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made

    def visible(self, principal: Principal) -> frozenset[TenantName] | None:
        """The tenants that somebody may see; None where that is all."""
        return None if principal.tenant is None else subtree(self.city.tenants, principal.tenant)


class Pictures:
    """The newest picture, made when it is asked for and something has changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._baselines = Baselines(database)
        self._lock = threading.Lock()
        self._kept: tuple[str, Picture] | None = None

    def newest(self) -> Picture:
        """The picture as the record has it now. Raises StoreError."""
        with self._database.autocommit() as connection:
            stamp = pages.stamp(connection)
        kept = self._kept
        if kept is not None and kept[0] == stamp:
            return kept[1]
        with self._lock:
            if self._kept is None or self._kept[0] != stamp:
                # What changes while it is read shows in the next stamp, and is read then.
                self._kept = stamp, self._read()
            return self._kept[1]

    def _read(self) -> Picture:
        city = self._baselines.newest() or City(clouds={}, tenants={})
        return Picture(city=city, observations=recorded_survey(self._database, city.clouds).observations)
