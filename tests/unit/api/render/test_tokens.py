"""Tokens, shown."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from api.render.tokens import as_document, issued_as_document, print_issued, print_tokens, print_unknown
from provisioner.access import Principal, Role
from provisioner.store.tokens import Token
from provisioner.tokens import Issued

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
TOKEN = Token(
    id="01jd7z9k3m5p7r9t1v",
    principal=Principal(actor="张伟", role=Role.MEMBER, tenant="market-regulation"),
    digest="d" * 64,
    created_at=AT,
    created_by="ops@city",
    expires_at=AT + timedelta(days=1),
)
REVOKED = Token(**{**{name: getattr(TOKEN, name) for name in TOKEN.__slots__}, "revoked_at": AT, "revoked_by": "ops"})
TEXT = "tnt_01jd7z9k3m5p7r9t1v_secret"


def console() -> Console:
    """A wide page."""
    return Console(file=io.StringIO(), width=200)


def text(console: Console) -> str:
    """What was printed."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_new_token_stands_alone() -> None:
    """So that a script can take it; what it is for is told beside it."""
    out, told = console(), console()
    print_issued(out, told, Issued(token=TOKEN, text=TEXT))
    assert text(out) == f"{TEXT}\n"
    assert "张伟" in text(told)
    assert "market-regulation and all below" in text(told)
    assert TEXT not in text(told)


@pytest.mark.parametrize(
    ("token", "after", "state"), [(TOKEN, 0, "counts"), (TOKEN, 1, "expired"), (REVOKED, 0, "revoked")]
)
def test_a_list_says_what_counts(token: Token, after: int, state: str) -> None:
    """For people and for programs alike; the digest is for neither."""
    now, out = AT + timedelta(days=after), console()
    print_tokens(out, [token], now=now)
    assert state in text(out)
    assert TOKEN.digest not in text(out) + str(as_document([token], now=now))
    assert as_document([token], now=now)["tokens"][0]["state"] == state  # type: ignore[index, call-overload]


def test_no_tokens_are_told_with_what_makes_one() -> None:
    """The next command to type."""
    out = console()
    print_tokens(out, [], now=AT)
    assert "tenantry token create" in text(out)


def test_a_new_token_is_in_its_document() -> None:
    """This once."""
    assert issued_as_document(Issued(token=TOKEN, text=TEXT), now=AT)["text"] == TEXT


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (("market-regulation", "tax"), ""),
        (("market-regulations", "tax"), 'did you mean "market-regulations"?'),
        ((), "there is none yet"),
    ],
)
def test_a_tenant_that_is_not_in_force_is_told(known: tuple[str, ...], said: str) -> None:
    """A token for a misspelt one sees nothing, and nobody would know why."""
    told = console()
    print_unknown(told, TOKEN.principal, known)
    assert said in text(told)
    assert bool(text(told)) is bool(said)
