"""PostgreSQL loses power under load and comes back: whoever asks is told to wait, and nothing is lost or done twice."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.service.client import Client
from tests.acceptance.service.conftest import Found
from tests.acceptance.service.departments import CORES, must_end_as_meant, see_all_through
from tests.acceptance.service.postgres import Postgres

#: How often the server goes, and the seconds that it is there before, and away.
_TIMES, _THERE, _AWAY = 3, 3.0, 3.0


@contextmanager
def blackouts(server: Postgres) -> Iterator[None]:
    """Take the server away a few times while the block runs; it is there at the end."""

    def go_on() -> None:
        for _ in range(_TIMES):
            time.sleep(_THERE)
            server.stop()
            time.sleep(_AWAY)
            server.start()

    thread = threading.Thread(target=go_on, name="blackouts")
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize(
    "count", [20, pytest.param(100, marks=[pytest.mark.full, pytest.mark.timeout(1800)])], ids=lambda count: f"{count}"
)
def test_nothing_is_lost_while_the_database_is_away(found: Found, count: int) -> None:
    """Every process lives through it; every failure is a 503 that says what is away."""
    office = found(CORES * count + 6)
    heard: list[Client] = []
    with blackouts(office.postgres):
        ends = see_all_through(office, count, heard)
    must_end_as_meant(ends, count)
    office.must_add_up(ends)
    failures = {answer for client in heard for answer in client.answers if answer[0] >= 500}
    assert failures == {(503, "tag:tenantry,2026:unavailable")}
    assert [each.name for each in office.processes.all if each.running.process.poll() is not None] == []
    office.processes.workers[0].shell("audit", "verify")
