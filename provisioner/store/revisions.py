"""Manifest revisions: the files as they were read, kept once for each content.

With the manifests are kept the files that they name (user data), so that the same revision can be validated again anywhere.
In the table both stand together: a manifest's name with its text, an attached file's with an object that holds its text.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from provisioner.errors import StoreError
from provisioner.operation import Actor, RevisionId
from provisioner.store.ids import new_id
from provisioner.store.schema_operations import manifest_revisions as table

#: The key of an attached file's text.
_ATTACHED: Final = "attached"


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
    #: File name to text of what the manifests name.
    attached: Mapping[str, str] = field(default_factory=dict)

    def manifests(self) -> Iterator[tuple[str, bytes]]:
        """The manifests as validation takes them."""
        return ((name, text.encode()) for name, text in self.files.items())

    def lookup(self, name: str) -> bytes | None:
        """The content of a file that a manifest names, for validation. A manifest may name a manifest."""
        text = self.attached.get(name, self.files.get(name))
        return None if text is None else text.encode()


def save(
    connection: Connection,
    files: Mapping[str, str],
    *,
    actor: Actor,
    at: datetime,
    attached: Mapping[str, str] | None = None,
) -> RevisionId:
    """Keep the files; content that is kept already gets the id it has, whoever brings it again."""
    kept = {**{name: {_ATTACHED: text} for name, text in (attached or {}).items()}, **files}
    digest = _digest(kept)
    known = select(table.c.id).where(table.c.digest == digest)
    if (found := connection.scalar(known)) is not None:
        return RevisionId(found)
    row = {"id": new_id(at), "created_at": at, "actor": actor, "digest": digest, "files": kept}
    connection.execute(insert(table).values(row).on_conflict_do_nothing(index_elements=[table.c.digest]))
    return RevisionId(connection.execute(known).scalar_one())


def load(connection: Connection, revision: RevisionId) -> Revision:
    """Raises StoreError where there is no such revision."""
    row = connection.execute(select(table).where(table.c.id == revision)).mappings().one_or_none()
    if row is None:
        raise StoreError(f"there is no manifest revision {revision}")
    kept: Mapping[str, Any] = row["files"]
    files = {name: each for name, each in kept.items() if isinstance(each, str)}
    attached = {name: each[_ATTACHED] for name, each in kept.items() if not isinstance(each, str)}
    return Revision(**{**row, "files": files, "attached": attached})


def _digest(kept: Mapping[str, Any]) -> str:
    text = json.dumps(sorted(kept.items()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
