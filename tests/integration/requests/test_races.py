"""Whoever asks at the same time, from however many processes, and whoever dies at it: never one unit too many."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from provisioner.requests.request import Party, Request
from provisioner.requests.states import State
from provisioner.store import requests, reservations
from provisioner.store.database import Database
from provisioner.store.requests import Filter

if TYPE_CHECKING:
    from tests.integration.requests.conftest import Office

_WORKER = Path(__file__).with_name("worker.py")
Ask = Callable[[int, int, int], "subprocess.Popen[str]"]

#: What each request's reservation must be, line by line, and is not.
_HALF = text("""
SELECT r.id FROM tenantry.requests r
WHERE (SELECT count(*) FROM tenantry.reservations v WHERE v.request_id = r.id AND v.released_at IS NULL)
   <> CASE WHEN r.state IN ('administrative-review', 'technical-review', 'changes-asked', 'approved', 'executing')
      THEN jsonb_array_length(r.evidence -> 'rooms') ELSE 0 END
""")


@pytest.fixture
def ask(database_url: str) -> Iterator[Ask]:
    """Start a process that submits requests: from a number on, so many, by so many threads."""
    started: list[subprocess.Popen[str]] = []

    def start(first: int, count: int, threads: int) -> "subprocess.Popen[str]":
        arguments = [sys.executable, str(_WORKER), database_url, *map(str, (first, count, threads))]
        started.append(subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()
        if each.stdout:
            each.stdout.close()


def test_two_hundred_at_once_get_no_unit_too_many(office: "Office", ask: Ask) -> None:
    """70 cores are left of the town's 100: of 200 requests for 10, from four processes, exactly seven are taken up."""
    crowd = [ask(number * 50, 50, 6) for number in range(4)]
    taken_up = [int(each.communicate()[0].split()[-1]) for each in crowd]
    assert [each.returncode for each in crowd] == [0] * 4
    assert (sum(taken_up), office.reserved["town"], office.reserved["*"]) == (7, 70, 70)
    with office.database.transaction() as connection:
        assert connection.scalars(_HALF).all() == []
        assert len(requests.listed(connection, Filter(limit=1000))) == 7
    assert office.actions().count("request.declined") == 193


def test_a_killed_process_leaves_no_half_reservation(office: "Office", words: Any, ask: Ask) -> None:
    """Killed at any instant: each request is there with all of its reservation, or not at all; and others go on."""
    office.enforce(words.tenant("town", parent=None, cores=100_000))
    for number, pause in enumerate((0.2, 0.25, 0.3, 0.4, 0.5, 0.6)):
        process = ask(number * 100, 100, 2)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(pause)
        process.kill()
        process.wait()
    with office.database.transaction() as connection:
        taken_up = requests.listed(connection, Filter(limit=1000))
        assert connection.scalars(_HALF).all() == []
        assert sum(reservations.live(connection).values()) == sum(
            room.asked for each in taken_up for room in each.evidence.rooms
        )
    assert taken_up
    # On a quick machine they took all that the cloud has: one gives its share back first.
    office.deciding.withdraw(taken_up[0].id, Party(actor=taken_up[0].requester))
    office.submitted(words.tenant("market", cores=50, a=20))


def test_a_request_expires_once_whoever_looks(office: "Office", words: Any, database_url: str) -> None:
    """Two workers at once: each request is ended by one of them, and given back once."""
    asked: list[Request] = [office.submitted(words.tenant(f"unit-{n}", a=1), name=f"unit-{n}") for n in range(20)]
    office.now.pass_(days=40)
    with Database.connect(database_url) as other, ThreadPoolExecutor(2) as pool:
        second = type(office)(other, now=office.now)
        ended = list(pool.map(lambda each: each.deciding.expire_due(), (office, second)))
    assert sorted(ended[0] + ended[1]) == sorted(each.id for each in asked)
    assert (office.reserved, office.actions().count("request.expire")) == ({}, 20)


def test_settling_and_asking_at_once_loses_nothing(office: "Office", working: Any, words: Any) -> None:
    """A request is carried out while others ask: what it takes is counted as reserved or as held, and never as neither."""
    first = office.approved(office.submitted(words.tenant("market", cores=50, a=40)))
    begun = office.execute(first)
    with ThreadPoolExecutor(8) as pool:
        end = pool.submit(working, begun)
        others = list(pool.map(lambda n: office.submit(words.tenant(f"unit-{n}", a=10), name=f"unit-{n}"), range(16)))
    assert end.result().state is State.TESTING
    # 100 in all; 60 are held once the first is built, so four more fit.
    assert sum(isinstance(each, Request) for each in others) == 4
    assert office.reserved["town"] == 40
