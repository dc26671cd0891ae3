"""The audit log's head, noted again and again in a file outside the database.

Whoever owns the database can write its chain anew from end to end so that it fits in itself. It does not fit what stands in
this file, which belongs where they cannot write: on another machine, an archive, a medium that is written once.
"""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from provisioner.archive import anchors_of, line_of_anchor
from provisioner.audit import Anchor, Head
from provisioner.errors import InputError, StoreError
from provisioner.store import audit
from provisioner.store.database import Connection, Database

#: Bytes at the end of a file in which its last line is found.
_TAIL: Final = 4096
#: For the owner alone to write, for others to read: what stands there is no secret.
_MODE: Final = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchoring:
    """Notes heads in one file; any number of processes may."""

    database: Database
    file: Path
    now: Callable[[], datetime]

    def note(self) -> Anchor:
        """Append the head as it is now, and have it on the disk.

        Raises StoreError where the log does not agree any more with what was noted last, and notes nothing then; InputError
        where the file cannot be written or is damaged.
        """
        try:
            with os.fdopen(os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, _MODE), "r+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                anchor = self._next(_last(file, self.file))
                file.write(f"{line_of_anchor(anchor)}\n".encode())
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f"{self.file}: the audit log's head cannot be noted: {error}") from error
        return anchor

    def _next(self, last: Anchor | None) -> Anchor:
        with self.database.transaction() as connection:
            if last is not None:
                _must_agree(connection, last, self.file)
            return Anchor(head=audit.head(connection), at=self.now())


def _must_agree(connection: Connection, last: Anchor, file: Path) -> None:
    noted, digest = last.head, audit.digest_of(connection, last.head.count)
    if noted == Head() or digest == noted.digest:
        return
    what = "is gone" if digest is None else "is another"
    at = last.at.isoformat(timespec="seconds")
    raise StoreError(
        f"the audit log was tampered with: entry {noted.count}, noted in {file} at {at}, {what}; "
        f"`tenantry audit verify --anchor {file}` says from where on"
    )


def _last(file: BinaryIO, path: Path) -> Anchor | None:
    """The last line; None where there is none. Raises InputError for one that is no anchor, or only half of one."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return None
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    if not tail.endswith(b"\n"):
        raise InputError(f"{path}: its last line is not whole; look at it, and begin another file")
    line = tail.rstrip(b"\n").rpartition(b"\n")[2]
    return next(anchors_of([line.decode(errors="replace")], name=f"{path}, at its end"))
