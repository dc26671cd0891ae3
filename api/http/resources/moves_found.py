"""Waves, their starts and migrations looked up for somebody: what is hidden from them is not there."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from api.http.picture import Picture
from api.http.problems import not_found
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.moves_views import Called
from api.http.seeing import Sight as Eyes
from api.http.service import Here, Service
from provisioner.access import Principal
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Run
from provisioner.moving.sighting import Line, Sight, see
from provisioner.store import migration_events, migration_records
from tenants.spec import City
from tenants.wave import WaveName, WaveSpec

_ZERO: Final = "\0"


class Moves:
    """A dependency: the waves and migrations that one request is about."""

    def __init__(self, request: Request, service: Here) -> None:
        self.service: Service = service
        self.request = request

    def eyes(self, principal: Principal) -> Eyes:
        """The request with somebody's eyes."""
        return Eyes(self.request, self.picture, principal)

    @property
    def picture(self) -> Picture:
        """Who is above whom."""
        return self.service.pictures.newest()

    @property
    def city(self) -> City | None:
        """The manifests in force; None where there are none that fit one another."""
        return self.service.force.read()[1]

    @property
    def called(self) -> Called:
        """What applications are called."""
        return views.called(self.city)

    def wave(self, name: str, principal: Principal) -> tuple[City, WaveSpec]:
        """A wave that is in force, and the city that it is in. Raises HttpProblem where there is none."""
        city = self.city
        spec = None if city is None else city.waves.get(WaveName(name))
        if city is None or spec is None:
            raise not_found("wave", name)
        self.eyes(principal).must_include([spec.owner], what="wave", name=name)
        return city, spec

    def run(self, run: str, principal: Principal) -> Run:
        """A start of a wave. Raises HttpProblem where there is none."""
        with self.service.database.autocommit() as connection:
            found = migration_records.find_run(connection, RunId(run)) if _ZERO not in run else None
            moved = migration_records.of_run(connection, found.id) if found else ()
        if found is None:
            raise not_found("run", run)
        tenants = {found.wave.owner, *(each.tenant for each in moved)}
        self.eyes(principal).must_include(tenants, what="run", name=run)
        return found

    def migration(self, migration: str, principal: Principal) -> "Found":
        """A migration, in the sight of its wave. Raises HttpProblem where there is none."""
        with self.service.database.autocommit() as connection:
            found = migration_records.find(connection, MigrationId(migration)) if _ZERO not in migration else None
        if found is None:
            raise not_found("migration", migration)
        self.eyes(principal).must_include([found.tenant], what="migration", name=migration)
        return Found(run=found.run, id=found.id)

    def sight(self, run: RunId) -> Sight:
        """A wave under way as it is now."""
        return see(self.service.database, run, at=self.service.now())

    def shown_run(self, run: RunId) -> models.WaveRun:
        """A start of a wave, as it is answered."""
        with self.service.database.autocommit() as connection:
            newest = migration_events.newest(connection, run)
        return views.run(self.sight(run), self.called, newest)

    def shown_migration(self, found: "Found") -> models.Migration:
        """A migration, as it is answered."""
        with self.service.database.autocommit() as connection:
            newest = migration_events.newest(connection, found.run, migration=found.id)
        sight = self.sight(found.run)
        return views.migration(sight, line_of(sight, found.id), self.called, newest)

    def shown_line(self, found: "Found") -> models.MigrationLine:
        """A migration without its steps, as it is answered."""
        sight = self.sight(found.run)
        return views.migration_line(sight, line_of(sight, found.id), self.called)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A migration that somebody may see."""

    run: RunId
    id: MigrationId


def line_of(sight: Sight, migration: MigrationId) -> Line:
    """A migration among those of its wave."""
    return next(each for each in sight.lines if each.migration.id == migration)


Moving = Annotated[Moves, Depends(Moves)]
