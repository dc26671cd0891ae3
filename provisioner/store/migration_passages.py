"""What is on its way, with the room that it keeps: for whoever plans, compares or corrects, and has to leave it alone."""

from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from provisioner.clouds.interface import ProjectId
from provisioner.migration.headroom import NOTHING, Amounts
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.passage import End, Moved, Passage
from provisioner.migration.states import State
from provisioner.store import migration_holds
from provisioner.store.schema_migration import migrations as table
from provisioner.store.schema_migration import wave_runs as runs
from tenants.names import ApplicationName, CloudName, ProjectName, ServerName, TenantName
from tenants.wave import Mode, WaveName


def under_way(connection: Connection) -> tuple[Passage, ...]:
    """Every migration that has not ended, by which wave, from where to where; in one question, or two where there is any."""
    ends = [
        each[key].astext.label(f"{name}_{key}")
        for name, each in (("source", table.c.workload), ("target", table.c.bindings))
        for key in ("cloud", "tenant", "project", "project_id")
    ]
    servers = func.jsonb_path_query_array(table.c.workload, text("'$.machines[*].name'::jsonpath")).label("servers")
    query = (
        select(table.c.id, runs.c.wave, table.c.application, table.c.state, servers, *ends)
        .join(runs, runs.c.id == table.c.run_id)
        .where(table.c.finished_at.is_(None))
        .order_by(table.c.created_at, table.c.id)
    )
    rows = connection.execute(query).all()
    kept = {each.migration: each.share.kept for each in migration_holds.keepers(connection)} if rows else {}
    return tuple(_passage(row, kept.get(MigrationId(row.id), NOTHING)) for row in rows)


def imported(connection: Connection) -> frozenset[tuple[WaveName, ApplicationName]]:
    """The applications that waves have imported."""
    is_import = runs.c.spec["mode"].astext == Mode.IMPORT.value
    query = (
        select(runs.c.wave, table.c.application)
        .join(runs, runs.c.id == table.c.run_id)
        .where(is_import, table.c.state == State.CLOSED.value, table.c.application.is_not(None))
    )
    return frozenset((WaveName(row.wave), ApplicationName(row.application)) for row in connection.execute(query))


def moved(connection: Connection) -> tuple[Moved, ...]:
    """The last move of each application that was signed off in another project; its source is only kept, or gone."""
    ends = [
        each[key].astext.label(f"{name}_{key}")
        for name, each in (("source", table.c.workload), ("target", table.c.bindings))
        for key in ("cloud", "tenant", "project")
    ]
    query = (
        select(runs.c.wave, table.c.application, *ends)
        .join(runs, runs.c.id == table.c.run_id)
        .where(table.c.state.in_([State.RETAINED.value, State.CLOSED.value]), table.c.application.is_not(None))
        .where(runs.c.spec["mode"].astext.in_([Mode.CROSS_PROJECT.value, Mode.CROSS_CLOUD.value]))
        .ext(distinct_on(table.c.application))
        .order_by(table.c.application, table.c.created_at.desc(), table.c.id.desc())
    )
    return tuple(
        Moved(
            wave=WaveName(row.wave),
            application=ApplicationName(row.application),
            source=_end(row.source_cloud, row.source_tenant, row.source_project),
            target=_end(row.target_cloud, row.target_tenant, row.target_project),
        )
        for row in connection.execute(query)
    )


def _passage(row: Row[Any], kept: Amounts) -> Passage:
    source = _end(row.source_cloud, row.source_tenant, row.source_project)
    target = _end(row.target_cloud, row.target_tenant, row.target_project)
    ends = {
        (source.cloud, ProjectId(row.source_project_id)): source,
        (target.cloud, ProjectId(row.target_project_id)): target,
    }
    return Passage(
        wave=WaveName(row.wave),
        application=None if row.application is None else ApplicationName(row.application),
        servers=frozenset(ServerName(each) for each in row.servers),
        source=source,
        target=target,
        state=State(row.state),
        rooms={ends[project]: amounts for project, amounts in kept.items() if project in ends},
    )


def _end(cloud: str, tenant: str, project: str) -> End:
    return End(cloud=CloudName(cloud), tenant=TenantName(tenant), project=ProjectName(project))
