"""A wave seen through: shown from the record until nothing more comes of it by itself, and carried on here where nobody else does.

Whoever leaves leaves nothing half done: what is under way in this process stops at its next safe point and is written down; the
same command, or a worker, goes on from there. A database that is away for a moment is waited for.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, NoReturn

from typer.exceptions import Abort

from api.bootstrap import Tenantry
from api.cli.interruption import working
from api.cli.session import Session
from api.render.migrations.watch import WaveWatch
from api.render.migrations.words import Called
from provisioner.errors import StoreUnavailable
from provisioner.migration.identifiers import RunId
from provisioner.moving.sighting import Sight, see

if TYPE_CHECKING:
    from provisioner.execution import Execution  # takes a while to import, for the engine comes with it

#: Seconds between two looks at the record, and at whether somebody carries the wave on.
_LOOK: Final = 1.0
_SOMEBODY: Final = 5.0
#: Seconds that the record may be away.
_AWAY: Final = 600.0


@dataclass(slots=True, kw_only=True)
class Following:
    """One wave and who carries it on."""

    session: Session
    tenantry: Tenantry
    run: RunId
    called: Called
    #: Whether this process takes the work up where nobody else is at it.
    works: bool
    _stop: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _asked_at: float = field(default=float("-inf"), init=False)
    _lonely: bool = field(default=False, init=False)

    def follow(self) -> Sight:
        """Show the wave until nothing more comes of it by itself; gives it as it is then.

        Raises StoreUnavailable for a record that stays away.
        """
        with (
            working(self._leave),
            self._working_until_the_end(),
            WaveWatch(self.session.err, self.called) as watch,
        ):
            return self._look_on(watch)

    def _look_on(self, watch: WaveWatch) -> Sight:
        since: float | None = None
        while True:
            try:
                sight = see(self.tenantry.database, self.run, at=self.tenantry.now())
                self._see_to_workers(watch, sight)
            except StoreUnavailable as error:
                since = since or monotonic()
                if monotonic() - since > _AWAY:
                    raise
                watch.lose(str(error))
            else:
                since = None
                watch.show(sight)
                if not sight.goes_on:
                    return sight
            self._stop.wait(_LOOK)

    def _see_to_workers(self, watch: WaveWatch, sight: Sight) -> None:
        """Take the work up here where nobody else does."""
        from provisioner.moving.conducting import somebody_conducts  # noqa: PLC0415  # the engine comes with it

        if self._thread is not None or not sight.goes_on or monotonic() - self._asked_at < _SOMEBODY:
            return
        self._asked_at = monotonic()
        if somebody_conducts(self.tenantry.database):
            self._lonely = False
        elif self.works:
            self._work()
        elif not self._lonely:
            self._lonely = True
            wave = sight.run.wave.name
            watch.tell(
                f"Nobody carries this wave on: start a worker (tenantry work), or run tenantry migrate start {wave}."
            )

    def _work(self) -> None:
        """Carry migrations on in this process."""
        from provisioner.moving.legs import QUEUE  # noqa: PLC0415  # as above

        execution: Execution = self.tenantry.execution()
        execution.engine.launch({QUEUE})
        rota = self.tenantry.conducting(execution.engine)
        self._thread = threading.Thread(target=rota.work, args=(self._stop,), name="conductor", daemon=True)
        self._thread.start()

    @contextmanager
    def _working_until_the_end(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._stop.set()
            if self._thread is not None:
                self._thread.join()

    def _leave(self) -> NoReturn:
        if self._thread is not None:
            self.session.err.print(
                "Leaving: what is under way here stops at its next safe point, and is written down. "
                "The same command carries it on, and so does a worker."
            )
        else:
            self.session.err.print("Leaving: the wave goes on without you, as far as somebody works.")
        raise Abort
