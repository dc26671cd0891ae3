"""What probes found: the newest readings of each question."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from provisioner.probing.readings import Finding, Reading, Result
from provisioner.store import probes
from provisioner.store.database import Connection
from provisioner.store.schema_operations import probe_results

Make = Callable[..., Reading]


@pytest.fixture
def make(at: datetime) -> Make:
    """Makes readings of the application, so many minutes after the first."""

    def make(
        minutes: int = 0, *, probe: str = "page", server: str | None = "web-1", application: str = "app"
    ) -> Reading:
        return Reading(
            application=application,
            probe=probe,
            server=server,
            address=None if server is None else "192.0.2.7",
            finding=Finding(result=Result.FAILED, reason=f"第 {minutes} 次"),
            milliseconds=None if server is None else 12,
            at=at + timedelta(minutes=minutes),
        )

    return make


def test_a_reading_comes_back_as_it_was(connection: Connection, make: Make) -> None:
    """With an address of its own, or of a server."""
    readings = (make(probe="page"), make(probe="portal", server=None))
    probes.record(connection, readings)
    assert probes.latest(connection, "app") == readings


def test_the_newest_of_each_question_counts(connection: Connection, make: Make) -> None:
    """A later run that asks less leaves the others' last readings."""
    probes.record(connection, [make(0), make(0, server="web-2"), make(0, server=None)])
    probes.record(connection, [make(1, server="web-2"), make(1, server=None)])
    found = {each.server: each.finding.reason for each in probes.latest(connection, "app")}
    assert found == {"web-1": "第 0 次", "web-2": "第 1 次", None: "第 1 次"}


def test_applications_are_apart(connection: Connection, make: Make) -> None:
    """One that was never probed has none."""
    probes.record(connection, [make()])
    assert probes.latest(connection, "another") == ()


def test_the_oldest_are_let_go(connection: Connection, make: Make) -> None:
    """Of each question by itself, and of no other application."""
    probes.record(connection, [make(application="another"), make(server=None)])
    for minutes in range(probes.KEPT + 5):
        probes.record(connection, [make(minutes)])
    counted = select(probe_results.c.server, probe_results.c.application, func.count()).group_by(
        probe_results.c.server, probe_results.c.application
    )
    kept = {(server, application): count for server, application, count in connection.execute(counted)}
    assert kept == {("web-1", "app"): probes.KEPT, ("web-1", "another"): 1, (None, "app"): 1}


def test_nothing_to_keep_keeps_nothing(connection: Connection) -> None:
    """A run of no probes."""
    probes.record(connection, [])
    assert probes.latest(connection, "app") == ()
