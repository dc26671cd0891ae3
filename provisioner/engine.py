"""Durable work: operations that carry on where they were, whatever dies. The only module that knows the engine (DBOS).

An operation is a workflow on its cloud's queue, one at a time for each tenant in the order they came, and several
tenants side by side. What a step returned is kept, so that after a crash finished steps are not run again; the step
that was under way is, so each MUST look before it acts. Import this only where work is done: it takes a while.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer

from provisioner.errors import TenantryError
from provisioner.operation import OperationId
from provisioner.store import executors
from provisioner.store.database import Connection, Database
from provisioner.store.executors import ExecutorId
from provisioner.store.processes import this_process
from tenants.names import CloudName, TenantName

Json = Any
#: Carries an operation out, by steps, and returns what came of it.
Workflow = Callable[[OperationId], Json]

#: The engine's own names. They stay as they are for ever: work in progress is bound to them.
_APPLICATION: Final = "tenantry"
_VERSION: Final = "1"
_SCHEMA: Final = "dbos"
_ENDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_log = logging.getLogger(__name__)


class StepFailed(TenantryError):
    """A step raised. The message is all that is left of what it raised, now as after a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the engine works. The defaults suit a command line and a worker alike."""

    #: Operations that one process carries out at once in one cloud.
    concurrency: int = 16
    #: Seconds between two looks at a queue, and at the operations waited for.
    polling: float = 0.1
    #: Seconds between two signs of life, each with a look for work that others left behind.
    heartbeat: float = 2.0
    #: Seconds of silence after which a process on another machine counts as dead.
    silence: float = 15.0
    #: How often work may be taken over from processes that died with it, before it counts as what kills them.
    takeovers: int = 10
    #: Seconds that `close` waits for steps in flight.
    patience: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An operation to be carried out."""

    operation: OperationId
    cloud: CloudName
    tenant: TenantName


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an operation: what its workflow returned, or why there is nothing."""

    operation: OperationId
    value: Json = None
    error: str | None = None


#: Called with what ended since the last call, and how many are still waited for.
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


class Engine:
    """The durable engine of this process; there is one at a time.

    Register the workflow, then `launch`, `enqueue` and `wait`, and `close` at the end.
    """

    def __init__(self, database: Database, *, settings: EngineSettings | None = None) -> None:
        self._database = database
        self._settings = settings or EngineSettings()
        self._process = this_process()
        self._id = ExecutorId(f"{self._process.pid}-{uuid4().hex}")
        self._running = _Running()
        self._closing = threading.Event()
        self._workflow: str | None = None
        #: Set when work should end soon. A workflow looks at it between steps and, where it is set, returns.
        self.stopping = threading.Event()
        self._pool = database.new_pool(size=self._settings.concurrency)
        logging.getLogger("dbos").setLevel(logging.WARNING)
        DBOS(
            config={
                "name": _APPLICATION,
                "application_version": _VERSION,
                "executor_id": self._id,
                "system_database_engine": self._pool,
                "dbos_system_schema": _SCHEMA,
                "serializer": DBOSPortableJSONSerializer(),
                "use_listen_notify": False,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        self._client: DBOSClient | None = None
        self._keeper = threading.Thread(target=self._keep, name="engine-keeper", daemon=True)

    def workflow(self, name: str) -> Callable[[Workflow], Workflow]:
        """Register, before `launch`, the function that carries operations out; once and for all under this name.

        It MUST do all its effects in steps, and be the same from run to run between them.
        """

        def register(function: Workflow) -> Workflow:
            def guarded(operation: str) -> Json:
                with self._running.one_more():
                    try:
                        return {"value": function(OperationId(operation))}
                    except Exception as error:  # noqa: BLE001  # whatever it is, it is this operation's outcome
                        _log.debug("operation %s failed", operation, exc_info=True)
                        return {"error": _sentence(error)}

            guarded.__qualname__ = guarded.__name__ = name
            DBOS.workflow(name=name, max_recovery_attempts=self._settings.takeovers)(guarded)
            self._workflow = name
            return function

        return register

    def step(self, name: str, function: Callable[..., Json], *arguments: object) -> Json:
        """Within a workflow: what `function` returns, plain JSON, kept so that it is not run again after a crash.

        Raises StepFailed for anything that the function raises; that too is kept. Nothing is retried.
        """

        def checkpointed() -> Json:
            try:
                return {"value": function(*arguments)}
            except Exception as error:  # noqa: BLE001  # kept as the step's result
                _log.debug("step %s failed", name, exc_info=True)
                return {"error": _sentence(error)}

        result = DBOS.run_step({"name": name}, checkpointed)
        if "error" in result:
            raise StepFailed(result["error"])
        return result["value"]

    def launch(self, clouds: Iterable[CloudName]) -> None:
        """Begin to carry out what is queued for these clouds, what dead processes left behind included."""
        queues = sorted(set(clouds))
        with self._database.autocommit() as connection:
            executors.beat(connection, self._id, self._process)
        DBOS.listen_queues(queues)
        DBOS.launch()
        for queue in queues:
            DBOS.register_queue(
                queue,
                worker_concurrency=self._settings.concurrency,
                partition_concurrency=1,
                polling_interval_sec=self._settings.polling,
                on_conflict="always_update",
            )
        self._client = DBOSClient(
            system_database_engine=self._pool,
            dbos_system_schema=_SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            application_name=_APPLICATION,
        )
        self.recover_abandoned()
        self._keeper.start()

    def enqueue(self, connection: Connection, jobs: Iterable[Job]) -> None:
        """Queue operations when the caller's transaction commits, and only then. Doing it again changes nothing."""
        if self._client is None or self._workflow is None:
            raise RuntimeError("operations are queued after `workflow` and `launch`")
        for job in jobs:
            self._client.enqueue_in_transaction(
                connection,
                {
                    "workflow_name": self._workflow,
                    "queue_name": job.cloud,
                    "queue_partition_key": job.tenant,
                    "workflow_id": job.operation,
                    "app_version": _VERSION,
                },
                job.operation,
            )

    def wait(
        self, operations: Iterable[OperationId], on_progress: Progress | None = None
    ) -> Mapping[OperationId, Outcome]:
        """Wait until all of these have ended, in whatever process, and return what came of them."""
        waiting, outcomes = set(operations), dict[OperationId, Outcome]()
        while True:
            ended = self.outcomes(waiting)
            outcomes |= ended
            waiting -= ended.keys()
            if on_progress and (ended or not waiting):
                on_progress(ended.values(), len(waiting))
            if not waiting:
                return outcomes
            time.sleep(self._settings.polling)

    def outcomes(self, operations: Collection[OperationId]) -> dict[OperationId, Outcome]:
        """What came of those that have ended."""
        if not operations:  # which the engine would take for all there are
            return {}
        found = DBOS.list_workflows(workflow_ids=sorted(operations), status=list(_ENDED), load_input=False)
        return {OperationId(each.workflow_id): _outcome(each) for each in found}

    def known(self, operations: Collection[OperationId]) -> frozenset[OperationId]:
        """Those of the operations that the engine has been given."""
        if not operations:
            return frozenset()
        found = DBOS.list_workflows(workflow_ids=sorted(operations), load_input=False, load_output=False)
        return frozenset(OperationId(each.workflow_id) for each in found)

    def recover_abandoned(self) -> int:
        """Put back in their queues the operations of processes that died; returns how many."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        owners = {ExecutorId(each.executor_id) for each in pending if each.executor_id}
        with self._database.autocommit() as connection:
            dead = owners - executors.alive(connection, silence=timedelta(seconds=self._settings.silence)) - {self._id}
            if not dead:
                return 0
            recovered = DBOS._recover_pending_workflows(sorted(dead))  # noqa: SLF001  # the public way forgets the attempts
            executors.forget(connection, dead)
        return len(recovered)

    def close(self) -> None:
        """End: set `stopping`, let the steps in flight finish, and leave nothing running in this process."""
        self.stopping.set()
        self._closing.set()
        quiet = self._running.wait_for_none(self._settings.patience)
        if self._keeper.is_alive():
            self._keeper.join()
        DBOS.destroy(destroy_registry=True)
        if quiet:
            with self._database.autocommit() as connection:
                executors.forget(connection, [self._id])
        self._pool.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _keep(self) -> None:
        while not self._closing.wait(self._settings.heartbeat):
            with self._database.autocommit() as connection:
                executors.beat(connection, self._id, self._process)
            self.recover_abandoned()


def _outcome(status: Any) -> Outcome:
    operation = OperationId(status.workflow_id)
    if status.status != "SUCCESS":
        return Outcome(operation=operation, error=f"the engine gave it up: {status.status}")
    return Outcome(operation=operation, value=status.output.get("value"), error=status.output.get("error"))


def _sentence(error: Exception) -> str:
    return str(error) or type(error).__name__
