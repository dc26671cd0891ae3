"""Waves under way and those that have ended: how they are, how to follow them, and what people want of them."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import Field

from api.http.bodies import RawBody
from api.http.conditional import tagged
from api.http.idempotency import OnlyOnce
from api.http.model import Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place
from api.http.permissions import MigrationReader, Mover
from api.http.problems import CONFLICT, HttpProblem
from api.http.resources import happenings
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.happenings import Followed, LastEvent
from api.http.resources.moves_found import Moves, Moving
from provisioner.access import Principal
from provisioner.errors import InputError
from provisioner.migration.migration import RunState
from provisioner.moving.controlling import Heeded, Wish
from provisioner.store import migration_pages
from provisioner.store.migration_pages import RunFilter

router = APIRouter(prefix="/v1", tags=["runs"])

_TEXT: Final = r"^[^\x00]*$"
_LONGEST: Final = 4000


class WishComment(Model):
    """A word for the record."""

    model_config = example(comment="等待数据库备份")

    comment: str = Field(default="", max_length=_LONGEST, pattern=_TEXT)


class WishBack(WishComment):
    """That something is to be taken back."""

    model_config = example(comment="登记窗口报错", losing=False)

    losing: bool = Field(
        default=False,
        description="Whether this is wanted even where what was written at the target is lost by it.",
    )


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


@router.post("/runs/{run}/pause", response_model=models.Heeded, summary="Pause a wave")
def pause_run(
    run: str,
    moves: Moving,
    principal: Mover,
    once: OnlyOnce,
    *,
    body: RawBody,
    said: Annotated[WishComment | None, Body()] = None,
) -> Response:
    """Begins no further step of any of its applications, and no further application; what comes back to its source goes on."""
    control = moves.service.controlling
    return once.answer(
        principal, body, lambda: _heeded(control.pause, _wish(moves, run, principal, said.comment if said else ""))
    )


@router.post("/runs/{run}/resume", response_model=models.Heeded, summary="Resume a wave")
def resume_run(
    run: str,
    moves: Moving,
    principal: Mover,
    once: OnlyOnce,
    *,
    body: RawBody,
    said: Annotated[WishComment | None, Body()] = None,
) -> Response:
    """Goes on after a pause, with all that were paused one by one."""
    control = moves.service.controlling
    return once.answer(
        principal, body, lambda: _heeded(control.resume, _wish(moves, run, principal, said.comment if said else ""))
    )


@router.post("/runs/{run}/abort", response_model=models.Heeded, summary="Abort a wave")
def abort_run(
    run: str,
    moves: Moving,
    principal: Mover,
    once: OnlyOnce,
    *,
    body: RawBody,
    said: Annotated[WishBack | None, Body()] = None,
) -> Response:
    """Takes back what was done, for all of its applications that are not at their end; nothing where one needs `losing`."""
    wanted = said or WishBack()

    def abort() -> Response:
        wish = _wish(moves, run, principal, wanted.comment)
        return _heeded(lambda each: moves.service.controlling.abort(each, losing=wanted.losing), wish)

    return once.answer(principal, body, abort)


def heed(act: Callable[[Wish], Heeded], wish: Wish) -> Heeded:
    """Have a wish done. Raises HttpProblem where it applies to nothing."""
    try:
        return act(wish)
    except InputError as error:
        raise HttpProblem(CONFLICT, str(error)) from error


def _wish(moves: Moves, run: str, principal: Principal, comment: str) -> Wish:
    found = moves.run(run, principal)
    return Wish(run=found.id, migration=None, actor=principal.actor, comment=comment)


def _heeded(act: Callable[[Wish], Heeded], wish: Wish) -> Response:
    done = heed(act, wish)
    return answer(
        models.Heeded(
            run=views.run_line(done.run),
            done=tuple(each.id for each in done.done),
            left=tuple(
                models.NotDone(migration=each.id, name=each.name, reason=why.message, remedy=why.remedy)
                for each, why in done.left
            ),
        )
    )
