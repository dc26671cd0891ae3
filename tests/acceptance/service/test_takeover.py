"""A worker dies in the middle of an operation: another goes on with it, soon, and nothing is made twice."""

import time

from devcloud.fixture import Devcloud
from tests.acceptance import manifests
from tests.acceptance.service.client import eventually
from tests.acceptance.service.conftest import Found, Note
from tests.acceptance.service.departments import town

#: Projects of the one operation: enough steps for somebody to die between.
PROJECTS = 6
#: Seconds; what is aimed at is 10, and printed.
_FAR_TOO_LONG = 60


def test_a_dead_workers_operation_goes_on_elsewhere(found: Found, undisturbed: Devcloud, note: Note) -> None:
    """The worker that has it is killed after its first writes; the others finish what it began."""
    office = found(1000)
    many = [manifests.project(f"p{number}", quota={"compute": {"cores": 1}}, members=[]) for number in range(PROJECTS)]
    undisturbed.latency(100)
    (operation,) = office.apply(
        town(office.town, cores=1000), manifests.tenant(office.unit(0), *many, parent=office.town)
    )
    eventually(lambda: office.steps_begun(operation) > 1, "its first steps")
    office.worker_of(operation).kill()
    died, steps = time.monotonic(), office.steps_begun(operation)
    eventually(lambda: office.steps_begun(operation) > steps, "the next step is begun")
    took = time.monotonic() - died
    note(f"taken over within {took:.1f} s")
    assert took < _FAR_TOO_LONG
    eventually(lambda: office.state_of(operation) == "done", "the operation is done")
    assert office.projects() == {f"{office.unit(0)}-p{number}": 1 for number in range(PROJECTS)}
    assert office.unfinished() == []
