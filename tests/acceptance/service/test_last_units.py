"""A crowd asks at once for the last units of an envelope: nobody gets what another has."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.service.conftest import Found
from tests.acceptance.service.departments import CORES, OPEN, Reviewers, see_on

#: So many of the crowd can have what they ask for.
ROOM = 7


@pytest.mark.parametrize(
    "count", [60, pytest.param(200, marks=[pytest.mark.full, pytest.mark.timeout(1200)])], ids=lambda count: f"{count}"
)
def test_never_over_by_one(found: Found, count: int) -> None:
    """Some more is left than seven need: seven are taken up and built, and everybody else is told what would fit."""
    office = found(6 + CORES * ROOM + CORES - 1)
    crowd = [office.department(number) for number in range(count)]
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda each: each.submit(), crowd))
    refused = [each for each in answers if each.status_code != 201]
    assert len(refused) == count - ROOM, [each.text for each in answers]
    assert {(each.status_code, each.json()["shortfalls"][0]["largest"] < CORES) for each in refused} == {(422, True)}
    assert office.reserved() == CORES * ROOM
    taken_up = [(one, answer.json()) for one, answer in zip(crowd, answers, strict=True) if answer.status_code == 201]
    reviewers = Reviewers.of(office)
    with ThreadPoolExecutor(ROOM) as pool:
        ends = list(pool.map(lambda pair: see_on(pair[0], reviewers, pair[1]["id"]), taken_up))
    assert ends == [OPEN] * ROOM
    office.must_add_up({one.unit: OPEN for one, _ in taken_up})
