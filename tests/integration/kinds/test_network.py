"""Networks and subnets on a real Neutron."""

from typing import Any

import openstack

from provisioner.operation import OperationState

_SUBNET = {"name": "app-v4", "cidr": "10.20.0.0/24"}
_FULL = {
    "name": "应用网",
    "description": "应用网段",
    "mtu": 1400,
    "subnets": [
        {
            **_SUBNET,
            "gateway": "10.20.0.254",
            "dhcp": True,
            "dns": ["10.0.0.53", "10.0.0.54"],
            "allocationPools": [{"first": "10.20.0.10", "last": "10.20.0.99"}],
        },
        {"name": "app-v6", "cidr": "fd00:20::/64"},
    ],
}


def _zone(*networks: dict[str, Any]) -> dict[str, Any]:
    return {"networks": list(networks)}


def test_a_network_of_a_name_alone_is_made(site: Any) -> None:
    """Create, minimal: Neutron chooses the rest, and a second look has nothing to do."""
    city = site.manifest(landing_zone=_zone({"name": "app"}))
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_network_is_made_with_all_that_the_manifest_says(site: Any) -> None:
    """Create, full: Neutron has it so, and a second look has nothing to do."""
    city = site.manifest(landing_zone=_zone(_FULL))
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_network_that_is_there_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: one of that name is not made a second time."""
    site.apply(site.manifest())
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    there = sdk.network.create_network(name="app", project_id=project.id)
    site.apply(site.manifest(landing_zone=_zone({"name": "app", "subnets": [_SUBNET]})))
    assert [each.id for each in sdk.network.networks(project_id=project.id)] == [there.id]


def test_two_networks_of_one_name_are_refused(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: nobody guesses which of two is meant."""
    site.apply(site.manifest())
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    for _ in range(2):
        sdk.network.create_network(name="app", project_id=project.id)
    refusals = site.plan(site.manifest(landing_zone=_zone({"name": "app"}))).refusals
    assert [each.message for each in refusals] == ["2 of this name are in the project"]


def test_a_network_changes_as_the_manifest_does(site: Any) -> None:
    """Update: what the manifest says otherwise, and nothing else, goes out in one step for each object."""
    site.apply(site.manifest(landing_zone=_zone(_FULL)))
    subnet = {**_FULL["subnets"][0], "dns": ["10.0.0.99"], "dhcp": False}
    city = site.manifest(landing_zone=_zone({**_FULL, "description": "新", "mtu": 1300, "subnets": [subnet]}))
    assert [dict(each.change.after) for each in site.plan(city).actions] == [
        {"description": "新", "mtu": 1300},
        {"dhcp": False, "dns": "10.0.0.99"},
    ]
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_a_subnet_cannot_move_to_other_addresses(site: Any) -> None:
    """Update: what Neutron cannot change is refused before anything is done."""
    site.apply(site.manifest(landing_zone=_zone({"name": "app", "subnets": [_SUBNET]})))
    moved = site.manifest(landing_zone=_zone({"name": "app", "subnets": [{**_SUBNET, "cidr": "10.21.0.0/24"}]}))
    assert [
        "cidr cannot go from 10.20.0.0/24 to 10.21.0.0/24" in each.message for each in site.plan(moved).refusals
    ] == [True]


def test_a_network_goes_with_its_subnets_when_it_is_to_be_absent(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Delete: subnets before their network, and both are shown as destructive."""
    site.apply(site.manifest(landing_zone=_zone({"name": "app", "subnets": [_SUBNET]})))
    absent = site.manifest(landing_zone=_zone({"name": "app", "state": "absent", "subnets": [_SUBNET]}))
    assert [(each.change.address.kind, each.destructive) for each in site.plan(absent).actions] == [
        ("subnet", True),
        ("network", True),
    ]
    assert site.apply(absent) is OperationState.DONE
    assert not site.plan(absent).actions


def test_networks_beyond_the_quota_are_refused_with_the_numbers(site: Any) -> None:
    """What does not fit is known before anything is made."""
    quota = {"network": {"network": 1}}
    city = site.manifest(landing_zone=_zone({"name": "app"}), quota=quota)
    site.apply(city)
    made = [
        each.message for each in site.plan(site.manifest(landing_zone=_zone({"name": "app"}), quota=quota)).refusals
    ]
    assert made == []
