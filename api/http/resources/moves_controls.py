"""What people want of waves under way and of single migrations: each control a route, done once for each key.

`runs` and `migrations` show what it is done to; `provisioner.moving.controlling` does it.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Response
from pydantic import Field

from api.http.bodies import RawBody
from api.http.idempotency import OnlyOnce
from api.http.model import TEXT, Model, answer, example
from api.http.permissions import Mover, SignerOff, note
from api.http.problems import CONFLICT, FORBIDDEN, HttpProblem
from api.http.resources import moves_models as models
from api.http.resources import moves_views as views
from api.http.resources.moves_found import Moves, Moving
from provisioner.access import Principal
from provisioner.errors import InputError
from provisioner.migration import controls
from provisioner.moving.controlling import Controlling, Heeded, Wish
from provisioner.store import migration_records

#: One of the controls. Raises InputError where it applies to nothing.
Act = Callable[[Controlling, Wish], Heeded]

_LONGEST: Final = 4000

#: One for waves, and one for single migrations.
of_waves = APIRouter(prefix="/v1/runs/{run}", tags=["runs"])
of_migrations = APIRouter(prefix="/v1/migrations/{migration}", tags=["migrations"])


class WishComment(Model):
    """A word for the record."""

    model_config = example(comment="等待数据库备份")

    comment: str = Field(default="", max_length=_LONGEST, pattern=TEXT)


class WishBack(WishComment):
    """That something is to be taken back."""

    model_config = example(comment="登记窗口报错", losing=False)

    losing: bool = Field(
        default=False,
        description="Whether this is wanted even where what was written at the target is lost by it.",
    )


Said = Annotated[WishComment | None, Body()]
SaidBack = Annotated[WishBack | None, Body()]


class Hand:
    """A dependency: what does as somebody says, at most once for each key."""

    def __init__(self, moves: Moving, once: OnlyOnce, body: RawBody) -> None:
        self.moves: Moves = moves
        self._once = once
        self._body = body

    def once(self, principal: Principal, act: Callable[[], Response]) -> Response:
        """What `act` answers, or answered when the same was asked before."""
        return self._once.answer(principal, self._body, act)

    def heed(self, act: Act, wish: Wish) -> Heeded:
        """Have a wish done. Raises HttpProblem where it applies to nothing."""
        try:
            return act(self.moves.service.controlling, wish)
        except InputError as error:
            raise HttpProblem(CONFLICT, str(error)) from error


Handling = Annotated[Hand, Depends(Hand)]


class AskedOfWave:
    """A dependency: a wave that something is wanted of."""

    def __init__(self, run: str, hand: Handling) -> None:
        self._run = run
        self._hand: Hand = hand

    def does(self, act: Act, principal: Principal, said: WishComment | None) -> Response:
        """What was done to which of its applications. Raises HttpProblem where it is not there for them, or nothing was done."""

        def done() -> Response:
            found = self._hand.moves.run(self._run, principal)
            wish = Wish(run=found.id, migration=None, actor=principal.actor, comment=_comment_of(said))
            return _told(self._hand.heed(act, wish))

        return self._hand.once(principal, done)


OfWave = Annotated[AskedOfWave, Depends(AskedOfWave)]


class AskedOfMigration:
    """A dependency: a migration that something is wanted of."""

    def __init__(self, migration: str, hand: Handling) -> None:
        self._migration = migration
        self._hand: Hand = hand

    def does(self, act: Act, principal: Principal, said: WishComment | None) -> Response:
        """The migration after it. Raises HttpProblem where it is not there for them, or the wish does not apply to it."""

        def done() -> Response:
            found = self._hand.moves.migration(self._migration, principal)
            wish = Wish(run=found.run, migration=found.id, actor=principal.actor, comment=_comment_of(said))
            self._hand.heed(act, wish)
            return answer(self._hand.moves.shown_line(found))

        return self._hand.once(principal, done)

    def signs_off(self, principal: Principal, said: WishComment | None) -> Response:
        """As `does`; 403 where the wave names others."""
        moves = self._hand.moves

        def sign_off(controlling: Controlling, wish: Wish) -> Heeded:
            with moves.service.database.autocommit() as connection:
                run = migration_records.load_run(connection, wish.run)
            refused = controls.signer(run, principal.actor)
            if refused is not None:
                note(moves.request, "access.refused", str(refused), principal)
                raise HttpProblem(FORBIDDEN, str(refused))
            return controlling.sign_off(wish)

        return self.does(sign_off, principal, said)


OfMigration = Annotated[AskedOfMigration, Depends(AskedOfMigration)]


@of_waves.post("/pause", response_model=models.Heeded, summary="Pause a wave")
def pause_run(asked: OfWave, principal: Mover, said: Said = None) -> Response:
    """Begins no further step of any of its applications, and no further application; what comes back to its source goes on."""
    return asked.does(Controlling.pause, principal, said)


@of_waves.post("/resume", response_model=models.Heeded, summary="Resume a wave")
def resume_run(asked: OfWave, principal: Mover, said: Said = None) -> Response:
    """Goes on after a pause, with all that were paused one by one."""
    return asked.does(Controlling.resume, principal, said)


@of_waves.post("/abort", response_model=models.Heeded, summary="Abort a wave")
def abort_run(asked: OfWave, principal: Mover, said: SaidBack = None) -> Response:
    """Takes back what was done, for all of its applications that are not at their end; nothing where one needs `losing`."""
    return asked.does(_taking_back(said), principal, said)


@of_migrations.post("/pause", response_model=models.MigrationLine, summary="Pause a migration")
def pause_migration(asked: OfMigration, principal: Mover, said: Said = None) -> Response:
    """Begins no further step of it. What is under way in the cloud ends first."""
    return asked.does(Controlling.pause, principal, said)


@of_migrations.post("/resume", response_model=models.MigrationLine, summary="Resume a migration")
def resume_migration(asked: OfMigration, principal: Mover, said: Said = None) -> Response:
    """Goes on after a pause."""
    return asked.does(Controlling.resume, principal, said)


@of_migrations.post("/abort", response_model=models.MigrationLine, summary="Abort a migration")
def abort_migration(asked: OfMigration, principal: Mover, said: SaidBack = None) -> Response:
    """Takes back what was done: the source runs as before, and nothing is left at the target.

    Once it serves there, what was written at the target since is lost by that, and `losing` has to say that this is wanted.
    """
    return asked.does(_taking_back(said), principal, said)


@of_migrations.post("/retry", response_model=models.MigrationLine, summary="Retry a migration")
def retry_migration(asked: OfMigration, principal: Mover, said: Said = None) -> Response:
    """Has what failed tried once more, in the direction in which it was going: for one that is `manual`."""
    return asked.does(Controlling.retry, principal, said)


@of_migrations.post("/force", response_model=models.MigrationLine, summary="Force a live migration")
def force_migration(asked: OfMigration, principal: Mover, said: Said = None) -> Response:
    """Ends a live migration that does not end by itself, at the guest's cost; where the wave allows it (`mayPause`)."""
    return asked.does(Controlling.force, principal, said)


@of_migrations.post("/sign-off", response_model=models.MigrationLine, summary="Sign a migration off")
def sign_off_migration(asked: OfMigration, principal: SignerOff, said: Said = None) -> Response:
    """Says that the application works where it is now, by one of those whom the wave names, where it names any.

    From then on the source is kept until its time is over, and then deleted.
    """
    return asked.signs_off(principal, said)


def _comment_of(said: WishComment | None) -> str:
    """The word for the record; empty where none was said."""
    return said.comment if said else ""


def _taking_back(said: WishBack | None) -> Act:
    """To abort, losing what was written at the target only where that was said."""
    return partial(Controlling.abort, losing=said is not None and said.losing)


def _told(heeded: Heeded) -> Response:
    return answer(
        models.Heeded(
            run=views.run_line(heeded.run),
            done=tuple(each.id for each in heeded.done),
            left=tuple(
                models.NotDone(migration=each.id, name=each.name, reason=why.message, remedy=why.remedy)
                for each, why in heeded.left
            ),
        )
    )
