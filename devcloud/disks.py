"""The files behind disks of a running devcloud, for tests: what a guest would have written is written into them.

A volume's file is Cinder's own; a root disk is one of a fake server that was made of an image. Real guests have theirs with
libvirt. Files are sparse: hash and compare with their holes.
"""

from pathlib import Path

from devcloud.errors import DevcloudError
from devcloud.handle import Devcloud
from devcloud.records import CloudName


def volume_file(devcloud: Devcloud, cloud: str, volume: str) -> Path:
    """Return the file of a volume, by its id.

    Raises:
        DevcloudError: there is none.
    """
    found = list(devcloud.state.cloud(CloudName(cloud)).volumes.glob(f"*/volume-{volume}"))
    if not found:
        raise DevcloudError(f"{cloud} has no file of volume {volume}")
    return found[0]


def server_disk(devcloud: Devcloud, cloud: str, server: str) -> Path:
    """Return the file of a server's root disk, by the server's id.

    Raises:
        DevcloudError: there is none: the server boots from a volume, or is not there.
    """
    file = devcloud.state.cloud(CloudName(cloud)).disks / server
    if not file.is_file():
        raise DevcloudError(f"{cloud} has no root disk of server {server}")
    return file


def write(file: Path, offset: int, data: bytes) -> None:
    """Write into a disk."""
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(data)


def read(file: Path, offset: int, length: int) -> bytes:
    """Read from a disk; fewer bytes where it ends before."""
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(length)
