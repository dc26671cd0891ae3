"""The audit log, and what was done to it."""

from typing import Any

import pytest

from api.render.audit import as_document, print_entries, print_verification, verification_as_document
from provisioner.audit import Anchor, Entry, Event, Examination, Finding, Head, Tampering, chain
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


def examination(*findings: Finding, **more: Any) -> Examination:
    """What was found in a log that ends with its fifth entry."""
    return Examination(findings=findings, start=Head(), end=Head(count=5, digest="ab12"), **more)


def test_a_whole_log(show: Any) -> None:
    """Its head is printed to be kept elsewhere."""
    assert show(print_verification, examination()) == (
        "The log is whole: 5 entries, none altered, removed or moved.\nHead 5:ab12\n"
    )


def test_a_log_that_was_tampered_with(show: Any) -> None:
    """Every finding, then the verdict."""
    finding = Finding(kind=Tampering.ALTERED, seq=2, message="its content does not fit its digest")
    assert show(print_verification, examination(finding)) == (
        "entry  what\n"
        "    2  altered  its content does not fit its digest\n"
        "\n"
        "The log was tampered with: 1 finding.\n"
        "Head 5:ab12\n"
    )


@pytest.mark.parametrize(("head", "end"), [((5, "ab12"), "its end"), ((3, "cd34"), "entry 3")])
def test_how_far_anchors_vouch(show: Any, build: Any, head: tuple[int, Any], end: str) -> None:
    """To the end, or to an entry."""
    agrees = Anchor(head=Head(count=head[0], digest=head[1]), at=build.noon)
    said = show(print_verification, examination(agrees=agrees), anchored=True)
    assert f"It agrees with the anchors up to {end}, noted 2027-06-01 20:00:00." in said


def test_anchors_that_vouch_for_nothing(show: Any) -> None:
    """All the same, the verdict stands."""
    assert "No anchor agrees with it." in show(print_verification, examination(), anchored=True)


def test_a_part_says_that_it_is_one(show: Any) -> None:
    """And what it cannot tell."""
    found = Examination(findings=(), start=Head(count=2, digest="00"), end=Head(count=5, digest="ab12"))
    said = show(print_verification, found)
    assert ("3 entries" in said, "from entry 3 on" in said) == (True, True)


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


def test_a_verdict_as_a_document(build: Any) -> None:
    """Whether the log is whole is the first thing."""
    finding = Finding(kind=Tampering.REMOVED, seq=2, message="gone")
    agrees = Anchor(head=Head(count=1, digest="cd34"), at=build.noon)
    assert verification_as_document(examination(finding, agrees=agrees)) == {
        "whole": False,
        "from": 1,
        "findings": [{"seq": 2, "kind": "removed", "message": "gone"}],
        "head": {"count": 5, "digest": "ab12"},
        "agrees": {"count": 1, "at": "2027-06-01T12:00:00+00:00"},
    }
