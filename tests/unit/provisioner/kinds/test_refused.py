"""Neutron's refusals in words for those who asked."""

from typing import Any

import pytest

from provisioner.errors import CloudConflict, DependencyMissing
from provisioner.kinds.interface import Target
from provisioner.kinds.refused import in_plain_words, told

_PORT = "0b1c2d3e-0000-4000-8000-000000000001"
_OTHER = "0b1c2d3e-0000-4000-8000-000000000002"


def test_names_stand_where_ids_did() -> None:
    """Those that are known; the others stay, for operators to look up."""
    assert told(f"Port {_PORT} and port {_OTHER}", {_PORT: "web-app"}) == f"Port web-app and port {_OTHER}"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (f"External network {_PORT} is not reachable from subnet {_OTHER}.", "no router leads from"),
        ("Quota exceeded for resources: ['router'].", "the project's quota is used up"),
        (f"Gateway cannot be updated, since it is required by one or more floating IPs: {_PORT}", "floating IPs of"),
        (f"IP address 198.51.100.9 already allocated in subnet {_PORT}", "somebody else has that address"),
        (f"Network {_PORT} could not be found.", "the network is not there any more"),
        (f"Security Group {_PORT} in use.", "servers or other ports still have it"),
    ],
)
def test_a_refusal_begins_with_what_it_means(said: str, meant: str) -> None:
    """Neutron's own words stand behind."""
    assert told(said, {}).startswith(meant)
    assert told(said, {}).endswith(f"({said})")


def test_a_meaning_is_told_once() -> None:
    """Also where a refusal passes through several hands."""
    once = told("Quota exceeded for resources: ['port'].", {})
    assert told(once, {}) == once


def test_what_has_no_known_meaning_is_passed_on() -> None:
    """As it is."""
    assert told("Cidr 10.0.0.0/24 overlaps", {}) == "Cidr 10.0.0.0/24 overlaps"


@pytest.fixture
def target(ground: Any) -> Target:
    """Any project."""
    found: Target = ground.target(ground.asked(None))
    return found


def test_an_error_keeps_its_kind_and_its_request(target: Target) -> None:
    """So that it is retried, or not, as before."""
    error = CloudConflict("Quota exceeded", request_id="req-1")
    with (
        pytest.raises(CloudConflict, match="the router: the project's quota") as raised,
        in_plain_words(target, "the router"),
    ):
        raise error
    assert raised.value.request_id == "req-1"


def test_an_error_of_our_own_is_passed_on_unchanged(target: Target) -> None:
    """The same one."""
    error = DependencyMissing("waits for the subnet app-v4, which could not be made")
    with pytest.raises(DependencyMissing) as raised, in_plain_words(target):
        raise error
    assert raised.value is error
