"""What differs from the last applied manifests, and since when.

A look reports everything that differs for some tenants of a cloud. A difference seen for the first time is opened, one
seen again is carried on, and one that the look no longer has is resolved. When it began lies between the last look that
still matched and the first that did not.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from provisioner.diff import Difference
from provisioner.objects import Address
from provisioner.store.codec import address_text
from provisioner.store.schema_operations import drift as table
from provisioner.store.schema_operations import drift_looks
from provisioner.store.schema_service import audit
from tenants.names import CloudName, TenantName

#: The audit log's word for a property that Tenantry itself made as it was applied; the subject is its address.
CORRECTED: Final = "drift.corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A difference with its time."""

    difference: Difference
    first_seen: datetime
    last_seen: datetime
    #: The last look before `first_seen`; None where there was none.
    last_matching_seen: datetime | None
    resolved_at: datetime | None


def record(
    connection: Connection,
    cloud: CloudName,
    *,
    tenants: Iterable[TenantName],
    differences: Iterable[Difference],
    at: datetime,
) -> None:
    """Keep what a look at some tenants of a cloud found. Differences of other tenants stay as they are."""
    looked = sorted(set(tenants))
    _open_or_carry_on(connection, differences, looks=_looks(connection, cloud, looked), at=at)
    still_open = and_(table.c.cloud == cloud, table.c.tenant.in_(looked), table.c.resolved_at.is_(None))
    connection.execute(update(table).where(still_open, table.c.last_seen < at).values(resolved_at=at))
    if looked:
        look = insert(drift_looks).values([{"tenant": tenant, "cloud": cloud, "at": at} for tenant in looked])
        key = [drift_looks.c.tenant, drift_looks.c.cloud]
        connection.execute(look.on_conflict_do_update(index_elements=key, set_={"at": look.excluded.at}))


def corrected(
    connection: Connection, addresses: Collection[Address], *, since: datetime
) -> Counter[tuple[Address, str]]:
    """How often each property of these objects was corrected since then, by the audit log."""
    subjects = sorted(address_text(each) for each in addresses)
    query = select(audit.c.subject, audit.c.detail["property"].astext.label("property")).where(
        audit.c.subject.in_(subjects), audit.c.action == CORRECTED, audit.c.at > since
    )
    return Counter((Address.parse(row.subject), row.property) for row in connection.execute(query))


def unresolved(
    connection: Connection, cloud: CloudName | None = None, *, tenants: Collection[TenantName] | None = None
) -> tuple[Drift, ...]:
    """What differs now, by address and property; in all clouds or in one, of all tenants or of these."""
    query = select(table).where(table.c.resolved_at.is_(None)).order_by(table.c.address, table.c.property)
    if cloud is not None:
        query = query.where(table.c.cloud == cloud)
    if tenants is not None:
        query = query.where(table.c.tenant.in_(sorted(tenants)))
    return tuple(
        Drift(
            difference=Difference(
                address=Address.parse(row.address), property=row.property, expected=row.expected, actual=row.actual
            ),
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            last_matching_seen=row.last_matching_seen,
            resolved_at=row.resolved_at,
        )
        for row in connection.execute(query)
    )


def _looks(connection: Connection, cloud: CloudName, tenants: Iterable[TenantName]) -> dict[str, datetime]:
    wanted = [(tenant, cloud) for tenant in tenants]
    query = select(drift_looks).where(tuple_(drift_looks.c.tenant, drift_looks.c.cloud).in_(wanted))
    return {row.tenant: row.at for row in connection.execute(query)}


def _open_or_carry_on(
    connection: Connection, differences: Iterable[Difference], *, looks: dict[str, datetime], at: datetime
) -> None:
    rows = [
        {
            "tenant": each.address.tenant,
            "cloud": each.address.cloud,
            "address": address_text(each.address),
            "property": each.property,
            "expected": each.expected,
            "actual": each.actual,
            "first_seen": at,
            "last_seen": at,
            "last_matching_seen": looks.get(each.address.tenant),
        }
        for each in differences
    ]
    if not rows:
        return
    change = insert(table).values(rows)
    connection.execute(
        change.on_conflict_do_update(
            index_elements=[table.c.address, table.c.property],
            index_where=table.c.resolved_at.is_(None),
            set_={name: change.excluded[name] for name in ("expected", "actual", "last_seen")},
        )
    )
