"""A Nova that takes its limits from Keystone: it answers every write with 200 and changes nothing."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from keystoneauth1.identity.v3 import Password
from keystoneauth1.session import Session

from devcloud.fixture import Devcloud, running
from devcloud.records import CloudOptions
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.errors import CloudRefused
from tenants.names import CloudName, DomainName, RoleName
from tenants.resources import Limit, Resource, Service
from tenants.spec import PrincipalKind

pytestmark = pytest.mark.timeout(300)

_DOMAIN = DomainName("government")


@pytest.fixture(scope="module")
def unified() -> Iterator[Devcloud]:
    """A cloud whose Nova takes its limits from Keystone."""
    with running(["unified"], options=CloudOptions(unified_limits=True)) as started:
        yield started


@pytest.fixture
def cloud(unified: Devcloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenStackCloud]:
    """That cloud, of which nothing is known yet."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(unified.clouds_yaml))
    with connect(CloudName("unified"), "unified") as opened:
        yield opened


@pytest.fixture
def project(cloud: OpenStackCloud) -> ProjectId:
    """A new project."""
    return cloud.identity.create_project(_DOMAIN, name=f"trial-{secrets.token_hex(4)}", description="")[0].id


@pytest.fixture
def administrator(unified: Devcloud) -> Mapping[str, str]:
    """How the administrator authenticates, without a project."""
    auth = yaml.safe_load(unified.clouds_yaml.read_text(encoding="utf-8"))["clouds"]["unified"]["auth"]
    return {name: auth[name] for name in ("auth_url", "username", "password", "user_domain_name")}


@pytest.fixture
def shown(administrator: Mapping[str, str]) -> Callable[[ProjectId], Mapping[str, Any]]:
    """What Nova itself shows of a project, to anybody who asks."""
    session = Session(auth=Password(**administrator, project_name="admin", project_domain_name="Default"))

    def show(project: ProjectId) -> Mapping[str, Any]:
        answer = session.get(f"/os-quota-sets/{project}", endpoint_filter={"service_type": "compute"})
        quota_set: Mapping[str, Any] = answer.json()["quota_set"]
        return quota_set

    return show


def _limits(cloud: OpenStackCloud, project: ProjectId) -> Mapping[str, int]:
    return {each.name: limit for each, limit in cloud.quotas(Service.COMPUTE).limits(project).items()}


def _write(cloud: OpenStackCloud, project: ProjectId, *, force: bool = False, **limits: int) -> int:
    """Write limits; how many requests it took."""
    before = cloud.requests_sent()
    given = {name: Limit(limit) for name, limit in limits.items()}
    cloud.quotas(Service.COMPUTE).set_limits(project, given, force=force)
    return cloud.requests_sent() - before


def test_the_mode_is_detected(cloud: OpenStackCloud) -> None:
    """And the defaults are Keystone's registered limits."""
    has = cloud.capabilities()
    assert has.unified_compute_limits
    assert has.defaults[Resource(service=Service.COMPUTE, name="cores")] == 20


def test_limits_that_nova_ignores_are_enforced_through_keystone(
    cloud: OpenStackCloud, project: ProjectId, shown: Callable[[ProjectId], Mapping[str, Any]]
) -> None:
    """Nova shows those that it shows of a project; we read back all of them."""
    _write(cloud, project, cores=7, ram=2048, instances=3, key_pairs=2, server_groups=1)
    assert (
        _limits(cloud, project).items()
        >= {
            "cores": 7,
            "ram": 2048,
            "instances": 3,
            "key_pairs": 2,
            "server_groups": 1,
        }.items()
    )
    assert (shown(project)["cores"], shown(project)["instances"]) == (7, 3)
    assert shown(project)["key_pairs"] != 2


def test_limits_can_be_changed_and_taken_away(cloud: OpenStackCloud, project: ProjectId) -> None:
    """A limit that the project has is changed in place, to unlimited and back."""
    _write(cloud, project, cores=7)
    _write(cloud, project, cores=-1, key_pairs=5)
    assert (_limits(cloud, project)["cores"], _limits(cloud, project)["key_pairs"]) == (-1, 5)
    _write(cloud, project, cores=9)
    assert _limits(cloud, project)["cores"] == 9


def test_readings_have_keystones_limits_and_novas_use(cloud: OpenStackCloud, project: ProjectId) -> None:
    """One request a project, and one for all."""
    cloud.capabilities()
    _write(cloud, project, cores=7, key_pairs=2)
    before = cloud.requests_sent()
    reading = cloud.quotas(Service.COMPUTE).readings([project])[project]
    assert cloud.requests_sent() - before == 2
    assert isinstance(reading, Mapping)
    found = {resource.name: (usage.limit, usage.used) for resource, usage in reading.items()}
    assert (found["cores"], found["key_pairs"]) == ((7, 0), (2, None))


def test_nova_is_asked_to_write_only_until_it_is_known(cloud: OpenStackCloud, project: ProjectId) -> None:
    """First: Nova, what Keystone has, the new limits; later without Nova, and one request for each that changes."""
    cloud.capabilities()
    assert _write(cloud, project, cores=30, ram=102400) == 3
    assert _write(cloud, project, cores=31, instances=40) == 3
    assert _write(cloud, project, cores=31, instances=40) == 1


def test_a_second_session_comes_to_the_same_view(cloud: OpenStackCloud, project: ProjectId, unified: Devcloud) -> None:
    """What one has written, another reads; nothing of it is kept in memory alone."""
    _write(cloud, project, cores=7, key_pairs=2)
    with connect(CloudName("unified"), "unified") as other:
        assert _limits(other, project) == _limits(cloud, project)


def test_going_below_what_is_in_use_is_refused_unless_forced(
    cloud: OpenStackCloud, project: ProjectId, administrator: Mapping[str, str]
) -> None:
    """Keystone would take it; we look at Nova's use first, as Nova does where it keeps the limits."""
    _write(cloud, project, server_groups=5)
    _make_server_groups(cloud, project, administrator, 2)
    with pytest.raises(CloudRefused, match="the limit 1 of server_groups is below the 2 in use"):
        _write(cloud, project, server_groups=1)
    assert _limits(cloud, project)["server_groups"] == 5
    _write(cloud, project, server_groups=1, force=True)
    assert _limits(cloud, project)["server_groups"] == 1


def _make_server_groups(
    cloud: OpenStackCloud, project: ProjectId, administrator: Mapping[str, str], number: int
) -> None:
    """As a member of the project: Nova lets nobody make things in another's."""
    user = Session(auth=Password(**administrator)).get_user_id()
    role = cloud.identity.directory(_DOMAIN, users=False).roles[RoleName("admin")]
    cloud.identity.grant(
        Assignment(project_id=project, kind=PrincipalKind.USER, principal_id=PrincipalId(str(user)), role_id=role)
    )
    member = Session(auth=Password(**administrator, project_id=project))
    for each in range(number):
        group = {"name": f"g{each}", "policies": ["affinity"]}
        member.post("/os-server-groups", json={"server_group": group}, endpoint_filter={"service_type": "compute"})
