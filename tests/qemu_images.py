"""Disk images as qemu-img writes them, all of one disk."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.disk_images import MIB

#: Bytes of the disk.
SIZE = 64 * MIB


@dataclass(frozen=True, slots=True)
class Images:
    """A folder of images, of a disk whose hash is known."""

    folder: Path
    sha256: str

    def write(self, name: str, form: str, *options: str, source: str = "disk.raw") -> Path:
        """Write the disk in a format."""
        target = self.folder / name
        if not target.exists():
            run("qemu-img", "convert", "-f", "raw", "-O", form, *options, str(self.folder / source), str(target))
        return target


def run(*command: str) -> None:
    """Run a tool to its end."""
    subprocess.run(command, check=True, capture_output=True)
