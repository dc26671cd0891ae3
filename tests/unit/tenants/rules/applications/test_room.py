"""A network has addresses enough for all servers in it."""

from typing import Any

import pytest

CIDR = "cidr: 10.20.0.0/24}"
FIXED = ", addresses: [10.20.0.11, 10.20.0.12]"


def _site(city: Any, *, subnet: str, replicas: int, fixed: str = "") -> Any:
    """The project with another subnet, and more servers that leave their addresses to the cloud."""
    roomy = city.edit("tenant.yaml", "{instances: 10,", "{instances: 100,").edit(
        "tenant.yaml", "{port: 6,", "{port: 300,"
    )
    changed = roomy.edit("apps/registration.yaml", FIXED, fixed)
    changed = changed.edit("apps/registration.yaml", "replicas: 2", f"replicas: {replicas}")
    return changed.edit("tenant.yaml", CIDR, subnet)


@pytest.mark.parametrize(
    ("subnet", "room"),
    [
        ("cidr: 10.20.0.0/29}", 5),
        ("cidr: 10.20.0.0/29, gateway: none}", 6),
        ("cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.10, last: 10.20.0.13}]}", 4),
        (
            "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.10, last: 10.20.0.13}, {first: 10.20.0.20, last: 10.20.0.22}]}",
            7,
        ),
    ],
)
def test_room_is_what_ports_may_get(city: Any, subnet: str, room: int) -> None:
    """All that the pools hold; without pools, every host's address but the gateway's. One server more is refused."""
    assert _site(city, subnet=subnet, replicas=room).problems() == []
    told = f"the servers in this network need {room + 1} addresses of {room}, 1 too many: registration {room + 1}"
    problem = _site(city, subnet=subnet, replicas=room + 1).problem()
    assert problem.message == told
    assert str(problem.path) == "spec.projects[0].landingZone.networks[0].subnets"


def test_fixed_address_beside_the_pools_takes_nothing_of_them(city: Any) -> None:
    """Neutron gives those to nobody who does not ask for them."""
    subnet = "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.20, last: 10.20.0.20}]}"
    assert _site(city, subnet=subnet, replicas=2, fixed=FIXED).problems() == []


def test_fixed_address_of_the_pools_takes_one(city: Any, other: Any) -> None:
    """Whoever is given it, another server cannot have it."""
    subnet = "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.11, last: 10.20.0.12}]}"
    fits = _site(city, subnet=subnet, replicas=2, fixed=FIXED)
    assert fits.problems() == []
    more = other("  servers: [{name: x, image: guest, flavor: small, networks: [{network: app}]}]\n").files[
        "apps/credit.yaml"
    ]
    problem = fits.add("apps/credit.yaml", more).problem()
    assert problem.message.endswith("need 3 addresses of 2, 1 too many: registration 2, credit 1")


def test_network_of_ipv6_alone_has_room(city: Any) -> None:
    """More than anybody can count; and what a landing zone says nothing of is the cloud's to say."""
    alone = _site(city, subnet="cidr: 10.20.0.0/29, state: absent}", replicas=20)
    assert alone.problems() == []


def test_pool_that_cannot_be_read_is_told_alone(city: Any) -> None:
    """How many addresses it was to hold nobody knows."""
    unreadable = "cidr: 10.20.0.0/24, allocationPools: [{first: 10.20.0.10, last: 10.20.0.300}]}"
    assert len(_site(city, subnet=unreadable, replicas=20).problems()) == 1
