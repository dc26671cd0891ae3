"""What the cloud in memory has beyond the contract: troubles, fates, meddling, and the services' habits that tests build on."""

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.clouds.collections import Act, Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudConflict, CloudError, CloudRefused, CloudUnavailable
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import PORTS
from provisioner.kinds.router import ROUTERS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.subnet import SUBNETS
from provisioner.kinds.volume import VOLUMES
from tenants.names import DomainName
from tenants.resources import Service

_UNICORNS = Collection(
    name=CollectionName("unicorns"), service="network", path="/unicorns", item="unicorn", items="unicorns"
)
_RESIZE, _CONFIRM = (
    Act(below="/action", body={"resize": {"flavorRef": "f2"}}),
    Act(below="/action", body={"confirmResize": None}),
)


class Ground:
    """A project with a network and a subnet."""

    def __init__(self, cloud: MemoryCloud) -> None:
        self.cloud = cloud
        self.project = cloud.identity.create_project(DomainName("government"), name="a", description="")[0].id
        self.network = self.make(NETWORKS, name="app")
        self.subnet = self.make(SUBNETS, network_id=self.network["id"], cidr="10.0.0.0/24", ip_version=4)

    def make(self, collection: Collection, **body: Any) -> Item:
        """An item, as the service answers it."""
        owner = {"project_id": self.project} if collection.neutron else {}
        return self.cloud.resources.create(collection, self.project, {**body, **owner}).item

    def see(self, collection: Collection, item: Item) -> Item:
        """The item, in a look."""
        found = self.cloud.resources.fetch(collection, self.project, ItemId(item["id"]))
        assert found is not None
        return found

    def server(self) -> tuple[Item, Item, Item]:
        """A server that is being built, its port and its volume."""
        port = self.make(PORTS, name="p", network_id=self.network["id"])
        volume = self.make(VOLUMES, name="v", size=1)
        self.see(VOLUMES, volume)
        disk = {"uuid": volume["id"], "source_type": "volume", "boot_index": -1}
        body = {"name": "web", "flavorRef": "f1", "imageRef": "i1", "networks": [{"port": port["id"]}]}
        return self.make(SERVERS, **body, block_device_mapping_v2=[disk]), port, volume

    def act(self, item: Item, act: Act) -> None:
        """Do something with a server."""
        self.cloud.resources.act(SERVERS, self.project, ItemId(item["id"]), act)

    def used(self, *services: Service) -> dict[str, int]:
        """What is in use, by the services' own keys."""
        found: dict[str, int] = {}
        for service in services:
            reading = self.cloud.quotas(service).readings([self.project])[self.project]
            assert not isinstance(reading, CloudError)
            found |= {resource.key: usage.used for resource, usage in reading.items() if usage.used}
        return found


@pytest.fixture
def ground(cloud: MemoryCloud) -> Ground:
    """On an empty cloud."""
    return Ground(cloud)


# Troubles

_CALLS: dict[str, Callable[[Any, ProjectId], Any]] = {
    "named": lambda resources, project: resources.named(NETWORKS, project, "app"),
    "fetch": lambda resources, project: resources.fetch(NETWORKS, project, ItemId("n")),
    "create": lambda resources, project: resources.create(NETWORKS, project, {"name": "n"}),
    "create_all": lambda resources, project: resources.create_all(NETWORKS, project, [{"name": "n"}]),
    "update": lambda resources, project: resources.update(NETWORKS, project, ItemId("n"), {"name": "n"}),
    "delete": lambda resources, project: resources.delete(NETWORKS, project, ItemId("n")),
    "act": lambda resources, project: resources.act(NETWORKS, project, ItemId("n"), Act(below="/x")),
}


@pytest.mark.parametrize("call", _CALLS)
def test_any_call_can_be_made_to_fail(ground: Ground, call: str) -> None:
    """By its name and the collection's."""
    ground.cloud.weather.fail(f"resources.{call}.networks", CloudUnavailable("storm"))
    with pytest.raises(CloudUnavailable, match="storm"):
        _CALLS[call](ground.cloud.resources, ground.project)


def test_a_listing_that_fails_is_a_value(ground: Ground) -> None:
    """As the port has it."""
    ground.cloud.weather.fail("resources.list.networks", CloudUnavailable("storm"))
    found = ground.cloud.resources.list(Read(collection=NETWORKS), [ground.project])
    assert isinstance(found[ground.project], CloudUnavailable)


def test_an_answer_can_be_lost(ground: Ground) -> None:
    """What was asked for is done."""
    ground.cloud.weather.fail("resources.create.networks", CloudUnavailable("storm"), after_acting=True)
    with pytest.raises(CloudUnavailable):
        ground.make(NETWORKS, name="b")
    assert [each["name"] for each in ground.cloud.items(NETWORKS, ground.project)] == ["app", "b"]


@pytest.mark.parametrize("call", ["create", "create_all", "update", "delete"])
def test_a_write_can_be_ignored(ground: Ground, call: str) -> None:
    """The answer says yes, and nothing is changed."""
    there = ItemId(ground.network["id"])
    ground.cloud.weather.ignore(f"resources.{call}.networks")
    writes: dict[str, Callable[[], Any]] = {
        "create": lambda: ground.make(NETWORKS, name="b"),
        "create_all": lambda: ground.cloud.resources.create_all(NETWORKS, ground.project, [{"name": "b"}]),
        "update": lambda: ground.cloud.resources.update(NETWORKS, ground.project, there, {"name": "b"}),
        "delete": lambda: ground.cloud.resources.delete(NETWORKS, ground.project, there),
    }
    before = ground.cloud.items(NETWORKS, ground.project)
    writes[call]()
    assert ground.cloud.items(NETWORKS, ground.project) == before


# Fates and meddling


def test_what_becomes_of_something_can_be_said_before(ground: Ground) -> None:
    """One state with each look; then it stays."""
    ground.cloud.destine(VOLUMES, "v", {"status": "downloading"}, {"status": "error"})
    volume = ground.make(VOLUMES, name="v", size=1)
    assert [ground.see(VOLUMES, volume)["status"] for _ in range(4)] == ["creating", "downloading", "error", "error"]


def test_a_fate_is_that_of_the_next_one_alone(ground: Ground) -> None:
    """The one after it comes to its usual end."""
    ground.cloud.destine(VOLUMES, "v")
    stuck, other = ground.make(VOLUMES, name="v", size=1), ground.make(VOLUMES, name="v", size=1)
    looks = [(ground.see(VOLUMES, stuck)["status"], ground.see(VOLUMES, other)["status"]) for _ in range(2)]
    assert looks == [("creating", "creating"), ("creating", "available")]


def test_items_can_be_changed_behind_our_back(ground: Ground) -> None:
    """Looking in by `items` is no look of which anything comes."""
    volume = ground.make(VOLUMES, name="v", size=1)
    assert [each["status"] for _ in range(3) for each in ground.cloud.items(VOLUMES, ground.project)] == [
        "creating"
    ] * 3
    ground.cloud.alter(VOLUMES, ItemId(volume["id"]), status="error")
    assert [ground.see(VOLUMES, volume)["status"] for _ in range(2)] == ["error", "error"]


def test_what_is_shown_is_nobodys_to_change(ground: Ground) -> None:
    """It is a copy."""
    ground.see(SUBNETS, ground.subnet)["allocation_pools"].clear()
    assert ground.see(SUBNETS, ground.subnet)["allocation_pools"] != []


def test_a_collection_without_habits_is_just_stored(ground: Ground) -> None:
    """And given out under its project."""
    made = ground.cloud.resources.create(_UNICORNS, ground.project, {"name": "u", "project_id": ground.project}).item
    assert ground.cloud.resources.named(_UNICORNS, ground.project, "u") == (made,)
    with pytest.raises(CloudRefused, match="HTTP 404"):
        ground.cloud.resources.act(_UNICORNS, ground.project, made["id"], Act(below="/fly"))


def test_a_body_without_a_project_is_our_own(ground: Ground) -> None:
    """As with a token of ours: whoever forgets the owner finds nothing in the project."""
    made = ground.cloud.resources.create(NETWORKS, ground.project, {"name": "lost"}).item
    assert made["project_id"] != ground.project
    assert ground.cloud.resources.named(NETWORKS, ground.project, "lost") == ()


# Servers


def test_a_server_that_runs_has_its_port_and_volume(ground: Ground) -> None:
    """From the look at which it is active; until then its volume is kept for it."""
    server, port, volume = ground.server()
    assert ground.see(VOLUMES, volume)["status"] == "reserved"
    assert [ground.see(SERVERS, server)["status"] for _ in range(2)] == ["BUILD", "ACTIVE"]
    assert ground.see(PORTS, port)["device_id"] == server["id"]
    assert ground.see(VOLUMES, volume)["attachments"][0]["server_id"] == server["id"]
    assert ground.see(SERVERS, server)["addresses"]["app"][0]["addr"] == port["fixed_ips"][0]["ip_address"]


def test_a_server_that_is_gone_leaves_port_and_volume(ground: Ground) -> None:
    """Free for another one; and its quota."""
    server, port, volume = ground.server()
    ground.see(SERVERS, server)
    ground.cloud.resources.delete(SERVERS, ground.project, ItemId(server["id"]))
    assert ground.see(SERVERS, server)["OS-EXT-STS:task_state"] == "deleting"
    assert ground.cloud.resources.fetch(SERVERS, ground.project, ItemId(server["id"])) is None
    assert (ground.see(PORTS, port)["device_id"], ground.see(VOLUMES, volume)["status"]) == ("", "available")
    assert ground.used(Service.COMPUTE) == {}


def test_a_resize_waits_to_be_confirmed(ground: Ground) -> None:
    """And counts in the quota."""
    server, *_ = ground.server()
    ground.see(SERVERS, server)
    ground.act(server, _RESIZE)
    assert [ground.see(SERVERS, server)["status"] for _ in range(2)] == ["RESIZE", "VERIFY_RESIZE"]
    ground.act(server, _CONFIRM)
    assert [ground.see(SERVERS, server)["status"] for _ in range(2)] == ["VERIFY_RESIZE", "ACTIVE"]
    assert ground.used(Service.COMPUTE) == {"instances": 1, "cores": 1, "ram": 2048}
    with pytest.raises(CloudConflict, match="confirmResize"):
        ground.act(server, _CONFIRM)


def test_a_port_or_volume_has_one_server(ground: Ground) -> None:
    """A second one is refused."""
    _, port, volume = ground.server()
    body = {"name": "b", "flavorRef": "f1", "imageRef": "i1"}
    disk = {"uuid": volume["id"], "source_type": "volume", "boot_index": -1}
    with pytest.raises(CloudRefused, match="reserved"):
        ground.make(SERVERS, **body, networks="none", block_device_mapping_v2=[disk])
    ground.cloud.alter(PORTS, ItemId(port["id"]), device_id="other")
    with pytest.raises(CloudConflict, match="still in use"):
        ground.make(SERVERS, **body, networks=[{"port": port["id"]}])


# Networks


def test_a_new_group_lets_everything_out(ground: Ground) -> None:
    """By two rules; the default group is there as well, with four."""
    ground.make(SECURITY_GROUPS, name="web")
    groups = {each["name"]: each for each in ground.cloud.items(SECURITY_GROUPS, ground.project)}
    assert {name: len(each["security_group_rules"]) for name, each in groups.items()} == {"default": 4, "web": 2}
    assert {each["direction"] for each in groups["web"]["security_group_rules"]} == {"egress"}
    assert ground.used(Service.NETWORK).items() >= {"security_group": 2, "security_group_rule": 6}.items()


def test_a_floating_ip_leads_by_a_router(ground: Ground) -> None:
    """Without one, the port cannot be reached."""
    external = next(each for each in ground.cloud.offers().networks if each.external)
    port = ground.make(PORTS, network_id=ground.network["id"])
    with pytest.raises(CloudRefused, match="not reachable"):
        ground.make(FLOATING_IPS, floating_network_id=external.id, port_id=port["id"])
    router = ground.make(ROUTERS, name="r", external_gateway_info={"network_id": external.id})
    put_in = Act(below="/add_router_interface", body={"subnet_id": ground.subnet["id"]}, method="PUT")
    ground.cloud.resources.act(ROUTERS, ground.project, ItemId(router["id"]), put_in)
    address = ground.make(FLOATING_IPS, floating_network_id=external.id, port_id=port["id"])
    assert address["fixed_ip_address"] == port["fixed_ips"][0]["ip_address"]
    with pytest.raises(CloudConflict, match="still has ports"):
        ground.cloud.resources.delete(ROUTERS, ground.project, ItemId(router["id"]))


def test_what_is_held_is_told_by_name(ground: Ground, build: Any) -> None:
    """Beside what a test put into use."""
    network = build.resource("network/network")
    ground.cloud.set_usage(ground.project, network, 3)
    holders = ground.cloud.quotas(Service.NETWORK).holders(ground.project, network)
    assert [(each.name, each.amount) for each in holders] == [("network-1", 3), ("app", 1)]
