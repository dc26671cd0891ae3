"""The audit log in files: written in one way, read back the same, and telling what was done to it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.archive import anchors_of, entry_of, examine_lines, line_of, line_of_anchor
from provisioner.audit import Anchor, Event, Examination, Head, Tampering, chain
from provisioner.errors import InputError

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
ENTRIES = list(
    chain(
        Head(),
        [Event(at=AT, actor="李娜", action="plan.approved", subject=f"p-{n}", detail={"n": n}) for n in range(9)],
    )
)
LINES = [line_of(each) for each in ENTRIES]


def anchor(seq: int, lines: list[str] = LINES) -> Anchor:
    """The head as it was after that entry."""
    return Anchor(head=Head(count=seq, digest=json.loads(lines[seq - 1])["digest"]), at=AT)


def rewritten(start: int) -> list[str]:
    """A log that fits in itself, written anew from an entry on by somebody who knows how."""
    before = ENTRIES[start - 2]
    head = Head(count=before.seq, digest=before.digest) if start > 1 else Head()
    events = [replace(each.event, actor="nobody") for each in ENTRIES[start - 1 :]]
    return [*LINES[: start - 1], *(line_of(each) for each in chain(head, events))]


def told(found: Examination) -> list[tuple[Tampering, int]]:
    """What was found, and where it begins."""
    return [(each.kind, each.seq) for each in found.findings]


DETAILS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.datetimes(timezones=st.just(UTC)), st.text(), st.text(), st.dictionaries(st.text(), DETAILS, max_size=3))
def test_an_entry_comes_back_as_it_was(at: datetime, actor: str, subject: str, detail: dict[str, object]) -> None:
    """On a line of its own, whatever it holds."""
    (entry,) = chain(Head(), [Event(at=at, actor=actor, action="a", subject=subject, detail=detail)])
    line = line_of(entry)
    assert "\n" not in line
    assert entry_of(line) == entry


@given(st.text() | st.builds(json.dumps, DETAILS))
def test_whatever_is_no_entry_is_none(line: str) -> None:
    """And raises nothing."""
    assert entry_of(line) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda line: f" {line}",
        lambda line: line.replace('"actor":"李娜"', '"actor":"\\u674e\\u5a1c"'),
        lambda line: line.replace('"actor":"李娜"', '"actor":"王芳","actor":"李娜"'),
        lambda line: line.replace('"seq":1', '"seq":1.0'),
        lambda line: line.replace("{", '{"a":1,', 1),
        lambda line: line.replace('"detail":{"n":0}', '"detail":[]'),
        lambda line: line.replace("+00:00", ""),
    ],
)
def test_there_is_one_way_to_write_an_entry(change: Callable[[str], str]) -> None:
    """Whatever means the same, or hides something beside it, is refused."""
    assert entry_of(change(LINES[0])) is None


def test_a_whole_log_is_whole() -> None:
    """From its beginning, to the end that it has."""
    found = examine_lines(LINES)
    assert (found.findings, found.end.count) == ((), 9)


def test_no_log_is_whole_too() -> None:
    """Nothing was done."""
    assert examine_lines([]).findings == ()


@pytest.mark.parametrize(
    ("lines", "first"),
    [
        ([*LINES[:3], LINES[3].replace("李娜", "王芳"), *LINES[4:]], (Tampering.ALTERED, 4)),
        ([*LINES[:3], "", *LINES[4:]], (Tampering.ALTERED, 4)),
        ([*LINES[:3], *LINES[4:]], (Tampering.REMOVED, 4)),
        ([*LINES[:3], LINES[4], LINES[3], *LINES[5:]], (Tampering.REMOVED, 4)),
        (["x", *LINES[1:]], (Tampering.ALTERED, 1)),
    ],
)
def test_the_first_broken_entry_is_named(lines: list[str], first: tuple[Tampering, int]) -> None:
    """Altered, no entry any more, missing, moved."""
    assert told(examine_lines(lines))[0] == first


def test_a_part_is_verified_by_itself() -> None:
    """From whatever entry on."""
    found = examine_lines(LINES[4:7], anchors=[anchor(2), anchor(4), anchor(6)])
    assert (found.findings, found.start.count, found.end.count) == ((), 4, 7)
    assert found.agrees == anchor(6)


def test_an_anchor_at_the_end_vouches_for_all() -> None:
    """And says when it was noted."""
    found = examine_lines(LINES, anchors=[anchor(3), anchor(9)])
    assert (found.findings, found.agrees) == ((), anchor(9))


@pytest.mark.parametrize("start", range(1, 10))
def test_a_log_written_anew_is_found_by_anchors_alone(start: int) -> None:
    """From after the last anchor that still agrees."""
    lines, anchors = rewritten(start), [anchor(3), anchor(6), anchor(9)]
    assert examine_lines(lines).findings == ()
    (finding,) = examine_lines(lines, anchors=anchors).findings
    assert (finding.kind, finding.seq) == (Tampering.ALTERED, (start - 1) // 3 * 3 + 1)


def test_a_log_cut_short_is_found_by_an_anchor() -> None:
    """With all that is missing."""
    (finding,) = examine_lines(LINES[:5], anchors=[anchor(3), anchor(7), anchor(9)]).findings
    assert (finding.kind, finding.seq) == (Tampering.REMOVED, 6)
    assert "entries 6 to 9 are missing" in finding.message


def test_a_head_that_was_kept_counts_for_files_too() -> None:
    """As for the database."""
    kept = anchor(5).head
    assert examine_lines(LINES, kept=kept).findings == ()
    assert told(examine_lines(rewritten(4), kept=kept)) == [(Tampering.ALTERED, 5)]


def test_a_log_that_is_wrong_throughout_does_not_fill_the_memory() -> None:
    """So many findings are enough."""
    assert len(examine_lines(["x"] * 5000).findings) == 100


def test_anchors_come_back_as_they_were() -> None:
    """One a line."""
    assert list(anchors_of([line_of_anchor(anchor(4))], name="a")) == [anchor(4)]


@pytest.mark.parametrize(
    "line",
    ["", "{}", "7", '{"seq":"1","digest":"","at":"2026-11-21T08:30:00+00:00"}', '{"seq":1,"digest":"","at":"x"}'],
)
def test_what_is_no_anchor_is_said(line: str) -> None:
    """With the file and the line; nothing is passed over."""
    with pytest.raises(InputError, match="a, line 2"):
        list(anchors_of([line_of_anchor(anchor(4)), line], name="a"))
