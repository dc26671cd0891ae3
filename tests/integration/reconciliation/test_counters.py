"""What is counted of looks, for metrics: each that was due once, and each that failed, by why."""

from collections.abc import Mapping
from typing import Any

import pytest

from api.exposition.reading import Exposing, read
from monitoring.exposition.catalogue import named
from monitoring.exposition.control import counters
from provisioner.counting import Tally
from provisioner.errors import CloudMisconfigured, CloudRefused, CloudUnavailable, TenantryError
from provisioner.reconciliation.endings import Endings
from provisioner.reconciliation.force import CityInForce
from provisioner.reconciliation.looking import Found, Looking
from provisioner.reconciliation.routines import OfClouds
from provisioner.store import reconciliation
from provisioner.store.schedules import Subject
from tenants.names import CloudName
from tenants.resources import Resource, Service
from tenants.spec import City
from tests.integration.reconciliation.conftest import CITY, Bureau

CORES = Resource(service=Service.COMPUTE, name="cores")


class Counting:
    """A worker's looks at the city's cloud, and what metrics show of them."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau, self._tally = bureau, Tally()
        endings = Endings(
            database=bureau.database,
            force=CityInForce(bureau.database),
            applying=bureau.applying,
            deciding=bureau.deciding,
            seeing=bureau.seeing,
            now=bureau.now,
        )
        routines = OfClouds(
            database=bureau.database, looking=bureau.looking, endings=endings, tally=self._tally
        ).routines()
        self._look = next(each for each in routines if each.task == reconciliation.LOOK)

    def look(self) -> None:
        """A task's turn has come."""
        self._look.run(Subject(CITY))

    def due(self) -> None:
        """Have everybody be due."""
        self._look.subjects()
        with self._bureau.database.transaction() as connection:
            reconciliation.ask(connection, reconciliation.pairs(connection))

    def shown(self, name: str) -> Mapping[tuple[str, ...], Any]:
        """A family as it is shown, once a process has written down what it counted."""
        self._tally.flush(self._bureau.database)
        with self._bureau.database.transaction() as connection:
            nothing = City(clouds={}, tenants={})
            record = read(
                connection, nothing, known={}, now=self._bureau.now(), exposing=Exposing(limit=1000, version="0")
            )
        return dict(counters(record.counts).of(named(name)))


@pytest.fixture
def counting(town: Bureau) -> Counting:
    """Nobody has looked yet."""
    found = Counting(town)
    found.due()
    return found


def test_a_look_is_counted_once_and_one_that_nobody_is_due_for_is_none(counting: Counting) -> None:
    """However often the task comes."""
    assert counting.shown("reconcile_attempts") == {}
    for _ in range(3):
        counting.look()
    assert counting.shown("reconcile_attempts") == {("city",): 1}
    counting.due()
    counting.look()
    assert counting.shown("reconcile_attempts") == {("city",): 2}
    assert counting.shown("reconcile_failures") == {}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CloudUnavailable("away"), "unavailable"),
        (CloudRefused("HTTP 403"), "refused"),
        (CloudMisconfigured("no such region"), "other"),
    ],
)
def test_a_look_that_fails_is_an_attempt_and_a_failure_by_why(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, error: TenantryError, reason: str
) -> None:
    """And the task is told, so that it is tried again later."""

    def fail(_: Looking, __: CloudName) -> Found | None:
        raise error

    monkeypatch.setattr(Looking, "look_due", fail)
    for _ in range(2):
        with pytest.raises(type(error)):
            counting.look()
    assert counting.shown("reconcile_attempts") == {("city",): 2}
    assert counting.shown("reconcile_failures") == {("city", reason): 2}


def test_a_look_that_cannot_correct_what_it_found_fails_by_that(strict: Bureau) -> None:
    """A limit below what is in use; the tenant was looked at all the same, and so were the others."""
    counting = Counting(strict)
    strict.change("market-a", cores=50)
    project = strict.cloud.identity.project(strict.domain, "market-a")
    assert project
    strict.cloud.set_usage(project.id, CORES, 40)
    counting.due()
    counting.look()
    assert counting.shown("reconcile_attempts") == {("city",): 1}
    assert counting.shown("reconcile_failures") == {("city", "obstacle"): 1}
