"""Hashes made in passing, however the bytes come."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from provisioner.copying.digests import Digester, Journal, digest_of, first_difference

_CHUNK = 8


def _journal(content: bytes) -> bytes:
    return b"".join(hashlib.sha256(content[at : at + _CHUNK]).digest() for at in range(0, len(content), _CHUNK))


@given(st.lists(st.binary(max_size=30)))
def test_hashes_do_not_depend_on_the_pieces(pieces: list[bytes]) -> None:
    """Of the whole, of each chunk, and by the other algorithm."""
    digester, content = Digester(_CHUNK, "sha512"), b"".join(pieces)
    for piece in pieces:
        digester.add(piece)
    found = digester.end()
    assert (found.digests.sha256, found.digests.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (found.journal, found.other) == (_journal(content), hashlib.sha512(content).hexdigest())
    assert found.digests.chunks_sha256 == digest_of(_journal(content))


def test_only_whole_chunks_are_complete() -> None:
    """The last is hashed when there are no more bytes."""
    journal = Journal(_CHUNK)
    journal.add(b"a" * 12)
    assert journal.complete == _journal(b"a" * 8)
    assert journal.end() == _journal(b"a" * 12)


@given(st.binary(min_size=1, max_size=100), st.integers(0, 99))
def test_a_difference_is_found_by_its_chunk(content: bytes, at: int) -> None:
    """Where the chunk begins that has it."""
    at %= len(content)
    other = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    assert first_difference(_journal(content), _journal(other), chunk=_CHUNK) == at // _CHUNK * _CHUNK


@given(st.binary(max_size=100), st.integers(0, 12))
def test_what_only_one_has_is_no_difference(content: bytes, chunks: int) -> None:
    """A pass that broke off is compared as far as it came."""
    assert first_difference(_journal(content), _journal(content[: chunks * _CHUNK]), chunk=_CHUNK) is None
