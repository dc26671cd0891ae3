"""Where probes ask the servers of an application, on a real Nova and Neutron. Nothing is asked there."""

from typing import Any

import pytest

from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.errors import CloudUnavailable
from provisioner.operation import OperationState
from provisioner.probing.checks import Check, Place, checks_of
from provisioner.probing.look import look
from provisioner.probing.readings import Finding, Result
from provisioner.probing.sight import Sight
from tenants.names import ApplicationName, DomainName
from tenants.spec import City

_DOMAIN = DomainName("government")
_ZONE = {
    "networks": [{"name": "应用网", "subnets": [{"name": "app-v4", "cidr": "10.20.0.0/24"}]}],
    "routers": [{"name": "edge", "subnets": ["app-v4"]}],
    "floatingIPs": [{"name": "门户"}],
}
_PORTAL = {
    "name": "portal",
    "servers": [
        {"name": "web", "replicas": 2, "image": "guest", "flavor": "tiny", "networks": [{"network": "应用网"}]},
    ],
    "floatingIPs": [{"name": "门户", "server": "web-2", "network": "应用网"}],
    "probes": [{"name": "page", "server": "web", "http": {"port": 80}}],
}


@pytest.fixture
def city(site: Any) -> City:
    """Two servers, one of them with a floating IP."""
    city: City = site.manifest(landing_zone=_ZONE, applications=(_PORTAL,))
    assert site.apply(city) is OperationState.DONE, site.failures
    return city


def checks(city: City, sight: Sight) -> tuple[Check, ...]:
    """The questions of the only application."""
    application = city.applications[ApplicationName("portal")]
    return checks_of(application, application.probes, sight)


def test_members_are_asked_at_floating_ips_or_else_at_fixed_addresses(
    site: Any, city: City, city_cloud: OpenStackCloud
) -> None:
    """Neutron's word is taken, for this Nova is not told of floating IPs."""
    found = {each.server: each.place for each in checks(city, look(city_cloud, _DOMAIN, site.project))}
    plain, floating = found["web-1"], found["web-2"]
    assert isinstance(plain, Place)
    assert isinstance(floating, Place)
    assert (plain.address.startswith("10.20.0."), floating.address.startswith("198.51.100.")) == (True, True)


def test_a_look_takes_four_requests(site: Any, city: City, city_cloud: OpenStackCloud) -> None:
    """The project, its servers, its ports, its floating IPs."""
    before = city_cloud.requests_sent()
    look(city_cloud, _DOMAIN, site.project)
    assert city_cloud.requests_sent() - before == 4


def test_a_project_that_is_not_there_has_no_servers(city: City, city_cloud: OpenStackCloud) -> None:
    """That is a finding about the application, not an obstacle."""
    places = [each.place for each in checks(city, look(city_cloud, _DOMAIN, "没有这个项目"))]
    assert places == [Finding(result=Result.FAILED, reason="the project has no server of this name")] * 2


def test_a_cloud_that_does_not_answer_leaves_it_unknown(
    city: City, city_cloud: OpenStackCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unreadable is not absent."""

    def silent(*_: object) -> None:
        raise CloudUnavailable("no answer")

    monkeypatch.setattr(city_cloud.identity, "project", silent)
    (first, _) = checks(city, look(city_cloud, _DOMAIN, "any"))
    assert first.place == Finding(result=Result.UNKNOWN, reason="the server's address is not known: no answer")
