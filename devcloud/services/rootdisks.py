"""Root disks of servers that are made of images: sparse files, so that a fake server's bytes are real and checkable by hash.

One file for each server in one folder of the cloud, as on storage that all computes share: a server keeps its file wherever
it moves. Images that are not raw are converted with ``qemu-img``, as Nova's own drivers do.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import subprocess
from pathlib import Path
from typing import Any

from nova import exception
from nova.image import glance

from devcloud.services.sparse import SkipZeros, copy_sparse, grow

_GIB = 1024**3


class RootDisks:
    """The root disks of one cloud."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images = glance.API()

    def ensure(self, context: Any, instance: Any) -> None:
        """Make a server's disk of its image's bytes, as large as its flavor says; leave one that is there as it is.

        A server that boots from a volume has none.
        """
        if not instance.image_ref:
            return
        file = self._file(instance)
        if not file.exists():
            draft = file.with_suffix(".draft")
            self._fill(context, instance.image_ref, draft)
            draft.replace(file)
        self.fit(instance)

    def fit(self, instance: Any) -> None:
        """Grow a server's disk to its flavor's size, where it has one."""
        file = self._file(instance)
        if file.exists():
            grow(file, instance.flavor.root_gb * _GIB)

    def delete(self, instance: Any) -> None:
        """Delete a server's disk."""
        self._file(instance).unlink(missing_ok=True)

    def freeze(self, instance: Any) -> Path:
        """Copy a server's disk as it is now; whoever asked deletes the copy.

        Raises:
            InstanceNotRunning: the server has no disk.
        """
        file = self._file(instance)
        if not file.exists():
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        copy = file.with_suffix(".snapshot")
        copy_sparse(file, copy)
        return copy

    def upload(self, context: Any, instance: Any, image_id: str, file: Path) -> None:
        """Give an image a disk's bytes, raw, and what Nova notes of snapshots."""
        noted = {
            "status": "active",
            "name": self._images.get(context, image_id)["name"],
            "disk_format": "raw",
            "container_format": "bare",
            "properties": {
                "image_location": "snapshot",
                "image_state": "available",
                "owner_id": instance.project_id,
                "kernel_id": instance.kernel_id,
                "ramdisk_id": instance.ramdisk_id,
            },
        }
        with file.open("rb") as opened:
            self._images.update(context, image_id, noted, opened)

    def _fill(self, context: Any, image_id: str, file: Path) -> None:
        with file.open("wb") as opened:
            target = SkipZeros(opened)
            for chunk in self._images.download(context, image_id):
                target.write(chunk)
            opened.truncate(opened.tell())
        disk_format = self._images.get(context, image_id)["disk_format"]
        if disk_format != "raw":
            _convert(file, disk_format, image_id)

    def _file(self, instance: Any) -> Path:
        return self._folder / str(instance.uuid)


def _convert(file: Path, disk_format: str, image_id: str) -> None:
    raw = file.with_suffix(".raw")
    command = ["qemu-img", "convert", "-f", disk_format, "-O", "raw", str(file), str(raw)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise exception.ImageUnacceptable(image_id=image_id, reason=f"qemu-img cannot read it: {error}") from error
    raw.replace(file)
