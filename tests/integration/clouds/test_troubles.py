"""A cloud in trouble: what is safe to repeat is repeated, what is not is told, and nothing happens twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from devcloud.fixture import Devcloud
from devcloud.handle import Mark
from provisioner.clouds.interface import Assignment, ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudUnavailable
from tenants.names import DomainName, PrincipalName, RoleName
from tenants.resources import Limit, Service
from tenants.spec import PrincipalKind

_DOMAIN = DomainName("government")
_SERVICES = {Service.COMPUTE: "nova", Service.BLOCK_STORAGE: "cinder", Service.NETWORK: "neutron"}
_KEYS = {Service.COMPUTE: "cores", Service.BLOCK_STORAGE: "gigabytes_ssd", Service.NETWORK: "network"}


@dataclass(frozen=True)
class Trouble:
    """What is to go wrong in the city cloud, and what was asked of it since the test began."""

    devcloud: Devcloud
    began: Mark

    def comes(self, service: str, path: str, kind: str, **how: Any) -> None:
        """Requests that have the path in theirs fail: the next one, unless `count` says otherwise."""
        self.devcloud.fail("city", service, path, kind=kind, **how)

    def asked(self, method: str, path: str) -> list[int | None]:
        """The statuses of what was asked, by method and a part of the path."""
        seen = self.devcloud.requests(since=self.began, cloud="city")
        return [each.status for each in seen if each.method == method and path in each.path]


@pytest.fixture
def trouble(devcloud: Devcloud) -> Iterator[Trouble]:
    """The devcloud's troubles, all over when the test is."""
    yield Trouble(devcloud, devcloud.mark())
    devcloud.clear()


@pytest.fixture(params=list(Service))
def service(request: pytest.FixtureRequest) -> Service:
    """Each service in turn."""
    service: Service = request.param
    return service


def _limit(city: OpenStackCloud, service: Service, project: ProjectId) -> int:
    limits = {resource.key: limit for resource, limit in city.quotas(service).limits(project).items()}
    return limits[_KEYS[service]]


@pytest.mark.parametrize("kind", ["429", "500", "503", "reset"])
def test_reading_is_repeated(
    city: OpenStackCloud,
    project: ProjectId,
    trouble: Trouble,
    kind: str,
) -> None:
    """Whatever went wrong."""
    trouble.comes("cinder", f"/os-quota-sets/{project}", kind, count=2)
    assert city.quotas(Service.BLOCK_STORAGE).limits(project)
    assert len(trouble.asked("GET", project)) == 3


def test_reading_is_repeated_when_no_answer_comes(
    open_city: Callable[..., OpenStackCloud], project: ProjectId, trouble: Trouble
) -> None:
    """After the time that the settings allow."""
    impatient = open_city(read_timeout=5.0)
    trouble.comes("neutron", f"/quotas/{project}", "hang")
    assert impatient.quotas(Service.NETWORK).limits(project)


def test_writing_is_repeated_whether_or_not_it_took_effect(
    city: OpenStackCloud,
    project: ProjectId,
    trouble: Trouble,
    service: Service,
) -> None:
    """Once struck before and once after acting; written twice, the limit is the same."""
    trouble.comes(_SERVICES[service], str(project), "reset", method="PUT", after_acting=True)
    trouble.comes(_SERVICES[service], str(project), "503", method="PUT")
    city.quotas(service).set_limits(project, {_KEYS[service]: Limit(7)}, force=False)
    assert _limit(city, service, project) == 7
    assert len(trouble.asked("PUT", project)) == 3


def test_the_cloud_is_given_the_time_it_asks_for(
    city: OpenStackCloud, project: ProjectId, trouble: Trouble, naps: list[float]
) -> None:
    """503 with Retry-After: we wait as long, and a little more."""
    trouble.comes("nova", f"/os-quota-sets/{project}", "503", retry_after_s=9)
    city.quotas(Service.COMPUTE).limits(project)
    assert naps == [9.05]


def test_trouble_that_lasts_is_told(city: OpenStackCloud, project: ProjectId, trouble: Trouble) -> None:
    """After four attempts, with what was asked and what was answered."""
    trouble.comes("cinder", f"/os-quota-sets/{project}", "503", count=9)
    with pytest.raises(CloudUnavailable, match=rf"city: block-storage: GET /os-quota-sets/{project}: HTTP 503"):
        city.quotas(Service.BLOCK_STORAGE).limits(project)


def test_one_project_in_trouble_costs_only_itself(
    city: OpenStackCloud, project: ProjectId, trouble: Trouble, name: str
) -> None:
    """The others are read."""
    other = city.identity.create_project(_DOMAIN, name=f"{name}-2", description="")[0].id
    trouble.comes("nova", f"/os-quota-sets/{project}", "500", count=9)
    readings = city.quotas(Service.COMPUTE).readings([project, other])
    assert isinstance(readings[project], CloudUnavailable)
    assert not isinstance(readings[other], CloudUnavailable)


@pytest.mark.parametrize("kind", ["500", "reset"])
def test_making_is_not_repeated_when_it_may_have_worked(
    city: OpenStackCloud, trouble: Trouble, name: str, kind: str
) -> None:
    """Keystone made the project, and its answer was lost: it is there once, and we were asked to look."""
    trouble.comes("keystone", "/v3/projects$", kind, method="POST", after_acting=True)
    with pytest.raises(CloudUnavailable):
        city.identity.create_project(_DOMAIN, name=name, description="")
    assert city.identity.project(_DOMAIN, name)
    assert len(trouble.asked("POST", "/v3/projects")) == 1


@pytest.mark.parametrize("kind", ["429", "503"])
def test_making_is_repeated_when_keystone_says_that_it_did_nothing(
    city: OpenStackCloud, trouble: Trouble, name: str, kind: str
) -> None:
    """The project is there, once."""
    trouble.comes("keystone", "/v3/projects$", kind, method="POST")
    made, _ = city.identity.create_project(_DOMAIN, name=name, description="")
    assert city.identity.project(_DOMAIN, name) == made
    assert trouble.asked("POST", "/v3/projects") == [int(kind), 201]


def test_a_role_is_granted_once_though_the_answer_was_lost(
    city: OpenStackCloud, project: ProjectId, trouble: Trouble
) -> None:
    """Granting is repeated, and assigning twice is the same."""
    directory = city.identity.directory(_DOMAIN, users=False)
    assignment = Assignment(
        project_id=project,
        kind=PrincipalKind.GROUP,
        principal_id=directory.groups[PrincipalName("cloud-auditors")],
        role_id=directory.roles[RoleName("reader")],
    )
    trouble.comes("keystone", f"/v3/projects/{project}/groups", "reset", after_acting=True)
    city.identity.grant(assignment)
    assert list(city.identity.assignments(project)) == [assignment]
    trouble.comes("keystone", f"/v3/projects/{project}/groups", "reset", after_acting=True)
    city.identity.revoke(assignment)
    assert list(city.identity.assignments(project)) == []


def test_asking_for_a_token_is_repeated(open_city: Callable[..., OpenStackCloud], trouble: Trouble) -> None:
    """A token too many harms nobody."""
    trouble.comes("keystone", "/v3/auth/tokens", "reset", count=2)
    assert open_city().identity.directory(DomainName("Default"), users=False).roles
    assert len(trouble.asked("POST", "/v3/auth/tokens")) == 3


def test_a_service_that_is_down_is_told_as_unreachable(city: OpenStackCloud, trouble: Trouble) -> None:
    """The rest of the cloud is known all the same."""
    trouble.comes("cinder", "/v3/types", "503", count=9)
    has = city.capabilities()
    assert has.services == {Service.COMPUTE, Service.NETWORK}
    assert "/types: HTTP 503" in has.unreachable[Service.BLOCK_STORAGE]
