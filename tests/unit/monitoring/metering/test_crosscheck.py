"""Our month beside Nova's. Times are minutes after noon; the hour from noon is what is compared."""

from collections.abc import Callable
from typing import Any

import pytest

from monitoring.metering.crosscheck import Agreement, Comparison, NovaServer, compare
from monitoring.metering.sums import pieces
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.sightings import ResourceId, Sizes, State

See = Callable[..., Any]
#: Compares with one server of Nova's: its launch and its end.
Counted = Callable[..., Comparison]
Moment = Callable[[float], Any]
GIB_IN_MB = 1024


@pytest.fixture
def compared(world: Any, moment: Moment) -> Callable[..., Comparison]:
    """The only project's comparison with what Nova says of its servers."""

    def compared(*servers: NovaServer) -> Comparison:
        period = Span(start=moment(0), end=moment(60))
        (found,) = compare(pieces(world.ledger, world.closed), servers, period)
        return found

    return compared


@pytest.fixture
def nova(moment: Moment) -> Callable[..., NovaServer]:
    """A small server by Nova's account, from its latest launch."""

    def nova(started: float | None, ended: float | None = None, *, vcpus: int = 2, gib: int = 4) -> NovaServer:
        return NovaServer(
            id=ResourceId("a"),
            project=ProjectId("p"),
            vcpus=vcpus,
            memory_mb=gib * GIB_IN_MB,
            started_at=None if started is None else moment(started),
            ended_at=None if ended is None else moment(ended),
        )

    return nova


@pytest.fixture
def counted(compared: Callable[..., Comparison], nova: Callable[..., NovaServer]) -> Counted:
    """The comparison with one server of Nova's."""
    return lambda times, **flavor: compared(nova(*times, **flavor))


def test_a_server_that_nothing_happened_to_is_equal(world: Any, see: See, compared: Any, nova: Any) -> None:
    """In servers, vCPUs and bytes; its building counts in neither."""
    for minute in range(10, 61, 10):
        world.look(minute, see(created_at=3, launched_at=4))
    found = compared(nova(4))
    assert found.agreement is Agreement.EQUAL
    assert (found.ours.servers.metered, found.ours.vcpus.metered) == (56 * 60, 112 * 60)
    assert found.ours.memory_bytes.metered == found.theirs.memory_bytes.metered == 56 * 60 * 4 * 2**30


def test_a_stopped_server_counts_in_both(world: Any, see: See, compared: Any, nova: Any) -> None:
    """Nova's account knows no states; our sum of all states is compared."""
    world.look(10, see(created_at=3, launched_at=4))
    world.look(60, see(state=State.STOPPED, created_at=3, launched_at=4, updated_at=33))
    assert compared(nova(4)).agreement is Agreement.EQUAL


def test_what_nova_forgets_of_a_resized_server_is_set_aside(
    world: Any, see: See, sized: Callable[[str], Sizes], counted: Counted
) -> None:
    """It counts from the resize on, in the new flavor; ours has the time before as well."""
    world.look(10, see(created_at=3, launched_at=4))
    world.look(60, see(sizes=sized("large"), created_at=3, launched_at=30))
    found = counted((30,), vcpus=8, gib=16)
    assert found.agreement is Agreement.NOVA_FORGETS
    assert found.forgotten.vcpus.metered == 26 * 60 * 2


def test_a_server_that_was_never_launched_is_nothing_to_nova(world: Any, see: See, compared: Any, nova: Any) -> None:
    """Ours counts it in its error state."""
    world.look(10, see(state=State.ERROR, created_at=3))
    world.look(60, see(state=State.ERROR, created_at=3))
    assert compared(nova(None)).agreement is Agreement.NOVA_FORGETS


def test_a_difference_within_our_bounds_is_said_to_be_so(world: Any, see: See, compared: Any, nova: Any) -> None:
    """Its deletion was seen by looks alone."""
    world.look(10, see(created_at=3, launched_at=4))
    world.look(20)
    world.look(60)
    assert compared(nova(4, 15)).agreement is Agreement.WITHIN_BOUNDS


@pytest.mark.parametrize("theirs", [(3, None), (4, 59)], ids=["launched earlier", "ended earlier"])
def test_any_other_difference_is_unexplained(
    world: Any, see: See, counted: Counted, theirs: tuple[float, float | None]
) -> None:
    """Ours says to the second when it was launched, and that it is still there."""
    for minute in range(10, 61, 10):
        world.look(minute, see(created_at=3, launched_at=4))
    assert counted(theirs).agreement is Agreement.UNEXPLAINED


def test_a_server_that_we_never_saw_is_unexplained(compared: Any, nova: Any) -> None:
    """A project that only Nova knows is compared all the same."""
    found = compared(nova(4, 10))
    assert (found.agreement, found.theirs.servers.metered) == (Agreement.UNEXPLAINED, 360)


def test_a_server_that_nova_has_archived_is_unexplained(world: Any, see: See, compared: Any) -> None:
    """Its rows went to the shadow tables: ours alone has it."""
    world.look(10, see(created_at=3, launched_at=4))
    world.look(60, see(created_at=3, launched_at=4))
    assert compared().agreement is Agreement.UNEXPLAINED
