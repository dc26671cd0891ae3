"""How servers are listed: all of them now and then, in between what changed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitoring.collection.collector import Asked, Harvest
from monitoring.collection.contents import servers as rows_of
from monitoring.collection.servers import Servers
from provisioner.clouds.collections import Listing
from provisioner.errors import CloudMisconfigured, CloudUnavailable
from provisioner.usage.collection import CollectorName, Snapshot
from provisioner.usage.sightings import Extent, State
from tests.unit.monitoring.collection.conftest import CITY, START, Script

_AWAY = CloudUnavailable("no answer")


def _server(name: str, **more: Any) -> dict[str, Any]:
    flavor = {"original_name": "small", "vcpus": 1, "ram": 512, "disk": 1}
    base = {"id": name, "tenant_id": "p1", "name": name, "status": "ACTIVE", "OS-EXT-STS:vm_state": "active"}
    return {**base, "flavor": flavor, **more}


def _page(*items: dict[str, Any], **more: Any) -> Listing:
    return Listing(items=items, pages=1, clock_ahead=timedelta(0), **more)


def _left(harvest: Harvest, *, at: timedelta = timedelta(0), complete: bool = True) -> Snapshot:
    assert harvest.content is not None
    return Snapshot(
        cloud=CITY,
        collector=CollectorName("servers"),
        began=START + at,
        at=START + at,
        complete=complete,
        content=harvest.content,
    )


@pytest.fixture
def first(cloud: Script, asked: Callable[..., Asked]) -> Snapshot:
    """What a first look at two servers leaves."""
    cloud.listings = [_page(_server("a"), _server("b"))]
    left = _left(Servers().collect(asked()))
    cloud.queries.clear()
    return left


def test_the_first_time_all_are_listed_without_a_limit(cloud: Script, asked: Callable[..., Asked]) -> None:
    """With a limit Nova would leave out cells that are down and say nothing."""
    cloud.listings = [_page(_server("a"))]
    harvest = Servers().collect(asked())
    assert cloud.queries == [{"limit": None}]
    assert harvest.looks[0].extent is Extent.ALL
    assert harvest.complete


def test_in_between_only_what_changed_is_asked_for(cloud: Script, asked: Callable[..., Asked], first: Snapshot) -> None:
    """From a minute before the last whole look's beginning; one request, and what is known already stays known."""
    gone = _server("a", status="DELETED")
    cloud.listings = [_page(gone, _server("c"))]
    harvest = Servers().collect(asked(previous=first))
    assert cloud.queries == [{"changes-since": "2027-06-01T11:59:01Z"}]
    assert harvest.looks[0].extent is Extent.CHANGES
    assert {each.id for each in rows_of(harvest.content or {})} == {"b", "c"}


def test_what_changed_is_asked_for_by_the_clouds_clock(
    cloud: Script, asked: Callable[..., Asked], first: Snapshot
) -> None:
    """A cloud ten minutes ahead dates its changes ten minutes ahead."""
    ahead = Snapshot(
        cloud=CITY,
        collector=first.collector,
        began=START,
        at=START,
        complete=True,
        content={**first.content, "clock_ahead": 600.0},
    )
    cloud.listings = [_page()]
    Servers().collect(asked(previous=ahead))
    assert cloud.queries == [{"changes-since": "2027-06-01T12:09:01Z"}]


@pytest.mark.parametrize("later", [timedelta(minutes=70), timedelta(minutes=16)])
def test_after_an_hour_or_a_gap_all_are_listed_and_those_deleted_since(
    cloud: Script, asked: Callable[..., Asked], first: Snapshot, later: timedelta
) -> None:
    """The listing of deleted ones comes last: a server that goes in between is in both, and gone."""
    cloud.listings = [_page(_server("a"), _server("b")), _page(_server("b", status="DELETED"))]
    harvest = Servers().collect(asked(previous=first, now=lambda: START + later))
    assert [sorted(each) for each in cloud.queries] == [["limit"], ["changes-since", "deleted"]]
    assert harvest.looks[0].sightings[-1].state is State.DELETED
    assert {each.id for each in rows_of(harvest.content or {})} == {"a"}


def test_a_page_that_fails_costs_what_was_on_it(cloud: Script, asked: Callable[..., Asked], first: Snapshot) -> None:
    """What was read counts, what was known stays, and the next time reaches back to the last whole look."""
    cloud.listings = [_page(_server("c"), failure=_AWAY), _page()]
    harvest = Servers().collect(asked(previous=first))
    assert not harvest.complete
    assert harvest.looks[0].failed == ("servers (changes-since), page 2: no answer",)
    assert {each.id for each in rows_of(harvest.content or {})} == {"a", "b", "c"}
    Servers().collect(asked(previous=_left(harvest, complete=False)))
    assert cloud.queries[0] == cloud.queries[1]


def test_a_listing_of_deleted_ones_that_fails_makes_a_look_partial(
    cloud: Script, asked: Callable[..., Asked], first: Snapshot
) -> None:
    """Otherwise what was deleted would be dated as merely absent."""
    cloud.listings = [_page(_server("a")), Listing(failure=_AWAY)]
    harvest = Servers().collect(asked(previous=first, now=lambda: START + timedelta(hours=2)))
    assert list(harvest.failed) == ["servers (changes-since) (deleted), page 1"]


def test_a_cell_that_is_down_costs_its_projects(cloud: Script, asked: Callable[..., Asked]) -> None:
    """Nothing of them is absent then; all other projects are whole."""
    cloud.listings = [_page(_server("a"), {"id": "x", "status": "UNKNOWN", "tenant_id": "p2"})]
    look = Servers().collect(asked()).looks[0]
    assert set(look.failed_projects) == {"p2"}
    assert not look.failed


def test_while_a_cell_is_down_all_are_listed_each_time(cloud: Script, asked: Callable[..., Asked]) -> None:
    """A listing of changes leaves it out and says nothing, and its projects would count as read though nobody read them."""
    down = {"id": "x", "status": "UNKNOWN", "tenant_id": "p2"}
    dark, whole = _page(_server("a"), down), _page(_server("a"))
    cloud.listings = [dark, dark, _page(), whole, _page(), _page()]
    looks, previous = [], None
    for _ in range(4):
        harvest = Servers().collect(asked(previous=previous))
        looks += harvest.looks
        previous = _left(harvest)
    assert [set(each.failed_projects) for each in looks] == [{"p2"}, {"p2"}, set(), set()]
    assert [each.extent for each in looks] == [Extent.ALL, Extent.ALL, Extent.ALL, Extent.CHANGES]


def test_a_cell_that_is_down_beside_several_pages_costs_the_look(cloud: Script, asked: Callable[..., Asked]) -> None:
    """On further pages Nova leaves such cells out, so whose servers are lacking is not known."""
    down = {"id": "x", "status": "UNKNOWN", "tenant_id": "p2"}
    cloud.listings = [Listing(items=(_server("a"), down), pages=2)]
    assert Servers().collect(asked()).looks[0].failed


def test_a_nova_before_stein_is_asked_in_its_own_version(cloud: Script, asked: Callable[..., Asked]) -> None:
    """It refuses the microversion that tells of cells that are down."""
    cloud.listings = [Listing(failure=CloudMisconfigured("HTTP 406")), _page(_server("a"))]
    assert Servers().collect(asked()).complete
    assert cloud.microversions == ["2.69", "2.57"]


def test_a_cloud_that_is_away_leaves_the_last_snapshot(
    cloud: Script, asked: Callable[..., Asked], first: Snapshot
) -> None:
    """No look, no snapshot, and it says so."""
    cloud.listings = [Listing(failure=_AWAY)]
    harvest = Servers().collect(asked(previous=first))
    assert (harvest.looks, harvest.content, harvest.anything) == ((), None, False)


def test_a_cloud_without_nova_is_asked_nothing(cloud: Script, asked: Callable[..., Asked]) -> None:
    """Nothing is metered, for a service that left the catalogue by mistake must not end everything."""
    cloud.services = frozenset()
    harvest = Servers().collect(asked())
    assert (harvest.looks, harvest.complete, cloud.queries) == ((), True, [])
