"""What was last applied, put together again as a city: what drift is measured against, and what `status` shows.

Tenants may have been applied at different times from different files; each counts as it was last applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from provisioner.operation import RevisionId
from provisioner.store import applied, revisions
from provisioner.store.applied import Applied
from provisioner.store.database import Connection, Database
from tenants.names import CloudName, TenantName
from tenants.spec import City, CloudSpec, ProjectSpec, TenantSpec
from tenants.validation import validate


def baseline(database: Database) -> City | None:
    """The city as it was last applied, or None where nothing ever was."""
    with database.transaction() as connection:
        rows = sorted(map(_here, applied.one_by_one(connection)), key=lambda row: row.at)
        # Newest first, each where it was applied last: files that came back after others are the newest again.
        newest = dict.fromkeys(row.revision for row in reversed(rows))
        cities = [_city(connection, revision) for revision in newest]
    if not rows:
        return None
    tenants: dict[TenantName, TenantSpec] = {}
    clouds: dict[CloudName, CloudSpec] = {}
    for city in reversed(cities):
        # Tenants without projects are never applied, but the tree and its envelopes need them.
        tenants.update({name: replace(tenant, projects=()) for name, tenant in city.tenants.items()})
        clouds.update(city.clouds)
    projects = _projects(rows)
    tenants.update({row.tenant: replace(row.spec, projects=projects[row.tenant]) for row in rows})
    return City(clouds=clouds, tenants=tenants)


@dataclass(slots=True)
class Baselines:
    """The newest baseline, read again only when something was applied since: reading takes long in a big city."""

    database: Database
    _lock: Lock = field(default_factory=Lock)
    _known: tuple[applied.Versions, City | None] | None = None

    def newest(self) -> City | None:
        """As `baseline`."""
        return self.with_versions()[1]

    def with_versions(self) -> tuple[applied.Versions, City | None]:
        """The same, with what was applied when for whom: as long as that is so, the baseline is this."""
        with self._lock:
            with self.database.autocommit() as connection:
                versions = applied.versions(connection)
            if self._known is None or self._known[0] != versions:
                self._known = versions, baseline(self.database)
            return self._known


def _here(row: Applied) -> Applied:
    """What was applied with a row's cloud alone: of many clouds, the rest is there once for each."""
    mine = tuple(project for project in row.spec.projects if project.cloud == row.cloud)
    return replace(row, spec=replace(row.spec, projects=mine))


def _projects(rows: Iterable[Applied]) -> Mapping[TenantName, tuple[ProjectSpec, ...]]:
    """Each tenant's projects as they were last applied in each cloud."""
    found: dict[TenantName, tuple[ProjectSpec, ...]] = {}
    for row in rows:
        found[row.tenant] = (*found.get(row.tenant, ()), *row.spec.projects)
    return found


def _city(connection: Connection, revision: RevisionId) -> City:
    kept = revisions.load(connection, revision)
    city = validate(kept.manifests(), kept.lookup).city
    return city or City(clouds={}, tenants={})
