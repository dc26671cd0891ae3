"""What is on its way, read in one question: for whoever plans, compares or corrects, and has to leave it alone."""

from sqlalchemy import Connection, func, select, text

from provisioner.migration.passage import End, Passage
from provisioner.migration.states import State
from provisioner.store.schema_migration import migrations as table
from provisioner.store.schema_migration import wave_runs as runs
from tenants.names import ApplicationName, CloudName, ProjectName, ServerName, TenantName
from tenants.wave import Mode, WaveName


def under_way(connection: Connection) -> tuple[Passage, ...]:
    """Every migration that has not ended, by which wave, from where to where."""
    ends = [
        each[key].astext.label(f"{name}_{key}")
        for name, each in (("source", table.c.workload), ("target", table.c.bindings))
        for key in ("cloud", "tenant", "project")
    ]
    servers = func.jsonb_path_query_array(table.c.workload, text("'$.machines[*].name'::jsonpath")).label("servers")
    query = (
        select(runs.c.wave, table.c.application, table.c.state, servers, *ends)
        .join(runs, runs.c.id == table.c.run_id)
        .where(table.c.finished_at.is_(None))
        .order_by(table.c.created_at, table.c.id)
    )
    return tuple(
        Passage(
            wave=WaveName(row.wave),
            application=None if row.application is None else ApplicationName(row.application),
            servers=frozenset(ServerName(each) for each in row.servers),
            source=_end(row.source_cloud, row.source_tenant, row.source_project),
            target=_end(row.target_cloud, row.target_tenant, row.target_project),
            state=State(row.state),
        )
        for row in connection.execute(query)
    )


def imported(connection: Connection) -> frozenset[tuple[WaveName, ApplicationName]]:
    """The applications that waves have imported."""
    is_import = runs.c.spec["mode"].astext == Mode.IMPORT.value
    query = (
        select(runs.c.wave, table.c.application)
        .join(runs, runs.c.id == table.c.run_id)
        .where(is_import, table.c.state == State.CLOSED.value, table.c.application.is_not(None))
    )
    return frozenset((WaveName(row.wave), ApplicationName(row.application)) for row in connection.execute(query))


def _end(cloud: str, tenant: str, project: str) -> End:
    return End(cloud=CloudName(cloud), tenant=TenantName(tenant), project=ProjectName(project))
