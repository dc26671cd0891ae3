"""A plain page of metrics is sent in blocks: every byte once, in order, and never the whole at a time."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from api.http.resources import metrics


def _drained(blocks: AsyncIterator[bytes]) -> Iterator[bytes]:
    """All blocks, without an event loop: nothing is waited for."""
    with suppress(StopAsyncIteration):
        while True:
            try:
                blocks.__anext__().__await__().send(None)
            except StopIteration as given_out:
                yield given_out.value


@given(st.lists(st.integers(0, 3 * metrics.BLOCK).map(lambda size: bytes([size % 251]) * size), max_size=6))
def test_a_page_arrives_whole_in_blocks(parts: list[bytes]) -> None:
    """Whatever the sizes of its parts."""
    blocks = list(_drained(metrics.blocks(parts)))
    assert b"".join(blocks) == b"".join(parts)
    assert max(map(len, blocks)) <= metrics.BLOCK
