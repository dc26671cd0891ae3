"""Conducting as something that comes again: every worker's rota has it, and whoever starts a wave with no worker alive does it itself."""

from datetime import timedelta
from typing import Final

from provisioner.moving.conductor import Conductor
from provisioner.moving.sweeping import Sweeping
from provisioner.routine import Routine
from provisioner.store import schedules
from provisioner.store.database import Database
from provisioner.store.schedules import Subject, TaskName

TASK: Final = TaskName("migrations")
_EVERY: Final = timedelta(seconds=1)
#: Whoever conducts is heard of every other second; a dead one's turn is taken up within ten.
_SILENCE: Final = timedelta(seconds=12)


def routine(conductor: Conductor, sweeping: Sweeping) -> Routine:
    """Hand out what may go on, and take in what broke off."""

    def conduct(_: Subject) -> None:
        sweeping.sweep()
        conductor.conduct_all()

    return Routine(task=TASK, every=_EVERY, run=conduct, prompt=True)


def somebody_conducts(database: Database) -> bool:
    """Whether a process lives that carries waves on."""
    with database.autocommit() as connection:
        now = schedules.clock(connection)
        ends = [each.finished_at for each in schedules.listed(connection, TASK)]
    return any(end is not None and now - end < _SILENCE for end in ends)
