"""Image stores acted out: every upload and download seen, broken where a test wants it."""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Answered, Collection, Item, ItemId
from provisioner.clouds.interface import ProjectId, Receipt
from provisioner.copying.records import Conduct, ImageCopy, NewImage, Patience, Progress, StoredImage
from provisioner.errors import CloudConflict, CloudRefused, CloudUnavailable
from tenants.names import CloudName

PROJECT = ProjectId("p")
#: Small, so that borders are met with few bytes.
CHUNK = 8


@dataclass
class Broken:
    """One upload that breaks off after so many bytes."""

    after: int
    #: In what state the image is left.
    leaves: str = "queued"
    error: Exception = field(default_factory=lambda: CloudUnavailable("reset"))


@dataclass
class Store:
    """A cloud as far as copying needs one; stands in for `Cloud`, its `Resources` and its `ImageData`."""

    name: CloudName
    algorithm: str | None = "sha512"
    #: How many bytes a piece has.
    piece: int = 3
    items: dict[ItemId, dict[str, Any]] = field(default_factory=dict)
    data: dict[ItemId, bytes] = field(default_factory=dict)
    #: After how many bytes each of the next downloads breaks off, and whether with an error or by ending early.
    breaks: list[tuple[int, bool]] = field(default_factory=list)
    #: What befalls the next uploads.
    uploads: list[Broken | Exception | None] = field(default_factory=list)
    #: What is done to the bytes of an upload before they are stored.
    spoil: Callable[[bytes], bytes] = lambda stored: stored
    reads: list[tuple[int, int | None]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    #: Called with each piece that an upload takes.
    taken: Callable[[bytes], None] = lambda _: None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def resources(self) -> "Store":
        """Itself."""
        return self

    @property
    def image_data(self) -> "Store":
        """Itself."""
        return self

    @property
    def cloud(self) -> Cloud:
        """Itself, as what it stands in for."""
        return cast("Cloud", self)

    def put(self, content: bytes, **more: Any) -> StoredImage:
        """An image that is there."""
        image = ItemId(str(self.create(None, PROJECT, {"name": "source", **more}).item["id"]))
        self._keep(image, content)
        return StoredImage(cloud=self.cloud, project=PROJECT, image=image)

    def named(self, _collection: Any, _project: ProjectId, name: str) -> tuple[Item, ...]:
        """As `Resources` has it."""
        return tuple(dict(each) for each in self.items.values() if each["name"] == name)

    def fetch(self, _collection: Any, _project: ProjectId, image: ItemId) -> Item | None:
        """As `Resources` has it."""
        return dict(self.items[image]) if image in self.items else None

    def create(self, _collection: Collection | None, _project: ProjectId, body: Mapping[str, Any]) -> Answered:
        """As `Resources` has it."""
        image = ItemId(f"{self.name}-{next(self._numbers)}")
        self.items[image] = {"id": image, "status": "queued", "size": None, **body}
        return Answered(item=dict(self.items[image]), receipt=self._receipt("create"))

    def update(self, _collection: Any, _project: ProjectId, image: ItemId, changed: Mapping[str, Any]) -> Answered:
        """As `Resources` has it."""
        self.items[image].update(changed)
        return Answered(item=dict(self.items[image]), receipt=self._receipt("update"))

    def delete(self, _collection: Any, _project: ProjectId, image: ItemId) -> Receipt:
        """As `Resources` has it."""
        self.items.pop(image, None)
        self.data.pop(image, None)
        return self._receipt("delete")

    @contextmanager
    def read(
        self, image: ItemId, _project: ProjectId | None, *, offset: int = 0, length: int | None = None
    ) -> Iterator[Iterator[bytes]]:
        """As `ImageData` has it."""
        self.reads.append((offset, length))
        if image not in self.data:
            raise CloudRefused("no data")
        end = None if length is None else offset + length
        yield self._pieces(self.data[image][offset:end])

    def write(self, image: ItemId, _project: ProjectId | None, pieces: Iterable[bytes], *, size: int | None) -> Receipt:
        """As `ImageData` has it."""
        if self.items[image]["status"] != "queued":
            raise CloudConflict("not queued")
        fate = self.uploads.pop(0) if self.uploads else None
        if isinstance(fate, Exception):
            raise fate
        stored = b""
        for piece in pieces:
            self.taken(piece)
            stored += piece
            if fate is not None and len(stored) >= fate.after and fate.leaves != "active":
                self.items[image]["status"] = fate.leaves
                raise fate.error
        assert len(stored) == size
        self._keep(image, self.spoil(stored))
        receipt = self._receipt("write")
        if fate is not None:
            raise fate.error
        return receipt

    def _pieces(self, content: bytes) -> Iterator[bytes]:
        after, loudly = self.breaks.pop(0) if self.breaks else (len(content), False)
        for start in range(0, min(after, len(content)), self.piece):
            yield content[start : min(start + self.piece, after)]
        if loudly:
            raise CloudUnavailable("reset")

    def _keep(self, image: ItemId, content: bytes) -> None:
        self.data[image] = content
        said = None if self.algorithm is None else hashlib.new(self.algorithm, content).hexdigest()
        facts = {"status": "active", "size": len(content), "os_hash_algo": self.algorithm, "os_hash_value": said}
        self.items[image].update(facts)

    def _receipt(self, what: str) -> Receipt:
        self.sent.append(what)
        return Receipt(request_ids=(f"req-{len(self.sent)}",))


@dataclass
class Route:
    """Two stores, and the copy of one image between them."""

    source: Store
    target: Store
    told: list[Progress] = field(default_factory=list)

    def copy(self, content: bytes, **more: Any) -> ImageCopy:
        """The copy of that content."""
        new = NewImage(cloud=self.target.cloud, project=PROJECT, body={"name": "copy"})
        return ImageCopy(source=self.source.put(content), target=new, **more)

    def conduct(self, **more: Any) -> Conduct:
        """Without pauses, in small chunks."""
        patience = Patience(reads=3, uploads=3, first_pause=0.0)
        return Conduct(**{"chunk": CHUNK, "patience": patience, "buffer": 16, "progress": self.told.append, **more})

    @property
    def copies(self) -> list[bytes | None]:
        """What the target's images have."""
        return [self.target.data.get(each) for each in self.target.items]
