"""The manifests in force, document by document: each as it was last approved. Requests build on them."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from provisioner.store.schema_requests import standing_documents as table
from tenants.documents import Document

#: Rows written by one statement.
_BATCH: Final = 500
_COLUMNS: Final = ("file", "text", "attached", "origin", "at")


def freeze(connection: Connection) -> None:
    """Have the whole transaction see the database as it is at one moment. Call first in a transaction."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def load_all(connection: Connection) -> tuple[Document, ...]:
    """Every document in force, by kind and name."""
    return tuple(map(_document, connection.execute(select(table).order_by(table.c.kind, table.c.name))))


def load_some(connection: Connection, names: Collection[tuple[str, str]]) -> tuple[Document, ...]:
    """The documents in force of these kinds and names."""
    query = select(table).where(tuple_(table.c.kind, table.c.name).in_(sorted(names)))
    return tuple(map(_document, connection.execute(query)))


def load_kind(connection: Connection, kind: str) -> tuple[Document, ...]:
    """The documents in force of one kind, by name."""
    return tuple(map(_document, connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.name))))


def origin_of(connection: Connection, kind: str, name: str) -> str | None:
    """The revision or the request that a document in force came with; None where none is of that name."""
    query = select(table.c.origin).where(table.c.kind == kind, table.c.name == name)
    found: str | None = connection.scalar(query)
    return found


def put(connection: Connection, documents: Iterable[Document], *, origin: str, at: datetime) -> None:
    """Bring documents into force, in place of those of the same kind and name. One that is as it was stays untouched."""
    for rows in _rows(documents, origin, at):
        change = insert(table).values(rows)
        differs = or_(table.c.text != change.excluded.text, table.c.attached != change.excluded.attached)
        connection.execute(
            change.on_conflict_do_update(
                index_elements=[table.c.kind, table.c.name],
                set_={name: change.excluded[name] for name in _COLUMNS},
                where=differs,
            )
        )


def put_absent(connection: Connection, documents: Iterable[Document], *, origin: str, at: datetime) -> None:
    """Bring documents into force where there is none of the same kind and name."""
    for rows in _rows(documents, origin, at):
        connection.execute(insert(table).values(rows).on_conflict_do_nothing())


def _document(row: Any) -> Document:
    return Document(kind=row.kind, name=row.name, file=row.file, text=row.text, attached=row.attached)


def drop_others(connection: Connection, kind: str, names: Iterable[str]) -> None:
    """Put out of force all documents of a kind but those of these names."""
    connection.execute(delete(table).where(table.c.kind == kind, table.c.name.not_in(sorted(names))))


def _rows(documents: Iterable[Document], origin: str, at: datetime) -> Iterator[list[dict[str, object]]]:
    rows: list[dict[str, object]] = [
        {
            "kind": each.kind,
            "name": each.name,
            "file": each.file,
            "text": each.text,
            "attached": dict(each.attached),
            "origin": origin,
            "at": at,
        }
        for each in sorted(documents, key=lambda each: (each.kind, each.name))
    ]
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
