"""The audit log, and what was done to it."""

from typing import Any

import pytest

from api.render.audit import as_document, print_entries, print_verification, verification_as_document
from provisioner.audit import Entry, Event, Finding, Head, Tampering, chain
from provisioner.operation import Actor

pytestmark = pytest.mark.usefixtures("shenzhen_time")


@pytest.fixture
def entry(build: Any) -> Entry:
    """The first entry of a log."""
    detail = {"tenant": "市市场监督管理局", "steps": 3}
    event = Event(at=build.noon, actor=Actor("li@ops"), action="plan.approved", subject="plan-1", detail=detail)
    return next(chain(Head(), [event]))


def test_one_entry_a_line(show: Any, entry: Entry) -> None:
    """Who, when, what, to what, and the details."""
    assert show(print_entries, [entry]) == (
        "     1  2027-06-01 20:00:00  li@ops  plan.approved  plan-1  tenant=市市场监督管理局  steps=3\n"
    )


def test_entries_are_written_as_they_come(build: Any, entry: Entry) -> None:
    """A log that is longer than memory can be shown."""
    console = build.piped()

    def entries() -> Any:
        yield entry
        assert "plan.approved" in build.written(console)
        yield entry

    print_entries(console, entries())
    assert build.written(console).count("plan.approved") == 2


def test_a_whole_log(show: Any) -> None:
    """Its head is printed to be kept elsewhere."""
    assert show(print_verification, (), Head(count=1, digest="ab12")) == (
        "The log is whole: 1 entry, none altered, removed or moved.\nHead 1:ab12\n"
    )


def test_a_log_that_was_tampered_with(show: Any) -> None:
    """Every finding, then the verdict."""
    findings = (Finding(kind=Tampering.ALTERED, seq=2, message="its content does not fit its digest"),)
    assert show(print_verification, findings, Head(count=5, digest="ab12")) == (
        "entry  what\n"
        "    2  altered  its content does not fit its digest\n"
        "\n"
        "The log was tampered with: 1 finding.\n"
        "Head 5:ab12\n"
    )


def test_entries_as_a_document(entry: Entry) -> None:
    """With the digests that chain them."""
    assert as_document([entry]) == {
        "entries": [
            {
                "seq": 1,
                "at": "2027-06-01T12:00:00+00:00",
                "actor": "li@ops",
                "action": "plan.approved",
                "subject": "plan-1",
                "detail": {"tenant": "市市场监督管理局", "steps": 3},
                "previous": "0" * 64,
                "digest": entry.digest,
            }
        ]
    }


def test_a_verdict_as_a_document() -> None:
    """Whether the log is whole is the first thing."""
    finding = Finding(kind=Tampering.REMOVED, seq=2, message="gone")
    assert verification_as_document((finding,), Head(count=5, digest="ab12")) == {
        "whole": False,
        "findings": [{"seq": 2, "kind": "removed", "message": "gone"}],
        "head": {"count": 5, "digest": "ab12"},
    }
