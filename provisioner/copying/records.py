"""What is copied, how it is done and what came of it, as records: what a caller gives to this package and gets from it.

    copy = ImageCopy(source=StoredImage(…), target=NewImage(…), verification=Verification.READ_BACK)
    copied = copy_image(copy, Conduct(limiter=limiter, cancelled=event.is_set, progress=show))

Sizes are bytes, times seconds, rates bytes a second, hashes hexadecimal.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.copying.limiter import Limiter
from provisioner.copying.throughput import Rate
from provisioner.errors import CloudError, TenantryError
from tenants.wave import Verification

#: What is hashed by itself: small enough that a difference is found closely, large enough that a journal of it is short.
CHUNK = 4 * 1024 * 1024


class CopyCancelled(TenantryError):
    """Whoever asked for the copy does not want it any more; what was half-uploaded is of no use."""


class ContentDiffers(CloudError):
    """What was stored is not what was read, or what was read twice was not the same: nothing of it may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image that has data."""

    cloud: Cloud
    #: Whose token reads it.
    project: ProjectId
    image: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """An image as it is to be made.

    `body` is that of Glance's "Create image" with `name`, `disk_format`, `container_format`, `visibility` and properties. Its
    name must be the copy's alone in the project: by it, an earlier attempt's image is found again. It has no `id`, for Glance
    takes none twice, not even that of an image which was deleted, and an upload that broke may leave one that has to be.
    """

    cloud: Cloud
    #: Whose image it will be.
    project: ProjectId
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCopy:
    """One image that becomes another of the same content."""

    source: StoredImage
    target: NewImage
    #: DISK is as READ_BACK here: what was built of the image is its builder's to prove, by `compare.compare_images`.
    verification: Verification = Verification.STORED


class Phase(StrEnum):
    """What a copy does."""

    COPYING = "copying"
    READING_BACK = "reading-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a phase of a copy came."""

    phase: Phase
    done: int
    total: int
    rate: Rate
    #: How often reading went on after it broke, and how often the upload began anew.
    resumptions: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How much is borne before a copy fails."""

    #: Failures in a row of reading from one place, without a byte between them.
    reads: int = 6
    #: Uploads in all.
    uploads: int = 4
    #: The pause before the second attempt; it doubles with each, up to the longest.
    first_pause: float = 1.0
    longest_pause: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How copies are done: shared by those that go on at once, but for `progress`."""

    #: None: as fast as it goes.
    limiter: Limiter | None = None
    #: Asked some times a second.
    cancelled: Callable[[], bool] = lambda: False
    #: Told a few times a second, from the thread that copies.
    progress: Callable[[Progress], None] = lambda _: None
    patience: Patience = field(default_factory=Patience)
    chunk: int = CHUNK
    #: Bytes that wait between reading and uploading, for each copy.
    buffer: int = 16 * 1024 * 1024
    #: Ranges read at a time where an image is read back.
    readers: int = 2
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What identifies content."""

    size: int
    sha256: str
    #: SHA-256 of the SHA-256s (binary) of each chunk, in order: one line that stands for the journal of chunks.
    chunks_sha256: str
    chunk: int = CHUNK


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy that was made and proven, or was found proven."""

    image: ItemId
    digests: Digests
    #: What the target's image store says of what it has: algorithm and value. None where it says nothing.
    stored: tuple[str, str] | None
    #: How far the proof went.
    verified: Verification
    #: From the first byte to the end of the proof.
    seconds: float
    #: Mean bytes a second of the copying alone; 0 where nothing was copied.
    rate: float = 0.0
    resumptions: int = 0
    restarts: int = 0
    #: Whether nothing had to be copied, for the target had all of it already.
    found: bool = False
    #: OpenStack's ids of the writing requests.
    request_ids: tuple[str, ...] = ()
