"""Who uses a resource, seen on real servers, volumes and ports: it adds up to what the services count."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from devcloud.fixture import Devcloud
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud
from tenants.names import DomainName, RoleName, VolumeTypeName
from tenants.resources import Resource, Service
from tenants.spec import PrincipalKind

_PATIENCE_S = 120.0
_FAILED = "ERROR"


@pytest.fixture
def member(city: OpenStackCloud, project: ProjectId, devcloud: Devcloud) -> Iterator[Session]:
    """The administrator as a member of the project."""
    auth = yaml.safe_load(devcloud.clouds_yaml.read_text(encoding="utf-8"))["clouds"]["city"]["auth"]
    who = {name: auth[name] for name in ("auth_url", "username", "password", "user_domain_name")}
    role = city.identity.directory(DomainName("government"), users=False).roles[RoleName("admin")]
    user = PrincipalId(str(Session(auth=Password(**who)).get_user_id()))
    city.identity.grant(Assignment(project_id=project, kind=PrincipalKind.USER, principal_id=user, role_id=role))
    session = Session(auth=Password(**who, project_id=project))
    yield session
    session.session.close()


@pytest.fixture
def make(member: Session) -> Callable[..., Mapping[str, Any]]:
    """Make something inside the project."""

    def post(service: str, path: str, kind: str, **values: Any) -> Mapping[str, Any]:
        options = {"microversion": "2.37"} if service == "compute" else {}
        target = {"service_type": service, "interface": "public"}
        answer = member.post(path, json={kind: values}, endpoint_filter=target, **options)
        made: Mapping[str, Any] = answer.json()[kind]
        return made

    return post


@pytest.fixture
def boot(member: Session, make: Callable[..., Mapping[str, Any]]) -> Callable[[str], None]:
    """Boot a server of a flavor, and wait until it runs."""

    def listed(service: str, path: str, kind: str, name: str) -> str:
        answer = member.get(path, endpoint_filter={"service_type": service, "interface": "public"}).json()[kind]
        return str(next(each["id"] for each in answer if each["name"] == name))

    def boot_one(flavor: str) -> None:
        server = make(
            "compute",
            "/servers",
            "server",
            name=f"a-{flavor}-server",
            flavorRef=listed("compute", "/flavors", "flavors", flavor),
            imageRef=listed("image", "/v2/images", "images", "guest"),
            networks="none",
        )
        _until_active(member, server["id"])

    return boot_one


def _until_active(member: Session, server: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        target = {"service_type": "compute", "interface": "public"}
        seen = member.get(f"/servers/{server}", endpoint_filter=target).json()["server"]
        assert seen["status"] != _FAILED, seen
        if seen["status"] == "ACTIVE":
            return
        time.sleep(0.2)
    raise AssertionError("the server did not become active")


def _used(city: OpenStackCloud, project: ProjectId, resource: Resource) -> int | None:
    reading = city.quotas(resource.service).readings([project])[project]
    assert isinstance(reading, Mapping)
    return reading[resource].used


def test_servers_hold_cores_memory_and_their_own_number(
    city: OpenStackCloud, project: ProjectId, boot: Callable[[str], None]
) -> None:
    """The large one first, as its flavor says; together what Nova counts."""
    boot("tiny")
    boot("large")
    held = {"cores": [4, 1], "ram": [8192, 512], "instances": [1, 1]}
    for name, amounts in held.items():
        resource = Resource(service=Service.COMPUTE, name=name)
        holders = city.quotas(Service.COMPUTE).holders(project, resource)
        assert [each.amount for each in holders] == amounts
        assert holders[0].name == "a-large-server"
        assert sum(amounts) == _used(city, project, resource)


def test_volumes_hold_gigabytes_of_their_type(
    city: OpenStackCloud, project: ProjectId, make: Callable[..., Mapping[str, Any]]
) -> None:
    """And of all types together."""
    for size, kind in ((3, "ssd"), (2, "standard")):
        make("block-storage", "/volumes", "volume", name=f"on-{kind}", size=size, volume_type=kind)
    for volume_type, amounts in ((None, [3, 2]), (VolumeTypeName("ssd"), [3]), (VolumeTypeName("standard"), [2])):
        resource = Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=volume_type)
        holders = city.quotas(Service.BLOCK_STORAGE).holders(project, resource)
        assert [each.amount for each in holders] == amounts
        assert sum(amounts) == _used(city, project, resource)


def test_ports_and_networks_hold_themselves(
    city: OpenStackCloud, project: ProjectId, make: Callable[..., Mapping[str, Any]]
) -> None:
    """Those of the project alone."""
    network = make("network", "/v2.0/networks", "network", name="inside")
    make("network", "/v2.0/ports", "port", name="one", network_id=network["id"])
    for name, holder in (("network", "inside"), ("port", "one")):
        resource = Resource(service=Service.NETWORK, name=name)
        assert [each.name for each in city.quotas(Service.NETWORK).holders(project, resource)] == [holder]
        assert _used(city, project, resource) == 1


def test_looking_at_security_groups_makes_none(city: OpenStackCloud, project: ProjectId) -> None:
    """Neutron gives a project its default group when its groups are listed; we do not make it."""
    resource = Resource(service=Service.NETWORK, name="security_group")
    assert city.quotas(Service.NETWORK).holders(project, resource) == ()
    assert _used(city, project, resource) == 0
