"""Keys of requests under way are kept as long as their process lives, and no longer."""

import threading
from datetime import UTC, datetime

import pytest

from api.http.claims import Claims
from provisioner.errors import StoreError
from provisioner.operation import Actor
from provisioner.store import answers
from provisioner.store.answers import SILENCE, Claim, Key, Taken
from provisioner.store.database import Database

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
KEY = Key(actor=Actor("ops"), key="k-1", asked="a" * 64)


def claim(database: Database, at: datetime) -> Claim | Taken:
    """Claim the key, or learn that it is taken."""
    with database.transaction() as connection:
        return answers.claim(connection, KEY, at=at)


def test_a_key_is_kept_while_it_is_worked_on(database: Database) -> None:
    """However long that takes; whoever is done with it keeps it no longer."""
    claims, mine = Claims(), claim(database, AT)
    assert isinstance(mine, Claim)
    with claims.held(mine):
        claims.renew(database, AT + SILENCE)
        assert claim(database, AT + 2 * SILENCE) == Taken(same=True, answer=None)
    claims.renew(database, AT + 4 * SILENCE)
    assert isinstance(claim(database, AT + 3 * SILENCE), Claim)


def test_signs_of_life_are_given_by_themselves(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """From start to close."""
    monkeypatch.setattr("api.http.claims._BEAT", 0.01)
    claims, mine = Claims(), claim(database, AT)
    assert isinstance(mine, Claim)
    with claims.held(mine):
        renewed = threading.Event()
        monkeypatch.setattr(answers, "renew", lambda *_, **__: renewed.set())
        claims.start(database, now=lambda: AT)
        assert renewed.wait(30)
        claims.close()


def test_a_database_that_is_away_ends_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next sign of life is given when it is back."""
    claims, mine = Claims(), claim(database, AT)
    assert isinstance(mine, Claim)
    with claims.held(mine):
        with monkeypatch.context() as away:
            away.setattr(answers, "renew", lambda *_, **__: (_ for _ in ()).throw(StoreError("away")))
            claims.renew(database, AT + SILENCE)
        claims.renew(database, AT + SILENCE)
    assert claim(database, AT + 2 * SILENCE) == Taken(same=True, answer=None)
