"""Two processes that answer, three that work, one PostgreSQL server, two real clouds."""

import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.clouds import Cloud
from tests.acceptance.service.departments import Office, town
from tests.acceptance.service.postgres import Postgres, postgres
from tests.acceptance.service.processes import processes
from tests.acceptance.shell import Shell

Found = Callable[[int], Office]
Note = Callable[[str], None]

#: A run is repeated with the seed that it printed.
SEED = "TENANTRY_TEST_SEED"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """The server that all processes share."""
    with postgres(tmp_path / "postgres") as running:
        yield running


@pytest.fixture
def office(tenantry: Shell, server: Postgres, city: Cloud, name: str) -> Iterator[Office]:
    """The service and everybody around it; nothing is in force yet."""
    variables = {"TENANTRY_DATABASE_URL": server.url, "TENANTRY_LOG_FORMAT": "json"}
    with processes(tenantry.with_environment(**variables)) as running:
        yield Office(postgres=server, processes=running, city=city, town=name)


@pytest.fixture
def found(office: Office) -> Found:
    """Has the town applied, with an envelope of so many cores beyond its own."""

    def found(cores: int) -> Office:
        office.found(town(office.town, cores=cores))
        return office

    return found


@pytest.fixture
def note() -> Note:
    """Says something about the run: shown where the test fails, or with `-s`."""

    def note(line: str) -> None:
        sys.stdout.write(f"{line}\n")

    return note


@pytest.fixture
def seed(note: Note) -> int:
    """What chance begins with, in this run."""
    chosen = int(os.environ.get(SEED, random.SystemRandom().randrange(1_000_000)))
    note(f"{SEED}={chosen}")
    return chosen
