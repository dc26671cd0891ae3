"""`tenantry migrate report` and `orphans` on a record: what they write, and with which exit code they end."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.bootstrap import Tenantry
from api.cli.main import app
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.migration.collections import VOLUMES
from provisioner.migration.identifiers import MigrationId, Subject, made_name, marks
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.conductor import Conductor
from provisioner.moving.journal import MigrationJournal
from provisioner.operation import Evidence
from provisioner.store import standing
from provisioner.store.database import Database
from tenants.documents import documents
from tests.portal import AT, CITY, record

Run = Callable[..., Result]
MANIFEST = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: city, displayName: 市政务云}
spec:
  level: municipal
  domain: government
  zones:
    - {name: extranet, displayName: 政务外网, availabilityZone: extranet, externalNetwork: e, protectionLevels: [1, 2, 3]}
  volumeTypes: [ssd]
"""


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the database."""
    monkeypatch.setenv("TENANTRY_DATABASE_URL", database_url)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, ("migrate", *map(str, arguments)), catch_exceptions=False)

    return run


@pytest.fixture
def journal(database: Database) -> MigrationJournal:
    """That of a migration of the wave w1 which serves at its target."""
    ticks = iter(AT + timedelta(seconds=each) for each in range(1000))
    with database.transaction() as connection:
        made = record(connection)
    found = MigrationJournal(database=database, migration=made, now=lambda: next(ticks))
    [stop] = made.of_kind(StepKind.STOP)
    attempt = found.begin(stop)
    assert attempt is not None
    found.finish(stop, attempt, Evidence(request_ids=("req-9",)))
    found.become(State.ACCEPTED)
    return found


@pytest.fixture
def memory(database: Database, monkeypatch: pytest.MonkeyPatch) -> MemoryCloud:
    """The city's only cloud."""
    cloud: Any = MemoryCloud(CITY, sleep=lambda _: None)
    monkeypatch.setattr(Tenantry, "connect", lambda *_: cloud)
    with database.transaction() as connection:
        standing.put(connection, documents({"city.yaml": MANIFEST}, {}), origin="r", at=AT)
    return cloud


@pytest.mark.usefixtures("journal")
def test_a_report_is_written_and_proven(run: Run, tmp_path: Path) -> None:
    """As of its milestone; a file that was changed is found out."""
    file = tmp_path / "report.json"
    assert run("report", "w1", "portal", "--as-of", "accepted", "--out", file).exit_code == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert (found["kind"], found["state"], found["downtimeSeconds"]) == ("MigrationReport", "accepted", 2)
    assert run("report", "--verify", file).exit_code == 0
    file.write_text(json.dumps({**found, "downtimeSeconds": 0}), encoding="utf-8")
    refused = run("report", "--verify", file)
    assert (refused.exit_code, "no report with this hash" in refused.stdout) == (1, True)


@pytest.mark.usefixtures("journal")
def test_a_page_is_written_in_the_language_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    """By the file's name it is HTML; of one application or of the wave."""
    page = tmp_path / "report.html"
    run("report", "w1", "portal", "--language", "zh", "--out", page)
    assert "<h1>portal</h1><p>应用迁移报告</p>" in page.read_text(encoding="utf-8")
    run("report", "w1", "--language", "en", "--out", page)
    assert "Wave report" in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("journal")
def test_a_wave_s_report_is_printed(run: Run) -> None:
    """As JSON, with what its applications come to."""
    found = json.loads(run("report", "w1").stdout)
    assert (found["kind"], found["sums"]["byState"]) == ("WaveReport", {"accepted": 1})


def test_a_wave_s_report_is_proven_once_it_has_ended(
    run: Run, journal: MigrationJournal, database: Database, tmp_path: Path
) -> None:
    """Before that the audit log has none of it."""
    file = tmp_path / "wave.json"
    run("report", "w1", "--out", file)
    refused = run("report", "--verify", file)
    assert (refused.exit_code, "It has none of the same" in refused.stdout) == (1, True)
    journal.become(State.CLOSED)
    nobody: Any = None
    Conductor(database=database, queues=nobody, workflow="move", now=lambda: AT).conduct(journal.migration.run)
    run("report", "w1", "--out", file)
    assert run("report", "--verify", file).exit_code == 0


@pytest.mark.usefixtures("memory")
def test_there_are_no_orphans(run: Run) -> None:
    """Exit code 0, and it is said."""
    found = run("orphans")
    assert (found.exit_code, found.stdout.strip()) == (0, "Nothing is left of migrations that have ended.")


def test_orphans_are_listed_and_go_only_when_named(run: Run, memory: MemoryCloud) -> None:
    """Those of nobody here only by their migration's id."""
    other, disk = MigrationId("0ther"), Subject("web#1")
    project = ProjectId("p1")
    body = {"name": made_name(other, "clone", disk), "size": 1, "metadata": marks(other, "clone", disk)}
    memory.resources.create(VOLUMES, project, body)
    listed = run("orphans")
    assert (listed.exit_code, "--migration 0ther" in listed.stdout) == (2, True)
    [found] = json.loads(run("orphans", "-o", "json").stdout)["orphans"]
    assert (found["kind"], found["why"], found["sizeBytes"]) == ("volume", "unknown", 2**30)
    assert run("orphans", "--clean", "--yes").exit_code == 2
    cleaned = run("orphans", "--clean", "--yes", "--migration", "0ther", "-o", "json")
    assert cleaned.exit_code == 0
    assert [each["removed"] for each in json.loads(cleaned.stdout)["orphans"]] == [True]
    assert run("orphans").exit_code == 0
