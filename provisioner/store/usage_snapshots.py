"""What each collector last saw, and how its last run went: one row each, whatever came before."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, case, func, select
from sqlalchemy.dialects.postgresql import insert

from provisioner.clouds.interface import ProjectId
from provisioner.store import schedules
from provisioner.store.schedules import Subject, TaskName
from provisioner.store.schema_operations import operations
from provisioner.store.schema_usage import collector_runs, usage_snapshots
from provisioner.usage.collection import Collected, CollectorName, Run, Snapshot
from tenants.names import CloudName, TenantName

#: Has quotas read anew where something was applied, about a cloud.
CHANGED: Final = TaskName("collect-changed-quotas")


def keep(connection: Connection, snapshot: Snapshot) -> None:
    """Keep a snapshot in the place of an older one; a newer one stays."""
    table = usage_snapshots
    values = {
        "cloud": snapshot.cloud,
        "collector": snapshot.collector,
        "began": snapshot.began,
        "at": snapshot.at,
        "complete": snapshot.complete,
        "content": snapshot.content,
    }
    key = ("cloud", "collector")
    change = insert(table).values(values)
    connection.execute(
        change.on_conflict_do_update(
            index_elements=key,
            set_={name: change.excluded[name] for name in values if name not in key},
            where=table.c.at <= change.excluded.at,
        )
    )


def latest(connection: Connection, cloud: CloudName, collector: CollectorName) -> Snapshot | None:
    """What a collector last saw of a cloud; None before the first time."""
    table = usage_snapshots
    query = select(table).where(table.c.cloud == cloud, table.c.collector == collector)
    row = connection.execute(query).one_or_none()
    return None if row is None else _snapshot(row)


def everything(connection: Connection) -> tuple[Snapshot, ...]:
    """What all collectors last saw of all clouds, in order."""
    query = select(usage_snapshots).order_by(usage_snapshots.c.cloud, usage_snapshots.c.collector)
    return tuple(_snapshot(row) for row in connection.execute(query))


def note(connection: Connection, run: Run) -> None:
    """Keep how a run went; when one last got everything stays known."""
    table = collector_runs
    failed = {"parts": dict(run.failed), "projects": dict(run.failed_projects), "reasons": sorted(run.reasons)}
    values: dict[str, Any] = {
        "cloud": run.cloud,
        "collector": run.collector,
        "every_seconds": int(run.every.total_seconds()),
        "attempted_at": run.began,
        "succeeded_at": run.ended if run.complete else None,
        "milliseconds": round((run.ended - run.began).total_seconds() * 1000),
        "requests": run.requests,
        "complete": run.complete,
        "projects_failed": len(run.failed_projects),
        "failed": None if run.complete else failed,
    }
    key = ("cloud", "collector")
    change = insert(table).values(values)
    new: dict[str, Any] = {name: change.excluded[name] for name in values if name not in key}
    new["succeeded_at"] = case((change.excluded.complete, change.excluded.succeeded_at), else_=table.c.succeeded_at)
    newer = table.c.attempted_at <= change.excluded.attempted_at
    connection.execute(change.on_conflict_do_update(index_elements=key, set_=new, where=newer))


def runs(connection: Connection) -> tuple[Collected, ...]:
    """How every collector stands, in order."""
    rows = connection.execute(select(collector_runs).order_by(collector_runs.c.cloud, collector_runs.c.collector))
    return tuple(_collected(row) for row in rows)


def ask_changed(connection: Connection, cloud: CloudName) -> None:
    """Have the quotas read again of whatever was applied in a cloud, as soon as a worker can."""
    schedules.hasten(connection, CHANGED, [Subject(cloud)])


def operations_ended(connection: Connection, cloud: CloudName, *, since: datetime) -> Mapping[TenantName, datetime]:
    """The tenants for which operations ended in a cloud since then, and when the last one did."""
    table = operations.c
    query = (
        select(table.tenant, func.max(table.finished_at))
        .where(table.cloud == cloud, table.finished_at >= since)
        .group_by(table.tenant)
    )
    return {TenantName(tenant): at for tenant, at in connection.execute(query)}


def _snapshot(row: Any) -> Snapshot:
    return Snapshot(
        cloud=CloudName(row.cloud),
        collector=CollectorName(row.collector),
        began=row.began,
        at=row.at,
        complete=row.complete,
        content=row.content,
    )


def _collected(row: Any) -> Collected:
    failed = row.failed or {}
    run = Run(
        cloud=CloudName(row.cloud),
        collector=CollectorName(row.collector),
        every=timedelta(seconds=row.every_seconds),
        began=row.attempted_at,
        ended=row.attempted_at + timedelta(milliseconds=row.milliseconds),
        requests=row.requests,
        failed=failed.get("parts", {}),
        failed_projects={ProjectId(project): reason for project, reason in failed.get("projects", {}).items()},
        reasons=frozenset(failed.get("reasons", ())),
    )
    return Collected(run=run, succeeded_at=row.succeeded_at)
