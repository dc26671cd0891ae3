"""Migrations of single applications: how they are, and how to follow them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http.conditional import tagged
from api.http.model import answer
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import MigrationReader
from api.http.resources import happenings
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.happenings import Followed, LastEvent
from api.http.resources.moves_found import Moving, line_of
from provisioner.migration.states import State
from provisioner.store import migration_pages
from provisioner.store.migration_pages import MigrationFilter
from tenants.names import TenantName

router = APIRouter(prefix="/v1", tags=["migrations"])


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
