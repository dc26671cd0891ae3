"""The last applied manifest of each tenant in each cloud: what drift is measured against, and what orphans are told by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from provisioner.operation import RevisionId
from provisioner.store.codec import decode, encode
from provisioner.store.schema_operations import applied as table
from tenants.names import CloudName, TenantName
from tenants.spec import TenantSpec

#: Rows that are read at a time.
_BATCH: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A tenant's manifest, as it was last made so in one cloud."""

    tenant: TenantName
    cloud: CloudName
    revision: RevisionId
    #: The whole spec; only its projects of this cloud were applied with it.
    spec: TenantSpec
    at: datetime


def record(connection: Connection, applied: Applied) -> None:
    """Remember what was applied, in place of what was before. An older `at` than the one kept changes nothing."""
    row = {
        "tenant": applied.tenant,
        "cloud": applied.cloud,
        "revision_id": applied.revision,
        "spec": encode(TenantSpec, applied.spec),
        "at": applied.at,
    }
    change = insert(table).values(row)
    connection.execute(
        change.on_conflict_do_update(
            index_elements=[table.c.tenant, table.c.cloud],
            set_={name: change.excluded[name] for name in ("revision_id", "spec", "at")},
            where=table.c.at <= change.excluded.at,
        )
    )


def load(connection: Connection, tenant: TenantName, cloud: CloudName) -> Applied | None:
    """What was last applied for a tenant in a cloud, or None."""
    query = select(table).where(table.c.tenant == tenant, table.c.cloud == cloud)
    row = connection.execute(query).one_or_none()
    return None if row is None else _applied(row)


#: When what was applied, by tenant and cloud.
Versions = Mapping[tuple[TenantName, CloudName], tuple[RevisionId, datetime]]


def versions(connection: Connection) -> Versions:
    """What was last applied for every tenant in every cloud, without what it says."""
    rows = connection.execute(select(table.c.tenant, table.c.cloud, table.c.revision_id, table.c.at))
    return {(TenantName(row.tenant), CloudName(row.cloud)): (RevisionId(row.revision_id), row.at) for row in rows}


def load_all(connection: Connection) -> tuple[Applied, ...]:
    """What was last applied for every tenant in every cloud, by tenant and cloud."""
    return tuple(one_by_one(connection))


def one_by_one(connection: Connection) -> Iterator[Applied]:
    """The same, a few at a time: in many clouds a tenant's manifest is there many times. Call in a transaction."""
    query = select(table).order_by(table.c.tenant, table.c.cloud)
    return (_applied(row) for row in connection.execute(query, execution_options={"yield_per": _BATCH}))


def _applied(row: Row[Any]) -> Applied:
    return Applied(
        tenant=TenantName(row.tenant),
        cloud=CloudName(row.cloud),
        revision=RevisionId(row.revision_id),
        spec=decode(TenantSpec, row.spec),
        at=row.at,
    )
