"""Run a collector on a cloud, and write down what it found: looks are metered and its snapshot is kept in one transaction."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from api.collection import attribution
from monitoring.collection import projects, quotas
from monitoring.collection.collector import Asked, Collector, Harvest, run_of
from monitoring.collection.projects import Projects
from monitoring.collection.quotas import Quotas
from monitoring.metering.systems import register_of
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId
from provisioner.counting import Tally
from provisioner.errors import CloudMisconfigured, CloudUnavailable
from provisioner.planning import projects_in
from provisioner.reconciliation.force import CityInForce
from provisioner.store import usage, usage_months, usage_snapshots, usage_systems, usage_tenancies
from provisioner.store.database import Connection, Database
from provisioner.store.usage import Recorder
from provisioner.usage.collection import CollectorName, Run, Snapshot
from provisioner.usage.intervals import Verdict
from provisioner.usage.sightings import ResourceId, Scope, Sort, Variant
from provisioner.usage.tenancy import Tenancy
from tenants.names import CloudName, TenantName
from tenants.spec import City, CloudSpec

#: A snapshot that was mended for a few projects is another one, and as old as it was.
_ANOTHER: Final = timedelta(microseconds=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What came of a run."""

    run: Run
    #: Whether anything was read at all.
    anything: bool
    #: How many resources its looks tell of; None where it meters nothing.
    seen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """Collects; holds what all runs need. Safe to share between threads."""

    database: Database
    #: The cloud as collectors may ask it: within their budget.
    connect: Callable[[CloudSpec], Cloud]
    force: CityInForce
    recorder: Recorder
    tally: Tally
    now: Callable[[], datetime]
    #: How often each collector is to come.
    every: Mapping[CollectorName, timedelta]

    def clouds(self) -> tuple[CloudName, ...]:
        """The clouds of the manifests in force, by name; none where these do not fit one another."""
        _, city = self.force.read()
        return tuple(sorted(city.clouds)) if city is not None else ()

    def cloud(self, name: CloudName) -> Cloud:
        """A cloud of the manifests in force, within the budget. Raises CloudMisconfigured for one that they do not have."""
        return self.connect(self._city(name).clouds[name])

    def collect(self, name: CloudName, collector: Collector) -> Collected:
        """One run, well or not: what failed is in it. Raises StoreError, and CloudMisconfigured for a cloud not in force."""
        city = self._city(name)
        began = self.now()
        asked = self._asked(city, self.connect(city.clouds[name]), collector)
        before = asked.cloud.requests_sent()
        harvest = collector.collect(asked)
        run = run_of(collector.name, asked, harvest, began=began, requests=asked.cloud.requests_sent() - before)
        self._count(run)
        with self.database.transaction() as connection:
            self._keep(connection, asked, harvest, run)
            usage_snapshots.note(connection, run)
        _tell(run)
        seen = sum(len(look.sightings) for look in harvest.looks) if collector.sorts else None
        return Collected(run=run, anything=harvest.anything, seen=seen)

    def collect_or_raise(self, name: CloudName, collector: Collector) -> Collected:
        """The same for whoever tries again later: raises CloudUnavailable where nothing at all could be read."""
        found = self.collect(name, collector)
        if not found.anything:
            why = (*found.run.failed.values(), *found.run.failed_projects.values())
            raise CloudUnavailable("; ".join(dict.fromkeys(why)))
        return found

    def collect_changed(self, name: CloudName) -> None:
        """Read anew the quotas of the tenants for which operations ended since their quotas were read."""
        with self.database.transaction() as connection:
            known = usage_snapshots.latest(connection, name, quotas.NAME)
            ended = usage_snapshots.operations_ended(connection, name, since=known.began) if known is not None else {}
        read = known.content.get("changed", {}) if known is not None else {}
        due = frozenset(
            tenant for tenant, at in ended.items() if tenant not in read or datetime.fromisoformat(read[tenant]) < at
        )
        if not due or known is None:
            return
        self.collect_or_raise(name, Projects())
        began, city = self.now(), self._city(name)
        asked = self._asked(city, self.connect(city.clouds[name]), Quotas(only=due))
        harvest = Quotas(only=due).collect(asked)
        if not harvest.complete:
            raise CloudUnavailable("; ".join(map(str, (*harvest.failed.values(), *harvest.failed_projects.values()))))
        changed = {**read, **dict.fromkeys(due, began.isoformat())}
        with self.database.transaction() as connection:
            for look in harvest.looks:
                self.recorder.record(connection, look)
            content = {**(harvest.content or {}), "changed": changed}
            usage_snapshots.keep(connection, replace(known, at=known.at + _ANOTHER, content=content))

    def keep_months(self) -> None:
        """Have room for the months to come, and let go of those that are kept no longer."""
        with self.database.transaction() as connection:
            usage_months.prepare(connection, self.now())
            dropped = usage_months.retire(connection, self.now())
            for each in dropped:
                _log.info("%s is kept no longer", each)
            if dropped:
                usage_systems.retire(connection)

    def _city(self, name: CloudName) -> City:
        _, city = self.force.read()
        if city is None or name not in city.clouds:
            raise CloudMisconfigured(f"no manifest in force has a cloud {name}")
        return city

    def _asked(self, city: City, cloud: Cloud, collector: Collector) -> Asked:
        spec = city.clouds[cloud.name]
        with self.database.transaction() as connection:
            listed = usage_snapshots.latest(connection, spec.name, projects.NAME)
            return Asked(
                cloud=cloud,
                spec=spec,
                every=self.every[collector.name],
                now=self.now,
                previous=usage_snapshots.latest(connection, spec.name, collector.name),
                standings={
                    sort: usage.standing(connection, Scope(cloud=spec.name, sort=sort)) for sort in collector.sorts
                },
                tenants=_tenants(city, spec.name),
                projects=_ids(listed),
                register=register_of(city, spec.name, _ids(listed)),
                volume_types=partial(self._volume_types, spec.name),
            )

    def _volume_types(self, cloud: CloudName, volumes: Collection[ResourceId]) -> Mapping[ResourceId, Variant]:
        with self.database.transaction() as connection:
            return usage.variants(connection, Scope(cloud=cloud, sort=Sort.VOLUME), volumes)

    def _keep(self, connection: Connection, asked: Asked, harvest: Harvest, run: Run) -> None:
        told = attribution.told(connection, asked, harvest.clues)
        verdicts = [self.recorder.record(connection, look).verdict for look in harvest.looks]
        overtaken = Verdict.LATE in verdicts
        # Somebody was faster: what they know is newer. Of quotas they may know no more than a few tenants'.
        if overtaken and run.collector != quotas.NAME:
            return
        attribution.keep(connection, run.cloud, told, harvest.looks)
        if harvest.content is None:
            return
        snapshot = Snapshot(
            cloud=run.cloud,
            collector=run.collector,
            began=run.began,
            at=run.ended,
            complete=run.complete,
            content=harvest.content,
        )
        usage_snapshots.keep(connection, snapshot)
        if overtaken:
            usage_snapshots.ask_changed(connection, run.cloud)
        if run.collector == projects.NAME:
            usage_tenancies.note(connection, _tenancies(asked, _ids(snapshot), since=run.began))

    def _count(self, run: Run) -> None:
        labels = {"cloud": str(run.cloud), "collector": str(run.collector)}
        self.tally.count("collector_runs", labels)
        for reason in run.reasons:
            self.tally.count("collector_failures", {**labels, "reason": reason})


def _tenants(city: City, cloud: CloudName) -> Mapping[str, TenantName]:
    """Whose each project is, by its name in Keystone."""
    return {
        project.keystone_name: tenant.name for tenant in city.tenants.values() for project in projects_in(tenant, cloud)
    }


def _ids(listed: Snapshot | None) -> Mapping[str, ProjectId]:
    rows = listed.content["projects"] if listed is not None else ()
    return {name: ProjectId(id_) for id_, name, _ in rows}


def _tenancies(asked: Asked, ids: Mapping[str, ProjectId], *, since: datetime) -> tuple[Tenancy, ...]:
    return tuple(
        Tenancy(cloud=asked.spec.name, project=ids[name], tenant=tenant, name=name, since=since)
        for name, tenant in asked.tenants.items()
        if name in ids
    )


def _tell(run: Run) -> None:
    if run.complete:
        _log.debug("collected %s of %s in %d requests", run.collector, run.cloud, run.requests)
        return
    parts = "; ".join(f"{part}: {why}" for part, why in run.failed.items())
    lacking = f"{len(run.failed_projects)} projects" if run.failed_projects else ""
    _log.warning("collected %s of %s in part: %s", run.collector, run.cloud, "; ".join(filter(None, (parts, lacking))))
