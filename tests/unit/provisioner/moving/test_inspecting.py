"""What a look at a source finds: every property that a migration has to know, and what is not as the manifest has it."""

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.clouds.collections import ItemId
from provisioner.errors import CloudUnavailable
from provisioner.kinds.floating_ip import FLOATING_IPS
from provisioner.kinds.server_group import SERVER_GROUPS
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, VOLUMES
from provisioner.migration.workload import Disk, FixedAddress, Interface, Machine
from provisioner.moving.inspecting import Wanted, inspect_application, inspect_host
from tenants.application import ServerSpec
from tenants.names import FlavorName, ServerName
from tenants.presence import Presence


def _only(inspection: Any) -> Machine:
    assert inspection.obstacles == ()
    (machine,) = inspection.workload.machines
    assert isinstance(machine, Machine)
    return machine


def test_a_server_on_an_image_is_found_whole(estate: Any) -> None:
    """With its root disk, its volume, its interface and whatever it bears."""
    group = estate.make(SERVER_GROUPS, name="web", policies=["soft-anti-affinity"])["id"]
    server = estate.server(
        "登记-web",
        data=1,
        metadata={"role": "web"},
        tags=["登记"],
        config_drive=True,
        **{"os:scheduler_hints": {"group": group}},
    )
    (port,) = estate.cloud.items(PORTS, estate.place.project_id)
    address = port["fixed_ips"][0]
    (volume,) = estate.cloud.items(VOLUMES, estate.place.project_id)
    seen = estate.seen(server)
    assert _only(estate.inspect("登记-web")) == Machine(
        id=server,
        name="登记-web",
        status="ACTIVE",
        task=None,
        host=seen["OS-EXT-SRV-ATTR:host"],
        availability_zone="internet",
        flavor="tiny",
        vcpus=1,
        ram=512,
        image_id="i1",
        image="guest",
        key_pair=None,
        server_group="web",
        config_drive=True,
        locked=False,
        metadata={"role": "web"},
        tags=("登记",),
        disks=(
            Disk(
                subject="登记-web#0",
                position=0,
                volume=None,
                name="",
                size=1,
                bootable=True,
                device="/dev/vda",
                delete_on_termination=True,
            ),
            Disk(
                subject="登记-web#1",
                position=1,
                volume=volume["id"],
                name="登记-web-data-0",
                size=1,
                volume_type=volume["volume_type"],
                device=volume["attachments"][0]["device"],
            ),
        ),
        interfaces=(
            Interface(
                subject="登记-web@0",
                port=port["id"],
                name="登记-web-应用网",
                network_id=estate.network,
                network="应用网",
                mac=port["mac_address"],
                addresses=(FixedAddress(address=address["ip_address"], subnet_id=estate.subnet, subnet="app-v4"),),
                security_groups=("web",),
            ),
        ),
    )


def test_what_people_call_the_application_is_written_down(estate: Any) -> None:
    """As its manifest has it now: reports keep it, whatever becomes of the manifest."""
    estate.server("登记-web")
    assert estate.inspect("登记-web").workload.display_name == "登记"


def test_the_disk_that_a_server_boots_from_comes_first(estate: Any) -> None:
    """The one that Nova names as the root, whatever order Cinder lists them in; what it needs to boot is known."""
    estate.server("db", from_volume=True, data=2)
    volumes = {each["name"]: each["id"] for each in estate.cloud.items(VOLUMES, estate.place.project_id)}
    properties = {"hw_disk_bus": "scsi", "image_id": "i1", "checksum": "abc"}
    estate.cloud.alter(VOLUMES, volumes["db-root"], volume_image_metadata=properties, metadata={"readonly": "False"})
    machine = _only(estate.inspect("db"))
    assert [disk.name for disk in machine.disks] == ["db-root", "db-data-0", "db-data-1"]
    root = machine.disks[0]
    assert (root.bootable, root.image_properties, root.metadata) == (True, {"hw_disk_bus": "scsi"}, {})
    assert machine.image_id is None


def test_an_image_tells_what_its_root_disk_needs(estate: Any) -> None:
    """Of the image that is still there; one that was deleted tells nothing."""
    estate.server("web")
    estate.cloud.alter(IMAGES, "i1", hw_firmware_type="uefi", owner_specified="x")
    assert _only(estate.inspect("web")).disks[0].image_properties["hw_firmware_type"] == "uefi"


def test_floating_ips_are_with_the_interface_that_they_lead_to(estate: Any) -> None:
    """And another server's are not."""
    estate.server("web")
    estate.server("db")
    external = next(each.id for each in estate.cloud.offers().networks if each.external)
    port = next(
        each["id"] for each in estate.cloud.items(PORTS, estate.place.project_id) if each["name"] == "web-应用网"
    )
    made = estate.make(FLOATING_IPS, floating_network_id=external, project_id=estate.place.project_id)
    estate.cloud.alter(FLOATING_IPS, made["id"], port_id=port)
    web, db = estate.inspect("web", "db").workload.machines
    assert [each.floating_ips for each in web.interfaces] == [(made["floating_ip_address"],)]
    assert [each.floating_ips for each in db.interfaces] == [()]


def test_counted_servers_are_found_by_their_members_names(estate: Any, describe: Callable[..., Any]) -> None:
    """And a wave may name all of them or one."""
    for number in (1, 2):
        estate.server(f"web-{number}")
    counted = describe(servers=(ServerSpec(name=ServerName("web"), flavor=FlavorName("tiny"), replicas=2),))
    for named, found in (((), ["web-1", "web-2"]), (("web",), ["web-1", "web-2"]), (("web-2",), ["web-2"])):
        wanted = Wanted(application=counted, servers=named)
        inspection = inspect_application(estate.cloud.resources, estate.place, wanted)
        assert [each.name for each in inspection.workload.machines] == found


def test_only_servers_on_a_host_are_found_where_one_is_named(estate: Any) -> None:
    """Those elsewhere have left already, and are no obstacle."""
    hosts = {name: estate.seen(estate.server(name))["OS-EXT-SRV-ATTR:host"] for name in ("a", "b")}
    assert hosts == {"a": "compute-1", "b": "compute-2"}
    assert _only(estate.inspect("a", "b", host="compute-2")).name == "b"
    assert estate.inspect("a", "b", host="compute-3").obstacles == (
        "the application registration has no server on the host compute-3 that could move",
    )


def test_servers_that_are_missing_or_double_are_obstacles(estate: Any) -> None:
    """Told all at once."""
    for _ in range(2):
        estate.server("web")
    assert estate.inspect("web", "db").obstacles == (
        "the project has 2 servers web; which of them is meant cannot be told",
        "the manifest has a server db, and the project has none of that name",
    )


def test_servers_that_are_to_be_absent_are_not_looked_for(estate: Any, describe: Callable[..., Any]) -> None:
    """An application of which nothing is left has nothing to move."""
    gone = ServerSpec(name=ServerName("web"), flavor=FlavorName("tiny"), presence=Presence.ABSENT)
    wanted = Wanted(application=describe(servers=(gone,)))
    found = inspect_application(estate.cloud.resources, estate.place, wanted)
    assert found.obstacles == ("the application registration has no server that could move",)


def test_a_volume_of_another_project_is_an_obstacle(estate: Any) -> None:
    """It would be left behind without a word."""
    estate.server("web", data=1)
    (volume,) = estate.cloud.items(VOLUMES, estate.place.project_id)
    estate.cloud._world.shelves.find(VOLUMES.path, volume["id"]).project = "another"
    assert estate.inspect("web").obstacles == (
        f"the server web has the volume {volume['id']}, which its project does not have",
    )


def test_a_host_has_a_workload_for_each_server(estate: Any) -> None:
    """Each of its own project, as far as manifests know it."""
    for name in ("a", "b", "c"):
        estate.server(name)
    found = inspect_host(estate.cloud.resources, "city", "compute-1", {estate.place.project_id: estate.place})
    assert [(each.workload.project, [m.name for m in each.workload.machines]) for each in found] == [
        ("a", ["a"]),
        ("a", ["c"]),
    ]
    stranger = inspect_host(estate.cloud.resources, "city", "compute-2", {})
    assert [(each.workload.tenant, each.workload.project) for each in stranger] == [("", estate.place.project_id)]


def test_a_look_takes_few_requests(estate: Any) -> None:
    """As many for eight servers as for one."""
    counts = []
    for names in (["web-0"], [f"web-{number}" for number in range(1, 8)]):
        for name in names:
            estate.server(name, data=1)
        before = estate.cloud.weather.requests
        assert estate.inspect(*names).obstacles == ()
        counts.append(estate.cloud.weather.requests - before)
    assert counts[0] == counts[1] <= 10


def test_a_service_that_is_away_is_told(estate: Any) -> None:
    """Nothing is taken for empty that could not be read."""
    server = estate.server("web")
    estate.cloud.weather.fail("resources.list.migrated-servers", CloudUnavailable("Nova is away"))
    with pytest.raises(CloudUnavailable, match="Nova is away"):
        estate.inspect("web")
    estate.cloud.weather.fail("resources.everything.migrated-ports", CloudUnavailable("Neutron is away"))
    with pytest.raises(CloudUnavailable, match="Neutron is away"):
        estate.inspect("web")
    assert estate.cloud.resources.fetch(SERVERS, estate.place.project_id, ItemId(server)) is not None
