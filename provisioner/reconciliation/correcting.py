"""What drifted is made as it was applied, where the city's policy says so: what is in force is planned and applied.

From the look that found it, so that it costs no request; the operation looks again before it writes, as all do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from provisioner.audit import Detail, Event
from provisioner.migration.passage import tenant_left_alone
from provisioner.observation import Observation
from provisioner.operation import Operation, OperationId
from provisioner.passing import passages
from provisioner.planning import plan_section, projects_in
from provisioner.reconciliation.applying import Applying, Intent
from provisioner.reconciliation.force import CityInForce
from provisioner.reconciliation.judgement import Brake, Correct, Property, judge, objection
from provisioner.store import drift
from provisioner.store.database import Database
from provisioner.store.drift import CORRECTED, Drift
from tenants.envelopes import upwards
from tenants.spec import TenantSpec

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one tenant's drift in one cloud."""

    operations: tuple[OperationId, ...] = ()
    #: Why what policy would have corrected was not.
    obstacle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """Corrects by policy."""

    database: Database
    force: CityInForce
    applying: Applying
    now: Callable[[], datetime]
    #: How often the same property is corrected within a day.
    most: int = 3

    def correct(self, applied: TenantSpec, observation: Observation, found: Sequence[Drift]) -> Outcome:
        """Have a tenant's drift in the observed cloud corrected, if policy says so and nothing speaks against it.

        `applied` is what drift was measured against.
        """
        force, city = self.force.read()
        if not found or city is None or applied.name not in city.tenants:
            return Outcome()
        brake = Brake(corrected=self._corrected(found), most=self.most)
        verdict = judge(city.policy, found, upwards(city, applied.name), brake=brake, now=self.now())
        if not isinstance(verdict, Correct):
            return Outcome(obstacle=verdict.obstacle)
        with self.database.transaction() as connection:
            tenant = tenant_left_alone(city.tenants[applied.name], passages(connection, city))
        if projects_in(tenant, observation.cloud) != projects_in(applied, observation.cloud):
            return Outcome(obstacle="not corrected: what is in force was not applied yet; apply it, or carry it out")
        section = plan_section(tenant, observation)
        against = objection(section)
        if against or not section.actions:
            return Outcome(obstacle=against)
        intent = Intent(section=section, papers=force.papers, city=city, mark=force.mark)
        made = self.applying.apply(intent, lambda made: self._told(found, verdict.rules, made))
        return Outcome(operations=tuple(each.id for each in made or ()))

    def _corrected(self, found: Iterable[Drift]) -> Mapping[Property, int]:
        addresses = {each.difference.address for each in found}
        with self.database.transaction() as connection:
            return drift.corrected(connection, addresses, since=self.now() - _DAY)

    def _told(self, found: Iterable[Drift], rules: Mapping[Property, str], made: Sequence[Operation]) -> list[Event]:
        """For each property, that it is corrected, from what to what, by which rule and in which operation."""
        operation = made[0].id if made else None
        told = ((each, _detail(each, rules, operation)) for each in found)
        return [
            Event(
                at=self.now(),
                actor=self.applying.system,
                action=CORRECTED,
                subject=str(each.difference.address),
                detail=detail,
            )
            for each, detail in told
        ]


def _detail(found: Drift, rules: Mapping[Property, str], operation: OperationId | None) -> Mapping[str, Detail]:
    difference = found.difference
    return {
        "property": difference.property,
        "expected": difference.expected,
        "actual": difference.actual,
        "first seen": found.first_seen.isoformat(),
        "rule": rules[difference.address, difference.property],
        "operation": operation,
    }
