"""The port to the bytes of images: the one thing of a cloud that is too large to pass as JSON.

Everything else about images (making, properties, deleting) goes by `collections`. Sizes and offsets are in bytes. All methods
raise only `provisioner.errors.CloudError`s. Nothing here repeats a request whose body was begun: whoever copies knows how far
it came, and goes on from there.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId, Receipt


class ImageData(Protocol):
    """Glance's image data (Image API v2, "Image data")."""

    def read(
        self, image: ItemId, project: ProjectId | None, *, offset: int = 0, length: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The image's bytes from an offset on, or so many of them, in pieces of a size that the service chooses.

        Iterating raises CloudUnavailable where the connection breaks: what was given until then is good. Raises
        CloudRefused where there is no such image or it has no data yet. Where the service does not know ranges
        (RFC 9110, section 14), what comes before the offset is read and dropped.
        """

    def write(self, image: ItemId, project: ProjectId | None, pieces: Iterable[bytes], *, size: int | None) -> Receipt:
        """Give a queued image its data, once and whole; `size` is known to the service only where it takes it.

        Whatever `pieces` raises ends the request and is raised as it is; the image then is queued again, or of no use: look.
        Raises CloudConflict where the image has data already.
        """
