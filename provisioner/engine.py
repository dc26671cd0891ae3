"""Durable work: operations that carry on where they were, whatever dies. The only module that knows the engine (DBOS).

An operation is a workflow on its cloud's queue: one at a time for each tenant, in the order they came, and several
tenants side by side. What a step returned is kept, so that after a crash finished steps are not run again; the step
that was under way is, so each MUST look before it acts. Import this only where work is done: it takes a while.
"""

import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from dbos import _serialization as serialization
from dbos._utils import INTERNAL_QUEUE_NAME

from provisioner.errors import StoreError, TenantryError
from provisioner.operation import OperationId
from provisioner.store import executors
from provisioner.store.database import Connection, Database
from provisioner.store.executors import ExecutorId
from provisioner.store.processes import this_process
from tenants.names import CloudName, TenantName

#: What `json` reads and writes.
Json = Any
#: Carries an operation out, by steps, and returns what came of it.
Workflow = Callable[[OperationId], Json]

#: The engine's name for the workflow that carries an operation out, and its own names. They stay as they are: work in
#: progress is bound to them.
WORKFLOW: Final = "operation"
_APPLICATION: Final = "tenantry"
_VERSION: Final = "1"
_SCHEMA: Final = "dbos"
#: The engine's states of a workflow that nothing more happens to.
_SUCCESS: Final = "SUCCESS"
_GIVEN_UP: Final = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
#: Seconds between two looks at operations that are waited for while this process is busy with them. A look costs some
#: milliseconds of processor time, which the work itself can use.
_LOOK: Final = 0.5
#: Connections beside those of the operations under way: for the queues, the look at what ended, the sign of life.
_SPARE: Final = 4
_ENDED: Final = (_SUCCESS, "ERROR", "CANCELLED", _GIVEN_UP)

#: After how long a dead process that left no work is no longer remembered.
_FORGOTTEN: Final = timedelta(days=1)
#: Clouds whose queues are looked at as often as the settings say.
_FEW: Final = 4

_log = logging.getLogger(__name__)


class StepFailed(TenantryError):
    """A step raised. The message is all that is left of what it raised, now as after a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the engine works. The defaults suit a command line and a worker alike."""

    #: Operations that one process carries out at once in one cloud.
    concurrency: int = 16
    #: Seconds between two looks at a cloud's queue, and at the operations waited for; longer between looks at a queue
    #: where there are many clouds, for looking costs the more the less there is to see.
    polling: float = 0.1
    #: Seconds between two signs of life, each with a look for work that others left behind.
    heartbeat: float = 2.0
    #: How long a process on another machine may be silent before it counts as dead. With a heartbeat it makes the time in
    #: which its work is taken over: below 10 seconds.
    silence: timedelta = timedelta(seconds=7)
    #: How often an operation is taken over from processes that died with it, before it counts as what kills them.
    takeovers: int = 10
    #: Seconds that `close` waits for the steps under way.
    patience: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An operation to be carried out."""

    operation: OperationId
    #: Whose queue it goes to.
    cloud: CloudName
    #: One at a time of those that have the same.
    tenant: TenantName
    #: The name of the workflow that carries it out; None: the one that carries out operations.
    workflow: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an operation: what its workflow returned, or why there is nothing."""

    operation: OperationId
    value: Json = None
    error: str | None = None


#: Called at each look with what ended since the last one, mostly nothing, and how many are still waited for.
Progress = Callable[[Collection[Outcome], int], None]


@dataclass(slots=True)
class _Running:
    """How many workflows this process has under way."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    count: int = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self.changed:
            self.count += 1
        try:
            yield
        finally:
            with self.changed:
                self.count -= 1
                self.changed.notify_all()

    def wait_for_none(self, seconds: float) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: not self.count, seconds)


class Queue:
    """The way into the queues for a process that carries nothing out itself: it queues, and others work.

    The engine's tables are made where they are not there yet, so that it does not matter who comes first.
    """

    def __init__(self, database: Database, *, workflow: str = WORKFLOW, settings: EngineSettings | None = None) -> None:
        """`workflow` is the name under which those who work registered it. Sends nothing yet."""
        self._workflow = workflow
        self._settings = settings or EngineSettings()
        self._database = database
        self._pool = database.new_pool("tenantry queue", size=2)
        self._client = _client(self._pool)
        self._open: set[CloudName] = set()

    def open(self, clouds: Iterable[CloudName]) -> None:
        """Make the clouds' queues, where they are not there; workers find new ones within a second."""
        new = set(clouds) - self._open
        if new:
            with self._database.translated():
                _register(self._client, sorted(new), self._settings)
            self._open |= new

    def enqueue(self, connection: Connection, jobs: Iterable[Job]) -> None:
        """Queue operations when the caller's transaction commits, and only then. Their queues MUST be open."""
        _enqueue(self._client, connection, self._workflow, jobs)

    def close(self) -> None:
        """Give the connections back."""
        self._client.destroy()
        self._pool.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class Engine:
    """The durable engine of this process; there is one at a time.

    Register the workflow, then `launch`, `enqueue` and `wait`, and `close` at the end.
    """

    def __init__(self, database: Database, *, settings: EngineSettings | None = None) -> None:
        """Nothing is carried out before `launch`."""
        self._database = database
        self._settings = settings or EngineSettings()
        self._process = this_process()
        self._id = ExecutorId(f"{self._process.pid}-{uuid4().hex}")
        self._running = _Running()
        self._ends = threading.Event()
        self._closing = threading.Event()
        #: Since when each sign of life was given, by this process's clock.
        self._in_touch = monotonic()
        self._workflow: str | None = None
        self._works_on_all = False
        self._open: set[CloudName] = set()
        self._stopped: set[OperationId] = set()
        #: Operations that were this process's at the last look, and that it was not at work on.
        self._idle: set[str] = set()
        self._stop_asked = threading.Condition()
        self._pool = database.new_pool("tenantry engine", size=self._settings.concurrency + _SPARE)
        _quieten()
        serializer = DBOSPortableJSONSerializer()
        self._dbos = DBOS(
            config={
                "name": _APPLICATION,
                "application_version": _VERSION,
                "executor_id": self._id,
                "system_database_engine": self._pool,
                "dbos_system_schema": _SCHEMA,
                "serializer": serializer,
                # Nothing here waits for the engine's messages; its listener would wake a hundred times a second.
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": self._settings.polling,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        self._client = _client(self._pool)
        self._keeper = threading.Thread(target=self._keep, name="engine-keeper", daemon=True)

    def workflow(self, name: str) -> Callable[[Workflow], Workflow]:
        """Register, before `launch`, a function that carries work out; its name stays as it is for ever.

        The first is that of operations, which jobs are for unless they name another.
        Between its steps the function MUST do the same each time that it is run again, and have no effects.
        """

        def register(function: Workflow) -> Workflow:
            def guarded(operation: str) -> Json:
                with self._running.one_more():
                    return _kept(f"operation {operation}", lambda: function(OperationId(operation)))

            guarded.__qualname__ = guarded.__name__ = name
            DBOS.workflow(name=name, max_recovery_attempts=self._settings.takeovers)(guarded)
            self._workflow = self._workflow or name
            return function

        return register

    def step(self, name: str, function: Callable[..., Json], *arguments: object) -> Json:
        """Within a workflow: what `function` returns, as JSON, kept so that it is not run again after a crash.

        Raises StepFailed for whatever the function raises; that is kept as well. Nothing is tried twice.
        """
        result = DBOS.run_step({"name": name}, lambda: _kept(f"step {name}", lambda: function(*arguments)))
        if "error" in result:
            raise StepFailed(result["error"])
        return result["value"]

    def launch(self, clouds: Iterable[CloudName] | None) -> None:
        """Begin to carry out what is queued for these clouds, with what dead processes left behind.

        None stands for every cloud that has a queue, now or later.
        """
        with self._database.autocommit() as connection:
            executors.beat(connection, self._id, self._process)
            executors.forget_silent(connection, silence=_FORGOTTEN)
        # The engine looks for new queues once a second: they are made before it looks for the first time.
        if clouds is None:
            self._works_on_all = True
            _register(self._client, (), self._settings)
        else:
            queues = sorted(set(clouds))
            _register(self._client, queues, self._settings)
            DBOS.listen_queues(queues)
        DBOS.launch()
        self._in_touch = monotonic()
        self.recover_abandoned()
        self._keeper.start()

    def open(self, clouds: Iterable[CloudName]) -> None:
        """Make the clouds' queues, where they are not there and this process works on all that there are.

        One that is for some clouds had theirs made by `launch`.
        """
        new = set(clouds) - self._open
        if new and self._works_on_all:
            with self._database.translated():
                _register(self._client, sorted(new), self._settings)
            self._open |= new

    def enqueue(self, connection: Connection, jobs: Iterable[Job]) -> None:
        """Queue operations when the caller's transaction commits, and only then. Doing it again changes nothing."""
        if self._workflow is None:
            raise RuntimeError("a workflow is registered before operations are queued for it")
        _enqueue(self._client, connection, self._workflow, jobs)

    def wait(
        self, operations: Iterable[OperationId], on_progress: Progress | None = None
    ) -> Mapping[OperationId, Outcome]:
        """Wait until all of these have ended, in whatever process, and return what came of them.

        An operation that was never queued has ended with an error. One that no living process has the queue of is
        waited for until there is one.
        """
        asked = set(operations)
        lost = asked - self._known(asked)
        outcomes = {each: Outcome(operation=each, error="it was never queued") for each in lost}
        waiting, news = asked - lost, list(outcomes.values())
        while True:
            ended = self.outcomes(waiting)
            outcomes |= ended
            waiting -= ended.keys()
            news += ended.values()
            if on_progress:
                on_progress(tuple(news), len(waiting))
                news.clear()
            if not waiting:
                return outcomes
            self._pause_before_next_look()

    def _pause_before_next_look(self) -> None:
        """Short where others do the work; where it is done here, until all of it ends, or for a little while."""
        if self._running.count:
            self._running.wait_for_none(_LOOK)
        else:
            self._closing.wait(self._settings.polling)

    def outcomes(self, operations: Collection[OperationId]) -> dict[OperationId, Outcome]:
        """What came of those that have ended."""
        if not operations:  # which the engine would take for all there are
            return {}
        with self._database.translated():
            found = self._client.list_workflows(workflow_ids=sorted(operations), status=list(_ENDED), load_input=False)
        return {OperationId(each.workflow_id): _outcome(each) for each in found}

    def recover_abandoned(self) -> int:
        """Put the operations of processes that died back into their queues, at their places; returns how many.

        With them go those that broke off in this process, for the database was away when they were to be noted.
        """
        with self._database.translated():
            pending = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
            broken = self._put_back({each.workflow_id for each in pending if each.executor_id == self._id})
        owners = {ExecutorId(each.executor_id) for each in pending if each.executor_id} - {self._id}
        if not owners:
            return broken
        with self._database.autocommit() as connection:
            # Where the database was away, all were silent, and whoever comes back first must not think the others dead.
            heard = monotonic() - self._in_touch >= self._settings.silence.total_seconds()
            dead = owners - executors.alive(connection, silence=self._settings.silence if heard else None)
            # The public way forgets queue and attempts, and takes from the living what they took over meanwhile.
            recovered = DBOS._recover_pending_workflows(sorted(dead)) if dead else []  # noqa: SLF001
            executors.forget(connection, dead)
        return broken + len(recovered)

    def _put_back(self, ours: set[str]) -> int:
        """Of the operations that are this process's, those that it is not at work on in two looks; returns how many.

        Should it be at work on one after all, that run is told at its next step that it is no longer its own.
        """
        idle = ours - set(self._dbos._active_workflows_set.activeList())  # noqa: SLF001  # nothing public tells
        broken, self._idle = idle & self._idle, idle
        for each in sorted(broken):
            _log.warning("operation %s broke off here, and goes on from its last step", each)
            self._client._sys_db.reenqueue_for_recovery(each, [self._id], INTERNAL_QUEUE_NAME)  # noqa: SLF001
        return len(broken)

    def stop(self, operations: Iterable[OperationId]) -> None:
        """Ask that these operations end soon, as far as this process carries them out.

        A workflow looks at `stopping` between steps and, where it is set, returns; one still queued begins, sees it, and
        returns as well. Operations of other processes' runs that this one carries out are none of it.
        """
        with self._stop_asked:
            self._stopped.update(operations)
            self._stop_asked.notify_all()

    def stopping(self, operation: OperationId) -> bool:
        """Whether the operation was asked to end."""
        return operation in self._stopped

    @property
    def ending(self) -> bool:
        """Whether this process is to end: what takes long had better leave its work to others."""
        return self._ends.is_set()

    def pause(self, operation: OperationId, seconds: float) -> None:
        """Wait, but not past a request that the operation end."""
        with self._stop_asked:
            self._stop_asked.wait_for(lambda: operation in self._stopped, seconds)

    def close(self) -> None:
        """End: take nothing more from the queues, let what is under way here end, and leave nothing running.

        Operations that take longer than `EngineSettings.patience` are left to whoever comes next; steps of theirs that
        are under way go on, and so does the process, until they end.
        """
        self._end(patience=self._settings.patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        impatient = kind is not None and issubclass(kind, KeyboardInterrupt)
        self._end(patience=0 if impatient else self._settings.patience)

    def _end(self, *, patience: float) -> None:
        self._ends.set()
        for each in self._dbos.background_thread_stop_events:  # as `destroy` does, but before the wait
            each.set()
        quiet = self._running.wait_for_none(patience)
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        DBOS.destroy(destroy_registry=True)
        if quiet:
            with self._database.autocommit() as connection:
                executors.forget(connection, [self._id])
        self._pool.dispose()

    def _known(self, operations: Collection[OperationId]) -> frozenset[OperationId]:
        if not operations:
            return frozenset()
        with self._database.translated():
            found = self._client.list_workflows(workflow_ids=sorted(operations), load_input=False, load_output=False)
        return frozenset(OperationId(each.workflow_id) for each in found)

    def _keep(self) -> None:
        while not self._closing.wait(self._settings.heartbeat):
            try:
                with self._database.autocommit() as connection:
                    executors.beat(connection, self._id, self._process)
                self.recover_abandoned()
            except StoreError as error:
                # The work under way meets the same trouble and tells of it; here it is only tried again.
                _log.warning("no sign of life could be given: %s", error)
                self._in_touch = monotonic()


def _client(pool: Any) -> DBOSClient:
    """What queues without working. It asks the database for nothing until it is used."""
    _quieten()
    return DBOSClient(
        system_database_engine=pool,
        dbos_system_schema=_SCHEMA,
        serializer=DBOSPortableJSONSerializer(),
        application_name=_APPLICATION,
        lazy=True,
        # Whoever asks is told that the database is away; only workflows wait for it to come back.
        retry_connection_errors=False,
    )


def _register(client: DBOSClient, queues: Collection[CloudName], settings: EngineSettings) -> None:
    """Make the engine's tables and these queues, where they are not there."""
    client._sys_db.run_migrations()  # noqa: SLF001  # the client's way to what `launch` does later
    for queue in queues:
        client.register_queue(
            queue,
            worker_concurrency=settings.concurrency,
            partition_concurrency=1,
            polling_interval_sec=settings.polling * max(1, len(queues) / _FEW),
        )


def _enqueue(client: DBOSClient, connection: Connection, workflow: str, jobs: Iterable[Job]) -> None:
    for job in jobs:
        client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": job.workflow or workflow,
                "queue_name": job.cloud,
                "queue_partition_key": job.tenant,
                "workflow_id": job.operation,
                "app_version": _VERSION,
            },
            job.operation,
        )


def _kept(what: str, act: Callable[[], Json]) -> Json:
    """What an act returns or raises, as the engine keeps it: the same now as when it is read back."""
    try:
        return {"value": json.loads(json.dumps(act()))}
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what came of the act
        _log.debug("%s failed", what, exc_info=True)
        return {"error": str(error) or type(error).__name__}


def _outcome(status: Any) -> Outcome:
    operation = OperationId(status.workflow_id)
    if status.status == _SUCCESS:
        return Outcome(operation=operation, value=status.output.get("value"), error=status.output.get("error"))
    if status.status == _GIVEN_UP:
        return Outcome(operation=operation, error="too many processes died while they carried it out")
    return Outcome(operation=operation, error=f"the engine ended it: {status.error or status.status}")


def _quieten() -> None:
    """Leave the engine's log to whoever configures logging, and its pickled values unread.

    It keeps everything as JSON for us, but would unpickle, and so run, what others wrote into its tables.
    """
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    serialization.DBOSDefaultSerializer.deserialize = _refuse_pickle  # type: ignore[method-assign]


def _refuse_pickle(serialized_data: str) -> Any:
    raise StoreError(f"the engine's tables hold {len(serialized_data)} bytes that are not Tenantry's")
