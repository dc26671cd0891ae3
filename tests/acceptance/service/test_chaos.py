"""Processes die all the time, and every request ends as it is to end, once, in the records and in the cloud."""

import pytest

from tests.acceptance.service.conftest import Found, Note
from tests.acceptance.service.departments import CORES, must_end_as_meant, see_all_through
from tests.acceptance.service.processes import Reaper


@pytest.mark.parametrize(
    "count", [40, pytest.param(200, marks=[pytest.mark.full, pytest.mark.timeout(1800)])], ids=lambda count: f"{count}"
)
def test_whoever_dies_every_request_ends_once(found: Found, seed: int, count: int, note: Note) -> None:
    """Asked for, reviewed, carried out and confirmed while one process after another is killed."""
    office = found(CORES * count + 6)
    reaper = Reaper(office.processes, seed)
    with reaper.at_work():
        ends = see_all_through(office, count)
    note(f"{len(reaper.deaths)} deaths")
    must_end_as_meant(ends, count)
    office.must_add_up(ends)
    office.processes.workers[0].shell("audit", "verify")
    assert len(set(reaper.deaths)) > 1, "too few died for this to show anything"
