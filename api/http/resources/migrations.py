"""Migrations of single applications: how they are, how to follow them, and what people want of them."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from api.http.bodies import RawBody
from api.http.conditional import tagged
from api.http.idempotency import OnlyOnce
from api.http.model import answer
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import MigrationReader, Mover, SignerOff, note
from api.http.problems import FORBIDDEN, HttpProblem
from api.http.resources import happenings
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.happenings import Followed, LastEvent
from api.http.resources.moves_found import Found, Moves, Moving, line_of
from api.http.resources.runs import WishBack, WishComment, heed
from provisioner.access import Principal
from provisioner.migration import controls
from provisioner.migration.states import State
from provisioner.moving.controlling import Heeded, Wish
from provisioner.store import migration_pages, migration_records
from provisioner.store.migration_pages import MigrationFilter
from tenants.names import TenantName

router = APIRouter(prefix="/v1", tags=["migrations"])

Said = Annotated[WishComment | None, Body()]


@router.get("/migrations", response_model=Page[models.MigrationLine], summary="List migrations")
def list_migrations(
    moves: Moving,
    principal: MigrationReader,
    *,
    tenant: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    state: Annotated[State | None, Query(description="Only those that are so.")] = None,
    ended: Annotated[bool | None, Query(description="Only those that have ended, or that have not.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """Migrations of any wave, newest first."""
    place = Place(of="migrations", cursor=cursor, limit=limit)
    key = place.key(str)
    wanted = MigrationFilter(
        visible=moves.picture.visible(principal),
        tenant=None if tenant is None else TenantName(tenant),
        state=state,
        ended=ended,
    )
    with moves.service.database.autocommit() as connection:
        found = migration_pages.listed(connection, wanted, before=key[0] if key else None, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.id,))
    sights, called = {run: moves.sight(run) for run in {each.run for each in shown}}, moves.called
    items = tuple(views.migration_line(sights[each.run], line_of(sights[each.run], each.id), called) for each in shown)
    return answer(Page[models.MigrationLine](items=items, next=following))


@router.get("/migrations/{migration}", response_model=models.Migration, summary="Show a migration")
def show_migration(migration: str, request: Request, moves: Moving, principal: MigrationReader) -> Response:
    """One migration with all its steps and their evidence, its bytes, its standstill, and what is left in time."""
    return tagged(request, moves.shown_migration(moves.migration(migration, principal)))


@router.get(
    "/migrations/{migration}/events",
    response_class=happenings.STREAM,
    responses=happenings.ANSWERS,
    summary="Follow a migration",
)
async def migration_events(
    migration: str, request: Request, moves: Moving, principal: MigrationReader, last: LastEvent = None
) -> Response:
    """What happens to a migration, as it happens, until it has ended.

    A client that lost its connection comes back with the id of the last event that it got, to whichever server, and is told exactly
    what it has missed. `progress` has no id: it says how far the migration is, whenever that is otherwise.
    """

    def followed() -> Followed:
        found = moves.migration(migration, principal)
        return Followed(run=found.run, migration=found.id)

    return await happenings.follow(moves, followed, last, until=request.state.until)


@router.post("/migrations/{migration}/pause", response_model=models.MigrationLine, summary="Pause a migration")
def pause_migration(
    migration: str, moves: Moving, principal: Mover, once: OnlyOnce, *, body: RawBody, said: Said = None
) -> Response:
    """Begins no further step of it. What is under way in the cloud ends first."""
    hand = _Hand(moves, migration, principal, said.comment if said else "")
    return once.answer(principal, body, lambda: hand.does(moves.service.controlling.pause))


@router.post("/migrations/{migration}/resume", response_model=models.MigrationLine, summary="Resume a migration")
def resume_migration(
    migration: str, moves: Moving, principal: Mover, once: OnlyOnce, *, body: RawBody, said: Said = None
) -> Response:
    """Goes on after a pause."""
    hand = _Hand(moves, migration, principal, said.comment if said else "")
    return once.answer(principal, body, lambda: hand.does(moves.service.controlling.resume))


@router.post("/migrations/{migration}/abort", response_model=models.MigrationLine, summary="Abort a migration")
def abort_migration(
    migration: str,
    moves: Moving,
    principal: Mover,
    once: OnlyOnce,
    *,
    body: RawBody,
    said: Annotated[WishBack | None, Body()] = None,
) -> Response:
    """Takes back what was done: the source runs as before, and nothing is left at the target.

    Once it serves there, what was written at the target since is lost by that, and `losing` has to say that this is wanted.
    """
    wanted = said or WishBack()
    hand = _Hand(moves, migration, principal, wanted.comment)
    return once.answer(
        principal,
        body,
        lambda: hand.does(lambda wish: moves.service.controlling.abort(wish, losing=wanted.losing)),
    )


@router.post("/migrations/{migration}/retry", response_model=models.MigrationLine, summary="Retry a migration")
def retry_migration(
    migration: str, moves: Moving, principal: Mover, once: OnlyOnce, *, body: RawBody, said: Said = None
) -> Response:
    """Has what failed tried once more, in the direction in which it was going: for one that is `manual`."""
    hand = _Hand(moves, migration, principal, said.comment if said else "")
    return once.answer(principal, body, lambda: hand.does(moves.service.controlling.retry))


@router.post("/migrations/{migration}/force", response_model=models.MigrationLine, summary="Force a live migration")
def force_migration(
    migration: str, moves: Moving, principal: Mover, once: OnlyOnce, *, body: RawBody, said: Said = None
) -> Response:
    """Ends a live migration that does not end by itself, at the guest's cost; where the wave allows it (`mayPause`)."""
    hand = _Hand(moves, migration, principal, said.comment if said else "")
    return once.answer(principal, body, lambda: hand.does(moves.service.controlling.force))


@router.post("/migrations/{migration}/sign-off", response_model=models.MigrationLine, summary="Sign a migration off")
def sign_off_migration(
    migration: str, moves: Moving, principal: SignerOff, once: OnlyOnce, *, body: RawBody, said: Said = None
) -> Response:
    """Says that the application works where it is now, by one of those whom the wave names, where it names any.

    From then on the source is kept until its time is over, and then deleted.
    """
    hand = _Hand(moves, migration, principal, said.comment if said else "")
    return once.answer(principal, body, hand.signs_off)


class _Hand:
    """Somebody who wants something of one migration."""

    def __init__(self, moves: Moves, migration: str, principal: Principal, comment: str) -> None:
        self._moves = moves
        self._migration = migration
        self._principal = principal
        self._comment = comment

    def does(self, act: Callable[[Wish], Heeded]) -> Response:
        """The migration after it. Raises HttpProblem where it is not there for them, or the wish does not apply to it."""
        return self._does(act, self._found())

    def signs_off(self) -> Response:
        """As `does`; 403 where the wave names others."""
        found, service = self._found(), self._moves.service
        with service.database.autocommit() as connection:
            run = migration_records.load_run(connection, found.run)
        refused = controls.signer(run, self._principal.actor)
        if refused is not None:
            note(self._moves.request, "access.refused", str(refused), self._principal)
            raise HttpProblem(FORBIDDEN, str(refused))
        return self._does(service.controlling.sign_off, found)

    def _found(self) -> Found:
        return self._moves.migration(self._migration, self._principal)

    def _does(self, act: Callable[[Wish], Heeded], found: Found) -> Response:
        wish = Wish(run=found.run, migration=found.id, actor=self._principal.actor, comment=self._comment)
        heed(act, wish)
        return answer(self._moves.shown_line(found))
