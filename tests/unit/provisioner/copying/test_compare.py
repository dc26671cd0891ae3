"""Whether two images have the same content."""

import hashlib
from typing import Any

import pytest

from provisioner.copying.compare import Comparison, compare_images, read_journal, read_pass
from provisioner.errors import CloudRefused, CloudUnavailable
from tests.unit.provisioner.copying.stores import Route

_CONTENT = bytes(range(50))
_OTHER = _CONTENT[:30] + b"\xff" + _CONTENT[31:]


@pytest.mark.parametrize("other", [_CONTENT, _OTHER], ids=["equal", "not equal"])
def test_stores_that_hash_alike_are_believed(route: Route, other: bytes) -> None:
    """Nothing is read."""
    pair = route.source.put(_CONTENT), route.target.put(other)
    assert compare_images(*pair, route.conduct()) == Comparison(equal=other == _CONTENT, by="sha512")
    assert route.source.reads == route.target.reads == []


@pytest.mark.parametrize("algorithm", ["sha256", None])
@pytest.mark.parametrize(("other", "at"), [(_CONTENT, None), (_OTHER, 24)], ids=["equal", "not equal"])
def test_others_are_read(route: Route, algorithm: Any, other: bytes, at: int | None) -> None:
    """And where they differ is told, by the chunk."""
    route.target.algorithm = algorithm
    pair = route.source.put(_CONTENT), route.target.put(other)
    assert compare_images(*pair, route.conduct()) == Comparison(equal=at is None, by="read", differs_at=at)


def test_sizes_are_compared_first(route: Route) -> None:
    """The shorter may be the beginning of the longer."""
    pair = route.source.put(_CONTENT), route.target.put(_CONTENT[:40])
    assert compare_images(*pair, route.conduct()) == Comparison(equal=False, by="size", differs_at=40)


def test_an_image_without_data_is_not_compared(route: Route) -> None:
    """It has no content yet."""
    pair = route.source.put(_CONTENT), route.target.put(_CONTENT)
    route.target.items[pair[1].image]["status"] = "saving"
    with pytest.raises(CloudRefused, match="saving"):
        compare_images(*pair, route.conduct())


def test_a_pass_finds_all_hashes(route: Route) -> None:
    """From one end to the other, over a break."""
    image = route.source.put(_CONTENT)
    route.source.breaks = [(20, True)]
    found = read_pass(image, route.conduct(), algorithm="md5")
    assert found.digests.sha256 == hashlib.sha256(_CONTENT).hexdigest()
    assert found.other == hashlib.md5(_CONTENT, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("readers", [1, 2, 3, 20])
def test_readers_at_once_find_what_one_finds(route: Route, readers: int) -> None:
    """Whichever of them breaks off."""
    image = route.source.put(_CONTENT)
    route.source.breaks = [(5, True), (3, False)]
    found = read_journal(image, len(_CONTENT), route.conduct(readers=readers))
    assert found == b"".join(hashlib.sha256(_CONTENT[at : at + 8]).digest() for at in range(0, 50, 8))


def test_one_reader_that_fails_ends_all(route: Route) -> None:
    """With its reason."""
    image = route.source.put(_CONTENT)
    route.source.breaks = [(0, True)] * 12
    with pytest.raises(CloudUnavailable, match="reset"):
        read_journal(image, len(_CONTENT), route.conduct(readers=4))
