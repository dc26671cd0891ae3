"""How waves under way stand, as far as a conductor has to know to tell whether anything changed: asked every second, so cheap.

Whatever a leg does to its migration lies between two changes of what is here, for it is handed out before and handed in after. What a
migration moves and the journal of its steps, which fill the record, are not read.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from provisioner.migration.identifiers import RunId
from provisioner.store.schema_migration import migrations as table
from provisioner.store.schema_migration import wave_runs as runs

#: How one wave stands: equal where nothing changed in between, and of no other meaning.
Outline = tuple[Any, ...]


def under_way(connection: Connection) -> Mapping[RunId, Outline]:
    """The waves that have not ended, the oldest first; in one question."""
    signed = table.c.signed_off.is_not(None)
    light = (table.c.id, table.c.state, table.c.asked, table.c.queued, table.c.legs, signed, table.c.kept_until)
    query = (
        select(runs.c.id.label("run"), runs.c.state.label("stands"), *light)
        .outerjoin(table, table.c.run_id == runs.c.id)
        .where(runs.c.finished_at.is_(None))
        .order_by(runs.c.started_at, runs.c.id, table.c.id)
    )
    found: dict[RunId, list[Any]] = {}
    for run, *rest in connection.execute(query):
        found.setdefault(RunId(run), []).append(tuple(rest))
    return {run: tuple(rows) for run, rows in found.items()}
