"""Waves that were started, and migrations, a page at a time, newest first; as `pages`, and bounded by what somebody may see."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Select, select

from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState
from provisioner.migration.states import State
from provisioner.store import migration_records
from provisioner.store.pages import Visible
from provisioner.store.schema_migration import migrations, wave_runs
from tenants.names import TenantName
from tenants.wave import WaveName


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which started waves are asked for; None asks for all."""

    visible: Visible = None
    wave: WaveName | None = None
    state: RunState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFilter:
    """Which migrations are asked for; None asks for all."""

    visible: Visible = None
    tenant: TenantName | None = None
    state: State | None = None
    #: Whether it has ended.
    ended: bool | None = None


def runs(connection: Connection, wanted: RunFilter, *, before: str | None = None, limit: int) -> tuple[Run, ...]:
    """Those of tenants that are to be seen, with all whose applications they move."""
    query = select(wave_runs.c.id).order_by(wave_runs.c.id.desc()).limit(limit)
    if wanted.visible is not None:
        query = _only_visible(query, wanted.visible)
    if wanted.wave is not None:
        query = query.where(wave_runs.c.wave == wanted.wave)
    if wanted.state is not None:
        query = query.where(wave_runs.c.state == wanted.state.value)
    if before is not None:
        query = query.where(wave_runs.c.id < before)
    return tuple(migration_records.load_run(connection, RunId(each)) for each in connection.scalars(query).all())


def listed(
    connection: Connection, wanted: MigrationFilter, *, before: str | None = None, limit: int
) -> tuple[Migration, ...]:
    """Migrations with their steps."""
    query = select(migrations.c.id).order_by(migrations.c.id.desc()).limit(limit)
    if wanted.visible is not None:
        query = query.where(migrations.c.tenant.in_(wanted.visible))
    if wanted.tenant is not None:
        query = query.where(migrations.c.tenant == wanted.tenant)
    if wanted.state is not None:
        query = query.where(migrations.c.state == wanted.state.value)
    if wanted.ended is not None:
        over = migrations.c.finished_at.is_not(None)
        query = query.where(over if wanted.ended else ~over)
    if before is not None:
        query = query.where(migrations.c.id < before)
    found = connection.scalars(query).all()
    return tuple(migration_records.load(connection, MigrationId(each)) for each in found)


def _only_visible(query: Select[tuple[str]], visible: Collection[TenantName]) -> Select[tuple[str]]:
    others = select(migrations.c.id).where(migrations.c.run_id == wave_runs.c.id, migrations.c.tenant.not_in(visible))
    return query.where(wave_runs.c.owner.in_(visible), ~others.exists())
