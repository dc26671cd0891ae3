"""Where Nova keeps deleted servers in a bin, what a migration takes away goes for good all the same, and its volumes with it."""

from collections.abc import Callable, Iterator

import pytest

from devcloud.fixture import Devcloud, running
from devcloud.records import CloudOptions
from provisioner.migration.states import Asked, State
from tenants.wave import Mode
from tests.integration.moving.theatre import Show

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def devcloud() -> Iterator[Devcloud]:
    """A cloud of its own whose Nova keeps servers for an hour."""
    with running(("city",), options=CloudOptions(bin_s=3600)) as started:
        yield started


@pytest.fixture
def show(staged: Callable[[Mode], Show]) -> Show:
    """A server on volumes that is to become another project's."""
    found = staged(Mode.CROSS_PROJECT)
    found.estate.server("网-web", data=1, from_volume=True)
    found.put_on("网-web")
    return found


def test_the_source_is_retired(show: Show) -> None:
    """With its volumes and ports, once its time is over."""
    show.goes_on_to(State.ACCEPTED)
    show.arrived()
    show.sign_off()
    show.goes_on_to(State.CLOSED)
    show.source_is_gone()
    show.arrived()


def test_a_target_that_served_is_taken_back(show: Show) -> None:
    """Nothing of it is left, and the source runs."""
    show.goes_on_to(State.ACCEPTED)
    show.ask(Asked.ABORT)
    show.goes_on_to(State.ROLLED_BACK)
    show.source_runs()
    assert show.marked_elsewhere() == []
