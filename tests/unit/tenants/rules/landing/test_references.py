"""What the objects of a landing zone name is there, and nobody else names it."""

from collections.abc import Callable
from typing import Any

import pytest

APP = "networks: [{name: app, subnets: [{name: a, cidr: 10.20.0.0/24}, {name: b, cidr: 10.21.0.0/24, gateway: none}]}]"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (
            "networks: [{name: x, subnets: [{name: a, cidr: 10.1.0.0/24}]}, {name: y, subnets: [{name: a, cidr: 10.2.0.0/24}]}]",
            'networks[1].subnets[0].name: the subnet "a" stands here a second time; the first is at',
        ),
        (
            f"{APP}, routers: [{{name: r, subnets: [a, bb]}}]",
            'routers[0].subnets[1]: the landing zone has no subnet "bb" (did you mean "b"?)',
        ),
        (
            "routers: [{name: r, subnets: [a]}]",
            'routers[0].subnets[0]: the landing zone has no subnet "a" (there is none yet)',
        ),
        (
            f"{APP}, routers: [{{name: r, subnets: [b]}}]",
            'routers[0].subnets[0]: the subnet "b" has no gateway, where the router would be (give the subnet one)',
        ),
        (
            "networks: [{name: x, state: absent, subnets: [{name: a, cidr: 10.1.0.0/24}]}], routers: [{name: r, subnets: [a]}]",
            'routers[0].subnets[0]: the subnet "a" is to be absent (leave it out here, or let subnet and network be present)',
        ),
        (
            f"{APP}, routers: [{{name: r, subnets: [a]}}, {{name: s, subnets: [a]}}]",
            'routers[1].subnets[0]: the router "r" is at the gateway of "a" already (let one of the two serve it)',
        ),
        (
            "floatingIPs: [{name: x, address: 203.0.113.7}, {name: y, address: 203.0.113.7}]",
            "floatingIPs[1].address: 203.0.113.7 is reserved already, at tenant.yaml:",
        ),
        (
            "grants: {volumeTypes: [{name: sdd}]}",
            'grants.volumeTypes[0].name: the cloud "city" offers no volume type "sdd" (did you mean "ssd"?)',
        ),
        (
            f"{APP}, grants: {{networks: [{{name: app}}]}}",
            (
                'grants.networks[0].name: the project has a network "app" of its own '
                "(give its own another name, or leave the grant out)"
            ),
        ),
    ],
)
def test_wrong_references_are_told(
    landing: Callable[..., Any], told: Callable[[Any], list[str]], zone: str, said: str
) -> None:
    """Once, at the name."""
    (found,) = told(landing(f"{{{zone}}}"))
    assert found.startswith(f"error: {said}")


@pytest.mark.parametrize(
    "zone",
    [
        f"{APP}, routers: [{{name: r, subnets: [a]}}]",
        f"{APP}, routers: [{{name: r, subnets: [a]}}, {{name: s, subnets: [a], state: absent}}]",
        f"{APP}, routers: [{{name: r, subnets: [nowhere], state: absent}}]",
        "floatingIPs: [{name: x, address: 203.0.113.7}, {name: y, address: 203.0.113.8}, {name: z}, {name: zz}]",
        "floatingIPs: [{name: x, address: 203.0.113.7}, {name: y, address: 203.0.113.7, state: absent}]",
        "grants: {volumeTypes: [{name: ssd}, {name: sdd, state: absent}], networks: [{name: city-shared}]}",
    ],
)
def test_right_references_are_left_alone(landing: Callable[..., Any], zone: str) -> None:
    """And so is what is to be absent."""
    assert landing(f"{{{zone}}}").problems() == []


def test_address_is_reserved_once_in_a_cloud(landing: Callable[..., Any], district: Callable[..., Any]) -> None:
    """By whatever project; another cloud may have the same addresses."""
    zone = "{floatingIPs: [{name: x, address: 203.0.113.7}]}"
    assert landing(zone, zone).problem().path == "spec.projects[1].landingZone.floatingIPs[0].address"
    assert district(zone, zone).problems() == []


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("routers: [{name: r}]", 'routers[0]: the zone "internet" has no external network (write external: false)'),
        (
            "routers: [{name: r, external: true}]",
            'routers[0].external: the zone "internet" has no external network (write external: false)',
        ),
        (
            "floatingIPs: [{name: x}]",
            'floatingIPs[0]: the zone "internet" has no external network (leave it out, or choose another zone)',
        ),
    ],
)
def test_zone_without_external_network_leads_nowhere(
    landing: Callable[..., Any], told: Callable[[Any], list[str]], zone: str, said: str
) -> None:
    """A router has to say that it stays inside."""
    closed = landing(f"{{{zone}}}").edit("cloud.yaml", "      externalNetwork: public\n", "")
    assert told(closed) == [f"error: {said}"]


def test_router_may_stay_inside(landing: Callable[..., Any]) -> None:
    """Where the zone has no way out."""
    inside = landing("{routers: [{name: r, external: false}], floatingIPs: [{name: x, state: absent}]}")
    assert inside.edit("cloud.yaml", "      externalNetwork: public\n", "").problems() == []


def test_unknown_cloud_hides_no_other_mistake_and_makes_none(landing: Callable[..., Any]) -> None:
    """What cannot be known of its zones and volume types is not held against the project."""
    changed = landing(
        "{routers: [{name: r}], grants: {volumeTypes: [{name: tape}]}}", "{floatingIPs: [{name: x}]}", cloud="citi"
    )
    assert [each.split(": ")[2] for each in changed.problems()] == [
        "spec.projects[0].landingZone.grants.volumeTypes[0].name",
        "spec.projects[1].cloud",
    ]
