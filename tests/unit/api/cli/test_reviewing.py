"""`tenantry request approve`, `reject` and `ask-changes`: which decision each hands to the desk."""

from pathlib import Path

import pytest

from api.bootstrap import Tenantry
from api.cli.main import app
from api.client.records import Judgement
from api.desk.interface import Declined
from provisioner.requests.request import RequestId
from provisioner.requests.states import Act

FINGERPRINT = "ecbdebcd01ab"


class _Desk:
    """Takes note of decisions, and takes none."""

    def __init__(self) -> None:
        self.judgements: list[Judgement] = []

    def review(self, judgement: Judgement) -> Declined:
        """As a desk does."""
        self.judgements.append(judgement)
        return Declined(message="it is not in review", document={})


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Desk:
    """The desk that every command works at."""
    desk = _Desk()
    monkeypatch.setenv("TENANTRY_URL", "https://tenantry.example")
    monkeypatch.setenv("TENANTRY_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(Tenantry, "desk", lambda *_: desk)
    return desk


@pytest.mark.parametrize(
    ("command", "word", "act"),
    [
        ("approve", "--comment", Act.APPROVE),
        ("reject", "--reason", Act.REJECT),
        ("ask-changes", "--reason", Act.ASK_CHANGES),
    ],
)
def test_each_says_its_own(desk: _Desk, command: str, word: str, act: Act) -> None:
    """With the plan that it is about, the word for it and the official document."""
    options = ("--review", "technical", "--plan", FINGERPRINT, word, "请拆分", "--authority", "市政数〔2026〕12号")
    app(args=["request", command, "01", *options], standalone_mode=False)
    assert desk.judgements == [
        Judgement(
            request=RequestId("01"),
            act=act,
            review="technical",
            fingerprint=FINGERPRINT,
            comment="请拆分",
            authority="市政数〔2026〕12号",
        )
    ]


@pytest.mark.parametrize("command", ["reject", "ask-changes"])
def test_whoever_does_not_approve_says_why(desk: _Desk, command: str) -> None:
    """The department reads it."""
    with pytest.raises(Exception, match="Missing parameter: reason"):
        app(args=["request", command, "01", "--review", "technical", "--plan", FINGERPRINT], standalone_mode=False)
    assert desk.judgements == []
