"""What people do to a wave under way or to one application of it: pause, resume, abort, retry, force, sign off.

Each is one transaction with its entry in the audit log and its events; nothing is done where it does not apply
(`provisioner.migration.controls`). Whoever carries the migration out reads what is asked within a second, in whatever process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from provisioner.audit import Detail, Event
from provisioner.errors import InputError
from provisioner.migration import controls
from provisioner.migration.controls import Refusal
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState, SignOff
from provisioner.migration.states import Asked, State
from provisioner.operation import Actor
from provisioner.store import audit, migration_events, migration_records
from provisioner.store.database import Connection, Database
from provisioner.store.migration_events import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants something of what."""

    run: RunId
    #: None: of the whole wave.
    migration: MigrationId | None
    actor: Actor
    #: The one who was at the keyboard, where that is somebody else: `actor` is taken at their word.
    entered_by: Actor | None = None
    #: A word for the record.
    comment: str = ""

    @property
    def hand(self) -> Actor:
        """Who did it, for the audit log."""
        return self.entered_by or self.actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Heeded:
    """What was done about a wish."""

    run: Run
    #: The migrations that it was done to, as they are now.
    done: tuple[Migration, ...]
    #: Those of the wave that it does not apply to, with the reason.
    left: tuple[tuple[Migration, Refusal], ...] = ()


#: Why a migration is left out, or None where it is not.
_Question = Callable[[Migration], Refusal | None]
_Act = Callable[[Connection, Migration], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlling:
    """Does what people want. Every method raises InputError, in words, where it does not apply to anything."""

    database: Database
    now: Callable[[], datetime]

    def pause(self, wish: Wish) -> Heeded:
        """Begin no further step: of one application, or of all, and no further application then."""
        return self._control(wish, "paused", controls.pause, _asking(Asked.PAUSE), becomes=RunState.PAUSED)

    def resume(self, wish: Wish) -> Heeded:
        """Go on after a pause; a whole wave with all that were paused one by one."""

        def question(migration: Migration) -> Refusal | None:
            return controls.resume(run, migration)

        # What rests because the wave does is resumed with it.
        run = self._run(wish.run, running=wish.migration is None)
        return self._control(wish, "resumed", question, _asking(Asked.NOTHING), becomes=RunState.RUNNING)

    def abort(self, wish: Wish, *, losing: bool = False) -> Heeded:
        """Take back what was done. `losing`: even where that loses what was written at the target (`controls.lost_by_abort`).

        Of a whole wave nothing is aborted where one of its applications needs that word.
        """
        if wish.migration is None and not losing:
            self._nothing_must_be_lost(wish)

        def question(migration: Migration) -> Refusal | None:
            return controls.abort(migration, losing=losing)

        return self._control(wish, "aborted", question, _asking(Asked.ABORT))

    def retry(self, wish: Wish) -> Heeded:
        """Have what failed tried once more, in the direction in which it was going."""
        return self._control(wish, "retried", controls.retry, self._try_again)

    def force(self, wish: Wish) -> Heeded:
        """End live migrations that do not end by themselves, at the guest's cost."""
        run = self._run(wish.run)
        return self._control(wish, "forced", lambda each: controls.force(run, each), _asking(Asked.FORCE))

    def sign_off(self, wish: Wish) -> Heeded:
        """Say that the application, or all of the wave's that serve by now, works where it is."""
        run = self._run(wish.run)

        def sign(connection: Connection, migration: Migration) -> None:
            word = SignOff(actor=wish.actor, at=self.now(), comment=wish.comment)
            migration_records.sign_off(connection, migration.id, word)

        return self._control(wish, "signed-off", lambda each: controls.sign_off(run, each, wish.actor), sign)

    def _control(
        self, wish: Wish, what: str, question: _Question, act: _Act, *, becomes: RunState | None = None
    ) -> Heeded:
        """Do it to all that it applies to; the wave itself `becomes` something where the wish is about all of it."""
        with self.database.transaction() as connection:
            run = migration_records.take_run(connection, wish.run)
            chosen = _chosen(connection, run, wish.migration)
            refusals = [(each, question(each)) for each in chosen]
            left = tuple((each, why) for each, why in refusals if why is not None)
            done = tuple(each for each, why in refusals if why is None)
            turns = becomes is not None and wish.migration is None and run.state is not becomes
            if not done and not (turns and run.finished_at is None):
                raise InputError(_in_vain(run, wish, left))
            for each in done:
                act(connection, each)
            if turns and becomes is not None:
                migration_records.set_run_state(connection, run.id, becomes, at=self.now())
            self._note(connection, run, wish, what=what, done=done)
            return Heeded(
                run=migration_records.load_run(connection, run.id),
                done=tuple(migration_records.load(connection, each.id) for each in done),
                left=left,
            )

    def _try_again(self, connection: Connection, migration: Migration) -> None:
        """Back to the state that it was in. Steps that failed stay so: the next attempt, there or back, looks at them first."""
        turned = migration_events.last(connection, migration.id, "state", {"state": State.COMPENSATING.value})
        state = controls.reached(migration) if turned is None else State.COMPENSATING
        migration_records.set_state(connection, migration.id, state, at=self.now())
        migration_records.forget_failure(connection, migration.id)
        migration_records.ask(connection, migration.id, Asked.NOTHING)

    def _nothing_must_be_lost(self, wish: Wish) -> None:
        with self.database.transaction() as connection:
            found = migration_records.of_run(connection, wish.run)
        lost = [why for each in found if not each.state.final and (why := controls.lost_by_abort(each))]
        if lost:
            raise InputError("; ".join([*lost, "say that this is wanted, or abort the other applications one by one"]))

    def _run(self, run: RunId, *, running: bool = False) -> Run:
        with self.database.transaction() as connection:
            found = migration_records.load_run(connection, run)
        return replace(found, state=RunState.RUNNING) if running else found

    def _note(self, connection: Connection, run: Run, wish: Wish, *, what: str, done: Sequence[Migration]) -> None:
        """One entry in the audit log, and an event for each migration; for the wave, where it is about all of it, as well."""
        at = self.now()
        comment: dict[str, Detail] = {"comment": wish.comment} if wish.comment else {}
        behalf: dict[str, Detail] = {"on behalf of": wish.actor} if wish.entered_by else {}
        about = [each.id for each in done] if wish.migration is not None else [None, *(each.id for each in done)]
        for migration in about:
            happening = Happening(
                run=run.id,
                migration=migration,
                at=at,
                actor=wish.actor,
                what="signed-off" if what == "signed-off" else "asked",
                detail={"asked": what, **comment},
            )
            migration_events.note(connection, happening)
        names: list[Detail] = [each.name for each in done]
        detail: dict[str, Detail] = {"wave": run.wave.name, "applications": names, **behalf, **comment}
        whole = wish.migration is None
        event = Event(
            at=at,
            actor=wish.hand,
            action=f"{'wave' if whole else 'migration'}.{what}",
            subject=run.id if whole else done[0].id,
            detail=detail,
        )
        audit.append(connection, event)


def _asking(asked: Asked) -> _Act:
    return lambda connection, migration: migration_records.ask(connection, migration.id, asked)


def _chosen(connection: Connection, run: Run, migration: MigrationId | None) -> tuple[Migration, ...]:
    """Locked until the transaction ends, so that what is asked is decided about what is there."""
    found = migration_records.of_run(connection, run.id)
    wanted = [each.id for each in found if migration is None or each.id == migration]
    if not wanted:
        raise InputError(f"wave {run.wave.name} has no migration {migration}")
    return tuple(migration_records.take(connection, each) for each in sorted(wanted))


def _in_vain(run: Run, wish: Wish, left: Sequence[tuple[Migration, Refusal]]) -> str:
    if wish.migration is not None or len(left) == 1:
        return str(left[0][1])
    if run.finished_at is not None:
        return f"wave {run.wave.name} has ended"
    return "; ".join(str(why) for _, why in left)
