"""A process that carries operations out: three steps each, which note what they do and wait where they are held.

`worker.py URL` works on the queues `city` and `district` until its input ends; `worker.py URL die` is killed by every
second step. `worker.py URL enqueue OPERATION:CLOUD:TENANT ...` queues operations and works on none.
"""

import os
import signal
import sys
import time
from datetime import timedelta

from sqlalchemy import text

from provisioner.engine import Engine, EngineSettings, Job
from provisioner.operation import OperationId
from provisioner.store.database import Database

SETTINGS = EngineSettings(
    concurrency=4, polling=0.05, heartbeat=0.3, silence=timedelta(seconds=3), takeovers=3, patience=20
)
NOTE = text("INSERT INTO public.notes (operation, step, event, pid) VALUES (:operation, :step, :event, :pid)")
HELD = text("SELECT count(*) FROM public.holds WHERE operation = :operation AND step = :step")


def main(url: str, *told: str) -> None:
    """Work, or queue work."""
    with Database.connect(url) as database, Engine(database, settings=SETTINGS) as engine:

        def act(operation: str, step: int) -> str:
            this = {"operation": operation, "step": step}
            with database.autocommit() as connection:
                connection.execute(NOTE, {**this, "event": "begin", "pid": os.getpid()})
                if told == ("die",) and step == 1:
                    os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(0.05)
                while connection.scalar(HELD, this):
                    time.sleep(0.05)
                connection.execute(NOTE, {**this, "event": "end", "pid": os.getpid()})
            return f"{operation}/{step}"

        @engine.workflow("work")
        def work(operation: OperationId) -> list[str]:
            return [engine.step(f"step-{step}", act, operation, step) for step in range(3)]

        if told[:1] == ("enqueue",):
            engine.launch([])
            with database.transaction() as connection:
                jobs = (each.split(":") for each in told[1:])
                engine.enqueue(connection, [Job(operation=o, cloud=c, tenant=t) for o, c, t in jobs])
            return
        engine.launch(["city", "district"])
        print("ready", flush=True)  # noqa: T201  # the test waits for it
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
