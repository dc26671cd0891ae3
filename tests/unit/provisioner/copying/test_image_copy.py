"""One image copied and proven, whatever goes wrong on the way."""

import hashlib
import itertools
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.collections import ItemId
from provisioner.copying.image_copy import MARK_CHUNKS, MARK_VERIFIED, copy_image, discard_copies
from provisioner.copying.limiter import Limiter
from provisioner.copying.records import ContentDiffers, CopyCancelled, Phase
from provisioner.errors import CloudConflict, CloudRefused, CloudUnavailable
from provisioner.migration.identifiers import MARK_COMPLETE
from tenants.names import CloudName
from tenants.wave import Verification
from tests.unit.provisioner.copying.stores import CHUNK, Broken, Route, Store

_CONTENT = bytes(range(50))
_GONE = CloudUnavailable("gone")


def _flipped(content: bytes) -> bytes:
    return content[:20] + b"\xff" + content[21:]


def _uploads(route: Route) -> int:
    return route.target.sent.count("write")


# What comes of it


@given(st.binary(max_size=100), st.integers(1, 30), st.sampled_from(Verification))
def test_any_content_arrives(content: bytes, piece: int, verification: Verification) -> None:
    """Whatever its size, and however far the proof is to go."""
    route = Route(Store(CloudName("city"), piece=piece), Store(CloudName("district"), piece=piece))
    copied = copy_image(route.copy(content, verification=verification), route.conduct())
    assert route.copies == [content]
    assert (copied.digests.size, copied.digests.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert copied.stored == ("sha512", hashlib.sha512(content).hexdigest())
    assert copied.verified is (Verification.STORED if verification is Verification.STORED else Verification.READ_BACK)


def test_the_image_is_marked_after_the_proof(route: Route) -> None:
    """With what was proven; it is the last that is written."""
    copied = copy_image(route.copy(_CONTENT), route.conduct())
    item = route.target.items[copied.image]
    assert (item[MARK_COMPLETE], item[MARK_VERIFIED]) == (copied.digests.sha256, "stored")
    assert item[MARK_CHUNKS] == f"{CHUNK}:{copied.digests.chunks_sha256}"
    assert route.target.sent == ["create", "write", "update"]
    assert copied.request_ids == ("req-1", "req-2", "req-3")


def test_what_was_stored_is_read_back_on_demand(route: Route) -> None:
    """In shares, by several readers; the store's word is not asked for that."""
    copy_image(route.copy(_CONTENT, verification=Verification.READ_BACK), route.conduct(readers=2))
    assert sorted(route.target.reads) == [(0, 32), (32, 18)]


@pytest.mark.parametrize("algorithm", [None, "sha256"])
def test_a_store_that_hashes_otherwise_is_read_back(route: Route, algorithm: str | None) -> None:
    """For its word cannot be compared."""
    route.target.algorithm = algorithm
    assert copy_image(route.copy(_CONTENT), route.conduct()).verified is Verification.READ_BACK


def test_progress_ends_with_everything(route: Route) -> None:
    """Of each phase."""
    copy_image(route.copy(_CONTENT, verification=Verification.READ_BACK), route.conduct())
    last = {each.phase: each for each in route.told}
    assert {phase: (each.done, each.total) for phase, each in last.items()} == {
        Phase.COPYING: (50, 50),
        Phase.READING_BACK: (50, 50),
    }


# Wrong content


@pytest.mark.parametrize("algorithm", ["sha512", None], ids=["by the store's hash", "by reading back"])
def test_what_was_spoilt_is_refused(route: Route, algorithm: str | None) -> None:
    """And nothing is left that could be taken for a copy."""
    route.target.algorithm, route.target.spoil = algorithm, _flipped
    with pytest.raises(ContentDiffers):
        copy_image(route.copy(_CONTENT), route.conduct())
    assert route.target.items == {}


@pytest.mark.parametrize("algorithm", ["sha256", None], ids=["another algorithm", "none"])
@pytest.mark.parametrize("spoilt", [True, False], ids=["spoilt", "whole"])
def test_a_source_whose_store_says_no_such_hash_is_hashed_here(
    route: Route, algorithm: str | None, *, spoilt: bool
) -> None:
    """So that the target's word is enough all the same: nothing is read back."""
    route.source.algorithm = algorithm
    if spoilt:
        route.target.spoil = _flipped
        with pytest.raises(ContentDiffers, match="its store says"):
            copy_image(route.copy(_CONTENT), route.conduct())
    else:
        assert copy_image(route.copy(_CONTENT), route.conduct()).verified is Verification.STORED
    assert route.target.reads == []


def test_what_was_cut_is_refused(route: Route) -> None:
    """A store that has fewer bytes than it took."""
    route.target.spoil = lambda content: content[:-1]
    with pytest.raises(ContentDiffers, match="49 bytes; 50 were sent"):
        copy_image(route.copy(_CONTENT), route.conduct())
    assert route.target.items == {}


def test_a_source_that_gives_other_bytes_than_it_says_is_refused(route: Route) -> None:
    """It was spoilt there, or on the way."""
    copy = route.copy(_CONTENT)
    route.source.data[copy.source.image] = _flipped(_CONTENT)
    with pytest.raises(ContentDiffers, match="the source has"):
        copy_image(copy, route.conduct())


def test_a_source_that_changes_between_two_attempts_is_refused(route: Route) -> None:
    """Though its store says nothing of its hash."""
    route.source.algorithm = None
    copy = route.copy(_CONTENT)

    def change(_piece: bytes) -> None:
        route.source.data[copy.source.image] = b"\xff" + _CONTENT[1:]

    route.target.taken = change
    route.target.uploads = [Broken(after=40)]
    with pytest.raises(ContentDiffers, match="at byte 0"):
        copy_image(copy, route.conduct())


def test_a_source_without_data_is_refused(route: Route) -> None:
    """Before anything is made."""
    copy = route.copy(_CONTENT)
    route.source.items[copy.source.image]["status"] = "queued"
    with pytest.raises(CloudRefused):
        copy_image(copy, route.conduct())
    assert route.target.sent == []


# Interruptions


@pytest.mark.parametrize("at", range(len(_CONTENT)))
def test_reading_goes_on_while_the_upload_does(route: Route, at: int) -> None:
    """Wherever the source breaks off, there is one upload."""
    route.source.breaks = [(at, True)]
    copied = copy_image(route.copy(_CONTENT), route.conduct())
    assert route.copies == [_CONTENT]
    assert (copied.resumptions, copied.restarts, _uploads(route)) == (1, 0, 1)


@pytest.mark.parametrize("leaves", ["queued", "saving", "killed"])
@pytest.mark.parametrize("at", range(1, len(_CONTENT) - 2))
def test_a_broken_upload_begins_anew(route: Route, at: int, leaves: str) -> None:
    """Wherever it breaks off before the last piece, in an image that is queued; nothing else is left."""
    route.target.uploads = [Broken(after=at, leaves=leaves)]
    copied = copy_image(route.copy(_CONTENT), route.conduct())
    assert (route.copies, copied.restarts) == ([_CONTENT], 1)


def test_a_lost_answer_is_not_a_lost_upload(route: Route) -> None:
    """The image is active with all its bytes."""
    route.target.uploads = [Broken(after=1, leaves="active")]
    copied = copy_image(route.copy(_CONTENT), route.conduct())
    assert (route.copies, copied.restarts, _uploads(route)) == ([_CONTENT], 0, 1)


@pytest.mark.parametrize("ends_as", ["active", "saving", "queued"])
def test_a_store_that_has_all_bytes_is_waited_for(route: Route, monkeypatch: pytest.MonkeyPatch, ends_as: str) -> None:
    """It may still be saving when the connection breaks; if it does not come to an end, the upload begins anew."""
    monkeypatch.setattr("provisioner.copying.upload._BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr("provisioner.copying.upload._SETTLING", 0.05)
    route.target.uploads = [Broken(after=len(_CONTENT), leaves="saving")]
    fetch, looks = route.target.fetch, itertools.count()

    def later(collection: Any, project: Any, image: ItemId) -> Any:
        if next(looks) == 2 and ends_as == "active":
            route.target._keep(image, _CONTENT)
        elif route.target.items[image]["status"] == "saving" and ends_as == "queued":
            route.target.items[image]["status"] = "queued"
        return fetch(collection, project, image)

    monkeypatch.setattr(route.target, "fetch", later)
    copied = copy_image(route.copy(_CONTENT), route.conduct())
    assert (route.copies, copied.restarts) == ([_CONTENT], 0 if ends_as == "active" else 1)


def test_patience_with_uploads_ends(route: Route) -> None:
    """After so many; the last failure is told."""
    route.target.uploads = [CloudUnavailable("one"), CloudUnavailable("two"), CloudUnavailable("three"), None]
    with pytest.raises(CloudUnavailable, match="three"):
        copy_image(route.copy(_CONTENT), route.conduct())


def test_a_busy_image_is_replaced(route: Route) -> None:
    """It is busy with an attempt that nobody waits for any more."""
    route.target.uploads = [CloudConflict("saving")]
    copy_image(route.copy(_CONTENT), route.conduct())
    assert route.copies == [_CONTENT]


def test_a_refusal_is_not_repeated(route: Route) -> None:
    """A quota that is reached stays reached."""
    route.target.uploads = [CloudRefused("413"), None]
    with pytest.raises(CloudRefused, match="413"):
        copy_image(route.copy(_CONTENT), route.conduct())


def test_a_source_that_stays_away_ends_the_copy(route: Route) -> None:
    """Beginning anew would not bring it back."""
    route.source.breaks = [(10, True), (0, True), (0, True), (0, True)]
    with pytest.raises(CloudUnavailable, match="reset"):
        copy_image(route.copy(_CONTENT), route.conduct())
    assert len(route.source.reads) == 3


# Runs after a run that was killed


def _killed(route: Route, copy: Any, status: str, content: bytes | None) -> None:
    """What is there of an earlier run."""
    image = ItemId(str(route.target.create(None, copy.target.project, copy.target.body).item["id"]))
    if content is not None:
        route.target._keep(image, content)
    route.target.items[image]["status"] = status
    route.target.sent.clear()


def test_a_proven_copy_is_not_copied_again(route: Route) -> None:
    """Nor read, nor is its source needed."""
    copy = route.copy(_CONTENT)
    first = copy_image(copy, route.conduct())
    route.source.items.clear()
    route.target.reads.clear()
    again = copy_image(copy, route.conduct())
    assert (again.found, again.image, again.digests, again.stored) == (True, first.image, first.digests, first.stored)
    assert (route.target.reads, _uploads(route)) == ([], 1)


def test_a_weaker_proof_is_made_up_for(route: Route) -> None:
    """By reading back, and no more."""
    copy = route.copy(_CONTENT)
    copy_image(copy, route.conduct())
    stronger = route.copy(_CONTENT, verification=Verification.READ_BACK)
    again = copy_image(stronger, route.conduct())
    assert (again.found, again.verified, _uploads(route)) == (True, Verification.READ_BACK, 1)


def test_a_copy_that_nobody_came_to_prove_is_proven(route: Route) -> None:
    """By the words of both stores; it is read for its SHA-256, and not copied."""
    copy = route.copy(_CONTENT)
    _killed(route, copy, "active", _CONTENT)
    copied = copy_image(copy, route.conduct())
    assert (copied.found, copied.digests.sha256) == (True, hashlib.sha256(_CONTENT).hexdigest())
    assert route.target.sent == ["update"]


@pytest.mark.parametrize(
    ("status", "content"),
    [("active", _flipped(_CONTENT)), ("active", _CONTENT[:-1]), ("saving", None), ("killed", None), ("queued", None)],
)
def test_what_was_half_uploaded_is_uploaded_again(route: Route, status: str, content: bytes | None) -> None:
    """And is not there any more."""
    copy = route.copy(_CONTENT)
    _killed(route, copy, status, content)
    copied = copy_image(copy, route.conduct())
    assert (route.copies, copied.found) == ([_CONTENT], False)


def test_a_queued_image_is_used(route: Route) -> None:
    """One that was made, and whose answer was lost."""
    copy = route.copy(_CONTENT)
    _killed(route, copy, "queued", None)
    copy_image(copy, route.conduct())
    assert route.target.sent == ["write", "update"]


def test_all_copies_of_the_name_are_discarded(route: Route) -> None:
    """Complete or not, and no others."""
    copy = route.copy(_CONTENT)
    other = route.target.put(b"other")
    _killed(route, copy, "saving", None)
    _killed(route, copy, "active", _CONTENT)
    assert len(discard_copies(copy.target)) == 2
    assert list(route.target.items) == [other.image]


# Cancelling


class _Never(threading.Event):
    """What hangs until the test is over."""


@pytest.fixture
def hanging() -> Any:
    """Set when the test is over."""
    event = _Never()
    yield event
    event.set()


@pytest.mark.parametrize("where", ["source", "target"])
def test_cancelling_does_not_wait_for_a_cloud(route: Route, hanging: threading.Event, where: str) -> None:
    """Though it answers nothing."""
    store, asked = getattr(route, where), threading.Event()
    copy = route.copy(_CONTENT)

    def hang(*_: Any, **__: Any) -> Any:
        asked.set()
        hanging.wait()
        raise _GONE

    setattr(store, "read" if where == "source" else "write", hang)
    with pytest.raises(CopyCancelled):
        copy_image(copy, route.conduct(cancelled=asked.is_set))
    assert not hanging.is_set()


def test_a_cancelled_copy_writes_nothing_more(route: Route) -> None:
    """Neither begins nor marks."""
    with pytest.raises(CopyCancelled):
        copy_image(route.copy(_CONTENT), route.conduct(cancelled=lambda: True))
    assert "write" not in route.target.sent
    assert "update" not in route.target.sent


def test_cancelling_ends_the_wait_for_bandwidth(route: Route) -> None:
    """A second's worth of an hour's."""
    slow = Limiter(0.01)
    began = time.monotonic()
    with pytest.raises(CopyCancelled):
        copy_image(route.copy(_CONTENT), route.conduct(limiter=slow, cancelled=lambda: time.monotonic() > began + 0.1))


def test_what_progress_raises_ends_the_copy(route: Route) -> None:
    """As Ctrl-C does."""

    def fail(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_image(route.copy(_CONTENT), route.conduct(progress=fail))
    assert MARK_COMPLETE not in next(iter(route.target.items.values()))
