"""What happens to waves under way and migrations, as server-sent events (WHATWG HTML, 9.2).

An event's id is its number in the record, where those of one wave become visible in their order (`store.migration_events`). So a client
resumes anywhere, after any time, at any server, and is told everything that came since, once. Between events, `progress` says how far
migrations are; it has no id, for whoever missed one is told by the next.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Header, Response
from fastapi.responses import StreamingResponse

from api.http.model import Model
from api.http.paging import LARGEST
from api.http.problems import of_parameter
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.moves_found import Moves
from api.language.spoken import say
from provisioner.errors import StoreUnavailable
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.store import migration_events, migration_records
from provisioner.store.database import Connection
from provisioner.store.migration_events import Happening

STREAM: Final = StreamingResponse
#: Seconds between two looks at the events, between two at how far migrations are, and between two signs of life.
_LOOK: Final = 0.5
_PROGRESS: Final = 2.0
_ALIVE: Final = 15.0
#: Seconds between two looks while the database is away.
_AWAY: Final = 3.0
#: Events of one look.
_MOST: Final = 1000
#: What in an event's detail is a message for people.
_PROSE: Final = frozenset({"why", "message", "remedy"})
_SCHEMA: Final = {
    "description": "`started`, `state`, `step`, `asked` and others, with an `id`; and `progress` without."
}


def _event(name: str, data: Model, number: int | None = None) -> str:
    """An event as it is written; without a number it leaves its client where it was."""
    fields = {"event": name, "data": data.model_dump_json(by_alias=True)}
    numbered = fields if number is None else {"id": str(number), **fields}
    return "".join(f"{key}: {value}\n" for key, value in numbered.items()) + "\n"


EXAMPLE: Final = _event("step", models.Happened.model_validate(models.HAPPENED), 4711)
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A stream of server-sent events; the reference tells of them.",
        "content": {"text/event-stream": {"schema": _SCHEMA, "example": EXAMPLE}},
    },
    204: {"description": "All was told before: do not come back."},
}
LastEvent = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=20,
        description="The last event's id, or the `lastEvent` of what was read: what came since is told. None tells everything.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is followed: a wave under way, or one migration of it."""

    run: RunId
    migration: MigrationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one look at the record found."""

    happenings: tuple[Happening, ...]
    #: Whether nothing comes after these.
    over: bool
    progress: models.Progress | None = None


@dataclass(slots=True)
class _Stream:
    """One stream, to one client."""

    moves: Moves
    followed: Followed
    #: The number of the last event that the client was told.
    after: int
    #: How each migration was when it was last told.
    _lines: dict[str, models.MigrationLine] = field(default_factory=dict)
    _state: tuple[Any, ...] = ()

    async def events(self, until: datetime) -> AsyncIterator[bytes]:
        """All that comes, until it has ended, the client leaves, its login ends, or the server is to end."""
        service, silent, waited = self.moves.service, 0.0, _PROGRESS
        yield b"retry: 1000\n\n"
        while not service.stopping.is_set() and service.now() < until:
            try:
                found = await asyncio.to_thread(self._look, progress=waited >= _PROGRESS)
            except StoreUnavailable:
                yield b": the database cannot be reached\n\n"
                await asyncio.sleep(_AWAY)
                continue
            waited = 0.0 if found.progress is not None else waited
            for text in self._told(found):
                silent = 0.0
                yield text
            if found.over:
                return
            await asyncio.sleep(_LOOK)
            waited, silent = waited + _LOOK, silent + _LOOK
            if silent >= _ALIVE:
                silent = 0.0
                yield b": nothing new\n\n"

    def _look(self, *, progress: bool) -> _Look:
        followed = self.followed
        with self.moves.service.database.autocommit() as connection:
            # First whether it has ended, then what happened: nothing follows an end.
            ended = _has_ended(connection, followed)
            happenings = migration_events.since(
                connection, followed.run, self.after, migration=followed.migration, limit=_MOST
            )
        over = ended and len(happenings) < _MOST
        return _Look(happenings=happenings, over=over, progress=self._progress() if progress or over else None)

    def _progress(self) -> models.Progress:
        sight, called = self.moves.sight(self.followed.run), self.moves.called
        wanted = self.followed.migration
        return models.Progress(
            state=sight.run.state,
            goes_on=sight.goes_on,
            left=views.seconds(sight.left),
            migrations=tuple(
                views.migration_line(sight, each, called)
                for each in sight.lines
                if wanted is None or each.migration.id == wanted
            ),
        )

    def _told(self, found: _Look) -> Iterator[bytes]:
        for each in found.happenings:
            self.after = each.seq
            yield _event(each.what, _of(each), each.seq).encode()
        changed = None if found.progress is None else self._changed(found.progress)
        if changed is not None:
            yield _event("progress", changed).encode()

    def _changed(self, progress: models.Progress) -> models.Progress | None:
        """What of it the client does not know yet; None where it knows all."""
        lines = tuple(each for each in progress.migrations if self._lines.get(each.id) != each)
        state = (progress.state, progress.goes_on, progress.left)
        if not lines and state == self._state:
            return None
        self._state = state
        self._lines.update({each.id: each for each in lines})
        return progress.model_copy(update={"migrations": lines})


async def follow(moves: Moves, found: Callable[[], Followed], last: str | None, *, until: datetime) -> Response:
    """A stream of what happens to what is found. Raises HttpProblem where that is hidden, or `last` is no event of it."""
    followed = await asyncio.to_thread(found)
    after, over = await asyncio.to_thread(_begin, moves, followed, last)
    if over:
        return Response(status_code=204)
    stream = _Stream(moves, followed, after).events(until)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def _begin(moves: Moves, followed: Followed, last: str | None) -> tuple[int, bool]:
    """The number to go on from, and whether there is nothing to tell any more."""
    if last is None:
        return 0, False
    seq = int(last) if last.isascii() and last.isdecimal() else 0
    with moves.service.database.autocommit() as connection:
        ended = _has_ended(connection, followed)
        known = 0 < seq <= LARGEST and migration_events.has(connection, followed.run, seq, migration=followed.migration)
        newest = migration_events.newest(connection, followed.run, migration=followed.migration)
    if not known:
        of_run = followed.migration is None
        told = "not the id of an event of this wave" if of_run else "not the id of an event of this migration"
        raise of_parameter("header", "Last-Event-ID", told)
    return seq, ended and seq >= newest


def _has_ended(connection: Connection, followed: Followed) -> bool:
    if followed.migration is not None:
        return migration_records.load(connection, followed.migration).finished_at is not None
    return migration_records.load_run(connection, followed.run).finished_at is not None


def _of(happening: Happening) -> models.Happened:
    return models.Happened(
        at=happening.at,
        actor=happening.actor,
        migration=happening.migration,
        what=happening.what,
        detail=_in_words(happening.detail),
    )


def _in_words(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: say(each) if key in _PROSE and isinstance(each, str) else each for key, each in detail.items()}
