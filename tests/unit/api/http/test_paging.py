"""Pages by key: nothing twice, nothing left out, whatever comes and goes between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.paging import LARGEST, Place
from api.http.problems import HttpProblem

NAMES = st.lists(st.text("abcdefg-市", min_size=1, max_size=4), unique=True, max_size=20)


def key(name: str) -> tuple[str]:
    """What names are sorted by."""
    return (name,)


@given(NAMES, NAMES, st.integers(1, 5))
def test_what_stays_is_seen_once(names: list[str], more: list[str], limit: int) -> None:
    """Though others come after each page."""
    there, seen, cursor = set(names), list[str](), None
    coming = iter(more)
    while True:
        shown, cursor = Place(of="names", cursor=cursor, limit=limit).among(sorted(there), key)
        seen += shown
        if cursor is None:
            break
        there |= {next(coming, "a")}
    assert len(set(seen)) == len(seen)
    assert set(names) <= set(seen)
    assert seen == sorted(seen)


@given(st.text(max_size=60))
def test_no_text_is_too_strange_for_a_cursor(text: str) -> None:
    """It is one of this list, or it is refused."""
    place = Place(of="names", cursor=text, limit=1)
    try:
        found = place.key(str)
    except HttpProblem as problem:
        found = None
        assert problem.kind.name == "invalid-parameters"  # noqa: PT017  # whether it raises is not the point
    assert found is None or isinstance(found[0], str)


@pytest.mark.parametrize("number", [-1, LARGEST + 1])
def test_a_number_that_the_database_has_not_is_refused(number: int) -> None:
    """Somebody made the cursor up."""
    _, made = Place(of="numbers", cursor=None, limit=1).cut([number, 0], lambda each: (each,))
    with pytest.raises(HttpProblem):
        Place(of="numbers", cursor=made, limit=1).key(int)


def test_a_cursor_gives_its_key_back() -> None:
    """A number stays one."""
    _, made = Place(of="numbers", cursor=None, limit=1).cut([7, 8], lambda each: (each,))
    assert Place(of="numbers", cursor=made, limit=1).key(int) == (7,)
