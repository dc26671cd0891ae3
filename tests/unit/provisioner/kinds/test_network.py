"""Networks: what is asked of them, what is seen of them, what a change means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb
from provisioner.kinds.interface import Asked
from provisioner.kinds.network import NAME, NETWORKS, NetworkKind
from tenants.landing_zone import LandingZoneSpec, NetworkSpec
from tenants.names import NetworkName
from tenants.presence import Presence
from tenants.spec import ProjectState


@pytest.fixture
def kind() -> NetworkKind:
    """The kind."""
    return NetworkKind()


@pytest.fixture
def asked(build: Any) -> Callable[..., Asked]:
    """A project whose landing zone has these networks."""

    def ask(*networks: NetworkSpec, **project: Any) -> Asked:
        zone = LandingZoneSpec(networks=networks)
        found: Asked = build.asked(replace(build.project(**project), landing_zone=zone), build.view())
        return found

    return ask


def _network(name: str = "app", **fields: Any) -> NetworkSpec:
    return NetworkSpec(name=NetworkName(name), **fields)


def test_only_what_the_manifest_says_is_desired(kind: NetworkKind, asked: Callable[..., Asked]) -> None:
    """The rest is Neutron's choice."""
    plain, full = kind.desired(asked(_network("应用网"), _network("b", description="乙", mtu=1400)))
    assert (plain.address.key, plain.properties) == ("应用网", {})
    assert full.properties == {"description": "乙", "mtu": 1400}


def test_an_absent_network_is_desired_to_be_absent(kind: NetworkKind, asked: Callable[..., Asked]) -> None:
    """Absence is said, never inferred."""
    assert [each.presence for each in kind.desired(asked(_network(presence=Presence.ABSENT)))] == [Presence.ABSENT]


def test_a_retired_project_asks_for_nothing(kind: NetworkKind, asked: Callable[..., Asked]) -> None:
    """What is in it stays."""
    assert list(kind.desired(asked(_network(), state=ProjectState.RETIRED))) == []


def test_networks_are_listed_where_the_manifest_concerns_them(
    kind: NetworkKind, asked: Callable[..., Asked], build: Any
) -> None:
    """And for an import."""
    assert [each.collection for each in kind.reads(asked().project, Offers())] == [NETWORKS]
    assert list(kind.reads(build.project(), Offers())) == []
    assert [each.collection for each in kind.reads(None, Offers())] == [NETWORKS]


def test_no_description_is_an_empty_one(kind: NetworkKind) -> None:
    """As Neutron shows it."""
    assert kind.plain({"id": "n", "description": None, "mtu": 1450}) == {"description": "", "mtu": 1450}


def test_a_new_network_counts_one(kind: NetworkKind, asked: Callable[..., Asked], build: Any) -> None:
    """A change or a deletion counts nothing."""
    change = Change(address=asked().address(NAME, "app"), verb=Verb.CREATE, before={}, after={})
    assert kind.demand(change, asked()) == {build.resource("network/network"): 1}
    assert not kind.demand(replace(change, verb=Verb.UPDATE), asked())
    assert not kind.demand(replace(change, verb=Verb.DELETE), asked())


def test_another_mtu_is_explained(kind: NetworkKind, asked: Callable[..., Asked]) -> None:
    """Servers learn of it late."""
    change = Change(address=asked().address(NAME, "app"), verb=Verb.UPDATE, before={"mtu": 1450}, after={"mtu": 1400})
    assert "renew their leases" in kind.assess(change, asked()).reason
    assert "leases" not in kind.assess(replace(change, after={"description": "新"}), asked()).reason
