"""Server-sent events, however their bytes are cut into pieces."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client import sse
from api.client.sse import Flood, Parser, ServerEvent

_LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=12)
_NAME = _LINE.filter(bool)
_EVENTS = st.lists(
    st.builds(ServerEvent, id=_LINE.filter(lambda text: "\0" not in text), name=_NAME, data=_LINE), max_size=5
)


def _written(events: list[ServerEvent], end: str) -> bytes:
    lines = [f": alive{end}retry: 1000{end}{end}"]
    for each in events:
        lines += [f"id: {each.id}{end}event: {each.name}{end}data: {each.data}{end}{end}"]
    return "".join(lines).encode()


def _read(chunks: list[bytes]) -> list[ServerEvent]:
    parser = Parser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


@given(events=_EVENTS, end=st.sampled_from(["\n", "\r\n", "\r"]), data=st.data())
def test_no_cut_changes_what_is_read(events: list[ServerEvent], end: str, data: st.DataObject) -> None:
    """In the middle of a character, of a line's end, of an event: what comes out is what went in."""
    whole = _written(events, end)
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=12).map(sorted))
    ends = [*cuts, len(whole)]
    chunks = [whole[begin:until] for begin, until in zip([0, *cuts], ends, strict=True)]
    assert _read(chunks) == events


def test_the_services_own_events_are_read() -> None:
    """As `events.stream` writes them."""
    data = {"position": 0, "state": "started"}
    text = f"retry: 1000\n\nid: running:s.1\nevent: step\ndata: {json.dumps(data)}\n\n: nothing new\n\n"
    parser = Parser()
    (event,) = parser.feed(text.encode())
    assert (event.id, event.name, json.loads(event.data)) == ("running:s.1", "step", data)
    assert parser.retry == 1000


def test_what_is_no_event_is_passed_over() -> None:
    """No data, unknown fields, an id with a zero, a wait that is no number, an event that never ends."""
    text = "event: a\n\nfoo: bar\nid: x\0y\nretry: soon\nid\ndata\ndata: b\n\ndata: lost"
    assert _read([text.encode()]) == [ServerEvent(id="", name="message", data="\nb")]


def test_an_id_lasts_until_there_is_another() -> None:
    """An event without one of its own is resumed from the same place."""
    assert [each.id for each in _read([b"id: 7\ndata: a\n\ndata: b\n\n"])] == ["7", "7"]


def test_a_mark_of_byte_order_is_no_text() -> None:
    """Some proxies put one before everything."""
    assert _read([b"\xef\xbb", b"\xbfdata: a\n\n"]) == [ServerEvent(id="", name="message", data="a")]


@pytest.mark.parametrize("chunk", [b"data: aaaaaaaa", b"data: aaaa\n"])
def test_a_stream_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch, chunk: bytes) -> None:
    """Neither by one line, nor by many of one event."""
    monkeypatch.setattr(sse, "_LARGEST", 20)
    with pytest.raises(Flood):
        _read([chunk] * 8)
