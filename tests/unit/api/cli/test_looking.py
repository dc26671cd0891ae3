"""Looks on record, and those that are not."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from api.cli.looking import say_age
from api.cli.session import Session
from api.render.moments import moment
from api.render.output import Format
from api.settings import Settings
from provisioner.clouds.interface import Capabilities, Directory
from provisioner.observation import Observation
from provisioner.survey import Survey
from tenants.names import CloudName

_AT = datetime(2027, 6, 1, 12, tzinfo=UTC)
_CITY = CloudName("city")


@pytest.fixture
def session() -> Session:
    """A session whose two streams can be read back."""
    out, err = (Console(file=io.StringIO(), width=200) for _ in range(2))
    return Session(settings=Settings(), out=out, err=err)


@pytest.fixture
def seen() -> Survey:
    """One cloud that was looked at, and one that never was."""
    observation = Observation(
        cloud=_CITY,
        at=_AT,
        capabilities=Capabilities(services=frozenset()),
        directory=Directory(roles={}, groups={}, users={}),
        projects={},
    )
    return Survey(observations={_CITY: observation}, unreachable={CloudName("district"): "no look at it is on record"})


def _written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_people_read_when_it_was(session: Session, seen: Survey) -> None:
    """With the plan or the status, so that whoever keeps the output keeps the time."""
    say_age(session, seen, Format.TABLE)
    assert _written(session.out) == f"Cloud city as it was seen at {moment(_AT)}.\n"


def test_a_program_s_document_stays_as_it_is(session: Session, seen: Survey) -> None:
    """The time goes beside it."""
    say_age(session, seen, Format.JSON)
    assert _written(session.out) == ""
    assert f"seen at {moment(_AT)}" in _written(session.err)


def test_a_cloud_without_a_look_on_record(session: Session, seen: Survey) -> None:
    """The remedy is the command that looks."""
    say_age(session, seen, Format.TABLE)
    assert "No look at district is on record: plan, apply and drift make one, without --recorded." in _written(
        session.err
    )
