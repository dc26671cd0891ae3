"""Fixed addresses are one for each server, inside a subnet, and nobody else's."""

from typing import Any

import pytest

TWO = "addresses: [10.20.0.11, 10.20.0.12]"
ONE = 'address: "fd00:20::11"'


@pytest.mark.parametrize(
    "case",
    [
        (TWO, "addresses: [10.20.0.11]", "addresses", "servers[0].networks[0].addresses: 1 address for 2 servers (list 2 in addresses, or leave the choice to the cloud)"),
        (TWO, "address: 10.20.0.11", "10.20.0.11", "servers[0].networks[0].address: 1 address for 2 servers (list 2 in addresses, or leave the choice to the cloud)"),
        (ONE, "addresses: [10.20.0.13, 10.20.0.14]", "addresses: [10.20.0.13", "servers[1].networks[0].addresses: 2 addresses for 1 server (give one address)"),
        (ONE, "address: 10.20.0.13, addresses: [10.20.0.14]", "{network: app, address: 10", 'servers[1].networks[0]: gives both "address" and "addresses" (give one of them)'),
        (ONE, "address: 10.20.1.13", "10.20.1.13", 'servers[1].networks[0].address: 10.20.1.13 is in no subnet of the network "app" (choose one of 10.20.0.0/24, fd00:20::/64)'),
        (ONE, "address: 10.20.0.1", "10.20.0.1}", 'servers[1].networks[0].address: 10.20.0.1 is the gateway of the subnet "app-v4" (choose another of its addresses)'),
        (ONE, "address: 10.20.0.0", "10.20.0.0", 'servers[1].networks[0].address: 10.20.0.0 is the first address, the network itself, of the subnet "app-v4" (choose another of its addresses)'),
        (ONE, "address: 10.20.0.255", "10.20.0.255", 'servers[1].networks[0].address: 10.20.0.255 is the broadcast address of the subnet "app-v4" (choose another of its addresses)'),
        (ONE, 'address: "fd00:20::FFFF"', '"fd00:20::FFFF"', 'servers[1].networks[0].address: fd00:20::ffff is the gateway of the subnet "app-v6" (choose another of its addresses)'),
        (TWO, "addresses: [10.20.0.11, 10.20.0.11]", "10.20.0.11]", 'servers[0].networks[0].addresses[1]: 10.20.0.11 of the network "app" is given already, at apps/registration.yaml:14:45 (give each server one of its own)'),
        (ONE, "address: 10.20.0.12", "10.20.0.12}", 'servers[1].networks[0].address: 10.20.0.12 of the network "app" is given already, at apps/registration.yaml:14:57 (give each server one of its own)'),
    ],
)  # fmt: skip
def test_address_that_cannot_be_had_is_refused(refuse: Any, case: tuple[str, str, str, str]) -> None:
    """At the address, with why."""
    refuse(*case)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (ONE, "addresses: [10.20.0.13]"),
        (ONE, 'address: "fd00:20::1"'),
        (ONE, 'address: "fd00:20::ffff:ffff:ffff:ffff"'),
        ("{network: shared}", "{network: shared, addresses: [192.0.2.1, 192.0.2.2]}"),
    ],
)
def test_address_that_can_be_had_is_right(change: Any, old: str, new: str) -> None:
    """A list of one, beside the gateway, an end that IPv6 does not broadcast to, an unknown subnet."""
    assert change(old, new).problems() == []


def test_choice_may_be_left_to_the_cloud(change: Any) -> None:
    """With no address at all."""
    assert change(f", {TWO}", "").problems() == []


def test_address_of_another_application_is_refused(other: Any) -> None:
    """One network, one address, one server."""
    changed = other(
        "  servers: [{name: x, image: guest, flavor: small, networks: [{network: app, address: 10.20.0.12}]}]\n"
    )
    assert changed.problem().message.startswith('10.20.0.12 of the network "app" is given already, at apps/')


@pytest.mark.parametrize(
    ("subnet", "address", "right"),
    [
        ("gateway: none", "10.20.0.1", True),
        ("gateway: 10.20.0.254", "10.20.0.1", True),
        ("gateway: 10.20.0.254", "10.20.0.254", False),
    ],
)
def test_gateway_is_where_the_subnet_says(city: Any, subnet: str, address: str, right: bool) -> None:  # noqa: FBT001
    """Neutron takes the first address unless told."""
    changed = city.edit("tenant.yaml", "cidr: 10.20.0.0/24}", f"cidr: 10.20.0.0/24, {subnet}}}")
    problems = changed.edit("apps/registration.yaml", ONE, f"address: {address}").problems()
    assert (problems == []) == right


def test_subnet_that_is_to_be_taken_away_holds_nobody(city: Any) -> None:
    """Its addresses go with it."""
    changed = city.edit("tenant.yaml", "cidr: 10.20.0.0/24}", "cidr: 10.20.0.0/24, state: absent}")
    first, second = changed.validation().problems
    assert first.message == '10.20.0.11 is in no subnet of the network "app"'
    assert (second.remedy, second.path) == ("choose one of fd00:20::/64", "spec.servers[0].networks[0].addresses[1]")
