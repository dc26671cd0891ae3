"""What workers do by themselves: requests moved on, clouds looked at, each by one of them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from provisioner.reconciliation.endings import Endings
from provisioner.reconciliation.force import CityInForce
from provisioner.reconciliation.routines import OfClouds, OfRequests
from provisioner.requests.states import State
from provisioner.routine import Pace, Rota
from provisioner.store import reconciliation, requests
from provisioner.store.database import Database
from tests.integration.reconciliation.conftest import CORRECTING, TOWN, Bureau
from tests.integration.requests.conftest import tenant

PACE = Pace(lease=timedelta(seconds=5), beat=0.1)


def rotas(bureau: Bureau) -> tuple[Rota, ...]:
    """The recurring work of one worker."""
    assert bureau.approver
    endings = Endings(
        database=bureau.database,
        force=CityInForce(bureau.database),
        applying=bureau.applying,
        deciding=bureau.deciding,
        seeing=bureau.seeing,
        now=bureau.now,
    )
    groups = (
        OfRequests(database=bureau.database, deciding=bureau.deciding, approver=bureau.approver).routines(),
        OfClouds(database=bureau.database, looking=bureau.looking, endings=endings).routines(),
    )
    return tuple(Rota(database=bureau.database, routines=each, pace=PACE) for each in groups)


@contextmanager
def at_work(bureau: Bureau, workers: int = 1) -> Iterator[None]:
    """Several workers while the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=rota.work, args=(stop,)) for _ in range(workers) for rota in rotas(bureau)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


def until(true: Callable[[], Any]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def states(database: Database) -> list[State]:
    """Where the requests are."""
    with database.transaction() as connection:
        return [each.state for each in requests.listed(connection, requests.Filter())]


@pytest.fixture
def asking(bureau: Bureau) -> Bureau:
    """Ten departments of a core each, all of which ask for five more, and have them approved."""
    names = [f"d{number}" for number in range(10)]
    bureau.apply(TOWN, *(tenant(name, a=1) for name in names))
    for name in names:
        bureau.approved(bureau.submitted(tenant(name, a=6), name=name))
    return bureau


def test_approved_requests_are_carried_out_and_concluded(asking: Bureau) -> None:
    """Each once, by whichever of several workers, without anybody asking."""
    with at_work(asking, workers=3):
        until(lambda: set(states(asking.database)) == {State.TESTING})
    assert {asking.cores(f"d{number}-a") for number in range(10)} == {6}
    assert len(asking.events("request.execute")) == 10
    assert len(asking.events("request.finish")) == 10
    assert asking.reserved == {}


def test_one_that_cannot_be_carried_out_stops_no_other(asking: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why is on record; it is tried again."""
    carrying = type(asking.deciding.carrying)
    execute = carrying.execute
    with asking.database.transaction() as connection:
        first = requests.in_state(connection, State.APPROVED)[0]

    def fail(self: Any, request: Any, approver: Any) -> Any:
        if request == first:
            raise KeyError("a defect")
        return execute(self, request, approver)

    monkeypatch.setattr(carrying, "execute", fail)
    with at_work(asking):
        until(lambda: states(asking.database).count(State.TESTING) == 9)
    with asking.database.transaction() as connection:
        stuck = requests.load(connection, first)
    assert (stuck.obstacle or "").startswith("unexpected: KeyError")


def test_requests_that_waited_too_long_expire(bureau: Bureau) -> None:
    """And what they reserved is given back."""
    bureau.apply(TOWN, tenant("market", a=1))
    bureau.submitted(tenant("market", a=6))
    bureau.now.pass_(days=60)
    with at_work(bureau):
        until(lambda: states(bureau.database) == [State.EXPIRED])
    assert bureau.reserved == {}


def test_clouds_are_looked_at_and_corrected(bureau: Bureau) -> None:
    """Whoever was applied is kept so."""
    bureau.apply(TOWN, tenant("market", a=10), CORRECTING)
    bureau.change("market-a", cores=12)
    with bureau.database.transaction() as connection:
        reconciliation.ask(connection, reconciliation.pairs(connection))
    with at_work(bureau, workers=2):
        until(lambda: bureau.cores("market-a") == 10)
        until(lambda: bureau.conditions() == {"market": "in-sync"})
    assert len(bureau.events("drift.corrected")) == 1
