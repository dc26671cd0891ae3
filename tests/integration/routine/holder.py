"""Another worker, to be killed: takes up what is due for one task, says so, and holds it until it dies."""

import sys
import threading
import time
from datetime import timedelta

from provisioner.routine import Pace, Rota, Routine
from provisioner.store.database import Database
from provisioner.store.schedules import Subject, TaskName


def _hold(_: Subject) -> None:
    sys.stdout.write("held\n")
    sys.stdout.flush()
    time.sleep(600)


def main(url: str, task: str) -> None:
    """Work until killed."""
    routine = Routine(task=TaskName(task), every=timedelta(milliseconds=10), run=_hold)
    with Database.connect(url) as database:
        pace = Pace(lease=timedelta(seconds=1), beat=0.1)
        Rota(database=database, routines=[routine], pace=pace).work(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
