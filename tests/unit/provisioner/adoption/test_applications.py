"""A project's servers and volumes become applications."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Act, Item
from provisioner.kinds.port import PORTS
from provisioner.kinds.server_properties import SERVERS


@pytest.fixture
def changed(old: Any, build: Any) -> Callable[..., Any]:
    """What is observed of a server `web`, with keys of it changed."""

    def make(**keys: Any) -> Any:
        old.server()
        seen = old.observed(build)
        view = seen.projects["老系统"]
        servers: tuple[Item, ...] = tuple({**each, **keys} for each in view.items[SERVERS.name])
        return replace(seen, projects={"老系统": replace(view, items={**view.items, SERVERS.name: servers})})

    return make


def test_servers_are_of_the_application_that_they_name(old: Any, imported: Callable[..., Any]) -> None:
    """By their metadata; those that name none are one application that is called as their project."""
    old.project("scjg")
    for name, metadata in (("web", {"tenantry:application": "permits"}), ("db", {"tenantry:application": "permits"})):
        old.make(SERVERS, "scjg", name=name, flavorRef="f1", imageRef="i1", networks="none", metadata=metadata)
    old.make(SERVERS, "scjg", name="老", flavorRef="f1", imageRef="i1", networks="none")
    named = {name: [each["name"] for each in spec["servers"]] for name, spec in imported().applications.items()}
    assert named == {"permits": ["db", "web"], "scjg": ["老"]}


def test_another_key_may_name_applications(old: Any, imported: Callable[..., Any]) -> None:
    """Whatever a department marks its servers with; what is no identifier becomes the name for people."""
    old.server("web", metadata={"系统": "x", "system": "商事登记"})
    (application,) = imported(group_by="system").adoption.applications
    assert application["metadata"] == {"name": "project", "displayName": "商事登记"}


def test_applications_that_others_describe(old: Any, imported: Callable[..., Any]) -> None:
    """Keep their names to themselves."""
    old.server("web", metadata={"tenantry:application": "permits"})
    assert list(imported(known_applications=frozenset({"permits"})).applications) == ["permits-2"]


def test_a_server_whose_port_nova_made(old: Any, imported: Callable[..., Any]) -> None:
    """Is in its network with its address and groups; the port without a name is the manifest's."""
    network, _ = old.network()
    old.port(network, old.server(), security_groups=[old.group("网站")])
    ((server,),) = (each["servers"] for each in imported().applications.values())
    assert server == {
        "name": "web",
        "image": "guest",
        "flavor": "tiny",
        "networks": [{"network": "应用网", "address": "10.20.0.2", "securityGroups": ["网站"]}],
    }


def test_a_server_twice_in_one_network(old: Any, imported: Callable[..., Any]) -> None:
    """Stays out of that network, and it is told."""
    network, _ = old.network()
    server = old.server()
    old.port(network, server)
    old.port(network, server)
    done = imported()
    assert "networks" not in done.applications["project"]["servers"][0]
    assert done.left_out["老系统: server web: its ports in the network 应用网"] == "a manifest's server has one in each"


def test_a_server_that_boots_from_a_volume(old: Any, imported: Callable[..., Any]) -> None:
    """Names it, and the volume says that it can be booted from."""
    root = old.volume("系统盘", imageRef="i1")
    old.settle()
    disk = {"uuid": root, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    old.server(imageRef=None, block_device_mapping_v2=[disk])
    (application,) = imported().applications.values()
    assert application["servers"] == [{"name": "web", "bootVolume": "系统盘", "flavor": "tiny"}]
    assert [(each["name"], each["bootable"]) for each in application["volumes"]] == [("系统盘", True)]


def test_a_server_that_boots_from_a_nameless_volume(old: Any, imported: Callable[..., Any]) -> None:
    """Is left out with what would help."""
    root = old.volume("", imageRef="i1")
    old.settle()
    disk = {"uuid": root, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    old.server(imageRef=None, block_device_mapping_v2=[disk])
    done = imported()
    assert done.applications == {}
    assert "name the volume, and import again" in done.left_out["老系统: server web"]


def test_volumes_with_size_type_and_server(old: Any, imported: Callable[..., Any]) -> None:
    """Attached or not."""
    server = old.server()
    data = old.volume("数据盘", volume_type="ssd")
    old.volume("备用盘", volume_type="standard")
    old.settle()
    attachment = Act(below="/os-volume_attachments", body={"volumeAttachment": {"volumeId": data}})
    old.cloud.resources.act(SERVERS, old.project(), server, attachment)
    (application,) = imported().applications.values()
    assert application["volumes"] == [
        {"name": "备用盘", "size": "1GiB", "type": "standard"},
        {"name": "数据盘", "size": "1GiB", "type": "ssd", "server": "web"},
    ]


def test_a_server_in_another_availability_zone(old: Any, imported: Callable[..., Any]) -> None:
    """Says so: its project's zone is not its own."""
    old.router("出口", external="extranet-external")
    old.server(availability_zone="internet")
    (application,) = imported().applications.values()
    assert application["servers"][0]["availabilityZone"] == "internet"


def test_an_image_that_is_gone(changed: Callable[..., Any], take: Callable[..., Any]) -> None:
    """Is known by the id that it had: the server stands, only it could not be made anew."""
    (application,) = take(changed(image={"id": "b0a7"})).applications.values()
    assert application["servers"][0]["image"] == "b0a7"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"status": "ERROR", "OS-SRV-USG:launched_at": None}, "it was never built: its state is ERROR"),
        ({"OS-EXT-STS:task_state": "deleting"}, "it is being deleted"),
        ({"status": "SOFT_DELETED"}, "it is being deleted"),
        ({"flavor": {"id": "f1"}}, "its flavor's name is not known"),
    ],
)
def test_servers_that_cannot_be_taken(
    changed: Callable[..., Any], take: Callable[..., Any], keys: dict[str, Any], reason: str
) -> None:
    """Are left out with the reason."""
    done = take(changed(**keys))
    assert (done.applications, done.left_out) == ({}, {"老系统: server web": reason})


def test_a_server_group_with_its_members(old: Any, imported: Callable[..., Any]) -> None:
    """Its policy is kept."""
    group = old.server_group("分开")
    old.server(**{"os:scheduler_hints": {"group": group}})
    (application,) = imported().applications.values()
    assert application["serverGroups"] == [{"name": "分开", "policy": "anti-affinity"}]
    assert application["servers"][0]["serverGroup"] == "分开"


def test_a_floating_ip_that_leads_to_a_server(old: Any, imported: Callable[..., Any]) -> None:
    """The landing zone keeps the address, the application says where it leads; Nova's port has no name."""
    network, subnet = old.network()
    old.router("出口", subnet)
    old.floating_ip(port_id=old.port(network, old.server()))
    done = imported()
    (reserved,) = done.landing_zone["floatingIPs"]
    (application,) = done.applications.values()
    assert application["floatingIPs"] == [{"name": reserved["name"], "server": "web", "network": "应用网"}]


def test_ports_that_are_no_servers(old: Any, imported: Callable[..., Any]) -> None:
    """Are told: load balancers', trunks', virtual addresses'."""
    network, _ = old.network()
    old.make(PORTS, network_id=network, name="vip", device_owner="Octavia")
    assert imported().left_out == {
        "老系统: port vip (Octavia)": "it is not a server's, and manifests know no other ports"
    }


def test_a_users_own_key_pair(old: Any, imported: Callable[..., Any]) -> None:
    """Is not the project's to name."""
    old.server(key_name="li-wei")
    done = imported()
    assert "keyPair" not in done.applications["project"]["servers"][0]
    assert done.left_out == {"老系统: server web: its key pair li-wei": "it is its user's own, and not the project's"}
