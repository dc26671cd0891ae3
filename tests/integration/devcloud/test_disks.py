"""Root disks of fake servers hold bytes that survive whatever is done to the server, and get into images."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devcloud import disks
from devcloud.errors import DevcloudError
from devcloud.fixture import Devcloud

pytestmark = pytest.mark.timeout(240)

_HOST = "OS-EXT-SRV-ATTR:host"
#: As old as what the tests need.
_COMPUTE = {"OpenStack-API-Version": "compute 2.94"}
_PAST_THE_IMAGE = 10 * 1024**2


@pytest.fixture
def small(city: Any) -> str:
    """A flavor with a disk of 16 MiB at most: as large as its image."""
    made = city.create("compute", "/flavors", "flavor", name="as-its-image", vcpus=1, ram=64, disk=0)
    return str(made["id"])


@pytest.fixture
def server(boot: Callable[..., Any], small: str) -> Any:
    """A server of the image, in the zone of two computes."""
    return boot(availability_zone="internet", flavorRef=small)


@pytest.fixture
def disk(devcloud: Devcloud, server: Any) -> Path:
    """Its root disk, with something written to it."""
    file = disks.server_disk(devcloud, "city", server["id"])
    disks.write(file, 4096, "政务数据".encode())
    return file


def act(city: Any, server: Any, **action: Any) -> Any:
    """Do something to a server; the answer."""
    path = f"/servers/{server['id']}/action"
    return city.call("compute", "POST", path, json=action, headers=_COMPUTE, raise_exc=True)


def test_a_root_disk_begins_with_its_images_bytes(city: Any, boot: Callable[..., Any], devcloud: Devcloud) -> None:
    """It is as large as the flavor says, and holes take no room."""
    server = boot()
    file = disks.server_disk(devcloud, "city", server["id"])
    image = city.call("image", "GET", f"/v2/images/{server['image']['id']}/file").content
    assert hashlib.sha256(disks.read(file, 0, len(image))).digest() == hashlib.sha256(image).digest()
    assert file.stat().st_size == 1024**3
    assert file.stat().st_blocks * 512 < 64 * 1024**2


def test_a_snapshot_has_the_disks_bytes_of_its_moment(city: Any, server: Any, disk: Path) -> None:
    """An active image, raw, of the disk's size; what is written afterwards is not in it."""
    was = disk.read_bytes()
    image = act(city, server, createImage={"name": "frozen"}).json()["image_id"]
    city.undo.append(lambda: city.call("image", "DELETE", f"/v2/images/{image}"))
    city.wait("compute", f"/servers/{server['id']}", "server", **{"OS-EXT-STS:task_state": None})
    disks.write(disk, 0, b"later")
    made = city.get("image", f"/v2/images/{image}")
    assert (made["status"], made["disk_format"], made["size"]) == ("active", "raw", len(was))
    assert made["os_hash_value"] == hashlib.sha512(was).hexdigest()
    assert city.call("image", "GET", f"/v2/images/{image}/file").content == was


def test_a_root_disk_survives_migrations(city: Any, server: Any, disk: Path) -> None:
    """Live to a host, cold and confirmed, cold and reverted: the same bytes."""
    was, path = disk.read_bytes(), f"/servers/{server['id']}"
    here, there = server[_HOST], "compute-1" if server[_HOST] == "compute-2" else "compute-2"
    act(city, server, **{"os-migrateLive": {"host": there, "block_migration": "auto"}})
    city.wait("compute", path, "server", status="ACTIVE", **{_HOST: there, "OS-EXT-STS:task_state": None})
    act(city, server, migrate={"host": here})
    city.wait("compute", path, "server", status="VERIFY_RESIZE", **{_HOST: here})
    act(city, server, confirmResize=None)
    city.wait("compute", path, "server", status="ACTIVE", **{"OS-EXT-STS:task_state": None})
    act(city, server, migrate={"host": there})
    city.wait("compute", path, "server", status="VERIFY_RESIZE")
    act(city, server, revertResize=None)
    city.wait("compute", path, "server", status="ACTIVE", **{_HOST: here, "OS-EXT-STS:task_state": None})
    assert disk.read_bytes() == was


def test_a_root_disk_goes_with_its_server(city: Any, boot: Callable[..., Any], devcloud: Devcloud) -> None:
    """Nothing is left of a deleted server."""
    server = boot()
    city.call("compute", "DELETE", f"/servers/{server['id']}", raise_exc=True)
    while city.call("compute", "GET", f"/servers/{server['id']}").status_code != 404:
        pass
    with pytest.raises(DevcloudError, match="no root disk"):
        disks.server_disk(devcloud, "city", server["id"])


def test_a_server_on_volumes_is_imaged_by_snapshots(city: Any, boot: Callable[..., Any], seeded: Any) -> None:
    """The image has no bytes, and tells the snapshots of all of the server's volumes."""
    volume = {"source_type": "image", "destination_type": "volume", "uuid": seeded.image, "volume_size": 1}
    empty = {"source_type": "blank", "destination_type": "volume", "volume_size": 1}
    mapping = [
        {**volume, "boot_index": 0, "delete_on_termination": True},
        {**empty, "boot_index": -1, "delete_on_termination": True},
    ]
    server = boot(imageRef="", block_device_mapping_v2=mapping)
    image = act(city, server, createImage={"name": "frozen"}).json()["image_id"]
    made = city.get("image", f"/v2/images/{image}")
    snapshots = [each["id"] for each in city.get("block-storage", "/snapshots")["snapshots"]]
    assert (made["status"], made["size"]) == ("active", 0)
    assert len(snapshots) == 2
    assert all(each in made["block_device_mapping"] for each in snapshots)
    city.call("image", "DELETE", f"/v2/images/{image}", raise_exc=True)
    for each in snapshots:
        city.wait("block-storage", f"/snapshots/{each}", "snapshot", status="available")
        city.call("block-storage", "DELETE", f"/snapshots/{each}", raise_exc=True)
    while city.get("block-storage", "/snapshots")["snapshots"]:
        pass


def test_a_volume_is_uploaded_whole(city: Any, devcloud: Devcloud) -> None:
    """Raw, with its holes; and its status tells that it is under way."""
    volume = city.create("block-storage", "/volumes", "volume", size=1)
    path = f"/volumes/{volume['id']}"
    city.wait("block-storage", path, "volume", status="available")
    disks.write(disks.volume_file(devcloud, "city", volume["id"]), _PAST_THE_IMAGE, b"data")
    devcloud.hinder("city", "upload", seconds=60)
    request = {"os-volume_upload_image": {"image_name": "up", "disk_format": "raw", "container_format": "bare"}}
    answer = city.call("block-storage", "POST", f"{path}/action", json=request, raise_exc=True).json()
    image = answer["os-volume_upload_image"]["image_id"]
    city.undo.append(lambda: city.call("image", "DELETE", f"/v2/images/{image}"))
    city.wait("block-storage", path, "volume", status="uploading")
    devcloud.clear()
    city.wait("block-storage", path, "volume", status="available")
    part = {"Range": f"bytes={_PAST_THE_IMAGE}-{_PAST_THE_IMAGE + 3}"}
    assert city.get("image", f"/v2/images/{image}")["size"] == 1024**3
    assert city.call("image", "GET", f"/v2/images/{image}/file", headers=part).content == b"data"
