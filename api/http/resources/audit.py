"""The audit log: who did what, chained by hash."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.http.model import Model, answer, example
from api.http.paging import LARGEST, USUAL, Cursor, Instant, Limit, Page, Place, Text
from api.http.permissions import AuditReader
from api.http.service import Here, Service
from provisioner.archive import line_of
from provisioner.audit import Entry as StoredEntry
from provisioner.operation import Actor
from provisioner.store import audit as store
from provisioner.store import pages
from provisioner.store.pages import AuditFilter

#: Newline-delimited JSON.
LINES: Final = "application/x-ndjson"
_LINE: Final = (
    '{"action":"plan.approved","actor":"li.na","at":"2026-11-21T08:30:00.000000+00:00","detail":{"operations":2},'
    '"digest":"fcde2b2edba56bf4","previous":"2c26b46b68ffc68f","seq":42,"subject":"01jd7z9k3m5p7r9t1v"}\n'
)

router = APIRouter(prefix="/v1", tags=["audit"])


class Entry(Model):
    """Something that somebody did, in its place in the chain."""

    model_config = example(
        seq=42,
        at="2026-11-21T08:30:00Z",
        actor="li.na",
        action="plan.approved",
        subject="01jd7z9k3m5p7r9t1v",
        detail={"fingerprint": "9f86d081884c7d65", "operations": 2},
        previous="2c26b46b68ffc68f",
        digest="fcde2b2edba56bf4",
    )

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    previous: str = Field(description="The digest of the entry before.")
    digest: str = Field(description="SHA-256 over the digest before and this entry.")


class Head(Model):
    """The end of the chain: kept elsewhere, it shows later that nothing was rewritten."""

    model_config = example(count=42, digest="fcde2b2edba56bf4")

    count: int
    digest: str


@router.get("/audit", response_model=Page[Entry], summary="Read the audit log")
def audit(
    service: Here,
    _: AuditReader,
    *,
    actor: Annotated[Text | None, Query(description="Only what this one did.")] = None,
    action: Annotated[Text | None, Query(description="Only this, such as `plan.approved`.")] = None,
    subject: Annotated[Text | None, Query(description="Only what was done to this.")] = None,
    since: Annotated[Instant | None, Query(description="Not before this time.")] = None,
    until: Annotated[Instant | None, Query(description="Before this time.")] = None,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="Only what follows the entry of this number.")] = 0,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """Entries in the order in which they were made. To follow the log, ask again with `after` the last `seq` that came."""
    place = Place(of="audit", cursor=cursor, limit=limit)
    key = place.key(int)
    wanted = AuditFilter(
        actor=None if actor is None else Actor(actor), action=action, subject=subject, since=since, until=until
    )
    with service.database.autocommit() as connection:
        found = pages.audit(connection, wanted, after=max(after, key[0] if key else 0), limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.seq,))
    return answer(Page[Entry](items=tuple(map(_entry, shown)), next=following))


@router.get(
    "/audit/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "JSON lines, one entry a line in its canonical form; broken off, the connection ends without an end.",
            "content": {LINES: {"schema": {"type": "string"}, "example": _LINE}},
        }
    },
    summary="Export the audit log",
)
def export_audit(
    service: Here,
    _: AuditReader,
    *,
    since: Annotated[Instant | None, Query(description="From the first entry not before this time on.")] = None,
    until: Annotated[Instant | None, Query(description="Up to the last entry before this time.")] = None,
    first: Annotated[int, Query(alias="from", ge=1, le=LARGEST, description="From the entry of this number on.")] = 1,
) -> Response:
    """The log, or a part of it without gaps, for `tenantry audit verify --file`, which needs no database."""
    with service.database.autocommit() as connection:
        begin, end = store.span(connection, since=since, until=until)
    headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
    lines = _lines(service, after=max(first, begin) - 1, last=end)
    return StreamingResponse(lines, media_type=LINES, headers=headers)


def _lines(service: Service, *, after: int, last: int) -> Iterator[bytes]:
    """Entries as lines. Between two batches no connection to the database is held, however slowly they are read."""
    while True:
        with service.database.autocommit() as connection:
            found = store.batch(connection, after=after, last=last)
        if not found:
            return
        yield "".join(f"{line_of(each)}\n" for each in found).encode()
        after = found[-1].seq


@router.get("/audit/head", response_model=Head, summary="The end of the audit log")
def head(service: Here, _: AuditReader) -> Response:
    """How many entries there are, and the last digest; `tenantry audit verify --head COUNT:DIGEST` takes both."""
    with service.database.autocommit() as connection:
        found = store.head(connection)
    return answer(Head(count=found.count, digest=found.digest))


def _entry(entry: StoredEntry) -> Entry:
    event = entry.event
    return Entry(
        seq=entry.seq,
        at=event.at,
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        detail=dict(event.detail),
        previous=entry.previous,
        digest=entry.digest,
    )
