"""The audit chain: whole as written, and telling for every way of tampering with it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from provisioner.audit import GENESIS, Entry, Event, Head, Tampering, canonical, chain, digest, keepable, verify

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
LENGTH = 8

DETAILS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.builds(
    Event,
    at=st.datetimes(timezones=st.just(UTC)),
    actor=st.text(),
    action=st.text(),
    subject=st.text(),
    detail=st.dictionaries(st.text(), DETAILS, max_size=3),
)
POSITIONS = st.integers(0, LENGTH - 1)


def event(number: int, **changes: object) -> Event:
    """An event that differs from those of other numbers."""
    return replace(Event(at=AT, actor="ops@市", action="operation.done", subject=f"op-{number}"), **changes)


@pytest.fixture
def entries() -> list[Entry]:
    """A whole chain."""
    return list(chain(Head(), map(event, range(LENGTH))))


@pytest.fixture
def head(entries: list[Entry]) -> Head:
    """Its head."""
    return head_of(entries)


def head_of(entries: list[Entry]) -> Head:
    """The head of a chain."""
    return Head(count=entries[-1].seq, digest=entries[-1].digest)


def renumbered(entries: list[Entry]) -> list[Entry]:
    """The entries with numbers that hide what is missing or moved."""
    return [replace(entry, seq=seq) for seq, entry in enumerate(entries, start=1)]


def kinds(entries: list[Entry], head: Head, kept: Head | None = None) -> set[Tampering]:
    """What kinds of tampering are found."""
    return {finding.kind for finding in verify(iter(entries), head=head, kept=kept)}


@given(events=st.lists(EVENTS, max_size=LENGTH))
def test_a_chain_as_written_is_whole(events: list[Event]) -> None:
    """Whatever events say, their chain has no findings."""
    entries = list(chain(Head(), events))
    assert verify(entries, head=head_of(entries) if entries else Head()) == ()


@given(before=st.lists(EVENTS, min_size=1, max_size=4), after=st.lists(EVENTS, max_size=4))
def test_a_chain_grows_in_parts(before: list[Event], after: list[Event]) -> None:
    """Appending to a head is the same as chaining all at once."""
    first = list(chain(Head(), before))
    assert first + list(chain(head_of(first), after)) == list(chain(Head(), before + after))


@pytest.mark.parametrize(
    "alter",
    [
        lambda old: replace(old, actor="nobody"),
        lambda old: replace(old, action="operation.failed"),
        lambda old: replace(old, subject="op-99"),
        lambda old: replace(old, detail={"cores": 1}),
        lambda old: replace(old, at=old.at + timedelta(microseconds=1)),
    ],
)
@given(position=POSITIONS)
def test_an_altered_entry_is_found(alter: Callable[[Event], Event], position: int) -> None:
    """Whatever part of it was altered, and wherever it stands."""
    entries = list(chain(Head(), map(event, range(LENGTH))))
    head = head_of(entries)
    entries[position] = replace(entries[position], event=alter(entries[position].event))
    (finding,) = verify(entries, head=head)
    assert (finding.kind, finding.seq) == (Tampering.ALTERED, position + 1)


@given(position=POSITIONS)
def test_an_altered_entry_with_its_digest_made_anew_is_found(position: int) -> None:
    """The next entry, or the head, no longer follows it."""
    entries = list(chain(Head(), map(event, range(LENGTH))))
    head, old = head_of(entries), entries[position]
    forged = event(99)
    entries[position] = replace(old, event=forged, digest=digest(old.previous, forged))
    (finding,) = verify(entries, head=head)
    assert (finding.kind, finding.seq) == (Tampering.ALTERED, position + 1)


@given(first=POSITIONS, count=st.integers(1, LENGTH))
def test_removed_entries_are_found(first: int, count: int) -> None:
    """At the beginning, in the middle or at the end, all of them included."""
    entries = list(chain(Head(), map(event, range(LENGTH))))
    head = head_of(entries)
    del entries[first : first + count]
    (finding,) = verify(entries, head=head)
    assert (finding.kind, finding.seq) == (Tampering.REMOVED, first + 1)


@given(position=st.integers(0, LENGTH - 2))
def test_a_removed_entry_is_found_though_the_others_were_renumbered(position: int) -> None:
    """The gap is closed, but the entry after it follows one that is not there, and the head counts one more."""
    entries = list(chain(Head(), map(event, range(LENGTH))))
    head = head_of(entries)
    del entries[position]
    assert kinds(renumbered(entries), head) == {Tampering.REMOVED}


@given(order=st.permutations(range(LENGTH)))
def test_reordered_entries_are_found(order: list[int]) -> None:
    """Any order but the first, with numbers that pretend to be right."""
    assume(order != sorted(order))
    entries = list(chain(Head(), map(event, range(LENGTH))))
    head = head_of(entries)
    assert Tampering.REORDERED in kinds(renumbered([entries[each] for each in order]), head)


def test_entries_read_out_of_order_are_found(entries: list[Entry], head: Head) -> None:
    """An entry that comes after a later one was moved."""
    entries[2], entries[3] = entries[3], entries[2]
    assert Tampering.REORDERED in kinds(entries, head)


def test_an_entry_slipped_in_is_found(entries: list[Entry], head: Head) -> None:
    """An entry that nobody appended makes the log longer than its head says, and fits nowhere."""
    forged = next(chain(Head(count=3, digest=entries[2].digest), [event(99)]))
    assert kinds(renumbered([*entries[:3], forged, *entries[3:]]), head)


def test_an_entry_added_past_the_head_is_found(entries: list[Entry], head: Head) -> None:
    """Appending without moving the head is not appending."""
    added = [*entries, *chain(head, [event(99)])]
    (finding,) = verify(added, head=head)
    assert (finding.kind, finding.seq) == (Tampering.ALTERED, LENGTH + 1)


def test_a_chain_made_anew_is_found_by_the_head_kept_elsewhere(entries: list[Entry]) -> None:
    """Whoever owns the database can make everything fit, but not what was noted outside."""
    kept = head_of(entries[:5])
    forged = list(chain(Head(), (event(each + 1) for each in range(LENGTH))))
    assert kinds(forged, head_of(forged)) == set()
    assert kinds(forged, head_of(forged), kept) == {Tampering.ALTERED}


def test_a_chain_cut_with_its_head_is_found_by_the_head_kept_elsewhere(entries: list[Entry], head: Head) -> None:
    """Cutting the tail and moving the head back fits inside, but not with what was noted outside."""
    cut = entries[:5]
    assert kinds(cut, head_of(cut)) == set()
    assert kinds(cut, head_of(cut), head)


def test_a_chain_that_grew_from_the_head_kept_elsewhere_is_whole(entries: list[Entry], head: Head) -> None:
    """An earlier head, the present one and none at all are all right."""
    for kept in (Head(), head_of(entries[:1]), head_of(entries[:5]), head):
        assert verify(entries, head=head, kept=kept) == ()


def test_an_empty_chain_is_whole() -> None:
    """Nothing was done yet."""
    assert verify([], head=Head()) == ()
    assert Head().digest == GENESIS


def test_time_is_the_same_in_every_zone() -> None:
    """The database gives times back in a zone of its own."""
    there = AT.astimezone(timezone(timedelta(hours=8)))
    assert canonical(event(1, at=there)) == canonical(event(1))


def test_a_time_without_a_zone_is_refused() -> None:
    """It would mean another time elsewhere."""
    with pytest.raises(ValueError, match="zone"):
        event(1, at=AT.replace(tzinfo=None))


@pytest.mark.parametrize("detail", [{"ratio": 1.5}, {"list": [0.1]}, {"bytes": b"x"}])
def test_what_the_database_would_write_in_its_own_way_is_refused(detail: dict[str, object]) -> None:
    """A fraction's digits depend on who writes them."""
    with pytest.raises(ValueError, match="cannot hold"):
        list(chain(Head(), [event(1, detail=detail)]))


@given(text=st.text(st.characters()))
def test_text_is_kept_as_far_as_the_database_can(text: str) -> None:
    """What it cannot keep is replaced before the digest is taken, one character for one."""
    kept = keepable(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert len(kept) <= len(text)


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_ordinary_text_is_kept_unchanged(text: str) -> None:
    """Chinese, emoji and all."""
    assert keepable(text) == text
