"""Look at the tenants of a cloud that are due, record what is seen and what drifted, and have policy decide about that.

One look is for all tenants that are due at about the same time. It costs some 25 requests for the cloud as a whole and
two or three for each project that is read; so the tenants of a cloud are read in one look, and after an operation only
the tenant's own projects are.
"""

import logging
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from provisioner.baseline import Baselines
from provisioner.errors import CloudMisconfigured
from provisioner.migration.passage import left_alone
from provisioner.observation import Observation
from provisioner.operation import OperationId
from provisioner.passing import passages
from provisioner.reconciliation.comparison import look_for_drift
from provisioner.reconciliation.correcting import Correcting
from provisioner.reconciliation.seeing import Seeing
from provisioner.store import applied, drift, reconciliation, schedules
from provisioner.store.database import Database
from provisioner.store.drift import Drift
from provisioner.store.schedules import Round
from tenants.names import CloudName, TenantName
from tenants.spec import TenantSpec

#: The part of the interval by which a tenant may be early, to share a look.
_EARLY: Final = 0.1
#: The part of the interval that is left to chance, so that clouds are not all looked at at once.
_SPREAD: Final = 0.05
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a look at one cloud."""

    cloud: CloudName
    #: Whom it was about. Whoever something was done for meanwhile is left out: they are looked at once that has ended.
    tenants: frozenset[TenantName]
    drifts: tuple[Drift, ...] = ()
    #: By tenant, what could not be read, or why what drifted is not corrected.
    obstacles: Mapping[TenantName, str]
    #: The operations that correct.
    operations: tuple[OperationId, ...] = ()
    #: HTTP requests that it took.
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Looks; holds what all looks need."""

    database: Database
    seeing: Seeing
    baselines: Baselines
    now: Callable[[], datetime]
    every: timedelta
    #: None where nothing is corrected.
    correcting: Correcting | None = None

    def look_due(self, cloud: CloudName) -> Found | None:
        """Look at the tenants that are due in a cloud; None where nobody is. Raises CloudError where it cannot be read."""
        with self.database.transaction() as connection:
            began = schedules.clock(connection)
            due = reconciliation.due(connection, cloud, within=self.every * _EARLY)
        return self._look(cloud, due, began) if due else None

    def look_now(self, cloud: CloudName, tenants: Collection[TenantName]) -> Found:
        """Look at these tenants in a cloud. Raises CloudError where it cannot be read."""
        with self.database.transaction() as connection:
            began = schedules.clock(connection)
        return self._look(cloud, frozenset(tenants), began)

    def _look(self, cloud: CloudName, asked: frozenset[TenantName], began: datetime) -> Found:
        versions, city = self.baselines.with_versions()
        if city is None or cloud not in city.clouds:
            raise CloudMisconfigured(f"nothing is on record of a cloud {cloud}: its manifest was never applied")
        with self.database.transaction() as connection:
            city = left_alone(city, passages(connection, city))
            there = asked & {tenant for tenant, each in versions if each == cloud}
            chosen = there - reconciliation.busy(connection, cloud)
        if not chosen:
            return Found(cloud=cloud, tenants=frozenset(), obstacles={}, requests=0)
        sight = self.seeing.see(city, cloud, chosen)
        fresh = sight.fresh
        with self.database.transaction() as connection:
            sight.keep(connection)
            settled = chosen - reconciliation.busy(connection, cloud, since=began)
            now = applied.versions(connection)
            settled = frozenset(each for each in settled if now.get((each, cloud)) == versions[each, cloud])
            look = look_for_drift((city.tenants[each] for each in settled), fresh)
            drift.record(connection, cloud, tenants=look.tenants, differences=look.differences, at=fresh.at)
            drifts = drift.unresolved(connection, cloud, tenants=settled)
        obstacles = dict(look.unreadable)
        corrected = self._correct([city.tenants[each] for each in sorted(look.tenants)], fresh, drifts, obstacles)
        with self.database.transaction() as connection:
            spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311  # chance, not secrecy
            this = Round(task=reconciliation.TENANT, began=began, after=self.every * spread)
            reconciliation.note(connection, this, cloud, {each: obstacles.get(each) for each in settled})
        return Found(
            cloud=cloud,
            tenants=settled,
            drifts=drifts,
            obstacles=obstacles,
            operations=corrected,
            requests=fresh.requests,
        )

    def _correct(
        self,
        looked_at: Collection[TenantSpec],
        fresh: Observation,
        drifts: Collection[Drift],
        obstacles: dict[TenantName, str],
    ) -> tuple[OperationId, ...]:
        made: list[OperationId] = []
        for tenant in looked_at if self.correcting else ():
            found = [each for each in drifts if each.difference.address.tenant == tenant.name]
            outcome = self.correcting.correct(tenant, fresh, found)  # type: ignore[union-attr]
            made += outcome.operations
            if outcome.obstacle:
                obstacles[tenant.name] = outcome.obstacle
            if outcome.operations:
                _log.info("drift of %s in %s is corrected", tenant.name, fresh.cloud)
        return tuple(made)
