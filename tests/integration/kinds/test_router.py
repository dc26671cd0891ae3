"""Routers on a real Neutron."""

from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState

_EXTERNAL = "extranet-external"
_APP = {"name": "app-v4", "cidr": "10.20.0.0/24"}
_DATA = {"name": "数据-v4", "cidr": "10.21.0.0/24"}


def _zone(*routers: dict[str, Any], subnets: tuple[dict[str, Any], ...] = (_APP, _DATA), **more: Any) -> dict[str, Any]:
    return {"networks": [{"name": "app", "subnets": list(subnets)}], "routers": list(routers), **more}


def _project(site: Any, sdk: openstack.connection.Connection) -> str:
    found = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    return str(found.id)


@pytest.fixture
def served(site: Any) -> Any:
    """The site's manifest with one router that reaches the outside from both subnets; applied."""
    city = site.manifest(landing_zone=_zone({"name": "edge", "subnets": ["app-v4", "数据-v4"]}))
    assert site.apply(city) is OperationState.DONE
    return city


def test_a_router_of_a_name_alone_is_made(site: Any) -> None:
    """Create, minimal: it reaches the outside, and a second look has nothing to do."""
    city = site.manifest(landing_zone={"routers": [{"name": "edge"}]})
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_router_is_made_with_all_that_the_manifest_says(
    site: Any, served: Any, sdk: openstack.connection.Connection
) -> None:
    """Create, full, and dependency: with the subnets of the same apply; a second look has nothing to do."""
    assert not site.plan(served).actions
    (router,) = sdk.network.routers(project_id=_project(site, sdk))
    interfaces = list(sdk.network.ports(device_id=router.id, device_owner="network:router_interface"))
    assert sorted(each.fixed_ips[0]["ip_address"] for each in interfaces) == ["10.20.0.1", "10.21.0.1"]
    assert router.external_gateway_info["network_id"] == sdk.network.find_network(_EXTERNAL).id


def test_a_router_that_is_there_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: it is given what it lacks."""
    site.apply(site.manifest())
    there = sdk.network.create_router(name="edge", project_id=_project(site, sdk))
    city = site.manifest(landing_zone=_zone({"name": "edge", "subnets": ["app-v4"]}))
    assert site.apply(city) is OperationState.DONE
    assert [each.id for each in sdk.network.routers(project_id=_project(site, sdk))] == [there.id]
    assert not site.plan(city).actions


def test_a_subnet_that_the_manifest_names_no_longer_is_still_served(site: Any, served: Any) -> None:
    """Update: what nobody speaks of is left alone."""
    assert not site.plan(site.manifest(landing_zone=_zone({"name": "edge", "subnets": ["app-v4"]}))).actions


def test_a_router_leaves_a_subnet_that_is_to_be_absent(site: Any, served: Any) -> None:
    """Update: before the subnet goes, the interface that keeps it does, and that is shown as destructive."""
    gone = _zone({"name": "edge", "subnets": ["app-v4"]}, subnets=(_APP, {**_DATA, "state": "absent"}))
    city = site.manifest(landing_zone=gone)
    assert [(each.change.address.kind, each.destructive) for each in site.plan(city).actions] == [
        ("router", True),
        ("subnet", True),
    ]
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_the_way_outside_is_taken_and_given(site: Any, served: Any) -> None:
    """Update: the gateway comes and goes in one step each."""
    for external in (False, True):
        city = site.manifest(landing_zone=_zone({"name": "edge", "external": external}))
        assert [dict(each.change.after) for each in site.plan(city).actions] == [
            {"external": _EXTERNAL if external else "none"}
        ]
        assert site.apply(city) is OperationState.DONE


def test_a_router_goes_with_its_interfaces(site: Any, served: Any) -> None:
    """Delete: those too that the manifest does not name."""
    city = site.manifest(landing_zone=_zone({"name": "edge", "state": "absent"}))
    assert [(each.change.address.kind, each.destructive) for each in site.plan(city).actions] == [("router", True)]
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_gateway_that_something_else_has_is_told_before_anything_is_done(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Failure: the port that has the address is named."""
    site.apply(site.manifest(landing_zone=_zone()))
    project = _project(site, sdk)
    (network,) = sdk.network.networks(project_id=project)
    (subnet,) = sdk.network.subnets(project_id=project, name="app-v4")
    fixed = [{"subnet_id": subnet.id, "ip_address": "10.20.0.1"}]
    sdk.network.create_port(name="squatter", network_id=network.id, project_id=project, fixed_ips=fixed)
    refusals = site.plan(site.manifest(landing_zone=_zone({"name": "edge", "subnets": ["app-v4"]}))).refusals
    assert [each.message for each in refusals] == [
        "the port squatter has the gateway's address of subnet app-v4, 10.20.0.1"
    ]


def test_an_interface_that_fails_is_mended_by_the_next_apply(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: the router stands with its other interface, and is not made a second time."""
    overlapping = {"name": "other-v4", "cidr": "198.51.100.0/25"}
    router = {"name": "edge", "subnets": ["other-v4", "app-v4"]}
    zone = {
        "networks": [{"name": "app", "subnets": [_APP]}, {"name": "other", "subnets": [overlapping]}],
        "routers": [router],
    }
    assert site.apply(site.manifest(landing_zone=zone)) is OperationState.FAILED
    failure = site.failures["router/edge"].message
    assert failure.startswith("the interface in subnet other-v4 could not be added: ")
    assert "of subnet other-v4 overlaps with cidr" in failure
    mended = site.manifest(landing_zone={**zone, "routers": [{**router, "external": False}]})
    assert [dict(each.change.after) for each in site.plan(mended).actions] == [
        {"external": "none", "subnet other-v4": True}
    ]
    assert site.apply(mended) is OperationState.DONE
    assert not site.plan(mended).actions
    assert len(list(sdk.network.routers(project_id=_project(site, sdk)))) == 1


def test_a_quota_that_others_used_up_meanwhile_is_told(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: between plan and apply somebody took the last one; the next apply after it is free makes it."""
    quota = {"network": {"router": 1}}
    site.apply(site.manifest(quota=quota))
    project = _project(site, sdk)
    city = site.manifest(landing_zone={"routers": [{"name": "edge"}]}, quota=quota)
    site.before_writing(lambda: sdk.network.create_router(name="other", project_id=project))
    assert site.apply(city) is OperationState.FAILED
    assert site.failures["router/edge"].message.startswith("the project's quota is used up: ")
    sdk.network.delete_router(sdk.network.find_router("other", project_id=project))
    assert site.apply(city) is OperationState.DONE


def test_a_router_beyond_the_quota_is_refused(site: Any) -> None:
    """Quota: with its interfaces, which are ports."""
    quota = {"network": {"router": 1, "port": 2}}
    zone = _zone({"name": "edge", "subnets": ["app-v4", "数据-v4"]})
    assert not site.plan(site.manifest(landing_zone=zone, quota=quota)).refusals
    site.apply(site.manifest(landing_zone=zone, quota=quota))
    more = {"name": "more-v4", "cidr": "10.22.0.0/24"}
    zone = _zone({"name": "edge", "subnets": ["more-v4"]}, subnets=(more,))
    assert [each.resource.name for each in site.plan(site.manifest(landing_zone=zone, quota=quota)).refusals] == [
        "port"
    ]
