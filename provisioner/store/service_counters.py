"""What is counted for metrics, added up over all processes and their restarts: a counter here never goes back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from provisioner.store.schema_service import service_counters as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How much was counted of something."""

    #: A sample's name in the metrics' catalogue, without `_total`.
    name: str
    labels: Mapping[str, str]
    value: float


def add(connection: Connection, counts: Iterable[Count]) -> None:
    """Add what was counted since. The same name and labels may come once only."""
    # In one order, so that processes that write at once wait for one another and do not lock crosswise.
    ordered = sorted(counts, key=lambda each: (each.name, sorted(each.labels.items())))
    rows: list[dict[str, Any]] = [
        {"name": each.name, "labels": dict(each.labels), "value": each.value} for each in ordered
    ]
    if rows:
        change = insert(table).values(rows)
        grown = {"value": table.c.value + change.excluded.value}
        connection.execute(change.on_conflict_do_update(index_elements=["name", "labels"], set_=grown))


def listed(connection: Connection) -> tuple[Count, ...]:
    """Everything that was ever counted, in order."""
    rows = connection.execute(select(table).order_by(table.c.name, table.c.labels))
    return tuple(Count(name=row.name, labels=row.labels, value=row.value) for row in rows)
