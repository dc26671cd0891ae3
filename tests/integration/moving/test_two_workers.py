"""Workers that know nothing of each other: nothing is done twice, and one that was thought dead writes nothing any more."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from devcloud.faultrules import Work
from devcloud.fixture import Devcloud
from devcloud.handle import Mark
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from tenants.wave import Mode
from tests.integration.moving.mover import Orders, hire
from tests.integration.moving.theatre import Show

Staged = Callable[[Mode], Show]
_SOON_S = 120


def _ready(show: Show, data: int = 1) -> Show:
    show.estate.server("db", from_volume=True, data=data)
    show.put_on("db")
    return show


def _until(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _SOON_S
    while not is_so():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.1)


@contextmanager
def _hired(orders: Orders) -> Iterator[ForkServerProcess]:
    worker = hire(orders)
    try:
        yield worker
    finally:
        worker.kill()
        worker.join()


def _frozen(worker: ForkServerProcess) -> bool:
    stat = Path(f"/proc/{worker.pid}/stat").read_text(encoding="utf-8")
    return stat.rpartition(")")[2].split()[0] == "T"


def _made(devcloud: Devcloud, since: Mark) -> dict[str, int]:
    """How many requests that make something Cinder took."""
    taken = [
        each.path.rpartition("/")[2]
        for each in devcloud.requests(since=since, cloud="city")
        if (each.service, each.method, each.status) == ("cinder", "POST", 202)
    ]
    return {name: taken.count(name) for name in ("snapshots", "volumes", "volume-transfers")}


@pytest.mark.full
def test_two_workers_do_nothing_twice(staged: Staged, devcloud: Devcloud) -> None:
    """Each copy is asked for once."""
    show = _ready(staged(Mode.CROSS_PROJECT))
    since = devcloud.mark()
    with _hired(show.orders(State.ACCEPTED, machine="one")), _hired(show.orders(State.ACCEPTED, machine="two")):
        _until(lambda: show.load().state is State.ACCEPTED and not show.load().queued, "its end")
    show.arrived()
    assert _made(devcloud, since) == {"snapshots": 2, "volumes": 2, "volume-transfers": 2}
    assert {each.attempts for each in show.load().steps if each.state is StepState.DONE} == {1}


@pytest.mark.parametrize(
    ("moment", "early"),
    [
        pytest.param("looked ABSENT at clone", True, marks=pytest.mark.full),
        *(
            pytest.param(moment, early, marks=pytest.mark.full)
            for moment in ("begun clone", "looked ABSENT at clone", "called create migrated-volumes")
            for early in (True, False)
            if (moment, early) != ("looked ABSENT at clone", True)
        ),
    ],
)
def test_a_frozen_worker_writes_nothing_when_it_thaws(
    staged: Staged, devcloud: Devcloud, moment: str, *, early: bool
) -> None:
    """Another went on meanwhile, or is at the same step; nothing is made twice, and nothing that was noted changes."""
    # One disk: the copy of another may be asked for at the very moment of the freezing, and no record can take that back.
    show = _ready(staged(Mode.CROSS_PROJECT), data=0)
    since = devcloud.mark()
    with _hired(show.orders(State.ACCEPTED, at=(moment,), freezes=True, machine="one")) as first:
        _until(lambda: _frozen(first), "the first worker's freezing")
        if early:
            devcloud.hinder("city", Work.VOLUME, seconds=6, count=2)
        with _hired(show.orders(State.ACCEPTED, machine="two")) as second:
            if early:
                _until(lambda: any(each.attempts > 1 for each in show.load().of_kind(StepKind.CLONE)), "the other")
            else:
                second.join(_SOON_S)
                assert second.exitcode == 0
            before = show.load()
            os.kill(first.pid or 0, signal.SIGCONT)
            first.join(_SOON_S)
            second.join(_SOON_S)
            assert (first.exitcode, second.exitcode) == (0, 0)
    after = show.load()
    assert after.state is State.ACCEPTED
    if not early:
        assert after == before
    show.arrived()
    show.source_is_as_before_but_locked()
    assert _made(devcloud, since) == {"snapshots": 1, "volumes": 1, "volume-transfers": 1}
