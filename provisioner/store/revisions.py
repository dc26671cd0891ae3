"""Manifest revisions: the files as they were read, kept once for each content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from provisioner.errors import StoreError
from provisioner.operation import Actor, RevisionId
from provisioner.store.ids import new_id
from provisioner.store.schema import manifest_revisions as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A set of manifest files at one time."""

    id: RevisionId
    created_at: datetime
    #: Who first brought this content.
    actor: Actor
    #: SHA-256 in hexadecimal over names and texts.
    digest: str
    #: File name, as the user gave it, to text.
    files: Mapping[str, str]


def save(connection: Connection, files: Mapping[str, str], *, actor: Actor, at: datetime) -> RevisionId:
    """Keep the files; content that is kept already gets the id it has, whoever brings it again."""
    digest = _digest(files)
    known = select(table.c.id).where(table.c.digest == digest)
    if (found := connection.scalar(known)) is not None:
        return RevisionId(found)
    row = {"id": new_id(at), "created_at": at, "actor": actor, "digest": digest, "files": dict(files)}
    connection.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=[table.c.digest]))
    return RevisionId(connection.execute(known).scalar_one())


def load(connection: Connection, revision: RevisionId) -> Revision:
    """Raises StoreError where there is no such revision."""
    row = connection.execute(select(table).where(table.c.id == revision)).mappings().one_or_none()
    if row is None:
        raise StoreError(f"there is no manifest revision {revision}")
    return Revision(**row)


def _digest(files: Mapping[str, str]) -> str:
    text = json.dumps(sorted(files.items()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
