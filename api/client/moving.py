"""Waves and migrations at a running service: planned, started, steered, and followed through restarts of it.

plan = tenantry.moving.plan("registration-to-district")
run = tenantry.moving.start(plan, authority="市政数〔2026〕12号")
for each in tenantry.moving.follow_run(run.id):
    …
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

from api.client import moves, records
from api.client.moves import Done, Happened, Move, PlannedWave, RunLine, WaveLine, WholeMove, WholeRun
from api.client.records import Document, Lost
from api.client.retrying import LASTING, Patience
from api.client.sse import ServerEvent
from api.client.streaming import Back, Streaming
from api.client.transport import Body, Clockwork, Transport
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import RunState
from tenants.names import TenantName
from tenants.wave import WaveName

Told = TypeVar("Told")
#: Lists a path's items, page by page.
Listing = Callable[..., Iterator[Document]]
_PROGRESS = "progress"


class Moving:
    """What `Client.moving` gives. All raise ServiceError."""

    def __init__(self, transport: Transport, clockwork: Clockwork, items: Listing) -> None:
        self._transport = transport
        self._clockwork = clockwork
        self._items = items

    def waves(self, owner: TenantName | None = None) -> Iterator[WaveLine]:
        """The waves in force, by name."""
        for each in self._items("/v1/waves", owner=owner):
            yield records.read(moves.wave, each)

    def wave(self, wave: WaveName) -> WaveLine:
        """One wave in force."""
        return self._read(moves.wave, _of("waves", wave))

    def plan(self, wave: WaveName) -> PlannedWave:
        """What it would move, from new looks at the clouds; nothing is changed."""
        return records.read(moves.planned, self._transport.post(f"{_of('waves', wave)}/plan").document)

    def start(self, plan: PlannedWave, *, authority: str = "") -> RunLine:
        """Start a wave as it was planned. Raises Outdated where its plan is another by now, or something stands against it."""
        tag = {"if-match": f'"{plan.fingerprint}"'}
        path, said = f"{_of('waves', plan.wave)}/runs", Body.of({"authority": authority})
        return records.read(moves.run_line, self._transport.post(path, said, headers=tag).document)

    def runs(self, wave: WaveName | None = None, state: RunState | None = None) -> Iterator[RunLine]:
        """Starts, newest first: of one wave, or of all, perhaps in one state."""
        path = "/v1/runs" if wave is None else f"{_of('waves', wave)}/runs"
        for each in self._items(path, **({} if wave is not None else {"state": state})):
            yield records.read(moves.run_line, each)

    def run(self, run: RunId) -> WholeRun:
        """A start with its migrations."""
        return self._read(moves.run, _of("runs", run))

    def migrations(self, *, tenant: TenantName | None = None, ended: bool | None = None) -> Iterator[Move]:
        """Migrations of any wave, newest first."""
        for each in self._items("/v1/migrations", tenant=tenant, ended=ended):
            yield records.read(moves.move, each)

    def migration(self, migration: MigrationId) -> WholeMove:
        """A migration with all its steps and their evidence."""
        return self._read(moves.whole_move, _of("migrations", migration))

    def report(self, migration: MigrationId) -> Document:
        """The evidence of a migration as of now: `report`, its `sha256`, and the hashes `entered` in the audit log."""
        return self._read(dict, f"{_of('migrations', migration)}/report")

    def pause_run(self, run: RunId, comment: str = "") -> Done:
        """Begin nothing more of a wave. Raises Outdated where that does not apply; as all below."""
        return self._steer_run(run, "pause", comment=comment)

    def resume_run(self, run: RunId, comment: str = "") -> Done:
        """Go on after a pause, with all that were paused one by one."""
        return self._steer_run(run, "resume", comment=comment)

    def abort_run(self, run: RunId, comment: str = "", *, losing: bool = False) -> Done:
        """Take all back that has not ended; `losing`: even where what was written at the target is lost by that."""
        return self._steer_run(run, "abort", comment=comment, losing=losing)

    def pause(self, migration: MigrationId, comment: str = "") -> Move:
        """Begin no further step of one application."""
        return self._steer(migration, "pause", comment=comment)

    def resume(self, migration: MigrationId, comment: str = "") -> Move:
        """Go on after a pause."""
        return self._steer(migration, "resume", comment=comment)

    def abort(self, migration: MigrationId, comment: str = "", *, losing: bool = False) -> Move:
        """Take it back; `losing` as for a wave."""
        return self._steer(migration, "abort", comment=comment, losing=losing)

    def retry(self, migration: MigrationId, comment: str = "") -> Move:
        """Have what failed tried once more."""
        return self._steer(migration, "retry", comment=comment)

    def force(self, migration: MigrationId, comment: str = "") -> Move:
        """End a live migration that does not end by itself."""
        return self._steer(migration, "force", comment=comment)

    def sign_off(self, migration: MigrationId, comment: str = "") -> Move:
        """Say that the application works where it is. Raises NotPermitted where the wave names others for that."""
        return self._steer(migration, "sign-off", comment=comment)

    def follow_run(self, run: RunId, patience: Patience = LASTING) -> Iterator[WholeRun | Happened | Lost]:
        """A wave each time that it is different, until it has ended, and all that happens to it meanwhile.

        Lost where the connection broke, which mends itself: nothing of what happened is left out, nothing comes twice. Raises
        Unreachable where it does not mend for longer than patience lasts.
        """
        current = self.run(run)
        yield current
        if current.state is RunState.ENDED:
            return
        for each in self._stream(_of("runs", run), current.last_event, patience):
            if isinstance(each, Lost):
                yield each
            elif isinstance(each, ServerEvent) and each.name != _PROGRESS:
                yield _happened(each)
            else:
                current = current if isinstance(each, Back) else _told(current, each, moves.progressed)
                if current.state is RunState.ENDED:
                    break
                yield current
        yield self.run(run)

    def follow(self, migration: MigrationId, patience: Patience = LASTING) -> Iterator[Move | Happened | Lost]:
        """As `follow_run`, for one migration; the first and the last are whole."""
        current: Move = self.migration(migration)
        yield current
        last = current.last_event if isinstance(current, WholeMove) else None
        if current.state.final:
            return
        for each in self._stream(_of("migrations", migration), last, patience):
            if isinstance(each, Lost):
                yield each
            elif isinstance(each, ServerEvent) and each.name != _PROGRESS:
                yield _happened(each)
            else:
                current = current if isinstance(each, Back) else _told(current, each, _own)
                if current.state.final:
                    break
                yield current
        yield self.migration(migration)

    def _stream(self, path: str, last: str | None, patience: Patience) -> Iterator[ServerEvent | Lost | Back]:
        return iter(Streaming(self._transport, self._clockwork, f"{path}/events", patience, last))

    def _read(self, make: Callable[[Any], Told], path: str) -> Told:
        return records.read(make, self._transport.get(path))

    def _steer_run(self, run: RunId, word: str, **said: Any) -> Done:
        return records.read(moves.done, self._transport.post(f"{_of('runs', run)}/{word}", Body.of(said)).document)

    def _steer(self, migration: MigrationId, word: str, **said: Any) -> Move:
        path = f"{_of('migrations', migration)}/{word}"
        return records.read(moves.move, self._transport.post(path, Body.of(said)).document)


def _of(what: str, name: str) -> str:
    return f"/v1/{what}/{quote(name, safe='')}"


def _happened(event: ServerEvent) -> Happened:
    return records.read(lambda data: moves.happened(json.loads(data), event.id), event.data)


def _told(current: Told, event: ServerEvent, after: Callable[[Told, Document], Told]) -> Told:
    return records.read(lambda data: after(current, json.loads(data)), event.data)


def _own(current: Move, document: Document) -> Move:
    """The migration among those that are told, where it is."""
    told = map(moves.move, document["migrations"])
    return next((each for each in told if each.id == current.id), current)
