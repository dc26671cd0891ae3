"""Waves under way and those that have ended: how they are, and how to follow them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.conditional import tagged
from api.http.model import answer
from api.http.paging import USUAL, Cursor, Limit, Page, Place
from api.http.permissions import MigrationReader
from api.http.resources import happenings
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.happenings import Followed, LastEvent
from api.http.resources.moves_found import Moving
from provisioner.migration.migration import RunState
from provisioner.store import migration_pages
from provisioner.store.migration_pages import RunFilter

router = APIRouter(prefix="/v1", tags=["runs"])


@router.get("/runs", response_model=Page[models.RunLine], summary="List starts of waves")
def list_runs(
    moves: Moving,
    principal: MigrationReader,
    *,
    state: Annotated[RunState | None, Query(description="Only those that are so.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """Every start of any wave, newest first."""
    place = Place(of="runs", cursor=cursor, limit=limit)
    key = place.key(str)
    wanted = RunFilter(visible=moves.picture.visible(principal), state=state)
    with moves.service.database.autocommit() as connection:
        found = migration_pages.runs(connection, wanted, before=key[0] if key else None, limit=limit + 1)
    shown, following = place.cut(found, lambda each: (each.id,))
    return answer(Page[models.RunLine](items=tuple(map(views.run_line, shown)), next=following))


@router.get("/runs/{run}", response_model=models.WaveRun, summary="Show a wave under way")
def show_run(run: str, request: Request, moves: Moving, principal: MigrationReader) -> Response:
    """One start of a wave with all its migrations, what each waits for, and what is left in time."""
    return tagged(request, moves.shown_run(moves.run(run, principal).id))


@router.get(
    "/runs/{run}/migrations", response_model=Page[models.MigrationLine], summary="List the migrations of a wave"
)
def list_run_migrations(
    run: str, moves: Moving, principal: MigrationReader, cursor: Cursor = None, limit: Limit = USUAL
) -> Response:
    """The migrations of one start of a wave, by id, which is the order that they were planned in."""
    found = moves.run(run, principal)
    lines = moves.shown_run(found.id).migrations
    shown, following = Place(of="run-migrations", cursor=cursor, limit=limit).among(lines, lambda each: (each.id,))
    return answer(Page[models.MigrationLine](items=tuple(shown), next=following))


@router.get(
    "/runs/{run}/events",
    response_class=happenings.STREAM,
    responses=happenings.ANSWERS,
    summary="Follow a wave under way",
)
async def run_events(
    run: str, request: Request, moves: Moving, principal: MigrationReader, last: LastEvent = None
) -> Response:
    """What happens to a wave and all its migrations, as it happens, until it has ended.

    A client that lost its connection comes back with the id of the last event that it got, to whichever server, and is told exactly
    what it has missed. `progress` has no id: it says how far each migration is, whenever that is otherwise.
    """

    def found() -> Followed:
        return Followed(run=moves.run(run, principal).id)

    return await happenings.follow(moves, found, last, until=request.state.until)
