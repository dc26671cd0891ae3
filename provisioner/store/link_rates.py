"""How fast disks travelled from one cloud to another: what estimates of the next ones are made of."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from provisioner.migration.estimate import Measured
from provisioner.store.schema_migration import link_rates as table
from tenants.names import CloudName

#: Measurements that an estimate looks at.
_RECENT = 50


def note(connection: Connection, source: CloudName, target: CloudName, measured: Measured, *, at: datetime) -> None:
    """Keep what one disk took; nothing of one that took no time."""
    milliseconds = round(measured.seconds * 1000)
    if milliseconds > 0:
        row = {"source": source, "target": target, "at": at, "bytes": measured.size, "milliseconds": milliseconds}
        connection.execute(insert(table).values(row))


def recent(connection: Connection, source: CloudName, target: CloudName) -> tuple[Measured, ...]:
    """The last measurements of a link, the newest first."""
    query = (
        select(table.c.bytes, table.c.milliseconds)
        .where(table.c.source == source, table.c.target == target)
        .order_by(table.c.seq.desc())
        .limit(_RECENT)
    )
    return tuple(Measured(size=row.bytes, seconds=row.milliseconds / 1000) for row in connection.execute(query))
