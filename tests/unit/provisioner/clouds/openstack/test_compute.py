"""Nova: what is asked of it, and who keeps its limits."""

from collections.abc import Mapping
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudError, CloudMisconfigured, CloudRefused
from tenants.resources import Limit, Resource, Service

_PROJECT = ProjectId("a" * 32)
_OTHER = ProjectId("b" * 32)
_DEFAULTS = {
    "instances": 10,
    "cores": 20,
    "ram": 51200,
    "metadata_items": 128,
    "key_pairs": 100,
    "server_groups": 10,
    "server_group_members": 10,
}
_KEYSTONE = {
    "instances": "servers",
    "cores": "class:VCPU",
    "ram": "class:MEMORY_MB",
    "metadata_items": "server_metadata_items",
    "key_pairs": "server_key_pairs",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
}


def _resource(name: str) -> Resource:
    return Resource(service=Service.COMPUTE, name=name)


def _details(**limits: int) -> Mapping[str, Any]:
    usages = {name: {"limit": limit, "in_use": 4, "reserved": 0} for name, limit in {**_DEFAULTS, **limits}.items()}
    return {"quota_set": {"id": _PROJECT, "fixed_ips": {"limit": -1, "in_use": 0, "reserved": 0}, **usages}}


def _keystone_limit(name: str, limit: int, *, number: int = 1, project: str = _PROJECT) -> Mapping[str, Any]:
    return {
        "id": f"limit-{number}",
        "project_id": project,
        "service_id": "id-of-compute",
        "region_id": None,
        "resource_name": _KEYSTONE[name],
        "resource_limit": limit,
    }


class Nova:
    """Scripts Nova and Keystone together."""

    def __init__(self, stage: Any) -> None:
        self.stage = stage

    def registers(self, *, region: str | None = None, nova: Mapping[str, int] = _DEFAULTS, **defaults: int) -> None:
        """Keystone has these registered limits, and Nova shows those defaults."""
        registered = [
            {"resource_name": _KEYSTONE[name], "default_limit": limit, "region_id": region}
            for name, limit in defaults.items()
        ]
        self.stage.answer("GET", "/registered_limits", {"registered_limits": registered})
        self.stage.answer("GET", "/os-quota-class-sets/default", {"quota_class_set": {"id": "default", **nova}})

    def overrides(self, *limits: Mapping[str, Any]) -> None:
        """Keystone has limits of projects' own."""
        self.stage.answer("GET", "/v3/limits", {"limits": list(limits)})

    def shows(self, **limits: int) -> None:
        """What Nova answers for the project, to reading and to writing."""
        shown = {"quota_set": {"id": _PROJECT, **_DEFAULTS, **limits}}
        self.stage.answer("GET", "/os-quota-sets/[^/]+$", shown)
        self.stage.answer("PUT", "/os-quota-sets/[^/]+$", shown)


@pytest.fixture
def nova(stage: Any) -> Nova:
    """Nova and Keystone, with nothing registered yet."""
    return Nova(stage)


@pytest.fixture
def keystone_keeps(nova: Nova) -> Nova:
    """Everything is registered, with the defaults that Nova shows."""
    nova.registers(**_DEFAULTS)
    return nova


def test_a_project_takes_one_request(stage: Any, nova: Nova, cloud: OpenStackCloud) -> None:
    """And one, once, to know who keeps the limits."""
    nova.registers()
    stage.answer("GET", "/detail$", _details(cores=9))
    readings = cloud.quotas(Service.COMPUTE).readings([_PROJECT, _OTHER])
    reading = readings[_PROJECT]
    assert not isinstance(reading, CloudError)
    assert (reading[_resource("cores")].limit, reading[_resource("cores")].used) == (9, 4)
    assert sorted(stage.paths("compute")) == sorted(
        f"GET /compute/v2.1/os-quota-sets/{each}/detail" for each in (_PROJECT, _OTHER)
    )
    assert stage.paths("identity") == ["GET /identity/v3/registered_limits"]


def test_names_that_nova_no_longer_enforces_are_left_out(stage: Any, nova: Nova, cloud: OpenStackCloud) -> None:
    """Only the catalogue's count."""
    nova.registers()
    stage.answer("GET", "/detail$", _details())
    reading = cloud.quotas(Service.COMPUTE).readings([_PROJECT])[_PROJECT]
    assert not isinstance(reading, CloudError)
    assert {each.name for each in reading} == _DEFAULTS.keys()


def test_one_project_that_fails_costs_only_itself(stage: Any, nova: Nova, cloud: OpenStackCloud) -> None:
    """The others are read."""
    nova.registers()
    stage.answer("GET", f"{_PROJECT}/detail$", {"badRequest": {"message": "not a valid project"}}, status=400)
    stage.answer("GET", f"{_OTHER}/detail$", _details())
    readings = cloud.quotas(Service.COMPUTE).readings([_PROJECT, _OTHER])
    assert isinstance(readings[_PROJECT], CloudRefused)
    assert not isinstance(readings[_OTHER], CloudError)


def test_force_goes_into_the_request(stage: Any, nova: Nova, cloud: OpenStackCloud) -> None:
    """Only where it is asked for."""
    nova.registers()
    nova.shows(cores=1)
    keeper = cloud.quotas(Service.COMPUTE)
    keeper.set_limits(_PROJECT, {"cores": Limit(1)}, force=False)
    keeper.set_limits(_PROJECT, {"cores": Limit(1)}, force=True)
    written = [each.body for each in stage.seen if each.method == "PUT"]
    assert written == [{"quota_set": {"cores": 1}}, {"quota_set": {"cores": 1, "force": True}}]


def test_a_nova_that_is_too_old_is_told(stage: Any, nova: Nova, cloud: OpenStackCloud) -> None:
    """Its own message names the versions."""
    nova.registers()
    message = "Version 2.57 is not supported by the API. Minimum is 2.1 and maximum is 2.53."
    stage.answer("GET", "/os-quota-sets", {"computeFault": {"message": message}}, status=406)
    with pytest.raises(CloudMisconfigured, match=r"maximum is 2\.53"):
        cloud.quotas(Service.COMPUTE).limits(_PROJECT)


def test_registered_limits_that_nova_does_not_show_are_not_novas(nova: Nova, cloud: OpenStackCloud) -> None:
    """Somebody prepared a change of drivers: Nova still keeps its limits."""
    nova.registers(**{**_DEFAULTS, "cores": 21})
    nova.shows(cores=7)
    assert cloud.quotas(Service.COMPUTE).limits(_PROJECT)[_resource("cores")] == 7


def test_where_keystone_keeps_the_limits_nova_shows_only_some(keystone_keeps: Nova, cloud: OpenStackCloud) -> None:
    """The rest comes from Keystone."""
    keystone_keeps.shows(cores=7)
    keystone_keeps.overrides(_keystone_limit("cores", 7), _keystone_limit("key_pairs", 3))
    limits = cloud.quotas(Service.COMPUTE).limits(_PROJECT)
    assert (limits[_resource("cores")], limits[_resource("key_pairs")], limits[_resource("ram")]) == (7, 3, 51200)


def test_readings_take_one_more_request_for_all_projects(
    stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud
) -> None:
    """Keystone lists every project's limits at once."""
    stage.answer("GET", "/detail$", _details())
    keystone_keeps.overrides(_keystone_limit("key_pairs", 3))
    readings = cloud.quotas(Service.COMPUTE).readings([_PROJECT, _OTHER])
    key_pairs = [reading[_resource("key_pairs")].limit for reading in readings.values() if isinstance(reading, Mapping)]
    assert key_pairs == [3, 100]
    assert stage.paths("identity") == ["GET /identity/v3/registered_limits", "GET /identity/v3/limits"]


@pytest.mark.parametrize("shown", [{"cores": 9}, {"key_pairs": 5}])
def test_what_cannot_come_from_keystone_proves_that_nova_keeps_it(
    keystone_keeps: Nova, cloud: OpenStackCloud, shown: Mapping[str, int]
) -> None:
    """The defaults were copied to Keystone, and Nova did not change over: its word holds."""
    keystone_keeps.shows(**shown)
    keystone_keeps.overrides(_keystone_limit("server_groups", 99))
    limits = cloud.quotas(Service.COMPUTE).limits(_PROJECT)
    assert {resource.name: limit for resource, limit in limits.items()} == {**_DEFAULTS, **shown}


def test_a_write_that_nova_ignores_goes_to_keystone(stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud) -> None:
    """New limits in one request, those that the project has in one each; what holds already is not written."""
    keystone_keeps.shows(cores=7)
    keystone_keeps.overrides(_keystone_limit("cores", 7, number=4))
    stage.answer("PATCH", "/v3/limits/limit-4", {"limit": {}})
    stage.answer("POST", "/v3/limits", {"limits": []}, status=201)
    limits = {"cores": Limit(8), "key_pairs": Limit(3), "instances": Limit(10)}
    cloud.quotas(Service.COMPUTE).set_limits(_PROJECT, limits, force=True)
    bodies = {each.method: each.body for each in stage.seen if each.method in {"PATCH", "POST"}}
    assert bodies["PATCH"] == {"limit": {"resource_limit": 8}}
    assert bodies["POST"] == {
        "limits": [
            {
                "project_id": _PROJECT,
                "service_id": "id-of-compute",
                "resource_name": "server_key_pairs",
                "resource_limit": 3,
            }
        ]
    }


def test_once_proven_nova_is_not_asked_to_write_again(stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud) -> None:
    """The second write goes straight to Keystone."""
    keystone_keeps.shows()
    keystone_keeps.overrides()
    stage.answer("POST", "/v3/limits", {"limits": []}, status=201)
    keeper = cloud.quotas(Service.COMPUTE)
    keeper.set_limits(_PROJECT, {"cores": Limit(8)}, force=True)
    before = len(stage.seen)
    keeper.set_limits(_PROJECT, {"cores": Limit(9)}, force=True)
    assert [str(each) for each in stage.seen[before:]] == ["GET /identity/v3/limits", "POST /identity/v3/limits"]


def test_a_write_that_nova_keeps_does_not_go_to_keystone(
    stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud
) -> None:
    """What it shows afterwards cannot come from Keystone."""
    keystone_keeps.shows(key_pairs=3)
    keystone_keeps.overrides()
    cloud.quotas(Service.COMPUTE).set_limits(_PROJECT, {"key_pairs": Limit(3)}, force=False)
    assert [each.method for each in stage.seen if each.path.endswith("/v3/limits")] == ["GET"]


def test_keystone_limits_are_made_in_the_region_of_their_registration(
    stage: Any, nova: Nova, cloud: OpenStackCloud
) -> None:
    """Keystone would not find the registered limit otherwise."""
    nova.registers(region="RegionOne", **_DEFAULTS)
    nova.shows()
    nova.overrides()
    stage.answer("POST", "/v3/limits", {"limits": []}, status=201)
    cloud.quotas(Service.COMPUTE).set_limits(_PROJECT, {"cores": Limit(8)}, force=True)
    assert stage.seen[-1].body["limits"][0]["region_id"] == "RegionOne"


def test_a_limit_that_is_not_registered_is_a_clear_refusal(nova: Nova, cloud: OpenStackCloud) -> None:
    """It says what to register."""
    registered = {name: limit for name, limit in _DEFAULTS.items() if name != "key_pairs"}
    nova.registers(nova={**_DEFAULTS, "key_pairs": 0}, **registered)
    nova.shows(key_pairs=0)
    nova.overrides()
    with pytest.raises(CloudRefused, match="no registered limit server_key_pairs"):
        cloud.quotas(Service.COMPUTE).set_limits(_PROJECT, {"key_pairs": Limit(3)}, force=True)


def test_keystone_does_not_check_the_use_so_we_do(stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud) -> None:
    """Going below what is in use is refused there as Nova refuses it."""
    keystone_keeps.shows()
    keystone_keeps.overrides()
    stage.answer("GET", "/detail$", _details())
    with pytest.raises(CloudRefused, match="the limit 3 of cores is below the 4 in use"):
        cloud.quotas(Service.COMPUTE).set_limits(_PROJECT, {"cores": Limit(3)}, force=False)


def test_raising_needs_no_look_at_the_use(stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud) -> None:
    """Nobody can be above a limit that grows."""
    keystone_keeps.shows()
    keystone_keeps.overrides()
    stage.answer("POST", "/v3/limits", {"limits": []}, status=201)
    cloud.quotas(Service.COMPUTE).set_limits(_PROJECT, {"cores": Limit(-1)}, force=False)
    assert not [each for each in stage.paths() if each.endswith("/detail")]


def test_capabilities_tell_who_keeps_the_limits(stage: Any, keystone_keeps: Nova, cloud: OpenStackCloud) -> None:
    """In four requests."""
    stage.answer("GET", "/v2.1/$", {"version": {"status": "CURRENT", "min_version": "2.1", "version": "2.96"}})
    stage.answer("GET", "/os-availability-zone", {"availabilityZoneInfo": [{"zoneName": "extranet"}]})
    del stage.endpoints["block-storage"], stage.endpoints["network"]
    has = cloud.capabilities()
    assert (has.unified_compute_limits, has.services) == (True, frozenset({Service.COMPUTE}))
    assert (has.microversions, has.availability_zones) == ({Service.COMPUTE: ("2.1", "2.96")}, {"extranet"})
    assert has.defaults[_resource("cores")] == 20
    assert len(stage.paths()) == 4


def test_servers_hold_what_their_flavors_say(stage: Any, cloud: OpenStackCloud) -> None:
    """Greatest first, over all pages."""
    servers = [
        {"id": str(number), "name": f"s{number}", "flavor": {"vcpus": number, "ram": 512 * number}}
        for number in (1, 3, 2)
    ]
    link = {"rel": "next", "href": "http://elsewhere/servers/detail?all_tenants=1&limit=2&marker=3"}
    stage.answer("GET", "/servers/detail", {"servers": servers[:2], "servers_links": [link]})
    stage.answer("GET", "/servers/detail", {"servers": servers[2:]})
    keeper = cloud.quotas(Service.COMPUTE)
    assert [(each.name, each.amount) for each in keeper.holders(_PROJECT, _resource("cores"))] == [
        ("s3", 3),
        ("s2", 2),
        ("s1", 1),
    ]
    assert stage.seen[-1].query["marker"] == ["3"]


def test_server_groups_are_those_of_the_project(stage: Any, cloud: OpenStackCloud) -> None:
    """Nova lists all projects' together."""
    groups = [{"id": "1", "name": "ours", "project_id": _PROJECT}, {"id": "2", "name": "theirs", "project_id": _OTHER}]
    stage.answer("GET", "/os-server-groups", {"server_groups": groups})
    stage.answer("GET", "/os-server-groups", {"server_groups": []})
    holders = cloud.quotas(Service.COMPUTE).holders(_PROJECT, _resource("server_groups"))
    assert [each.name for each in holders] == ["ours"]


def test_what_is_counted_per_user_has_no_holders(stage: Any, cloud: OpenStackCloud) -> None:
    """And nobody is asked."""
    assert cloud.quotas(Service.COMPUTE).holders(_PROJECT, _resource("key_pairs")) == ()
    assert stage.paths() == []
