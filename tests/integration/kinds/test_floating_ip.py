"""Floating IPs on a real Neutron."""

from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState

_EXTERNAL = "extranet-external"
_NETWORK = {"name": "app", "subnets": [{"name": "app-v4", "cidr": "10.20.0.0/24"}]}
_ROUTER = {"name": "edge", "subnets": ["app-v4"]}
_WEB = {"name": "web", "image": "guest", "flavor": "tiny", "networks": [{"network": "app"}]}
_PORTAL = {
    "name": "portal",
    "servers": [_WEB],
    "floatingIPs": [{"name": "门户", "server": "web", "network": "app"}],
}


def _zone(*addresses: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"networks": [_NETWORK], "routers": [_ROUTER], "floatingIPs": list(addresses), **more}


def _project(site: Any, sdk: openstack.connection.Connection) -> str:
    found = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    return str(found.id)


def _floating_ips(site: Any, sdk: openstack.connection.Connection) -> list[Any]:
    return sorted(sdk.network.ips(project_id=_project(site, sdk)), key=lambda each: each.floating_ip_address)


def _reserve(sdk: openstack.connection.Connection, **body: Any) -> Any:
    """An address of the external network, by somebody else than the product."""
    return sdk.network.create_ip(floating_network_id=sdk.network.find_network(_EXTERNAL).id, **body)


@pytest.fixture
def somebody_elses(sdk: openstack.connection.Connection) -> Any:
    """An address that another project has."""
    taken = _reserve(sdk)
    yield taken.floating_ip_address
    sdk.network.delete_ip(taken)


def test_an_address_is_reserved(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, minimal: any of the zone's external network, under our name; a second look has nothing to do."""
    city = site.manifest(landing_zone={"floatingIPs": [{"name": "门户"}]})
    assert site.apply(city) is OperationState.DONE
    (made,) = _floating_ips(site, sdk)
    assert made.description == "tenantry:门户"
    assert not site.plan(city).actions


def test_an_address_of_an_application_leads_to_its_server(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, full, and dependency: the router and the port of the same apply are there before it, in one request."""
    city = site.manifest(landing_zone=_zone({"name": "门户", "address": "198.51.100.222"}), applications=(_PORTAL,))
    assert site.apply(city) is OperationState.DONE, site.failures
    (made,) = _floating_ips(site, sdk)
    (port,) = sdk.network.ports(project_id=_project(site, sdk), name="web-app")
    assert (made.floating_ip_address, made.port_id) == ("198.51.100.222", port.id)
    assert not site.plan(city).actions


def test_an_address_that_is_there_is_taken_over_as_it_is(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: one that the manifest names by its address changes in nothing."""
    site.apply(site.manifest())
    there = _reserve(sdk, project_id=_project(site, sdk), description="旧门户")
    reserved = {"name": "门户", "address": there.floating_ip_address}
    city = site.manifest(landing_zone={"floatingIPs": [reserved]})
    assert not site.plan(city).actions
    absent = site.manifest(landing_zone={"floatingIPs": [{**reserved, "state": "absent"}]})
    assert [(each.change.verb, each.destructive) for each in site.plan(absent).actions] == [("delete", True)]


def test_an_address_is_led_to_another_server(site: Any, sdk: openstack.connection.Connection) -> None:
    """Update: shown as destructive, for what it led to can be reached no longer."""
    site.apply(site.manifest(landing_zone=_zone(), applications=(_PORTAL,)))
    new = {
        **_PORTAL,
        "servers": [_WEB, {**_WEB, "name": "new"}],
        "floatingIPs": [{"name": "门户", "server": "new", "network": "app"}],
    }
    city = site.manifest(landing_zone=_zone(), applications=(new,))
    (action,) = [each for each in site.plan(city).actions if each.change.address.kind == "floating-ip"]
    assert (dict(action.change.before), dict(action.change.after)) == ({"port": "web-app"}, {"port": "new-app"})
    assert action.destructive
    assert site.apply(city) is OperationState.DONE, site.failures
    assert not site.plan(city).actions


def test_an_address_outlives_its_application(site: Any, sdk: openstack.connection.Connection) -> None:
    """Delete: what the landing zone reserves stays when the server goes, and leads nowhere."""
    site.apply(site.manifest(landing_zone=_zone({"name": "门户"}), applications=(_PORTAL,)))
    gone = site.manifest(landing_zone=_zone({"name": "门户"}), applications=({**_PORTAL, "state": "absent"},))
    assert site.apply(gone) is OperationState.DONE, site.failures
    assert [each.port_id for each in _floating_ips(site, sdk)] == [None]


def test_an_address_is_given_up_when_it_is_to_be_absent(site: Any, sdk: openstack.connection.Connection) -> None:
    """Delete: only then, and shown as destructive."""
    site.apply(site.manifest(landing_zone={"floatingIPs": [{"name": "门户"}]}))
    absent = site.manifest(landing_zone={"floatingIPs": [{"name": "门户", "state": "absent"}]})
    assert [each.destructive for each in site.plan(absent).actions] == [True]
    assert site.apply(absent) is OperationState.DONE
    assert not _floating_ips(site, sdk)


def test_an_address_that_somebody_else_has_is_told(site: Any, somebody_elses: str) -> None:
    """Failure: in plain words, with OpenStack's request id; without the address the next apply makes one."""
    city = site.manifest(landing_zone={"floatingIPs": [{"name": "门户", "address": somebody_elses}]})
    assert site.apply(city) is OperationState.FAILED
    failure = site.failures["floating-ip/门户"]
    assert failure.message.startswith("somebody else has that address (")
    assert failure.request_id
    assert site.apply(site.manifest(landing_zone={"floatingIPs": [{"name": "门户"}]})) is OperationState.DONE


def test_an_address_that_the_network_does_not_have_is_told(site: Any) -> None:
    """Failure: in plain words."""
    city = site.manifest(landing_zone={"floatingIPs": [{"name": "门户", "address": "192.0.2.7"}]})
    assert site.apply(city) is OperationState.FAILED
    assert site.failures["floating-ip/门户"].message.startswith("the network has no such address (")


def test_an_address_of_the_project_under_another_name_is_told(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: nobody takes one name's address for another."""
    site.apply(site.manifest(landing_zone={"floatingIPs": [{"name": "门户"}]}))
    address = _floating_ips(site, sdk)[0].floating_ip_address
    city = site.manifest(landing_zone={"floatingIPs": [{"name": "新", "address": address}]})
    assert [each.message for each in site.plan(city).refusals] == [
        f"the project has the address {address} already, under the name 门户"
    ]


def test_an_address_without_a_router_is_told_and_mended(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: Neutron's words become a department's, with names for ids; with a router the next apply makes it."""
    city = site.manifest(landing_zone={"networks": [_NETWORK]}, applications=(_PORTAL,))
    assert site.apply(city) is OperationState.FAILED
    failure = site.failures["floating-ip/门户"].message
    assert failure.startswith("no router leads from the server's subnet to the external network: ")
    assert f"External network {_EXTERNAL} is not reachable from subnet app-v4" in failure
    assert not _floating_ips(site, sdk)
    mended = site.manifest(landing_zone=_zone(), applications=(_PORTAL,))
    assert site.apply(mended) is OperationState.DONE, site.failures
    assert not site.plan(mended).actions


def test_a_router_that_addresses_lead_through_stays(site: Any) -> None:
    """Failure: Neutron refuses to cut them off, and is understood."""
    site.apply(site.manifest(landing_zone=_zone(), applications=(_PORTAL,)))
    cut = site.manifest(landing_zone=_zone(routers=[{**_ROUTER, "external": False}]), applications=(_PORTAL,))
    assert site.apply(cut) is OperationState.FAILED
    assert site.failures["router/edge"].message.startswith("floating IPs of the project lead through it: ")
    gone = site.manifest(landing_zone=_zone(routers=[{**_ROUTER, "state": "absent"}]), applications=())
    assert site.apply(gone) is OperationState.FAILED
    assert site.failures["router/edge"].message.startswith("an interface could not be taken off: floating IPs")


def test_a_quota_that_others_used_up_meanwhile_is_told(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: beyond the quota is refused in the plan; used up after it, the step fails and the next apply mends it."""
    quota = {"network": {"floatingip": 1}}
    site.apply(site.manifest(quota=quota))
    city = site.manifest(landing_zone={"floatingIPs": [{"name": "门户"}]}, quota=quota)
    site.before_writing(lambda: _reserve(sdk, project_id=_project(site, sdk)))
    assert site.apply(city) is OperationState.FAILED
    assert site.failures["floating-ip/门户"].message.startswith("the project's quota is used up: ")
    assert [each.resource.name for each in site.plan(city).refusals] == ["floatingip"]
    sdk.network.delete_ip(_floating_ips(site, sdk)[0])
    assert site.apply(city) is OperationState.DONE
