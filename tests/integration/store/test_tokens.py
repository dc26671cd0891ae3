"""Tokens: their secrets are nowhere, and whatever no longer counts is refused with its reason."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from provisioner.access import Principal, Role
from provisioner.errors import InputError
from provisioner.store import audit
from provisioner.store import tokens as store
from provisioner.store.database import Database
from provisioner.tokens import LONGEST, PREFIX, Issued, Refusal, issue, principal_of, revoke

MEMBER = Principal(actor="张伟", role=Role.MEMBER, tenant="market-regulation")


@pytest.fixture
def issued(database: Database, at: datetime) -> Issued:
    """A member's token for a day."""
    return issue(database, MEMBER, by="ops", at=at, lifetime=timedelta(days=1))


def ask(database: Database, shown: str, at: datetime) -> object:
    """What a token shown at that time is worth."""
    with database.autocommit() as connection:
        return principal_of(connection, shown, at=at)


def test_a_token_says_who_shows_it(database: Database, issued: Issued, at: datetime) -> None:
    """Actor, role and part of the tree, by the token's id."""
    found = ask(database, issued.text, at)
    assert found == (issued.token.principal, at + timedelta(days=1))
    assert issued.token.principal.tenant == "market-regulation"


def test_the_secret_is_kept_nowhere(database: Database, issued: Issued) -> None:
    """Neither in the tokens nor in the audit log."""
    secret = issued.text.removeprefix(PREFIX).partition("_")[2]
    with database.autocommit() as connection:
        rows = connection.execute(
            text("SELECT t::text FROM tenantry.tokens t UNION SELECT a::text FROM tenantry.audit a")
        )
        assert not [row for row in rows.scalars() if secret in row]


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (lambda shown: shown[:-2] + ("AA" if shown[-2:] != "AA" else "BB"), Refusal.UNKNOWN),
        (lambda shown: shown.replace(shown[4:22], "0" * 18), Refusal.UNKNOWN),
        (lambda shown: shown[:-1], Refusal.MALFORMED),
        (lambda shown: f"Bearer {shown}", Refusal.MALFORMED),
    ],
)
def test_another_text_is_no_token(
    database: Database, issued: Issued, at: datetime, *, spoil: object, refusal: Refusal
) -> None:
    """A wrong secret, an unknown id, a token cut short, and something else."""
    assert callable(spoil)
    assert ask(database, spoil(issued.text), at) is refusal


def test_a_token_ends(database: Database, issued: Issued, at: datetime) -> None:
    """At the very moment it was given."""
    assert ask(database, issued.text, at + timedelta(days=1)) is Refusal.EXPIRED


def test_a_revoked_token_counts_no_more(database: Database, issued: Issued, at: datetime) -> None:
    """Revoking again changes nothing and says so."""
    assert revoke(database, issued.token.id, by="ops", at=at)
    assert ask(database, issued.text, at) is Refusal.REVOKED
    assert not revoke(database, issued.token.id, by="ops", at=at)


def test_issuing_and_revoking_are_in_the_audit_log(database: Database, issued: Issued, at: datetime) -> None:
    """Once each, with whom they concern."""
    for _ in range(2):
        revoke(database, issued.token.id, by="ops", at=at)
    with database.autocommit() as connection:
        events = [entry.event for entry in audit.read(connection)]
    assert [(each.action, each.subject, each.detail["actor"]) for each in events] == [
        ("token.issued", issued.token.id, "张伟"),
        ("token.revoked", issued.token.id, "张伟"),
    ]


def test_all_tokens_are_listed(database: Database, issued: Issued, at: datetime) -> None:
    """With when they end, and by whom they ended."""
    revoke(database, issued.token.id, by="ops", at=at)
    with database.autocommit() as connection:
        (only,) = store.load_all(connection)
    assert (only.id, only.revoked_at, only.revoked_by) == (issued.token.id, at, "ops")


@pytest.mark.parametrize(
    ("principal", "lifetime", "said"),
    [
        (Principal(actor=" ", role=Role.OPERATOR), timedelta(days=1), "for somebody"),
        (Principal(actor="a", role=Role.MEMBER), timedelta(days=1), "--tenant"),
        (Principal(actor="a", role=Role.AUDITOR, tenant="A b"), timedelta(days=1), "not a tenant's name"),
        (Principal(actor="a", role=Role.OPERATOR), timedelta(0), "lasts"),
        (Principal(actor="a", role=Role.OPERATOR), LONGEST + timedelta(1), "lasts"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    database: Database, at: datetime, *, principal: Principal, lifetime: timedelta, said: str
) -> None:
    """Nobody's, a member of nothing, no tenant's name, no end."""
    with pytest.raises(InputError, match=said):
        issue(database, principal, by="ops", at=at, lifetime=lifetime)


def test_an_unknown_token_cannot_be_revoked(database: Database, at: datetime) -> None:
    """It is told from one that was revoked before."""
    with pytest.raises(InputError, match="no token nothing"):
        revoke(database, "nothing", by="ops", at=at)
