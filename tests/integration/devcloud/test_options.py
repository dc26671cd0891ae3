"""A devcloud can be made otherwise: Nova's limits in Keystone, more computes, more groups."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from devcloud.errors import DevcloudError
from devcloud.fixture import running
from devcloud.records import CloudOptions
from devcloud.seed import GroupSeed, read_groups

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def otherwise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The administrator of a cloud with unified limits, four computes and a further group."""
    folder = tmp_path_factory.mktemp("otherwise")
    groups = folder / "groups.yaml"
    groups.write_text("- {name: archives-ops, description: 市档案馆运维组}\n", encoding="utf-8")
    options = CloudOptions(computes=4, unified_limits=True)
    with running(["city"], state=folder / "state", options=options, groups=groups) as devcloud:
        auth = yaml.safe_load(devcloud.clouds_yaml.read_text(encoding="utf-8"))["clouds"]["city"]["auth"]
        session = Session(auth=Password(**auth))
        yield session
        session.session.close()


def get(session: Session, service: str, path: str) -> Any:
    """Return the decoded answer to a GET."""
    return session.get(path, endpoint_filter={"service_type": service, "interface": "public"}).json()


def put(session: Session, path: str, body: Any) -> int:
    """Return the status of a PUT to Nova."""
    return session.put(path, json=body, endpoint_filter={"service_type": "compute"}, raise_exc=False).status_code


def test_nova_takes_its_limits_from_keystone(otherwise: Session) -> None:
    """Keystone holds registered limits of Nova's resources."""
    limits = get(otherwise, "identity", "/registered_limits")["registered_limits"]
    assert {"servers", "class:VCPU", "class:MEMORY_MB"} <= {limit["resource_name"] for limit in limits}


def test_nova_ignores_a_quota_that_is_put(otherwise: Session) -> None:
    """In this mode Nova answers 200 and changes nothing."""
    path = f"/os-quota-sets/{otherwise.get_project_id()}"
    assert put(otherwise, path, {"quota_set": {"cores": 7}}) == 200
    assert get(otherwise, "compute", path)["quota_set"]["cores"] == 20


def test_a_limit_in_keystone_is_enforced(otherwise: Session) -> None:
    """A project limited to no server is refused one."""
    limits = get(otherwise, "identity", "/registered_limits")["registered_limits"]
    servers = next(limit for limit in limits if limit["resource_name"] == "servers")
    limit = {
        "project_id": otherwise.get_project_id(),
        "service_id": servers["service_id"],
        "region_id": servers["region_id"],
        "resource_name": "servers",
        "resource_limit": 0,
    }
    otherwise.post("/limits", json={"limits": [limit]}, endpoint_filter={"service_type": "identity"})
    flavor = get(otherwise, "compute", "/flavors")["flavors"][0]["id"]
    image = get(otherwise, "image", "/v2/images")["images"][0]["id"]
    network = get(otherwise, "network", "/v2.0/networks")["networks"][0]["id"]
    server = {"name": "refused", "flavorRef": flavor, "imageRef": image, "networks": [{"uuid": network}]}
    refused = otherwise.post(
        "/servers", json={"server": server}, endpoint_filter={"service_type": "compute"}, raise_exc=False
    )
    assert refused.status_code == 403
    assert "servers" in refused.text


def test_as_many_computes_as_asked_are_there(otherwise: Session) -> None:
    """All computes run, and each zone has at least one."""
    zones = get(otherwise, "compute", "/os-availability-zone/detail")["availabilityZoneInfo"]
    hosts = {zone["zoneName"]: len(zone["hosts"]) for zone in zones if zone["zoneName"] != "internal"}
    assert hosts == {"internet": 3, "extranet": 1}


def test_further_groups_are_made(otherwise: Session) -> None:
    """A file's groups stand beside those of every cloud."""
    groups = {one["name"]: one["description"] for one in get(otherwise, "identity", "/groups")["groups"]}
    assert groups["archives-ops"] == "市档案馆运维组"
    assert "market-regulation-ops" in groups


def test_a_groups_file_may_be_bare_names(tmp_path: Path) -> None:
    """A name alone is a group of the government's domain."""
    file = tmp_path / "groups.yaml"
    file.write_text("groups:\n  - archives-ops\n", encoding="utf-8")
    assert read_groups(file) == (GroupSeed(name="archives-ops", domain="government", description=""),)


@pytest.mark.parametrize("content", ["archives-ops", "- 7", "- {name: a, title: b}"])
def test_a_wrong_groups_file_is_refused(tmp_path: Path, content: str) -> None:
    """What is not a list of groups is named with its file."""
    file = tmp_path / "groups.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DevcloudError, match=r"groups\.yaml"):
        read_groups(file)
