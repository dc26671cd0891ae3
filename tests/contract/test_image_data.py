"""What every cloud does alike with the bytes of images."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId, Receipt
from provisioner.errors import CloudConflict, CloudRefused
from provisioner.migration.collections import IMAGES
from tenants.names import RoleName
from tenants.spec import PrincipalKind

_GONE = ItemId("00000000-0000-0000-0000-000000000000")
_MIB = 1024 * 1024
#: Nothing in it repeats, so that a byte out of place shows.
_CONTENT = secrets.token_bytes(3 * _MIB + 17)


class PowerCut(Exception):
    """What pieces may raise."""


@dataclass
class Shelf:
    """A project's images."""

    cloud: Cloud
    project: ProjectId
    made: list[ItemId] = field(default_factory=list)

    def queued(self) -> ItemId:
        """An image without data."""
        body = {"name": "数据盘", "disk_format": "raw", "container_format": "bare", "visibility": "private"}
        self.made.append(ItemId(self.cloud.resources.create(IMAGES, self.project, body).item["id"]))
        return self.made[-1]

    def item(self, image: ItemId) -> Item:
        """What the store says of an image."""
        return self.cloud.resources.fetch(IMAGES, self.project, image) or {}

    def write(self, image: ItemId, pieces: Iterable[bytes], size: int | None) -> Receipt:
        """In the project's name."""
        return self.cloud.image_data.write(image, self.project, pieces, size=size)

    def read(self, image: ItemId, **which: Any) -> bytes:
        """All of it, or which."""
        with self.cloud.image_data.read(image, self.project, **which) as pieces:
            return b"".join(pieces)


@pytest.fixture
def shelf(bench: Any, project: ProjectId) -> Iterator[Shelf]:
    """That of a new project, in which Tenantry has a role of its own."""
    roles = bench.cloud.identity.directory(bench.domain, users=False).roles
    bench.cloud.identity.grant(
        Assignment(
            project_id=project,
            kind=PrincipalKind.USER,
            principal_id=PrincipalId(bench.cloud.own_user()),
            role_id=roles[RoleName("admin")],
        )
    )
    shelf = Shelf(bench.cloud, project)
    yield shelf
    for each in shelf.made:
        bench.cloud.resources.delete(IMAGES, project, each)


@pytest.fixture
def image(shelf: Shelf) -> ItemId:
    """An image with content."""
    made = shelf.queued()
    shelf.write(made, iter([_CONTENT]), len(_CONTENT))
    return made


# Writing


@pytest.mark.parametrize("told", [True, False], ids=["size told", "size not told"])
@pytest.mark.parametrize("size", [0, 1, _MIB - 1, _MIB, _MIB + 1, len(_CONTENT)])
def test_what_is_written_is_read(shelf: Shelf, size: int, *, told: bool) -> None:
    """Whatever its size, and whether the service is told before."""
    image, content = shelf.queued(), _CONTENT[:size]
    pieces = (content[at : at + 300_000] for at in range(0, size, 300_000))
    shelf.write(image, pieces, size if told else None)
    assert shelf.read(image) == content


def test_the_store_says_the_hash_of_what_it_has(shelf: Shelf, image: ItemId) -> None:
    """With its size, once the image is active."""
    item = shelf.item(image)
    assert (item["status"], item["size"]) == ("active", len(_CONTENT))
    assert item["os_hash_value"] == hashlib.new(item["os_hash_algo"], _CONTENT).hexdigest()


def test_writing_gives_evidence(shelf: Shelf) -> None:
    """The request's id, of one request."""
    image = shelf.queued()
    before = shelf.cloud.requests_sent()
    receipt = shelf.write(image, iter([b"a"]), 1)
    assert [each[:4] for each in receipt.request_ids] == ["req-"]
    assert shelf.cloud.requests_sent() == before + 1


def test_data_is_written_once(shelf: Shelf, image: ItemId) -> None:
    """An image that has data takes no other, and keeps its own."""
    with pytest.raises(CloudConflict):
        shelf.write(image, iter([b"other"]), 5)
    assert shelf.read(image) == _CONTENT


@pytest.mark.parametrize("failure", [PowerCut("at once"), OSError("disk")], ids=["any error", "an OSError"])
@pytest.mark.parametrize("size", [len(_CONTENT), None], ids=["size told", "size not told"])
def test_what_pieces_raise_ends_the_writing(shelf: Shelf, failure: Exception, size: int | None) -> None:
    """It is raised as it is, and the image has no data."""

    def pieces() -> Iterator[bytes]:
        yield _CONTENT[:_MIB]
        raise failure

    image = shelf.queued()
    with pytest.raises(type(failure), match=str(failure)):
        shelf.write(image, pieces(), size)
    assert shelf.item(image)["status"] in {"queued", "saving"}


@pytest.mark.parametrize("size", [4, 6], ids=["too many", "too few"])
def test_pieces_of_another_size_are_no_image(shelf: Shelf, size: int) -> None:
    """More or fewer bytes than were said."""
    image = shelf.queued()
    with pytest.raises(CloudRefused):
        shelf.write(image, iter([b"abcde"]), size)
    assert shelf.item(image)["status"] != "active"


def test_no_image_takes_no_data(shelf: Shelf) -> None:
    """It has to be made first."""
    with pytest.raises(CloudRefused):
        shelf.write(_GONE, iter([b"a"]), 1)


# Reading


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 1), (0, _MIB), (1, None), (_MIB, 2 * _MIB), (len(_CONTENT) - 1, None), (5, 0), (_MIB, 10 * _MIB)],
)
def test_a_range_is_those_bytes(shelf: Shelf, image: ItemId, offset: int, length: int | None) -> None:
    """Up to the image's end at most."""
    end = None if length is None else offset + length
    assert shelf.read(image, offset=offset, length=length) == _CONTENT[offset:end]


def test_there_is_nothing_behind_the_end(shelf: Shelf, image: ItemId) -> None:
    """Which is no error."""
    assert shelf.read(image, offset=len(_CONTENT)) == b""


def test_whoever_has_seen_enough_may_leave(shelf: Shelf, image: ItemId) -> None:
    """And read again."""
    with shelf.cloud.image_data.read(image, shelf.project) as pieces:
        assert _CONTENT.startswith(next(pieces))
    assert shelf.read(image) == _CONTENT


def test_an_image_without_data_is_refused(shelf: Shelf) -> None:
    """It is not the same as an empty one."""
    with pytest.raises(CloudRefused), shelf.cloud.image_data.read(shelf.queued(), shelf.project):
        pass


def test_no_image_is_refused(shelf: Shelf) -> None:
    """Rather than empty."""
    with pytest.raises(CloudRefused), shelf.cloud.image_data.read(_GONE, shelf.project):
        pass


def test_tenantry_itself_reads_what_is_anybodys(shelf: Shelf, image: ItemId) -> None:
    """In its own name, as the administrator."""
    with shelf.cloud.image_data.read(image, None, offset=0, length=10) as pieces:
        assert b"".join(pieces) == _CONTENT[:10]
