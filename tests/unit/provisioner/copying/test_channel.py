"""A bounded queue of pieces."""

import threading
from collections.abc import Callable

import pytest

from provisioner.copying.channel import Channel, ChannelStopped


def _in_background(function: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    return thread


def test_pieces_come_out_in_order() -> None:
    """Until the end."""
    channel = Channel(100)
    for piece in (b"a", b"b", b"c"):
        channel.put(piece)
    channel.end()
    assert list(channel) == [b"a", b"b", b"c"]


def test_a_failure_comes_after_what_was_there() -> None:
    """As the object that it is."""
    channel, failure = Channel(100), OSError("gone")
    channel.put(b"a")
    channel.end(failure)
    pieces = iter(channel)
    assert next(pieces) == b"a"
    with pytest.raises(OSError, match="gone") as raised:
        next(pieces)
    assert raised.value is failure


def test_whoever_puts_waits_for_room() -> None:
    """No more is in it than its limit and one piece, whatever the pieces' sizes."""
    channel, most = Channel(10), 0
    passed: list[int] = []

    def fill() -> None:
        for number in range(100):
            channel.put(bytes(number % 7 + 1))
        channel.end()

    filling = _in_background(fill)
    for piece in channel:
        passed.append(len(piece))
        most = max(most, channel._size)
    filling.join()
    assert passed == [number % 7 + 1 for number in range(100)]
    assert most <= 10 + 7


@pytest.mark.parametrize("full", [True, False], ids=["waiting for room", "waiting for a piece"])
def test_who_waits_is_told_that_it_stopped(*, full: bool) -> None:
    """On either side."""
    channel, told = Channel(1), threading.Event()
    if full:
        channel.put(b"a")

    def wait() -> None:
        try:
            channel.put(b"b") if full else next(iter(channel))
        except ChannelStopped:
            told.set()

    waiting = _in_background(wait)
    channel.stop()
    waiting.join()
    assert told.is_set()
