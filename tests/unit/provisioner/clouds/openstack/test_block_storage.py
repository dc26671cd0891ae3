"""Cinder: what is asked of it, its keys per volume type, and how it is forced."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.block_storage import resource_of
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudError, CloudRefused
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Limit, Resource, Service

_PROJECT = ProjectId("a" * 32)
_NAMES = CATALOGUE[Service.BLOCK_STORAGE]
_TYPED = sorted(name for name, definition in _NAMES.items() if definition.per_volume_type)
_BELOW_USE = {"badRequest": {"code": 400, "message": "Current usage is 5 and the requested limit is 1."}}


def _usage(limit: int) -> dict[str, int]:
    return {"limit": limit, "in_use": 5, "reserved": 0, "allocated": 0}


def _resource(name: str, volume_type: str | None = None) -> Resource:
    return Resource(
        service=Service.BLOCK_STORAGE, name=name, volume_type=VolumeTypeName(volume_type) if volume_type else None
    )


@given(st.sampled_from(_TYPED), st.text(min_size=1, max_size=30))
def test_a_key_of_a_volume_type_is_read_back(name: str, volume_type: str) -> None:
    """Whatever the type is called: underscores, other resources' names, any script."""
    resource = _resource(name, volume_type)
    assert resource_of(resource.key) == resource


@pytest.mark.parametrize("name", sorted(_NAMES))
def test_a_key_without_a_volume_type_is_read_back(name: str) -> None:
    """None of them is taken for a type's."""
    assert resource_of(name) == _resource(name)


@pytest.mark.parametrize("key", ["id", "consistencygroups", "backup_gigabytes_ssd", "temporary"])
def test_keys_that_the_catalogue_does_not_know_are_left_out(key: str) -> None:
    """Older Cinders have more."""
    assert resource_of(key) is None


def test_a_reading_takes_one_request(stage: Any, cloud: OpenStackCloud) -> None:
    """With use and reservations, and with every volume type."""
    usage = {"limit": 50, "in_use": 7, "reserved": 2, "allocated": 0}
    quota_set = {"id": _PROJECT, "gigabytes_ssd_fast": usage, "per_volume_gigabytes": {**usage, "in_use": 0}}
    stage.answer("GET", "/os-quota-sets", {"quota_set": quota_set})
    reading = cloud.quotas(Service.BLOCK_STORAGE).readings([_PROJECT])[_PROJECT]
    assert not isinstance(reading, CloudError)
    typed = reading[_resource("gigabytes", "ssd_fast")]
    assert (typed.limit, typed.used, typed.reserved) == (50, 7, 2)
    assert reading[_resource("per_volume_gigabytes")].used is None
    assert stage.paths() == [f"GET /volume/v3/os-quota-sets/{_PROJECT}"]


def test_without_force_a_refusal_is_final(stage: Any, cloud: OpenStackCloud) -> None:
    """Cinder's own words."""
    stage.answer("PUT", "/os-quota-sets", _BELOW_USE, status=400)
    with pytest.raises(CloudRefused, match="Current usage is 5"):
        cloud.quotas(Service.BLOCK_STORAGE).set_limits(_PROJECT, {"volumes": Limit(1)}, force=False)


def test_force_writes_a_projects_limits_anew(stage: Any, cloud: OpenStackCloud) -> None:
    """Cinder checks only limits that the project has of its own; all three writes are told."""
    stage.answer("PUT", "/os-quota-sets", _BELOW_USE, status=400, headers={"x-openstack-request-id": "req-1"})
    stage.answer("PUT", "/os-quota-sets", {"quota_set": {}}, headers={"x-openstack-request-id": "req-3"})
    stage.answer("GET", f"{_PROJECT}$", {"quota_set": {"id": _PROJECT, "volumes": _usage(8), "backups": _usage(10)}})
    stage.answer("GET", "/defaults$", {"quota_set": {"id": _PROJECT, "volumes": 10, "backups": 10}})
    stage.answer("DELETE", "/os-quota-sets", headers={"x-openstack-request-id": "req-2"})
    receipt = cloud.quotas(Service.BLOCK_STORAGE).set_limits(_PROJECT, {"volumes": Limit(1)}, force=True)
    assert receipt.request_ids == ("req-1", "req-2", "req-3")
    assert [each.partition(" ")[0] for each in stage.paths()] == ["PUT", "GET", "GET", "DELETE", "PUT"]


def test_force_deletes_nothing_that_would_be_lost(stage: Any, cloud: OpenStackCloud) -> None:
    """A crash between deleting and writing must not cost a limit that nobody gave."""
    stage.answer("PUT", "/os-quota-sets", _BELOW_USE, status=400)
    stage.answer("GET", f"{_PROJECT}$", {"quota_set": {"id": _PROJECT, "volumes": _usage(8), "backups": _usage(4)}})
    stage.answer("GET", "/defaults$", {"quota_set": {"id": _PROJECT, "volumes": 10, "backups": 10}})
    with pytest.raises(CloudRefused, match="give backups as well"):
        cloud.quotas(Service.BLOCK_STORAGE).set_limits(_PROJECT, {"volumes": Limit(1)}, force=True)
    assert not [each for each in stage.paths() if each.startswith("DELETE")]


@pytest.mark.parametrize("limits", [{"unicorns": 1}, {"volumes": 1, "unicorns": 1}, {"volumes": -2}, {"volumes": 5}])
def test_a_refusal_for_another_reason_is_not_forced(
    stage: Any, cloud: OpenStackCloud, limits: dict[str, Limit]
) -> None:
    """Cinder refuses what it does not know with the same status; nothing is deleted for that."""
    stage.answer("PUT", "/os-quota-sets", {"badRequest": {"message": "Bad key(s) in quota set"}}, status=400)
    stage.answer("GET", f"{_PROJECT}$", {"quota_set": {"id": _PROJECT, "volumes": _usage(8)}})
    with pytest.raises(CloudRefused, match="Bad key"):
        cloud.quotas(Service.BLOCK_STORAGE).set_limits(_PROJECT, limits, force=True)
    assert [each.partition(" ")[0] for each in stage.paths()] == ["PUT", "GET"]


def test_capabilities_take_three_requests(stage: Any, cloud: OpenStackCloud) -> None:
    """Versions, types (private ones, too), defaults."""
    for service in ("compute", "network"):
        del stage.endpoints[service]
    stage.answer("GET", "/volume/v3/$", {"versions": [{"status": "CURRENT", "min_version": "3.0", "version": "3.71"}]})
    stage.answer("GET", "/types", {"volume_types": [{"name": "ssd", "extra_specs": {}}]})
    stage.answer("GET", "/os-quota-class-sets", {"quota_class_set": {"id": "default", "volumes": 10}})
    has = cloud.capabilities()
    assert (has.volume_types, has.defaults) == ({"ssd"}, {_resource("volumes"): 10})
    assert has.microversions == {Service.BLOCK_STORAGE: ("3.0", "3.71")}
    assert len(stage.paths()) == 3
    assert next(each for each in stage.seen if each.path.endswith("/types")).query["is_public"] == ["None"]


def test_capacity_lists_the_types_only_where_they_are_not_known(stage: Any, cloud: OpenStackCloud) -> None:
    """Nothing is asked for twice in a pass."""
    del stage.endpoints["placement"]
    pool = {"name": "p", "capabilities": {"total_capacity_gb": 100, "allocated_capacity_gb": 30}}
    stage.answer("GET", "/get_pools", {"pools": [pool]})
    stage.answer("GET", "/types", {"volume_types": [{"name": "ssd", "extra_specs": {}}]})
    first = cloud.capacity()
    assert cloud.capacity() == first
    assert {str(resource): each.used for resource, each in first.items()} == {
        "block-storage/gigabytes": 30,
        "block-storage/gigabytes_ssd": 30,
    }
    assert [each.rpartition("/")[2] for each in stage.paths()] == ["get_pools", "types", "get_pools"]


def test_one_look_lists_the_types_once_whichever_question_comes_first(stage: Any, cloud: OpenStackCloud) -> None:
    """The next look lists them anew."""
    for service in ("compute", "network", "placement"):
        del stage.endpoints[service]
    stage.answer("GET", "/volume/v3/$", {"versions": []})
    stage.answer("GET", "/types", {"volume_types": [{"name": "ssd", "extra_specs": {}}]})
    stage.answer("GET", "/os-quota-class-sets", {"quota_class_set": {"id": "default"}})
    stage.answer("GET", "/get_pools", {"pools": []})
    listed = []
    for ask in (cloud.capacity, cloud.capabilities, cloud.capabilities):
        ask()
        listed.append(sum(each.path.endswith("/types") for each in stage.seen))
    assert listed == [1, 1, 2]


def _cinder_holds(stage: Any) -> None:
    volumes = [
        {"id": "1", "name": "db", "size": 40, "volume_type": "ssd"},
        {"id": "2", "name": None, "size": 10, "volume_type": "standard"},
    ]
    stage.answer("GET", "/volumes/detail", {"volumes": volumes})
    snapshots = [{"id": "3", "name": "db-1", "size": 40, "volume_id": "1"}]
    stage.answer("GET", "/snapshots/detail", {"snapshots": snapshots})
    stage.answer("GET", "/backups/detail", {"backups": [{"id": "4", "name": "b", "size": 5}]})
    stage.answer("GET", "/groups/detail", {"groups": [{"id": "5", "name": "g"}]})


@pytest.mark.parametrize(
    ("resource", "held"),
    [
        (_resource("volumes"), [("", 1), ("db", 1)]),
        (_resource("gigabytes"), [("db", 40), ("db-1", 40), ("", 10)]),
        (_resource("gigabytes", "ssd"), [("db", 40), ("db-1", 40)]),
        (_resource("volumes", "standard"), [("", 1)]),
        (_resource("snapshots", "ssd"), [("db-1", 1)]),
        (_resource("snapshots", "standard"), []),
        (_resource("per_volume_gigabytes"), [("db", 40), ("", 10)]),
        (_resource("backups"), [("b", 1)]),
        (_resource("backup_gigabytes"), [("b", 5)]),
        (_resource("groups"), [("g", 1)]),
    ],
)
def test_what_holds_a_resource(
    stage: Any, cloud: OpenStackCloud, resource: Resource, held: list[tuple[str, int]]
) -> None:
    """Greatest first; a snapshot belongs to the type of its volume, and counts in gigabytes."""
    _cinder_holds(stage)
    holders = cloud.quotas(Service.BLOCK_STORAGE).holders(_PROJECT, resource)
    assert [(each.name, each.amount) for each in holders] == held
