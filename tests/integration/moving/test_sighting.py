"""A wave seen from the record: what comes by itself, and what does not."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Run
from provisioner.migration.states import State
from provisioner.moving.sighting import see
from provisioner.store import migration_records
from provisioner.store.database import Database
from tenants.names import ApplicationName
from tests.portal import AT, come, migration, run

WHY = "waits for portal, and that does not come by itself: portal needs a person: retry it, or abort it"


@pytest.fixture
def begun(database: Database) -> Run:
    """A wave of two, of which the mail needs the portal, and that needs a person."""
    made, portal = replace(run(), order={"portal": (), "mail": ("portal",)}), migration()
    mail = replace(portal, id=MigrationId("m2"), name="mail", application=ApplicationName("mail"))
    with database.transaction() as connection:
        migration_records.create(connection, made, [portal, mail])
        migration_records.hand_out(connection, portal.id)
        migration_records.hand_in(connection, portal.id, 1)
        come(connection, portal, State.MANUAL)
    return made


def test_a_wave_says_what_does_not_come_by_itself(database: Database, begun: Run) -> None:
    """Nothing is expected of it, and nobody watches on."""
    sight = see(database, RunId(begun.id), at=AT)
    assert [(each.waits, each.held_up_by) for each in sight.lines] == [
        ("needs a person: retry, or abort", ()),
        (WHY, ("portal",)),
    ]
    assert (sight.goes_on, sight.not_coming, sight.left.high) == (False, 2, 0)


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("arguments", [("show", "w1", "mail"), ("show", "m2"), ("show", "w1"), ("list",)])
def test_every_command_that_shows_it_says_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Of the application by itself, of its wave, and in the list of waves."""
    monkeypatch.setenv("TENANTRY_DATABASE_URL", database_url)
    found = CliRunner().invoke(app, ("migrate", *arguments, "-o", "json"), catch_exceptions=False)
    shown = json.loads(found.stdout)
    match shown:
        case {"waves": [wave]}:
            assert wave["heldUp"] == ["mail"]
        case {"applications": [_, mail]}:
            assert (mail["waits"], mail["heldUpBy"]) == (WHY, ["portal"])
        case _:
            assert (shown["waits"], shown["heldUpBy"]) == (WHY, ["portal"])
