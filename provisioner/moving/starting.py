"""A wave planned, and started: everything written down as migrations with all their steps, in one transaction.

Planning (`provisioner.moving.planning`) changes nothing anywhere. Nothing is started where one application cannot go.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from provisioner.audit import Event
from provisioner.errors import InputError
from provisioner.migration.estimate import Experience
from provisioner.migration.identifiers import RunId
from provisioner.migration.migration import Migration, Run, RunState
from provisioner.moving.experience import experience
from provisioner.moving.planning import Obstacle, Planned, Planning, Surroundings, WavePlan, as_migration, order_of
from provisioner.moving.preflight import others_under_way, shares_of_others
from provisioner.operation import Actor
from provisioner.store import audit, migration_events, migration_records, reconciliation, standing
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.migration_events import Happening
from provisioner.survey import Connect
from tenants.names import ApplicationName
from tenants.spec import City
from tenants.wave import WaveName

__all__ = ["Obstacle", "Planned", "Starting", "WavePlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """Plans and starts waves."""

    database: Database
    connect: Connect
    now: Callable[[], datetime]

    def plan(self, city: City, name: WaveName) -> WavePlan:
        """Look at all of a wave. Raises InputError for a wave that is not in force, and CloudError where a cloud is away."""
        wave = city.waves.get(name)
        if wave is None:
            raise InputError(
                f"no wave called {name} is in force; apply its manifest, or have a request for it carried out"
            )
        moved = self._moved(name)
        planning = Planning(wave=wave, around=self._surroundings(city))
        for member in wave.members:
            if member.application not in moved:
                planning.add(member)
        return planning.concluded(tuple(sorted(moved)))

    def start(self, city: City, plan: WavePlan, actor: Actor, *, authority: str = "") -> Run:
        """Write a wave that was planned down as under way. Raises InputError for one with obstacles, or with nothing to move."""
        if plan.obstacles:
            told = "; ".join(f"{each.application}: {each.message}" for each in plan.obstacles)
            raise InputError(f"the wave cannot start: {told}")
        if not plan.planned:
            raise InputError(f"wave {plan.wave.name} has nothing left to move")
        at = self.now()
        run = Run(
            id=RunId(new_id(at)),
            wave=plan.wave,
            state=RunState.RUNNING,
            started_by=actor,
            started_at=at,
            order=order_of(city, plan.planned),
            authority=authority,
        )
        self._write(run, [as_migration(run, each, at) for each in plan.planned], actor)
        return run

    def _write(self, run: Run, migrations: list[Migration], actor: Actor) -> None:
        names = [each.name for each in migrations]
        with self.database.transaction() as connection:
            if any(each.finished_at is None for each in migration_records.runs_of(connection, run.wave.name)):
                raise InputError(f"wave {run.wave.name} is under way already")
            busy = already_moving(migration_records.unfinished(connection), migrations)
            if busy:
                raise InputError(f"{', '.join(busy)}: on the way with another wave already")
            _must_be_at_rest(connection, migrations)
            migration_records.create(connection, run, migrations)
            detail = {
                "wave": run.wave.name,
                "mode": run.wave.mode.value,
                "applications": names,
                # Whatever is in force under this name later, this is what the wave was started by.
                "origin": standing.origin_of(connection, "Wave", run.wave.name),
            }
            started = Happening(
                run=run.id, migration=None, at=run.started_at, actor=actor, what="started", detail=detail
            )
            migration_events.note(connection, started)
            event = Event(at=run.started_at, actor=actor, action="wave.started", subject=run.id, detail=detail)
            audit.append(connection, event)

    def _moved(self, name: WaveName) -> frozenset[ApplicationName]:
        with self.database.transaction() as connection:
            return frozenset(
                each.application
                for run in migration_records.runs_of(connection, name)
                for each in migration_records.of_run(connection, run.id)
                if each.application is not None and each.state.serves
            )

    def _surroundings(self, city: City) -> Surroundings:
        with self.database.transaction() as connection:
            shares = shares_of_others(connection, None)
            others = others_under_way(connection, None)
        return Surroundings(
            city=city,
            connect=self.connect,
            experience=self._experience,
            now=self.now(),
            others=others,
            shares=tuple(shares.values()),
        )

    def _experience(self, run: Run, migration: Migration) -> Experience:
        with self.database.transaction() as connection:
            return experience(connection, run, migration)


def already_moving(under_way: Iterable[Migration], wanted: Iterable[Migration]) -> list[str]:
    """Those of the wanted that are on the way already, or of which a server is: from a host that is drained, no application is named."""
    elsewhere = tuple(under_way)
    applications = {each.application for each in elsewhere}
    # Those that are yet to be imported have none.
    servers = {machine.id for each in elsewhere for machine in each.workload.machines} - {""}
    return sorted(
        each.name
        for each in wanted
        if each.application in applications or any(machine.id in servers for machine in each.workload.machines)
    )


def _must_be_at_rest(connection: Connection, migrations: Iterable[Migration]) -> None:
    """Raises InputError where something is just being applied for whom a migration is: what begins later leaves it alone."""
    for each in migrations:
        for cloud in (each.workload.cloud, each.bindings.cloud):
            if each.tenant in reconciliation.busy(connection, cloud):
                raise InputError(
                    f"something is being applied for {each.tenant} in {cloud}: start the wave once that has ended"
                )
