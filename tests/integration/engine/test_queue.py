"""The way into the queues for who carries nothing out: workers find what was queued, whoever came first."""

import json
import threading
from contextlib import suppress

import pytest

from provisioner.engine import Engine, EngineSettings, Job, Queue
from provisioner.operation import OperationId
from provisioner.store.database import Database
from tenants.names import CloudName, TenantName

SETTINGS = EngineSettings(concurrency=2, polling=0.05, heartbeat=0.3, patience=10)
JOB = Job(operation=OperationId("op-1"), cloud=CloudName("city"), tenant=TenantName("market"))


def put(database: Database, queue: Queue) -> None:
    """Queue the operation."""
    queue.open({JOB.cloud})
    with database.transaction() as connection:
        queue.enqueue(connection, [JOB])


@pytest.mark.parametrize("worker_first", [True, False])
def test_a_worker_for_all_clouds_finds_a_new_queue(database: Database, *, worker_first: bool) -> None:
    """One that was made before it began, and one that is made while it works."""
    done = threading.Event()
    with Queue(database, workflow="work", settings=SETTINGS) as queue, Engine(database, settings=SETTINGS) as engine:

        @engine.workflow("work")
        def work(operation: OperationId) -> str:
            done.set()
            return json.dumps(operation)

        if worker_first:
            engine.launch(None)
        put(database, queue)
        if not worker_first:
            engine.launch(None)
        assert done.wait(60)
        assert engine.wait([JOB.operation])[JOB.operation].value == '"op-1"'


def test_what_was_rolled_back_is_not_queued(database: Database) -> None:
    """Consent and queueing are one transaction."""
    with Queue(database, workflow="work", settings=SETTINGS) as queue:
        queue.open({JOB.cloud})
        with suppress(InterruptedError), database.transaction() as connection:
            queue.enqueue(connection, [JOB])
            raise InterruptedError
        with database.autocommit() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM dbos.workflow_status").scalar_one() == 0
