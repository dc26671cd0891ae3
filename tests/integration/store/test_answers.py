"""Kept answers: the same request under the same key is answered once, whatever dies."""

from datetime import datetime, timedelta

import pytest

from provisioner.store.answers import KEPT, SILENCE, Answer, Claim, Key, Taken, claim, keep, release, renew
from provisioner.store.database import Connection

KEY = Key(actor="ops", key="k-1", asked="a" * 64)
ANSWER = Answer(status=202, headers={"location": "/v1/操作"}, body="市".encode())


@pytest.fixture
def claimed(connection: Connection, at: datetime) -> Claim:
    """A key that is being worked on."""
    found = claim(connection, KEY, at=at)
    assert isinstance(found, Claim)
    return found


def test_an_answer_comes_back_as_it_was(connection: Connection, claimed: Claim, at: datetime) -> None:
    """Status, headers and every byte."""
    keep(connection, claimed, ANSWER)
    assert claim(connection, KEY, at=at) == Taken(same=True, answer=ANSWER)


def test_a_key_is_for_one_request(connection: Connection, claimed: Claim, at: datetime) -> None:
    """Another body under the same key is told apart."""
    keep(connection, claimed, ANSWER)
    other = Key(actor="ops", key="k-1", asked="b" * 64)
    assert claim(connection, other, at=at) == Taken(same=False, answer=ANSWER)


@pytest.mark.usefixtures("claimed")
def test_work_under_way_has_no_answer_yet(connection: Connection, at: datetime) -> None:
    """Whoever asks meanwhile learns that."""
    assert claim(connection, KEY, at=at + SILENCE) == Taken(same=True, answer=None)


@pytest.mark.usefixtures("claimed")
def test_everybody_has_keys_of_their_own(connection: Connection, at: datetime) -> None:
    """The same key of somebody else is another."""
    assert isinstance(claim(connection, Key(actor="zhang", key="k-1", asked="b" * 64), at=at), Claim)


def test_a_released_key_is_free(connection: Connection, claimed: Claim, at: datetime) -> None:
    """After a failure that is not worth keeping."""
    release(connection, claimed)
    assert isinstance(claim(connection, KEY, at=at), Claim)


def test_a_key_of_the_dead_is_free_after_a_while(connection: Connection, claimed: Claim, at: datetime) -> None:
    """And whoever comes back from the dead writes nothing over the new one's answer."""
    later = claim(connection, KEY, at=at + SILENCE + timedelta(seconds=1))
    assert isinstance(later, Claim)
    keep(connection, claimed, Answer(status=500, headers={}, body=b""))
    keep(connection, later, ANSWER)
    assert claim(connection, KEY, at=at) == Taken(same=True, answer=ANSWER)


def test_work_that_takes_long_keeps_its_key(connection: Connection, claimed: Claim, at: datetime) -> None:
    """As long as whoever is at it says so."""
    renew(connection, [claimed], at=at + SILENCE)
    assert claim(connection, KEY, at=at + 2 * SILENCE) == Taken(same=True, answer=None)


def test_what_is_answered_is_not_kept_longer(connection: Connection, claimed: Claim, at: datetime) -> None:
    """A late sign of life changes no answer, nor its day."""
    keep(connection, claimed, ANSWER)
    renew(connection, [claimed], at=at + KEPT)
    assert isinstance(claim(connection, KEY, at=at + KEPT + timedelta(seconds=1)), Claim)


def test_answers_are_forgotten_after_a_day(connection: Connection, claimed: Claim, at: datetime) -> None:
    """Then the key is a new one."""
    keep(connection, claimed, ANSWER)
    assert isinstance(claim(connection, KEY, at=at + KEPT + timedelta(seconds=1)), Claim)
