"""Whether two images have the same content, and what identifies an image's content.

Where both stores hash by the same algorithm, their words are compared and nothing is read. Otherwise both are read, several ranges
at a time, and the SHA-256s of their chunks are compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from provisioner.clouds.collections import Item
from provisioner.copying.digests import Journal, Pass, first_difference
from provisioner.copying.extents import Extent, shares
from provisioner.copying.meter import Meter
from provisioner.copying.reading import Beginning, Reader, Source, WholeImage
from provisioner.copying.records import Conduct, Phase, StoredImage
from provisioner.copying.transfer import Transfer
from provisioner.copying.watching import Work, watch
from provisioner.errors import CloudRefused
from provisioner.migration.collections import IMAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two images compare."""

    equal: bool
    #: `size`; the algorithm by which both stores hash; or `read`.
    by: str
    #: Where the first chunk begins that differs, where they were read.
    differs_at: int | None = None


def compare_images(one: StoredImage, other: StoredImage, conduct: Conduct) -> Comparison:
    """Whether both have the same bytes, and as many. Raises CloudRefused where one has none yet, and CopyCancelled."""
    items = stored_item(one), stored_item(other)
    sizes = [int(each["size"]) for each in items]
    if sizes[0] != sizes[1]:
        return Comparison(equal=False, by="size", differs_at=min(sizes))
    hashes = [stored_hash(each) for each in items]
    if hashes[0] is not None and hashes[1] is not None and hashes[0][0] == hashes[1][0]:
        return Comparison(equal=hashes[0] == hashes[1], by=hashes[0][0])
    first, second = (read_journal(each, sizes[0], conduct) for each in (one, other))
    at = first_difference(first, second, chunk=conduct.chunk)
    return Comparison(equal=at is None, by="read", differs_at=at)


def begins_with(whole: StoredImage, beginning: StoredImage, conduct: Conduct) -> Comparison:
    """Whether an image has another's bytes at its beginning, as that of a volume which is larger than what it was made from.

    As `compare_images` where both are as large.
    """
    sizes = [int(stored_item(each)["size"]) for each in (whole, beginning)]
    if sizes[0] <= sizes[1]:
        return compare_images(whole, beginning, conduct)
    first, second = (read_journal(each, sizes[1], conduct, Beginning(each, sizes[1])) for each in (whole, beginning))
    at = first_difference(first, second, chunk=conduct.chunk)
    return Comparison(equal=at is None, by="read", differs_at=at)


def read_pass(image: StoredImage, conduct: Conduct, *, algorithm: str | None = None) -> Pass:
    """Read an image from one end to the other and hash it. Raises CloudRefused where it has no data, and CopyCancelled."""
    size = int(stored_item(image)["size"])
    meter = Meter(Phase.READING_BACK, size, conduct)
    transfer = Transfer(WholeImage(image, size), meter, conduct, algorithm=algorithm)

    def drain() -> None:
        for _ in transfer.pieces():
            pass

    watch([Work("copy-drain", drain)], meter.look, transfer.stop)
    return transfer.found()


def read_journal(image: StoredImage, size: int, conduct: Conduct, source: Source | None = None) -> bytes:
    """The SHA-256 of each of an image's chunks, 32 bytes each, read by several readers at a time; of all of it unless told otherwise."""
    meter = Meter(Phase.READING_BACK, size, conduct)
    stopping = Event()
    source = source or WholeImage(image, size)

    def read(share: Extent) -> Callable[[], bytes]:
        def work() -> bytes:
            journal = Journal(conduct.chunk)
            for piece in Reader(source, conduct.patience, stopping).read([share]):
                meter.passed(piece, stopping)
                journal.add(piece)
            return journal.end()

        return work

    works = [Work("copy-read-back", read(each)) for each in shares(size, conduct.chunk, conduct.readers)]
    journals: list[bytes] = watch(works, meter.look, stopping.set)
    return b"".join(journals)


def stored_item(image: StoredImage) -> Item:
    """What the store says of an image that has data. Raises CloudRefused where there is none."""
    item = image.cloud.resources.fetch(IMAGES, image.project, image.image)
    if item is None:
        raise CloudRefused(f"{image.cloud.name}: there is no image {image.image}")
    if item.get("status") != "active" or item.get("size") is None:
        raise CloudRefused(
            f"{image.cloud.name}: image {item.get('name') or image.image} has no data: it is {item.get('status')}"
        )
    return item


def stored_hash(item: Item) -> tuple[str, str] | None:
    """What the store says of an image's content (`os_hash_algo`, `os_hash_value`; from Glance 17 on), or None."""
    algorithm, value = item.get("os_hash_algo"), item.get("os_hash_value")
    return (str(algorithm), str(value)) if algorithm and value else None
