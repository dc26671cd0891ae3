"""Subnets: what is asked of them, what is seen of them, and what can no longer be changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.diff import Change, Verb
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.network import NAME as NETWORK
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.subnet import NAME, SUBNETS, SubnetKind
from provisioner.objects import Value
from tenants.landing_zone import AddressRange, Cidr, IPAddress, LandingZoneSpec, NetworkSpec, SubnetSpec
from tenants.names import NetworkName, SubnetName
from tenants.presence import Presence
from tenants.spec import ProjectState

_ITEM = {
    "id": "s1",
    "name": "app-v4",
    "network_id": "n1",
    "cidr": "10.20.0.0/24",
    "gateway_ip": "10.20.0.1",
    "enable_dhcp": True,
    "dns_nameservers": ["10.0.0.53", "10.0.0.54"],
    "allocation_pools": [{"start": "10.20.0.90", "end": "10.20.0.99"}, {"start": "10.20.0.10", "end": "10.20.0.19"}],
}


@pytest.fixture
def kind() -> SubnetKind:
    """The kind."""
    return SubnetKind()


@pytest.fixture
def asked(build: Any) -> Callable[..., Asked]:
    """A project whose landing zone has the network `app` with these subnets."""

    def ask(*subnets: SubnetSpec, presence: Presence = Presence.PRESENT, **project: Any) -> Asked:
        network = NetworkSpec(name=NetworkName("app"), subnets=subnets, presence=presence)
        view = replace(build.view(), items={NETWORKS.name: ({"id": "n1", "name": "app"},), SUBNETS.name: (_ITEM,)})
        spec = replace(build.project(**project), landing_zone=LandingZoneSpec(networks=(network,)))
        found: Asked = build.asked(spec, view)
        return found

    return ask


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Target:
    """A project that has the network `app`."""
    project, domain = build.project(), build.cloud().domain
    made = cloud.identity.create_project(domain, name=project.keystone_name, description="")[0].id
    network = cloud.resources.create(NETWORKS, made, {"name": "app", "project_id": made}).item
    plain = Target(
        cloud=cloud,
        domain=domain,
        project=project,
        project_id=ProjectId(made),
        directory=build.directory(),
        tenant=build.tenant(project),
    )
    return replace(plain, ids={plain.address(NETWORK, "app"): network["id"]})


def _subnet(cidr: str = "10.20.0.0/24", **fields: Any) -> SubnetSpec:
    return SubnetSpec(name=SubnetName("app-v4"), cidr=Cidr(cidr), **fields)


def _create(target: Target, **after: Value) -> Change:
    wanted = {"network": "app", "cidr": "10.20.0.0/24", **after}
    return Change(address=target.address(NAME, "app-v4"), verb=Verb.CREATE, before={}, after=wanted)


def test_only_what_the_manifest_says_is_desired(kind: SubnetKind, asked: Callable[..., Asked]) -> None:
    """Gateway, name servers and pools are Neutron's choice otherwise."""
    (desired,) = kind.desired(asked(_subnet()))
    assert desired.properties == {"network": "app", "cidr": "10.20.0.0/24", "dhcp": True}


def test_all_that_the_manifest_says_is_desired(kind: SubnetKind, asked: Callable[..., Asked]) -> None:
    """On one line each; pools in one order, name servers in that of the manifest."""
    pools = tuple(
        AddressRange(first=IPAddress(f"10.20.0.{first}"), last=IPAddress(f"10.20.0.{first + 9}")) for first in (90, 10)
    )
    dns = (IPAddress("10.0.0.54"), IPAddress("10.0.0.53"))
    (desired,) = kind.desired(asked(_subnet(has_gateway=False, dhcp=False, dns=dns, allocation_pools=pools)))
    assert desired.properties == {
        "network": "app",
        "cidr": "10.20.0.0/24",
        "gateway": "none",
        "dhcp": False,
        "dns": "10.0.0.54, 10.0.0.53",
        "allocationPools": "10.20.0.10-10.20.0.19, 10.20.0.90-10.20.0.99",
    }


def test_no_name_servers_is_something_to_ask_for(kind: SubnetKind, asked: Callable[..., Asked]) -> None:
    """Not the same as saying nothing of them."""
    (desired,) = kind.desired(asked(_subnet(dns=())))
    assert desired.properties["dns"] == ""


@pytest.mark.parametrize(("network", "subnet"), [("absent", "present"), ("present", "absent"), ("absent", "absent")])
def test_subnets_go_with_their_network(
    kind: SubnetKind, asked: Callable[..., Asked], network: str, subnet: str
) -> None:
    """Or by themselves."""
    found = kind.desired(asked(_subnet(presence=Presence(subnet)), presence=Presence(network)))
    assert [each.presence for each in found] == [Presence.ABSENT]


def test_a_retired_project_asks_for_nothing(kind: SubnetKind, asked: Callable[..., Asked]) -> None:
    """What is in it stays."""
    assert list(kind.desired(asked(_subnet(), state=ProjectState.RETIRED))) == []


def test_a_subnet_is_seen_in_the_manifests_terms(kind: SubnetKind, asked: Callable[..., Asked]) -> None:
    """Its network by name, its pools in one order."""
    ((address, properties),) = kind.observed(asked())
    assert address.key == "app-v4"
    assert properties == {
        "id": "s1",
        "network": "app",
        "cidr": "10.20.0.0/24",
        "gateway": "10.20.0.1",
        "dhcp": True,
        "dns": "10.0.0.53, 10.0.0.54",
        "allocationPools": "10.20.0.10-10.20.0.19, 10.20.0.90-10.20.0.99",
    }


@pytest.mark.parametrize("name", ["network", "cidr"])
def test_what_neutron_cannot_change_is_refused(kind: SubnetKind, asked: Callable[..., Asked], name: str) -> None:
    """With a way out."""
    change = Change(
        address=asked().address(NAME, "app-v4"), verb=Verb.UPDATE, before={name: "old"}, after={name: "new"}
    )
    (refusal,) = kind.assess(change, asked()).refusals
    assert f"{name} cannot go from old to new" in refusal.message
    assert "another name" in refusal.remedy


def test_what_neutron_can_change_is_not_refused(kind: SubnetKind, asked: Callable[..., Asked]) -> None:
    """Nor is a new subnet."""
    address = asked().address(NAME, "app-v4")
    update = Change(address=address, verb=Verb.UPDATE, before={"dhcp": True}, after={"dhcp": False})
    create = Change(address=address, verb=Verb.CREATE, before={}, after={"network": "app", "cidr": "10.20.0.0/24"})
    assert [kind.assess(each, asked()).refusals for each in (update, create)] == [(), ()]


def test_a_new_subnet_counts_one(kind: SubnetKind, asked: Callable[..., Asked], target: Target, build: Any) -> None:
    """A change counts nothing."""
    assert kind.demand(_create(target), asked()) == {build.resource("network/subnet"): 1}
    assert not kind.demand(replace(_create(target), verb=Verb.UPDATE), asked())


@pytest.mark.parametrize(
    "after",
    [
        {},
        {"cidr": "fd00:20::/64"},
        {"gateway": "none", "dhcp": False},
        {"gateway": "10.20.0.254", "dns": "10.0.0.53, 10.0.0.54"},
        {"dns": "", "allocationPools": "10.20.0.10-10.20.0.19, 10.20.0.90-10.20.0.99"},
    ],
    ids=["least", "IPv6", "no gateway", "name servers", "pools"],
)
def test_what_is_made_is_seen_as_it_was_asked_for(
    cloud: MemoryCloud, kind: SubnetKind, target: Target, after: dict[str, Value]
) -> None:
    """In its network, by one request."""
    change = _create(target, **after)
    evidence = kind.perform(change, target)
    (item,) = cloud.items(SUBNETS, target.known_project)
    assert evidence.values == {**change.after, "id": item["id"]}
    assert after.items() <= kind.plain(item).items()


def test_what_is_changed_is_sent_and_nothing_else(cloud: MemoryCloud, kind: SubnetKind, target: Target) -> None:
    """The rest stays as it is."""
    made = kind.perform(_create(target, dns="10.0.0.53"), target)
    known = replace(target, ids={**target.ids, target.address(NAME, "app-v4"): str(made.values["id"])})
    change = replace(_create(target), verb=Verb.UPDATE, before={"gateway": "10.20.0.1"}, after={"gateway": "none"})
    kind.perform(change, known)
    (item,) = cloud.items(SUBNETS, target.known_project)
    assert (item["gateway_ip"], item["dns_nameservers"]) == (None, ["10.0.0.53"])


@given(pools=st.permutations(_ITEM["allocation_pools"]))  # type: ignore[arg-type]
def test_the_order_of_pools_means_nothing(pools: list[dict[str, str]]) -> None:
    """Neutron gives them in any."""
    seen = SubnetKind().plain({**_ITEM, "allocation_pools": pools})
    assert seen["allocationPools"] == "10.20.0.10-10.20.0.19, 10.20.0.90-10.20.0.99"
