"""`tenantry migrate pause`, `resume`, `abort`, `retry`, `force` and `signoff` on a record: what they say, and what is written down."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.settings import current_actor
from provisioner.errors import InputError
from provisioner.migration.migration import Migration
from provisioner.migration.states import Asked, State
from provisioner.store import audit, migration_records
from provisioner.store.database import Database
from tests.portal import come, record

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the database."""
    monkeypatch.setenv("TENANTRY_DATABASE_URL", database_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ("migrate", *arguments))

    return run


@pytest.fixture
def portal(database: Database) -> Migration:
    """The application of the wave w1, as it was planned."""
    with database.transaction() as connection:
        return record(connection)


@pytest.fixture
def now(database: Database, portal: Migration) -> Callable[[], Migration]:
    """The application as it is."""

    def now() -> Migration:
        with database.transaction() as connection:
            return migration_records.load(connection, portal.id)

    return now


def test_a_wave_is_paused_and_goes_on(run: Run, now: Callable[[], Migration]) -> None:
    """Each says what was done to which application."""
    assert "portal: paused (planned)" in run("pause", "w1").stdout
    assert now().asked is Asked.PAUSE
    assert "portal: goes on (planned)" in run("resume", "w1").stdout
    assert now().asked is Asked.NOTHING


def test_one_application_is_taken_back_after_consent(run: Run, now: Callable[[], Migration]) -> None:
    """Without consent nothing is."""
    assert "--yes" in str(run("abort", "w1", "portal").exception)
    assert now().asked is Asked.NOTHING
    assert "portal: goes back to its source" in run("abort", "w1", "portal", "--yes").stdout
    assert now().asked is Asked.ABORT


def test_what_would_be_lost_has_to_be_named(
    run: Run, portal: Migration, now: Callable[[], Migration], database: Database
) -> None:
    """By an option; it is then said once more what goes."""
    with database.transaction() as connection:
        come(connection, portal, State.ACCEPTED)
    assert "add --lose-target-data" in str(run("abort", "w1", "--yes").exception)
    assert now().asked is Asked.NOTHING
    assert "is lost" in run("abort", "w1", "--yes", "--lose-target-data").stderr
    assert now().asked is Asked.ABORT


def test_what_needs_a_person_is_tried_again(
    run: Run, portal: Migration, now: Callable[[], Migration], database: Database
) -> None:
    """It leaves the state in which it waits for them."""
    with database.transaction() as connection:
        come(connection, portal, State.MANUAL)
    assert "portal: tried again" in run("retry", "w1").stdout
    assert now().state is not State.MANUAL


@pytest.mark.usefixtures("portal")
def test_only_a_live_migration_is_forced(run: Run) -> None:
    """Of another kind it is said why not."""
    assert "live" in str(run("force", "w1", "portal").exception)


def test_an_application_is_signed_off_in_somebodys_name(
    run: Run, portal: Migration, now: Callable[[], Migration], database: Database
) -> None:
    """With their word for it."""
    with database.transaction() as connection:
        come(connection, portal, State.ACCEPTED)
    assert "portal: signed off" in run("signoff", "w1", "portal", "--actor", "王芳", "--comment", "业务验收通过").stdout
    word = now().signed_off
    assert word is not None
    assert (word.actor, word.comment) == ("王芳", "业务验收通过")


def test_who_signs_off_for_somebody_else_stands_in_the_audit_log(
    run: Run, portal: Migration, database: Database
) -> None:
    """Whoever has the command line can say any name: the record has whose hand it was."""
    with database.transaction() as connection:
        come(connection, portal, State.ACCEPTED)
    run("signoff", "w1", "portal", "--actor", "王芳")
    with database.transaction() as connection:
        event = list(audit.read(connection))[-1].event
    assert (event.action, event.actor) == ("migration.signed-off", current_actor())
    assert event.detail["on behalf of"] == "王芳"


@pytest.mark.usefixtures("portal")
@pytest.mark.parametrize("control", ["pause", "resume", "retry", "force", "signoff"])
def test_what_is_not_of_the_wave_is_not_steered(run: Run, control: str) -> None:
    """It says which applications are."""
    refused = run(control, "w1", "postal").exception
    assert isinstance(refused, InputError)
    assert ("does not move postal" in str(refused), "portal" in str(refused)) == (True, True)
