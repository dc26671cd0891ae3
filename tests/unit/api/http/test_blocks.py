"""A plain page of metrics is sent in blocks: every byte once, in order, and never the whole at a time."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from api.http.resources import metrics


@given(st.lists(st.integers(0, 3 * metrics.BLOCK).map(lambda size: bytes([size % 251]) * size), max_size=6))
def test_a_page_arrives_whole_in_blocks(parts: list[bytes]) -> None:
    """Whatever the sizes of its parts."""

    async def sent() -> list[bytes]:
        return [block async for block in metrics.blocks(parts)]

    blocks = asyncio.run(sent())
    assert b"".join(blocks) == b"".join(parts)
    assert max(map(len, blocks)) <= metrics.BLOCK
