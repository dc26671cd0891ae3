"""Ports of servers on a real Neutron, without the servers: those are made in the tests of the kind `server`."""

from typing import Any

import openstack
import pytest

from provisioner.kinds import catalogue
from provisioner.operation import OperationState
from provisioner.plan import Section

_NETWORK = {"name": "app", "subnets": [{"name": "app-v4", "cidr": "10.30.0.0/24"}]}
_ZONE = {"networks": [_NETWORK]}
_SERVER = {"name": "web", "image": "guest", "flavor": "small"}


@pytest.fixture(autouse=True)
def without_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave servers out of what is planned, so that ports are seen by themselves, and in seconds."""
    kinds = tuple(kind for kind in catalogue.KINDS if kind.name != "server")
    for module in ("provisioner.kinds.catalogue", "provisioner.planning"):
        monkeypatch.setattr(f"{module}.KINDS", kinds)


def _city(site: Any, *interfaces: dict[str, Any], zone: Any = _ZONE, **more: Any) -> Any:
    project = {key: more.pop(key) for key in ("quota",) if key in more}
    server = {**_SERVER, "networks": list(interfaces or ({"network": "app"},)), **more}
    application = {"name": "registration", "servers": [server]}
    return site.manifest(landing_zone=zone, applications=(application,), **project)


def _project(site: Any, sdk: openstack.connection.Connection) -> Any:
    return sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)


def _ports(site: Any, sdk: openstack.connection.Connection) -> dict[str, Any]:
    found = sdk.network.ports(project_id=_project(site, sdk).id)
    return {each.name: each for each in found if not each.device_owner.startswith("network:")}


def _planned(section: Section) -> list[tuple[str, str, str]]:
    return [(each.change.verb, each.change.address.kind, each.change.address.key) for each in section.actions]


def test_a_port_is_made_after_its_network(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, minimal, and dependency: Neutron chooses the address, and a second look has nothing to do."""
    city = _city(site)
    assert site.apply(city) is OperationState.DONE
    made = _ports(site, sdk)["web-app"]
    assert made.fixed_ips
    assert made.description == "tenantry: registration"
    assert not site.plan(city).actions


def test_a_port_is_made_with_address_and_security_groups(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, full: the default group beside others, and a second look has nothing to do."""
    site.apply(_city(site))
    sdk.network.create_security_group(name="网站", project_id=_project(site, sdk).id)
    interface = {"network": "app", "address": "10.30.0.7", "securityGroups": ["网站", "default"]}
    city = _city(site, interface, zone=None, name="portal")
    assert site.apply(city) is OperationState.DONE
    made = _ports(site, sdk)["portal-app"]
    assert ([each["ip_address"] for each in made.fixed_ips], len(made.security_group_ids)) == (["10.30.0.7"], 2)
    assert not site.plan(city).actions


def test_a_port_that_is_there_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: one of that name is not made a second time, nor changed."""
    site.apply(site.manifest(landing_zone=_ZONE))
    project = _project(site, sdk).id
    place = next(iter(sdk.network.networks(project_id=project, name="app")))
    sdk.network.create_port(name="web-app", network_id=place.id, project_id=project)
    assert not site.plan(_city(site)).actions


def test_a_port_that_nova_made_for_a_server_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: what a server has in a network is its port there, whatever its name."""
    site.apply(site.manifest(landing_zone=_ZONE))
    project = _project(site, sdk).id
    place = next(iter(sdk.network.networks(project_id=project, name="app")))
    with openstack.connect(cloud="city").connect_as(project_id=project) as own:
        made = own.compute.create_server(
            name="web",
            image_id=sdk.image.find_image("guest").id,
            flavor_id=sdk.compute.find_flavor("small").id,
            networks=[{"uuid": place.id}],
        )
        own.compute.wait_for_server(made)
    assert not site.plan(_city(site)).actions


def test_a_port_joins_other_security_groups(site: Any, sdk: openstack.connection.Connection) -> None:
    """Update: in one step, and nothing else changes."""
    site.apply(_city(site, zone=_ZONE))
    sdk.network.create_security_group(name="web", project_id=_project(site, sdk).id)
    city = _city(site, {"network": "app", "securityGroups": ["web"]}, zone=None)
    assert [dict(each.change.after) for each in site.plan(city).actions] == [{"securityGroups": "web"}]
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_port_keeps_its_address(site: Any) -> None:
    """Update: another address would cut the server off, so it is refused with what can be done."""
    site.apply(_city(site, {"network": "app", "address": "10.30.0.7"}))
    refusals = site.plan(_city(site, {"network": "app", "address": "10.30.0.8"})).refusals
    assert [each.message for each in refusals] == [
        "the address cannot go from 10.30.0.7 to 10.30.0.8: its server would be cut off"
    ]


def test_ports_go_with_their_servers(site: Any, sdk: openstack.connection.Connection) -> None:
    """Delete: those of an absent server, shown as destructive."""
    site.apply(_city(site))
    absent = _city(site, state="absent")
    assert [(*each, True) for each in _planned(site.plan(absent))] == [("delete", "port", "web-app", True)]
    assert site.apply(absent) is OperationState.DONE
    assert not _ports(site, sdk)


def test_ports_of_surplus_members_go_where_the_manifest_says_so(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Delete: fewer members leave no stray ports; kept ones keep theirs."""
    site.apply(_city(site, replicas=3))
    assert not site.plan(_city(site, replicas=1)).actions
    assert site.apply(_city(site, replicas=1, surplus="delete")) is OperationState.DONE
    assert set(_ports(site, sdk)) == {"web-1-app"}


def test_an_address_that_is_taken_is_named_with_its_holder(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: found out by Neutron, told in plain words, nothing left over, and mended by the next apply."""
    site.apply(site.manifest(landing_zone=_ZONE))
    project = _project(site, sdk).id
    place = next(iter(sdk.network.networks(project_id=project, name="app")))
    fixed = [{"ip_address": "10.30.0.7"}]
    holder = sdk.network.create_port(name="printer", network_id=place.id, project_id=project, fixed_ips=fixed)
    city = _city(site, {"network": "app", "address": "10.30.0.7"})
    assert site.apply(city) is OperationState.FAILED
    failure = site.failures["port/web-app"]
    assert "the address 10.30.0.7 of the network app is taken by the port printer" in failure.message
    assert failure.request_id
    sdk.network.delete_port(holder)
    assert site.apply(city) is OperationState.DONE
    assert set(_ports(site, sdk)) == {"web-app"}


def test_ports_beyond_the_quota_are_refused_with_the_numbers(site: Any) -> None:
    """Failure: what does not fit is known before anything is made."""
    refusals = site.plan(_city(site, replicas=3, quota={"network": {"port": 3}})).refusals
    assert not refusals
    site.apply(_city(site, quota={"network": {"port": 1}}))
    refusals = site.plan(_city(site, replicas=3, quota={})).refusals
    assert ["3 more of network/port" in each.message for each in refusals] == [True]


def test_a_quota_used_up_since_the_plan_is_told_with_the_numbers(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Failure: somebody else was quicker, and Neutron alone knew."""
    site.apply(site.manifest(landing_zone=_ZONE, quota={"network": {"port": 1}}))
    project = _project(site, sdk).id
    place = next(iter(sdk.network.networks(project_id=project, name="app")))
    site.before_writing(lambda: sdk.network.create_port(name="other", network_id=place.id, project_id=project))
    assert site.apply(_city(site)) is OperationState.FAILED
    message = site.failures["port/web-app"].message
    assert "the project's quota of ports is used up: 1 of 1 are in use" in message


def test_a_network_of_others_must_be_open_to_the_project(site: Any, sdk: openstack.connection.Connection) -> None:
    """Failure: Tenantry's own rights open no network to a department."""
    name = f"{site.tenant}-foreign"
    foreign = sdk.network.create_network(name=name)
    try:
        refusals = site.plan(_city(site, {"network": name}, zone=None)).refusals
        assert [each.message for each in refusals] == [
            f"the project has no network {name}, and none of this name is open to it"
        ]
        sdk.network.update_network(foreign, shared=True)
        assert site.apply(_city(site, {"network": name}, zone=None)) is OperationState.DONE
    finally:
        for each in list(sdk.network.ports(network_id=foreign.id)):
            sdk.network.delete_port(each)
        sdk.network.delete_network(foreign)
