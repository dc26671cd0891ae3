"""What probes found: the newest readings of each question, so that `status` can show them without asking again."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from provisioner.probing.readings import Finding, Reading, Result
from provisioner.store.schema_operations import probe_results as table
from tenants.names import ApplicationName, ProbeName, ServerName

#: How many of each probe and server are kept.
KEPT: Final = 20


def record(connection: Connection, readings: Iterable[Reading]) -> None:
    """Keep readings, and let go of the oldest beyond `KEPT` of each probe and server."""
    kept = tuple(readings)
    if kept:
        connection.execute(insert(table), [_row(each) for each in kept])
    for application in sorted({each.application for each in kept}):
        _prune(connection, application)


def latest(connection: Connection, application: ApplicationName) -> tuple[Reading, ...]:
    """The newest reading of each probe and server of an application, by name; none where it was never probed."""
    newest = (
        select(table)
        .where(table.c.application == application)
        .ext(distinct_on(table.c.probe, table.c.server))
        .order_by(table.c.probe, table.c.server, table.c.at.desc(), table.c.id.desc())
    )
    return tuple(
        Reading(
            application=ApplicationName(row.application),
            probe=ProbeName(row.probe),
            server=None if row.server is None else ServerName(row.server),
            address=row.address,
            finding=Finding(result=Result(row.result), reason=row.reason),
            milliseconds=row.milliseconds,
            at=row.at,
        )
        for row in connection.execute(newest)
    )


def _row(reading: Reading) -> dict[str, Any]:
    return {
        "application": reading.application,
        "probe": reading.probe,
        "server": reading.server,
        "address": reading.address,
        "result": reading.finding.result,
        "reason": reading.finding.reason,
        "milliseconds": reading.milliseconds,
        "at": reading.at,
    }


def _prune(connection: Connection, application: ApplicationName) -> None:
    age = func.row_number().over(
        partition_by=(table.c.probe, table.c.server), order_by=(table.c.at.desc(), table.c.id.desc())
    )
    ranked = select(table.c.id, age.label("age")).where(table.c.application == application).subquery()
    beyond = select(ranked.c.id).where(ranked.c.age > KEPT)
    connection.execute(delete(table).where(table.c.id.in_(beyond)))
