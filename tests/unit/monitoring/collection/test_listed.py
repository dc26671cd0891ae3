"""What is listed in whole each time: counts, failures of pages, services that are not there."""

from collections.abc import Callable
from typing import Any

from monitoring.collection.collector import Asked
from monitoring.collection.contents import counted, numbers
from monitoring.collection.images import IMAGES
from monitoring.collection.numbered import PORTS
from monitoring.collection.volumes import VOLUMES
from provisioner.clouds.collections import Listing
from provisioner.errors import CloudUnavailable
from provisioner.usage.collection import CollectorName, Snapshot
from provisioner.usage.sightings import Extent
from tests.unit.monitoring.collection.conftest import CITY, START, Script

_AWAY = CloudUnavailable("no answer")


def _volume(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "os-vol-tenant-attr:tenant_id": "p1", "size": 2, "status": "available", **more}


def _before() -> Snapshot:
    return Snapshot(
        cloud=CITY, collector=CollectorName("volumes"), began=START, at=START, complete=True, content={"counts": []}
    )


def test_alike_resources_are_counted_together(cloud: Script, asked: Callable[..., Asked]) -> None:
    """By project, variant and state; one that is on two pages is one."""
    cloud.listings = [Listing(items=(_volume("a"), _volume("b"), _volume("b"), _volume("c", status="error")), pages=2)]
    harvest = VOLUMES.collect(asked())
    found = [(each.state.value, each.number, each.size_bytes // 2**30) for each in counted(harvest.content or {})]
    assert found == [("available", 2, 4), ("error", 1, 2)]
    assert harvest.looks[0].extent is Extent.ALL


def test_half_a_count_does_not_take_the_place_of_a_whole_one(cloud: Script, asked: Callable[..., Asked]) -> None:
    """The look tells of what it saw, and says what it lacks."""
    cloud.listings = [Listing(items=(_volume("a"),), pages=1, failure=_AWAY)]
    harvest = VOLUMES.collect(asked(previous=_before()))
    assert harvest.content is None
    assert harvest.looks[0].failed == ("volumes, page 2: no answer",)
    assert harvest.anything


def test_half_a_count_is_better_than_none(cloud: Script, asked: Callable[..., Asked]) -> None:
    """It is said not to be complete."""
    cloud.listings = [Listing(items=(_volume("a"),), pages=1, failure=_AWAY)]
    harvest = VOLUMES.collect(asked())
    assert harvest.content is not None
    assert not harvest.complete


def test_hidden_images_are_listed_by_themselves(cloud: Script, asked: Callable[..., Asked]) -> None:
    """They are in no other listing, and still stored."""
    cloud.listings = [
        Listing(items=({"id": "a", "owner": "p"},), pages=1),
        Listing(items=({"id": "b", "owner": "p"},), pages=1),
    ]
    harvest = IMAGES.collect(asked())
    assert len(harvest.looks[0].sightings) == 2
    assert cloud.queries == [{}, {"os_hidden": "true"}]


def test_ports_are_numbered_by_project(cloud: Script, asked: Callable[..., Asked]) -> None:
    """Those of nobody among them."""
    cloud.listings = [Listing(items=({"id": "1", "project_id": "p"}, {"id": "2", "project_id": None}), pages=1)]
    assert numbers(PORTS.collect(asked()).content or {}) == {"p": 1, "": 1}


def test_a_service_that_is_not_there_is_not_asked(cloud: Script, asked: Callable[..., Asked]) -> None:
    """Nothing of it is metered: no look ends what it kept, should it only have left the catalogue."""
    cloud.services = frozenset()
    harvests = [each.collect(asked()) for each in (VOLUMES, IMAGES, PORTS)]
    assert all(each.complete and not each.looks for each in harvests)
    assert cloud.queries == []
