"""What every cloud holds from its first moment."""

import hashlib
import time
from typing import Any

import pytest

from devcloud.seed import image_bytes

pytestmark = pytest.mark.timeout(120)


def test_every_api_answers_an_authenticated_request(city: Any) -> None:
    """Each of the six services lists something for the administrator."""
    for service, path in (
        ("identity", "/projects"),
        ("placement", "/resource_providers"),
        ("image", "/v2/images"),
        ("network", "/v2.0/networks"),
        ("block-storage", "/volumes"),
        ("compute", "/servers"),
    ):
        assert city.call(service, "GET", path).status_code == 200, service


def test_an_api_refuses_a_request_without_a_token(city: Any) -> None:
    """The services check who asks."""
    assert city.call("compute", "GET", "/servers", authenticated=False).status_code == 401


def test_the_computes_are_spread_over_two_zones(city: Any) -> None:
    """Two computes serve the internet zone, one the government extranet, and all are up."""
    zones = city.get("compute", "/os-availability-zone/detail")["availabilityZoneInfo"]
    hosts = {zone["zoneName"]: sorted(zone["hosts"]) for zone in zones if zone["zoneName"] != "internal"}
    assert hosts == {"internet": ["compute-1", "compute-2"], "extranet": ["compute-3"]}


@pytest.mark.parametrize(("service", "path"), [("compute", "/os-services"), ("block-storage", "/os-services")])
def test_every_worker_keeps_reporting(city: Any, service: str, path: str) -> None:
    """Each scheduler, conductor, compute and backend writes its own heartbeat; none is taken for dead later."""

    def heartbeats() -> dict[tuple[str, str], str]:
        return {(one["binary"], one["host"]): one["updated_at"] for one in city.get(service, path)["services"]}

    before = heartbeats()
    deadline = time.monotonic() + 60
    while silent := [worker for worker, beat in heartbeats().items() if beat == before[worker]]:
        assert time.monotonic() < deadline, silent
        time.sleep(0.5)


def test_the_volume_types_are_backed_by_pools_of_their_own(city: Any) -> None:
    """`standard` is the default, and each type's pool reports its capacity."""
    types = {one["name"] for one in city.get("block-storage", "/types")["volume_types"]}
    default = city.get("block-storage", "/types/default")["volume_type"]["name"]
    pools = city.get("block-storage", "/scheduler-stats/get_pools?detail=True")["pools"]
    assert types == {"standard", "ssd"}
    assert default == "standard"
    assert {pool["capabilities"]["volume_backend_name"] for pool in pools} == types
    assert all(pool["capabilities"]["total_capacity_gb"] == 2 * 1024 * 1024 for pool in pools)


def test_one_flavor_is_private(city: Any) -> None:
    """So that access to a flavor can be given and taken away."""
    public = {one["name"] for one in city.get("compute", "/flavors")["flavors"]}
    private = {one["name"] for one in city.get("compute", "/flavors?is_public=false")["flavors"]}
    assert {"tiny", "small", "medium", "large", "xlarge", "2xlarge"} <= public
    assert "database" in private - public


def test_the_capacity_holds_a_citys_departments(city: Any) -> None:
    """Eighty projects of 160 processors and 640 GiB of memory fit into what Placement counts."""
    totals = {"VCPU": 0.0, "MEMORY_MB": 0.0}
    for provider in city.get("placement", "/resource_providers")["resource_providers"]:
        inventory = city.get("placement", f"/resource_providers/{provider['uuid']}/inventories")["inventories"]
        for resource in totals:
            totals[resource] += inventory[resource]["total"] * inventory[resource]["allocation_ratio"]
    assert totals["VCPU"] >= 80 * 160
    assert totals["MEMORY_MB"] >= 80 * 640 * 1024


def test_the_images_bytes_come_back_as_they_were_put_in(city: Any) -> None:
    """The image is real data, the same on every machine."""
    image = city.get("image", "/v2/images")["images"][0]
    data = city.call("image", "GET", f"/v2/images/{image['id']}/file").content
    assert hashlib.sha256(data).hexdigest() == hashlib.sha256(image_bytes(8)).hexdigest()


def test_each_zone_has_an_external_network(city: Any) -> None:
    """Projects of each zone can reach out by a network of the zone's own."""
    networks = city.get("network", "/v2.0/networks?router:external=true")["networks"]
    assert {one["name"] for one in networks} == {"internet-external", "extranet-external"}


def test_tenants_groups_keep_their_chinese_names(city: Any) -> None:
    """The government's groups are in their own domain, described in Chinese."""
    groups = city.get("identity", "/groups?name=market-regulation-ops")["groups"]
    assert [group["description"] for group in groups] == ["市市场监督管理局运维组"]


def test_roles_are_those_of_keystones_bootstrap(city: Any) -> None:
    """Members and readers can be assigned."""
    roles = {role["name"] for role in city.get("identity", "/roles")["roles"]}
    assert {"admin", "manager", "member", "reader", "service"} <= roles


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("identity", "/groups"),
        ("identity", "/projects"),
        ("image", "/v2/images"),
        ("network", "/v2.0/networks"),
        ("block-storage", "/types"),
        ("compute", "/flavors"),
    ],
)
def test_two_clouds_share_no_id(city: Any, district: Any, service: str, path: str) -> None:
    """Mistaking one cloud's object for another's does not go unnoticed."""
    kind = "volume_types" if path == "/types" else path.rpartition("/")[2]
    ids = [{one["id"] for one in client.get(service, path)[kind]} for client in (city, district)]
    assert ids[0]
    assert not ids[0] & ids[1]
