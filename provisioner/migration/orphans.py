"""What migrations left on clouds, told by the marks that everything bears which they make. Pure.

    items of six collections -> `marked` -> what bears a mark -> `judge`, by what became of its migration -> orphans

Nothing is an orphan that a migration under way may still want, and nothing that is the target's own for good: its server with its
disks and ports, and the image that its root disk was made of. Of a mark that no migration here has, it can only be said that
nobody here knows it: another Tenantry may be at work in the same cloud.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from provisioner.clouds.collections import Item
from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import (
    EVERYTHING,
    LOCKED_BEFORE,
    MARK,
    MARK_ROLE,
    MARK_SUBJECT,
    MigrationId,
    Subject,
    tagged,
)
from provisioner.migration.states import State
from provisioner.usage.collection import CollectorName
from tenants.names import CloudName

#: Under which snapshot the numbers are kept that were last found.
ORPHANS: Final = CollectorName("migration-orphans")
_GIB: Final = 2**30

#: The roles that deeds give to what they make (`provisioner.moving.deeds`).
SERVER: Final = "server"
LOCK: Final = "lock"
HOLD: Final = "hold"
DISK: Final = "disk"
PORT: Final = "port"
COPY: Final = "copy"
HAND_OVER: Final = "hand-over"
#: A port of the source that was made again on the way back: the source has it.
RESTORED: Final = "restored"
_ROLES: Final = ("snapshot", "clone", "root", "export", COPY, "upload", "proof", DISK, HAND_OVER, PORT, RESTORED)
#: What stays with the target for good; of images there is more to say, see `_lasts`.
_LASTING: Final = frozenset({SERVER, DISK, HAND_OVER, PORT})
_NAME: Final = re.compile(rf"tenantry-([0-9a-z]+)-({'|'.join(_ROLES)})-(.*)", re.DOTALL)


class OrphanKind(StrEnum):
    """What can be left, in the order in which it goes: nothing before that which stands on it."""

    #: A lock of ours on a server that itself is nobody's but its project's.
    LOCK = "lock"
    #: Room in a quota that is kept in the record.
    HOLD = "hold"
    TRANSFER = "volume-transfer"
    SERVER = "server"
    PORT = "port"
    VOLUME = "volume"
    SNAPSHOT = "snapshot"
    IMAGE = "image"


class Why(StrEnum):
    """What makes it an orphan."""

    #: The migration has ended, and this only served it.
    TEMPORARY = "temporary"
    #: The migration was taken back, and this was to be the target.
    ROLLED_BACK = "rolled-back"
    #: No migration of that id is on record here.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Something that bears a migration's mark."""

    kind: OrphanKind
    cloud: CloudName
    project: ProjectId
    #: In its service; of a hold, the resource.
    id: str
    name: str
    migration: MigrationId
    role: str
    subject: Subject = EVERYTHING
    #: Bytes; None where it has none, or the service does not tell.
    size: int | None = None
    created_at: datetime | None = None
    #: Of a lock of ours: what the server was locked for before; None where it was not.
    locked_before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a migration, as far as what it made depends on it."""

    migration: MigrationId
    #: What people know it by.
    name: str
    state: State
    #: Whether what only served it was taken away in its turn.
    cleaned: bool = False
    #: Its root disks that are no volumes: their images stay.
    image_roots: frozenset[Subject] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Something that nobody wants any more, or that nobody here knows."""

    what: Marked
    why: Why
    #: Its migration, where there is one.
    fate: Fate | None = None


def orphans(found: Iterable[Marked], fates: Mapping[MigrationId, Fate]) -> tuple[Orphan, ...]:
    """Those of what bears marks that are orphans, in the order in which they would go.

    What bears marks of several migrations, as a server that was moved twice, is one only where it is for each of them.
    """
    by_item: dict[tuple[OrphanKind, CloudName, str, ProjectId], list[Marked]] = {}
    for each in found:
        by_item.setdefault((each.kind, each.cloud, each.id, each.project), []).append(each)
    result = []
    for marks in by_item.values():
        judged = [(each, judge(each, fates.get(each.migration))) for each in marks]
        if all(why is not None for _, why in judged):
            what, why = max(judged, key=lambda pair: pair[0].migration)
            result.append(Orphan(what=what, why=why or Why.UNKNOWN, fate=fates.get(what.migration)))
    order = list(OrphanKind)
    return tuple(sorted(result, key=lambda each: (each.what.cloud, order.index(each.what.kind), each.what.name)))


def judge(what: Marked, fate: Fate | None) -> Why | None:
    """Why it is an orphan, or None where it is not."""
    if what.role == RESTORED:
        return None
    if fate is None:
        return Why.UNKNOWN
    if fate.state is State.ROLLED_BACK:
        return Why.ROLLED_BACK if _lasts(what, fate) else Why.TEMPORARY
    if not fate.state.serves or not (fate.cleaned or fate.state.final):
        return None
    if what.role == LOCK and not fate.state.final:
        # The source is kept under it.
        return None
    return None if _lasts(what, fate) else Why.TEMPORARY


def _lasts(what: Marked, fate: Fate) -> bool:
    if what.kind is OrphanKind.TRANSFER:
        return False
    if what.kind is OrphanKind.IMAGE:
        return what.role == HAND_OVER or (what.role == COPY and what.subject in fate.image_roots)
    return what.role in _LASTING


def marked_servers(cloud: CloudName, items: Iterable[Item]) -> Iterator[Marked]:
    """Servers that migrations built, by their tags; and locks of migrations on any server, by the reason."""
    for item in items:
        about = _about(cloud, item, "tenant_id")
        created = _at(item.get("created"))
        for each in item.get("tags") or ():
            if (migration := tagged(str(each))) is not None:
                name = Subject(str(item.get("name") or ""))
                yield Marked(
                    kind=OrphanKind.SERVER, **about, migration=migration, role=SERVER, subject=name, created_at=created
                )
        reason = str(item.get("locked_reason") or "")
        if item.get("locked") and (migration := tagged(reason)) is not None:
            _, _, before = reason.partition(LOCKED_BEFORE)
            yield Marked(kind=OrphanKind.LOCK, **about, migration=migration, role=LOCK, locked_before=before or None)


def marked_ports(cloud: CloudName, items: Iterable[Item]) -> Iterator[Marked]:
    """By their descriptions, `TAG ROLE SUBJECT`."""
    for item in items:
        said = str(item.get("description") or "")
        if (migration := tagged(said)) is not None:
            _, role, subject = (*said.split(" ", 2), "", "")[:3]
            yield Marked(
                kind=OrphanKind.PORT,
                **_about(cloud, item, "project_id"),
                migration=migration,
                role=role,
                subject=Subject(subject),
                created_at=_at(item.get("created_at")),
            )


def marked_storage(kind: OrphanKind, cloud: CloudName, items: Iterable[Item], *, owner: str) -> Iterator[Marked]:
    """Volumes and snapshots, by their metadata."""
    for item in items:
        said = item.get("metadata") or {}
        if said.get(MARK):
            yield Marked(
                kind=kind,
                **_about(cloud, item, owner),
                migration=MigrationId(str(said[MARK])),
                role=str(said.get(MARK_ROLE) or ""),
                subject=Subject(str(said.get(MARK_SUBJECT) or "")),
                size=int(item.get("size") or 0) * _GIB,
                created_at=_at(item.get("created_at")),
            )


def marked_images(cloud: CloudName, items: Iterable[Item]) -> Iterator[Marked]:
    """By their names, for not every request that makes one takes a mark.

    The mark alone tells nothing: Nova gives an image that somebody makes of a migrated server the properties of the one that the
    server was made from. With the name, it tells the role that an image has by now.
    """
    for item in items:
        found = _NAME.fullmatch(str(item.get("name") or ""))
        if found is not None and item.get("status") not in {"deleted", "pending_delete"}:
            ours = item.get(MARK) == found.group(1)
            yield Marked(
                kind=OrphanKind.IMAGE,
                **_about(cloud, item, "owner"),
                migration=MigrationId(found.group(1)),
                role=str((ours and item.get(MARK_ROLE)) or found.group(2)),
                subject=Subject(found.group(3)),
                size=None if item.get("size") is None else int(item["size"]),
                created_at=_at(item.get("created_at")),
            )


def marked_transfers(cloud: CloudName, items: Iterable[Item]) -> Iterator[Marked]:
    """By their names; one that was accepted has done its work, and is history."""
    for item in items:
        found = _NAME.fullmatch(str(item.get("name") or ""))
        if found is not None and not item.get("accepted"):
            yield Marked(
                kind=OrphanKind.TRANSFER,
                **_about(cloud, item, "source_project_id"),
                migration=MigrationId(found.group(1)),
                role=found.group(2),
                subject=Subject(found.group(3)),
                created_at=_at(item.get("created_at")),
            )


def _about(cloud: CloudName, item: Item, owner: str) -> dict[str, Any]:
    return {
        "cloud": cloud,
        "project": ProjectId(str(item.get(owner) or "")),
        "id": str(item["id"]),
        "name": str(item.get("name") or ""),
    }


def _at(said: object) -> datetime | None:
    """A time as services write it: Cinder's is without a zone, and means UTC."""
    if not said:
        return None
    at = datetime.fromisoformat(str(said))
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
