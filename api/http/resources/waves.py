"""Waves: those in force, what each would move, and starts."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Request, Response
from pydantic import Field

from api.http.bodies import RawBody
from api.http.conditional import etag_of, names_state, tagged
from api.http.idempotency import OnlyOnce
from api.http.model import TEXT, Model, answer, example
from api.http.paging import USUAL, Cursor, Limit, Page, Place, Text
from api.http.permissions import MigrationReader, Mover
from api.http.problems import CHANGED, CONFLICT, REQUIRED, HttpProblem
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources import waves_models
from api.http.resources.moves_found import Moves, Moving
from provisioner.access import Principal
from provisioner.errors import InputError
from provisioner.moving.consent import fingerprint
from provisioner.store import migration_pages, migration_records
from provisioner.store.migration_pages import RunFilter
from tenants.wave import WaveName

router = APIRouter(prefix="/v1", tags=["waves"])


class Beginning(Model):
    """By what decision a wave is started."""

    model_config = example(authority="市政数〔2026〕12号")

    authority: str = Field(
        default="",
        max_length=200,
        pattern=TEXT,
        description="The number of an official document, for the audit log.",
    )


@router.get("/waves", response_model=Page[waves_models.WaveLine], summary="List waves")
def list_waves(
    moves: Moving,
    principal: MigrationReader,
    *,
    owner: Annotated[Text | None, Query(description="Only this tenant's.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
) -> Response:
    """The waves in force, by name, each with the run that is under way."""
    visible, city = moves.picture.visible(principal), moves.city
    waves = [] if city is None else city.waves.values()
    found = [each for each in waves if (visible is None or each.owner in visible) and owner in {None, each.owner}]
    shown, following = Place(of="waves", cursor=cursor, limit=limit).among(found, lambda each: (each.name,))
    under_way = _under_way(moves)
    items = tuple(views.wave_line(each, under_way.get(each.name)) for each in shown)
    return answer(Page[waves_models.WaveLine](items=items, next=following))


@router.get("/waves/{wave}", response_model=waves_models.Wave, summary="Show a wave")
def show_wave(wave: str, request: Request, moves: Moving, principal: MigrationReader) -> Response:
    """One wave as its manifest in force has it."""
    _, found = moves.wave(wave, principal)
    return tagged(request, views.wave(found, _under_way(moves).get(found.name)))


@router.post("/waves/{wave}/plan", response_model=waves_models.WavePlan, summary="Plan a wave")
def plan_wave(wave: str, moves: Moving, principal: Mover, once: OnlyOnce, *, body: RawBody) -> Response:
    """Looks at the clouds and tells what the wave would move, what stands against it, and how long it takes.

    Changes nothing, neither there nor in the record; a start binds to what it tells by `If-Match`.
    """

    def look() -> Response:
        city, found = moves.wave(wave, principal)
        plan = moves.service.starting.plan(city, found.name)
        return answer(views.plan(plan, moves.called), headers={"etag": etag_of(fingerprint(plan))})

    return once.answer(principal, body, look)


@router.get("/waves/{wave}/runs", response_model=Page[models.RunLine], summary="List the starts of a wave")
def list_wave_runs(
    wave: str, moves: Moving, principal: MigrationReader, cursor: Cursor = None, limit: Limit = USUAL
) -> Response:
    """Every start of the wave, newest first; of one that is no longer in force as well."""
    place = Place(of="runs", cursor=cursor, limit=limit)
    key = place.key(str)
    wanted = RunFilter(visible=moves.picture.visible(principal), wave=WaveName(wave))
    with moves.service.database.autocommit() as connection:
        found = (
            migration_pages.runs(connection, wanted, before=key[0] if key else None, limit=limit + 1)
            if "\0" not in wave
            else ()
        )
    if not found and key is None:
        moves.wave(wave, principal)
    shown, following = place.cut(found, lambda each: (each.id,))
    return answer(Page[models.RunLine](items=tuple(map(views.run_line, shown)), next=following))


@router.post("/waves/{wave}/runs", response_model=models.RunLine, status_code=201, summary="Start a wave")
def start_wave(
    wave: str,
    moves: Moving,
    principal: Mover,
    once: OnlyOnce,
    *,
    body: RawBody,
    beginning: Annotated[Beginning | None, Body()] = None,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The plan's `ETag`: what is consented to. Required.")
    ] = None,
) -> Response:
    """Looks at the clouds again and starts the wave, where its plan is still the one that is consented to; workers carry it on.

    412 where it is another by now: an application that changed meanwhile does not move before somebody has seen that.
    """

    def start() -> Response:
        started = _started(moves, wave, principal, if_match, beginning.authority if beginning else "")
        return answer(started, status=201, headers={"location": f"/v1/runs/{started.id}"})

    return once.answer(principal, body, start)


def _started(moves: Moves, wave: str, principal: Principal, if_match: str | None, authority: str) -> models.RunLine:
    city, found = moves.wave(wave, principal)
    if if_match is None:
        raise HttpProblem(REQUIRED, "send If-Match with the plan's ETag")
    starting = moves.service.starting
    plan = starting.plan(city, found.name)
    if not names_state(if_match, fingerprint(plan)):
        raise HttpProblem(CHANGED, f"the plan of wave {wave} has the fingerprint {fingerprint(plan)} now")
    try:
        run = starting.start(city, plan, principal.actor, authority=authority)
    except InputError as error:
        raise HttpProblem(CONFLICT, str(error)) from error
    return views.run_line(run)


def _under_way(moves: Moves) -> dict[WaveName, str]:
    with moves.service.database.autocommit() as connection:
        return {each.wave.name: each.id for each in migration_records.under_way(connection)}
