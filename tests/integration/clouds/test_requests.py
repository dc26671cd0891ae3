"""How many requests each call of the port takes, as numbers: few, and no more than the last time."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from devcloud.fixture import Devcloud
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import Assignment, ProjectId
from provisioner.clouds.openstack import identity
from provisioner.clouds.openstack.cloud import OpenStackCloud
from tenants.names import DomainName, PrincipalName, RoleName, VolumeTypeName
from tenants.resources import Limit, Resource, Service
from tenants.spec import PrincipalKind

_DOMAIN = DomainName("government")
_COMPUTES = 3
#: What this devcloud's Neutron enforces and can list.
_NETWORK_LISTS = 9


def _strangers(number: int) -> list[ProjectId]:
    return [ProjectId(secrets.token_hex(16)) for _ in range(number)]


def _resource(service: Service, name: str, volume_type: str | None = None) -> Resource:
    return Resource(service=service, name=name, volume_type=VolumeTypeName(volume_type) if volume_type else None)


def _sent(cloud: Cloud, act: Callable[[], Any]) -> int:
    before = cloud.requests_sent()
    act()
    return cloud.requests_sent() - before


def _auditors_read(city: OpenStackCloud, project: ProjectId) -> Assignment:
    directory = city.identity.directory(_DOMAIN, users=False)
    return Assignment(
        project_id=project,
        kind=PrincipalKind.GROUP,
        principal_id=directory.groups[PrincipalName("cloud-auditors")],
        role_id=directory.roles[RoleName("reader")],
    )


def test_a_cold_start_costs_a_token_and_the_domain(open_city: Callable[..., OpenStackCloud]) -> None:
    """No version is asked for: the addresses of the catalogue tell them."""
    cloud = open_city()
    assert _sent(cloud, lambda: cloud.identity.projects(_DOMAIN)) == 3
    assert _sent(cloud, lambda: cloud.identity.projects(_DOMAIN)) == 1


def test_a_service_costs_nothing_to_begin_with(city: OpenStackCloud, project: ProjectId) -> None:
    """Cinder's and Neutron's first answers take one request each; Nova's one more, for who keeps its limits."""
    first = {service: _sent(city, lambda s=service: city.quotas(s).limits(project)) for service in Service}
    assert first == {Service.COMPUTE: 2, Service.BLOCK_STORAGE: 1, Service.NETWORK: 1}


def test_every_request_is_counted(open_city: Callable[..., OpenStackCloud], devcloud: Devcloud) -> None:
    """As many as the services logged from us, authentication included."""
    before = devcloud.mark()
    cloud = open_city()
    cloud.capabilities()
    ours = [each for each in devcloud.requests(since=before, cloud="city") if each.user_agent.startswith("tenantry/")]
    assert cloud.requests_sent() == len(ours)


def test_keystone_is_read_to_its_last_page(
    city: OpenStackCloud, project: ProjectId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keystone gives pages only where it is asked for them; without, it silently gives no more than its maximum."""
    whole = {each.id for each in city.identity.projects(_DOMAIN)}
    city.identity.create_project(_DOMAIN, name=f"paged-{secrets.token_hex(4)}", description="")
    monkeypatch.setattr(identity, "PAGE", 1)
    assert {each.id for each in city.identity.projects(_DOMAIN)} > whole
    assert len(city.identity.directory(_DOMAIN, users=True).groups) > 1


def test_identity_takes_one_request_a_call(city: OpenStackCloud, project: ProjectId, name: str) -> None:
    """Lists are whole; the directory is one list each of roles, groups and, where asked, users."""
    keystone, assignment = city.identity, _auditors_read(city, project)
    assert _sent(city, lambda: keystone.projects(_DOMAIN)) == 1
    assert _sent(city, lambda: keystone.project(_DOMAIN, name)) == 1
    assert _sent(city, keystone.assignments) == 1
    assert _sent(city, lambda: keystone.assignments(project)) == 1
    assert _sent(city, lambda: keystone.directory(_DOMAIN, users=False)) == 2
    assert _sent(city, lambda: keystone.directory(_DOMAIN, users=True)) == 3
    assert _sent(city, lambda: keystone.create_project(_DOMAIN, name=f"{name}-2", description="")) == 1
    assert _sent(city, lambda: keystone.update_project(project, description="b", enabled=True)) == 1
    assert _sent(city, lambda: keystone.grant(assignment)) == 1
    assert _sent(city, lambda: keystone.revoke(assignment)) == 1


@pytest.mark.parametrize("service", Service)
def test_limits_take_one_request_to_write_and_one_to_read_back(
    city: OpenStackCloud, project: ProjectId, service: Service
) -> None:
    """However many limits, volume types' included; forced or not."""
    city.capabilities()
    keeper = city.quotas(service)
    limits = {resource.key: Limit(50) for resource in keeper.limits(project)}
    assert _sent(city, lambda: keeper.set_limits(project, limits, force=False)) == 1
    assert _sent(city, lambda: keeper.set_limits(project, limits, force=True)) == 1
    assert _sent(city, lambda: keeper.limits(project)) == 1


@pytest.mark.parametrize("service", [Service.COMPUTE, Service.BLOCK_STORAGE])
def test_nova_and_cinder_are_read_project_by_project(
    city: OpenStackCloud, project: ProjectId, service: Service
) -> None:
    """They have no other way."""
    city.capabilities()
    projects = [project, *(each.id for each in city.identity.projects(_DOMAIN) if each.id != project)][:3]
    assert _sent(city, lambda: city.quotas(service).readings(projects)) == len(projects)


def test_neutron_is_read_project_by_project_while_that_is_fewer(city: OpenStackCloud) -> None:
    """Up to as many projects as there are lists, and the one for the limits."""
    city.capabilities()
    neutron = city.quotas(Service.NETWORK)
    assert _sent(city, lambda: neutron.readings(_strangers(1))) == 1
    assert _sent(city, lambda: neutron.readings(_strangers(_NETWORK_LISTS + 1))) == _NETWORK_LISTS + 1


def test_neutron_is_read_from_lists_once_those_are_fewer(city: OpenStackCloud) -> None:
    """The limits of all, the defaults where they hold for somebody, and one list for each kind of thing."""
    city.capabilities()
    neutron, projects = city.quotas(Service.NETWORK), _strangers(_NETWORK_LISTS + 2)
    assert _sent(city, lambda: neutron.readings(projects)) == 1 + 1 + _NETWORK_LISTS
    for project in projects:
        neutron.set_limits(project, {"network": Limit(3)}, force=False)
    assert _sent(city, lambda: neutron.readings(projects)) == 1 + _NETWORK_LISTS


def test_capabilities_take_ten_requests(city: OpenStackCloud) -> None:
    """One for each fact: two version documents, three defaults, types, zones, networks, extensions, limits' keeper."""
    assert _sent(city, city.capabilities) == 10


def test_capacity_takes_two_requests_a_compute(city: OpenStackCloud) -> None:
    """And one each for the computes, the pools and, the first time, the volume types."""
    assert _sent(city, city.capacity) == 3 + 2 * _COMPUTES
    assert _sent(city, city.capacity) == 2 + _COMPUTES


@pytest.mark.parametrize(
    ("resource", "requests"),
    [
        (_resource(Service.COMPUTE, "cores"), 1),
        (_resource(Service.COMPUTE, "key_pairs"), 0),
        (_resource(Service.BLOCK_STORAGE, "volumes"), 1),
        (_resource(Service.BLOCK_STORAGE, "gigabytes"), 2),
        (_resource(Service.BLOCK_STORAGE, "gigabytes", "ssd"), 2),
        (_resource(Service.BLOCK_STORAGE, "groups"), 1),
        (_resource(Service.NETWORK, "port"), 1),
        (_resource(Service.NETWORK, "security_group_rule"), 1),
        (_resource(Service.NETWORK, "router_route"), 1),
    ],
)
def test_holders_take_a_list_or_two(
    city: OpenStackCloud, project: ProjectId, resource: Resource, requests: int
) -> None:
    """Two where volumes and snapshots share a limit."""
    assert _sent(city, lambda: city.quotas(resource.service).holders(project, resource)) == requests


def test_a_whole_look_at_a_hundred_projects(city: OpenStackCloud) -> None:
    """Cinder's hundred and Neutron's lists: what a plan reads beside Nova, which knows no strangers."""
    city.capabilities()
    projects = _strangers(100)
    sent = _sent(
        city, lambda: [city.quotas(each).readings(projects) for each in (Service.BLOCK_STORAGE, Service.NETWORK)]
    )
    assert sent == 100 + 2 + _NETWORK_LISTS
