"""Servers and volumes live as in a real cloud, on every compute."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from devcloud.fixture import Devcloud
from devcloud.records import NOVA, CloudName

pytestmark = pytest.mark.timeout(240)

_HOST = "OS-EXT-SRV-ATTR:host"


@pytest.mark.parametrize("zone", ["internet", "extranet"])
def test_a_server_is_placed_in_the_zone_asked_for(city: Any, boot: Callable[..., Any], zone: str) -> None:
    """The scheduler keeps to the availability zone."""
    zones = city.get("compute", "/os-availability-zone/detail")["availabilityZoneInfo"]
    hosts = next(one["hosts"] for one in zones if one["zoneName"] == zone)
    assert boot(availability_zone=zone)[_HOST] in hosts


@pytest.mark.parametrize("host", ["compute-1", "compute-2", "compute-3"])
def test_a_volume_really_detaches_on_every_compute(
    city: Any, boot: Callable[..., Any], devcloud: Devcloud, host: str
) -> None:
    """After a detachment the server has lost the volume, and Nova did not take the server for another host's."""
    log = devcloud.state.cloud(CloudName("city")).log(NOVA)
    begin = log.stat().st_size
    zone = "extranet" if host == "compute-3" else "internet"
    server = boot(availability_zone=f"{zone}:{host}")
    assert server[_HOST] == host
    volume = city.create("block-storage", "/volumes", "volume", size=1)
    city.wait("block-storage", f"/volumes/{volume['id']}", "volume", status="available")
    attachments = f"/servers/{server['id']}/os-volume_attachments"
    city.call("compute", "POST", attachments, json={"volumeAttachment": {"volumeId": volume["id"]}}, raise_exc=True)
    city.wait("block-storage", f"/volumes/{volume['id']}", "volume", status="in-use")
    city.call("compute", "DELETE", f"{attachments}/{volume['id']}", raise_exc=True)
    city.wait("block-storage", f"/volumes/{volume['id']}", "volume", status="available", attachments=[])
    city.wait("compute", f"/servers/{server['id']}", "server", **{"os-extended-volumes:volumes_attached": []})
    assert "Unable to call for a driver detach" not in log.read_bytes()[begin:].decode()


def test_a_server_boots_from_a_volume_made_of_the_image(
    city: Any, boot: Callable[..., Any], seeded: Any, devcloud: Devcloud
) -> None:
    """The volume holds the image's bytes, then holes."""
    disk = {
        "boot_index": 0,
        "uuid": seeded.image,
        "source_type": "image",
        "destination_type": "volume",
        "volume_size": 1,
        "delete_on_termination": True,
    }
    server = boot(imageRef="", block_device_mapping_v2=[disk])
    volume = server["os-extended-volumes:volumes_attached"][0]["id"]
    file = next(devcloud.state.root.glob(f"clouds/city/volumes/standard/*{volume}"))
    image = city.call("image", "GET", f"/v2/images/{seeded.image}/file").content
    with file.open("rb") as disk_file:
        assert hashlib.sha256(disk_file.read(len(image))).digest() == hashlib.sha256(image).digest()
    assert file.stat().st_size == 1024**3
    assert file.stat().st_blocks * 512 < 64 * 1024**2


def test_a_server_migrates_live(city: Any, boot: Callable[..., Any]) -> None:
    """A live migration ends active on the zone's other compute, and Placement's allocation moves along."""
    server = boot(availability_zone="internet")
    request = {"os-migrateLive": {"host": None, "block_migration": "auto"}}
    headers = {"OpenStack-API-Version": "compute 2.79"}
    path = f"/servers/{server['id']}"
    city.call("compute", "POST", f"{path}/action", json=request, headers=headers, raise_exc=True)
    target = "compute-1" if server[_HOST] == "compute-2" else "compute-2"
    city.wait("compute", path, "server", status="ACTIVE", **{_HOST: target, "OS-EXT-STS:task_state": None})
    allocations = city.get("placement", f"/allocations/{server['id']}")["allocations"]
    provider = city.get("placement", f"/resource_providers?name={target}")["resource_providers"][0]
    assert list(allocations) == [provider["uuid"]]


def test_a_server_migrates_cold(city: Any, boot: Callable[..., Any]) -> None:
    """A cold migration waits to be confirmed on the other compute, and can be."""
    server = boot(availability_zone="internet")
    path = f"/servers/{server['id']}"
    city.call("compute", "POST", f"{path}/action", json={"migrate": None}, raise_exc=True)
    moved = city.wait("compute", path, "server", status="VERIFY_RESIZE")
    assert moved[_HOST] != server[_HOST]
    city.call("compute", "POST", f"{path}/action", json={"confirmResize": None}, raise_exc=True)
    city.wait("compute", path, "server", status="ACTIVE")


def test_a_snapshots_bytes_survive_the_volumes_change(city: Any, seeded: Any, devcloud: Devcloud) -> None:
    """A volume made of a snapshot holds the bytes of the snapshot's moment."""
    image = city.call("image", "GET", f"/v2/images/{seeded.image}/file").content
    source = city.create("block-storage", "/volumes", "volume", size=1, imageRef=seeded.image)
    city.wait("block-storage", f"/volumes/{source['id']}", "volume", status="available")
    snapshot = city.create("block-storage", "/snapshots", "snapshot", volume_id=source["id"])
    city.wait("block-storage", f"/snapshots/{snapshot['id']}", "snapshot", status="available")
    file_of = lambda volume: next(devcloud.state.root.glob(f"clouds/city/volumes/*/*{volume['id']}"))  # noqa: E731
    with file_of(source).open("r+b") as changed:
        changed.write(b"changed")
    copy = city.create("block-storage", "/volumes", "volume", size=1, snapshot_id=snapshot["id"])
    city.wait("block-storage", f"/volumes/{copy['id']}", "volume", status="available")
    with file_of(copy).open("rb") as copied:
        assert copied.read(len(image)) == image
    city.call("block-storage", "DELETE", f"/volumes/{copy['id']}", raise_exc=True)
    _await_absence(city, f"/volumes/{copy['id']}")
    city.call("block-storage", "DELETE", f"/snapshots/{snapshot['id']}", raise_exc=True)
    _await_absence(city, f"/snapshots/{snapshot['id']}")


def _await_absence(city: Any, path: str) -> None:
    while city.call("block-storage", "GET", path).status_code != 404:
        pass
