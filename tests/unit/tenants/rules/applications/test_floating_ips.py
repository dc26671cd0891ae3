"""Floating IPs lead into one network of one single server."""

from typing import Any

import pytest

USE = "{name: portal, server: web-1, network: app}"


@pytest.mark.parametrize(
    "case",
    [
        (
            "{name: portal, server: web, network: app}",
            "web, network: app}",
            'floatingIPs[0].server: "web" is 2 servers, and a floating IP leads to one (name one, such as web-1)',
        ),
        (
            "{name: portal, server: web-3, network: app}",
            "web-3",
            'floatingIPs[0].server: this application has no server "web-3" (did you mean "web-2"?)',
        ),
        (
            "{name: portal, server: web-1, network: apps}",
            "apps",
            'floatingIPs[0].network: the server "web-1" is not in the network "apps" (did you mean "app"?)',
        ),
        (
            "{name: given-up, server: web-1, network: app}",
            "given-up",
            (
                'floatingIPs[0].name: the landing zone of the project "registration" gives up the floating IP "given-up" '
                "(leave it out here, or let it stay)"
            ),
        ),
    ],
)
def test_floating_ip_that_leads_nowhere_is_refused(refuse: Any, case: tuple[str, str, str]) -> None:
    """At the word that is wrong, with what would be right."""
    refuse(USE, *case)


@pytest.mark.parametrize(
    "new", ["{name: new, server: db, network: app}", "{name: portal, server: web-2, network: shared}"]
)
def test_floating_ip_that_leads_to_a_server_is_right(change: Any, new: str) -> None:
    """A single server or a member; reserved before, or not."""
    assert change(USE, new).problems() == []


def test_two_floating_ips_to_one_place_are_refused(city: Any, change: Any, check: Any) -> None:
    """Neutron has one for each address of a server."""
    changed = change(USE, f"{USE}, {{name: again, server: web-1, network: app}}")
    roomy = changed.edit("tenant.yaml", "floatingip: 1", "floatingip: 2")
    said = (
        'error: spec.floatingIPs[1]: "portal" leads there already, and an address of a server has one floating IP '
        "(leave one of them out, or lead it elsewhere)"
    )
    check(roomy, "{name: again", said)


def test_floating_ip_needs_an_external_network(city: Any) -> None:
    """Of the project's zone. The landing zone is told the same for what it reserves."""
    inside = city.edit("cloud.yaml", "\n      externalNetwork: government", "")
    told = [each for each in inside.validation().problems if each.location.file == "apps/registration.yaml"]
    assert [(each.path, each.message) for each in told] == [
        ("spec.floatingIPs[0]", 'the zone "extranet" of the project has no external network')
    ]


def test_floating_ip_of_an_application_that_goes_is_left_alone(change: Any) -> None:
    """It leads nowhere for a while."""
    gone = change("spec:\n", "spec:\n  state: absent\n")
    assert gone.edit("apps/registration.yaml", USE, "{name: given-up, server: gone, network: gone}").problems() == []
