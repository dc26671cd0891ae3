"""Snapshots and backups: their volumes' types, from what is metered, from one more listing, or unknown."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from monitoring.collection.backups import BACKUPS
from monitoring.collection.collector import Asked
from monitoring.collection.contents import Content, counted
from monitoring.collection.snapshots import SNAPSHOTS
from provisioner.clouds.collections import Listing
from provisioner.errors import CloudUnavailable
from provisioner.usage.collection import CollectorName, Snapshot
from provisioner.usage.sightings import ResourceId, Variant
from tests.unit.monitoring.collection.conftest import CITY, START, Script

_Ask = Callable[..., Asked]
_THERE = Listing(items=({"id": "v1", "volume_type": "ssd", "size": 1, "status": "available"},), pages=1)


def _copies(*volumes: str) -> Listing:
    keys = {"os-backup-project-attr:project_id": "p", "os-extended-snapshot-attributes:project_id": "p"}
    items = [{"id": f"of-{each}", "volume_id": each, "size": 2, "status": "available", **keys} for each in volumes]
    return Listing(items=tuple(items), pages=1)


def _metered(**types: str) -> Callable[[Collection[ResourceId]], Mapping[ResourceId, Variant]]:
    return lambda ids: {ResourceId(each): Variant(types[each]) for each in ids if each in types}


def _before(content: Content) -> Snapshot:
    return Snapshot(
        cloud=CITY, collector=CollectorName("backups"), began=START, at=START, complete=True, content=content
    )


def _types(harvest: Any) -> dict[str, str]:
    return {each.id: each.variant for look in harvest.looks for each in look.sightings}


def test_a_copy_is_of_its_volumes_type(cloud: Script, asked: _Ask) -> None:
    """As metering knows the volume: no request more."""
    cloud.listings = [_copies("v1", "v2")]
    harvest = SNAPSHOTS.collect(asked(volume_types=_metered(v1="ssd", v2="hdd")))
    assert _types(harvest) == {"of-v1": "ssd", "of-v2": "hdd"}
    assert {each.variant for each in counted(harvest.content or {})} == {"ssd", "hdd"}
    assert len(cloud.queries) == 1


def test_volumes_that_nobody_met_are_listed_once(cloud: Script, asked: _Ask) -> None:
    """A backup outlives its volume: what is not there is of no known type, and is not looked for again."""
    cloud.listings = [_copies("v1", "gone"), _THERE, _copies("v1", "gone")]
    first = BACKUPS.collect(asked())
    again = BACKUPS.collect(asked(previous=_before(first.content or {}), volume_types=_metered(v1="ssd")))
    assert _types(first) == _types(again) == {"of-v1": "ssd", "of-gone": ""}
    assert len(cloud.queries) == 3


def test_volumes_that_could_not_be_listed_are_looked_for_again(cloud: Script, asked: _Ask) -> None:
    """Nothing is known of them, not even that they are gone."""
    cloud.listings = [_copies("v1"), Listing(failure=CloudUnavailable("no answer")), _copies("v1"), _THERE]
    first = BACKUPS.collect(asked())
    again = BACKUPS.collect(asked(previous=_before(first.content or {})))
    assert [_types(first), _types(again)] == [{"of-v1": ""}, {"of-v1": "ssd"}]
