"""A worker process that carries migrations on against real clouds, and ends or freezes itself where a test says.

It is the product's engine, conductor and deeds; only the journal and the clouds' resources are watched, so that the process can be
gone in the very moment after a line is written or an answer has come. `Fate.book` outlives it: nothing strikes twice.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final

from provisioner import engine as engines
from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.clouds.openstack.cloud import connect
from provisioner.disk_images.preparing import Workshop
from provisioner.engine import Engine, EngineSettings
from provisioner.errors import StoreUnavailable
from provisioner.migration.collections import IMAGES
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Step
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving import running
from provisioner.moving.conductor import Conductor
from provisioner.moving.deed import Look, Spot, done
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.driving import Pace
from provisioner.moving.journal import MigrationJournal
from provisioner.moving.means import Means, Traffic
from provisioner.moving.running import WORKFLOW, Moving
from provisioner.moving.sweeping import Sweeping
from provisioner.moving.tidying import Tidying
from provisioner.operation import Evidence, Failure
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.store import migration_records
from provisioner.store.database import Connection, Database
from provisioner.store.migration_steps import Attempt
from tenants.names import CloudName

#: What needs manifests in force, which these clouds have none of.
_BESIDE: Final = (StepKind.CHECK, StepKind.MANIFEST)
_PACE: Final = Pace(first_look=0.1, longest_look=1.0, telling=0.2)
_CONDUCT_S: Final = 0.2
_CHANGING: Final = frozenset({"create", "create_all", "update", "delete", "act"})
_CONTEXT: Final = get_context("forkserver")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Where a process ends."""

    #: What has struck, a line each.
    book: Path
    #: Beginnings of the moments that strike, each once: `done` after every step, `begun clone` before any clone is made.
    at: tuple[str, ...] = ()
    #: Whether the process only stops (SIGSTOP), once, for somebody to let it go on.
    freezes: bool = False

    def strike(self, moment: str) -> None:
        """End this process, if it is time."""
        if not moment.startswith(self.at) or not self.at:
            return
        with _STRIKING:
            known = self.book.read_text(encoding="utf-8").splitlines() if self.book.exists() else []
            if moment in known or (self.freezes and known):
                return
            with self.book.open("a", encoding="utf-8") as book:
                book.write(f"{moment}\n")
                book.flush()
                os.fsync(book.fileno())
            os.kill(os.getpid(), signal.SIGSTOP if self.freezes else signal.SIGKILL)


_STRIKING: Final = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a worker is to do."""

    database_url: str
    clouds_yaml: Path
    #: It works until this one rests in one of these states.
    migration: MigrationId
    until: frozenset[State]
    fate: Fate
    #: Where its log goes.
    log: Path
    #: The machine that it believes to be on; processes of another are only known by their heartbeat.
    machine: str | None = None
    #: Where it has its disk images, for imports.
    workshop: Workshop | None = None


def hire(orders: Orders) -> ForkServerProcess:
    """Start a worker."""
    _CONTEXT.set_forkserver_preload([__name__])
    process = _CONTEXT.Process(target=work, args=(orders,), daemon=True)
    process.start()
    return process


def work(orders: Orders) -> None:
    """Carry migrations on until the one of the orders rests."""
    logging.basicConfig(filename=orders.log, level=logging.WARNING, format="%(process)d %(asctime)s %(message)s")
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(orders.clouds_yaml)
    if orders.machine is not None:
        here = replace(engines.this_process(), host=orders.machine)
        engines.this_process = lambda: here
    running.MigrationJournal = _watched_journal(orders.fate)  # type: ignore[misc]
    with Database.connect(orders.database_url, pool_size=6) as database:
        engine = Engine(database, settings=EngineSettings(concurrency=4, heartbeat=1.0, patience=5.0))
        with engine:
            _work(database, engine, orders)


def _work(database: Database, engine: Engine, orders: Orders) -> None:
    access = SshAccess(key_file=None, known_hosts=orders.log.with_suffix(".hosts"))
    engine.workflow("operation")(lambda operation: operation)
    Moving(
        database=database,
        engine=engine,
        connect=_Clouds(fate=orders.fate).connect,
        deeds={
            kind: _Looked(deed, orders.fate) for kind, deed in {**DEEDS, **dict.fromkeys(_BESIDE, _Nothing())}.items()
        },
        means=Means(
            database=database,
            traffic=Traffic(database=database),
            access=access,
            playbooks=Folders(),
            workshop=orders.workshop,
        ),
        now=_now,
        pace=_PACE,
    ).register()
    engine.launch(None)
    conductor = Conductor(database=database, queues=engine, workflow=WORKFLOW, now=_now)
    sweeping = Sweeping(database=database, engine=engine)
    tidy = _tidy(database, orders)
    tidy()
    while not _rests(database, orders):
        try:
            sweeping.sweep()
            tidy()
            conductor.conduct_all()
        except StoreUnavailable:
            _log.warning("the record is away")
        time.sleep(_CONDUCT_S)


def _tidy(database: Database, orders: Orders) -> Callable[[], None]:
    """What keeps the scratch folder free; nothing for a worker without one."""
    if orders.workshop is None:
        return lambda: None
    return Tidying(database=database, scratch=orders.workshop.scratch).tidy


def _rests(database: Database, orders: Orders) -> bool:
    try:
        with database.transaction() as connection:
            found = migration_records.load(connection, orders.migration)
    except StoreUnavailable:
        return False
    # One that ended otherwise than it was to ended all the same: whoever gave the orders looks.
    return (found.state in orders.until or found.state.final) and not found.queued


def _now() -> datetime:
    return datetime.now(UTC)


class _WatchedJournal(MigrationJournal):
    """A journal whose lines may be the last thing that a process does."""

    fate: ClassVar[Fate]

    def travelled(self, attempt: Attempt, done: int, total: int) -> None:
        super().travelled(attempt, done, total)
        if done >= total:
            step = next(each for each in self.migration.steps if each.spec.position == attempt.position)
            self.fate.strike(f"{_of('travelled', step)} {total}")

    def begin(self, step: Step) -> Attempt | None:
        attempt = super().begin(step)
        if attempt is not None:
            self.fate.strike(_of("begun", step))
        return attempt

    def finish(self, step: Step, attempt: Attempt, evidence: Evidence) -> None:
        super().finish(step, attempt, evidence)
        self.fate.strike(_of("done", step))

    def pass_gate(self, gate: Step, opens: Callable[[Connection], bool]) -> bool:
        passed = super().pass_gate(gate, opens)
        if passed:
            self.fate.strike(_of("done", gate))
        return passed

    def fail(self, step: Step, attempt: Attempt, failure: Failure) -> None:
        super().fail(step, attempt, failure)
        self.fate.strike(_of("failed", step))

    def begin_undo(self, step: Step) -> Attempt:
        attempt = super().begin_undo(step)
        self.fate.strike(_of("undoing", step))
        return attempt

    def undone(self, step: Step, attempt: Attempt) -> None:
        super().undone(step, attempt)
        self.fate.strike(_of("undone", step))


def _watched_journal(fate: Fate) -> type[MigrationJournal]:
    return type("_Watching", (_WatchedJournal,), {"fate": fate})


def _of(moment: str, step: Step) -> str:
    return f"{moment} {step.spec.kind} {step.spec.subject}"


@dataclass(slots=True)
class _Clouds:
    """Real clouds by name, each opened once."""

    fate: Fate
    _open: dict[CloudName, Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def connect(self, name: CloudName) -> Any:
        with self._lock:
            if name not in self._open:
                cloud = connect(name, name)
                self._open[name] = _Watched(cloud, _Resources(cloud.resources, self.fate), _ImageData(cloud, self.fate))
            return self._open[name]


class _Watched:
    """A cloud of which all but the resources and the bytes of images are as they were."""

    def __init__(self, cloud: Any, resources: Any, image_data: Any) -> None:
        self._cloud = cloud
        self.resources = resources
        self.image_data = image_data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)


class _Resources:
    """Resources of which each answer to a change may be the last that the process gets."""

    def __init__(self, resources: Any, fate: Fate) -> None:
        self._resources = resources
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._resources, name)
        return self._watched(name, method) if name in _CHANGING else method

    def _watched(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(collection: Any, *args: Any, **kwargs: Any) -> Any:
            given = method(collection, *args, **kwargs)
            self._fate.strike(f"called {name} {collection.name} {_about(args[1:])}")
            return given

        return call


class _ImageData:
    """Images' bytes, of which the answer to all of one image's may be the last that the process gets."""

    def __init__(self, cloud: Any, fate: Fate) -> None:
        self._cloud = cloud
        self._fate = fate

    def write(self, image: ItemId, project: ProjectId, *args: Any, **kwargs: Any) -> Receipt:
        """Send them."""
        receipt: Receipt = self._cloud.image_data.write(image, project, *args, **kwargs)
        # By its name, for what broke off goes into another image of the same name.
        item = self._cloud.resources.fetch(IMAGES, project, image) or {}
        self._fate.strike(f"called write images {item.get('name')}")
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud.image_data, name)


def _about(said: tuple[Any, ...]) -> str:
    """What tells one change from another, and is the same when it is begun anew."""
    first, *rest = said
    if isinstance(first, dict):
        return str(first.get("name") or sorted(first))
    return " ".join(
        str(each if isinstance(each, str | dict) else (each.below, sorted(each.body))) for each in (first, *rest)
    )


class _Looked:
    """A deed of which each look may be the last thing that the process does, or does for a while."""

    def __init__(self, deed: Any, fate: Fate) -> None:
        self._deed = deed
        self._fate = fate

    def look(self, spot: Spot) -> Look:
        """The deed's look."""
        seen: Look = self._deed.look(spot)
        self._fate.strike(f"looked {seen.standing.name} {_of('at', spot.step)}")
        return seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._deed, name)


class _Nothing:
    """A step that is done by itself."""

    patience = 10.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """Done."""
        return done()

    def begin(self, spot: Spot) -> Receipt:
        """Never asked for."""
        raise AssertionError

    def clear(self, spot: Spot) -> None:
        """Never asked for."""

    def undo(self, spot: Spot) -> None:
        """Nothing to take back."""
