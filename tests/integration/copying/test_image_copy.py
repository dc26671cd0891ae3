"""Images copied between two real image services, whatever breaks on the way."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from devcloud.fixture import Devcloud
from provisioner.copying.compare import compare_images
from provisioner.copying.image_copy import MARK_VERIFIED, copy_image, discard_copies
from provisioner.copying.limiter import Limiter
from provisioner.copying.pool import copy_images
from provisioner.copying.records import Copied, CopyCancelled, NewImage, StoredImage
from provisioner.errors import CloudUnavailable
from provisioner.migration.collections import IMAGES
from provisioner.migration.identifiers import MARK_COMPLETE
from tenants.wave import Verification

MakeContent = Callable[[int], bytes]
_MIB = 2**20
_SOME = 9 * _MIB + 123

#: What another process does that is going to be killed.
_COPYING = """
import sys
from provisioner.clouds.openstack.cloud import connect
from provisioner.copying.image_copy import copy_image
from provisioner.copying.limiter import Limiter
from provisioner.copying.records import Conduct, ImageCopy, NewImage, StoredImage

city, image, district, rate = sys.argv[1:]
with connect("city", "city") as one, connect("district", "district") as other:
    body = {"name": "副本", "disk_format": "raw", "container_format": "bare", "visibility": "private"}
    copy = ImageCopy(
        source=StoredImage(cloud=one, project=city, image=image),
        target=NewImage(cloud=other, project=district, body=body),
    )
    copy_image(copy, Conduct(limiter=Limiter(float(rate)), progress=lambda told: print(told.done, flush=True)))
"""


def _is_proven(road: Any, copied: Copied, content: bytes) -> None:
    """One image is there, it has the content, and it says so."""
    (item,) = road.target.images()
    assert (item["id"], item["status"], item["size"]) == (copied.image, "active", len(content))
    assert item["os_hash_value"] == hashlib.sha512(content).hexdigest()
    assert road.target.content(copied.image) == content
    marked = road.target.cloud.resources.fetch(IMAGES, road.target.project, copied.image)
    assert marked[MARK_COMPLETE] == copied.digests.sha256 == hashlib.sha256(content).hexdigest()
    assert marked[MARK_VERIFIED] == copied.verified


@pytest.mark.parametrize("verification", [Verification.STORED, Verification.READ_BACK])
@pytest.mark.parametrize("size", [0, 1, _MIB - 1, _MIB, _MIB + 1, 8 * _MIB, 64 * _MIB])
def test_every_byte_arrives(road: Any, content: MakeContent, size: int, verification: Verification) -> None:
    """Whatever the size."""
    sent = content(size)
    copied = copy_image(road.copy(sent, verification=verification), road.conduct())
    _is_proven(road, copied, sent)
    assert (copied.verified, copied.resumptions, copied.restarts) == (verification, 0, 0)


def test_copies_compare_equal(road: Any, content: MakeContent) -> None:
    """By the words of both stores."""
    copy = road.copy(content(_SOME))
    copied = copy_image(copy, road.conduct())
    there = StoredImage(cloud=road.target.cloud, project=road.target.project, image=copied.image)
    assert compare_images(copy.source, there, road.conduct()).equal
    other = road.target.image("别的", content(_SOME))
    assert not compare_images(copy.source, other, road.conduct()).equal


# Connections that break


def test_a_source_that_breaks_off_is_read_on(road: Any, content: MakeContent) -> None:
    """Twice, in the middle of one upload."""
    sent = content(_SOME)
    copy = road.copy(sent)
    road.source.relay.cut("down", 2 * _MIB, 3 * _MIB)
    copied = copy_image(copy, road.conduct())
    _is_proven(road, copied, sent)
    assert (copied.resumptions, copied.restarts, road.source.relay.done) == (2, 0, 2)


@pytest.mark.parametrize("after", [20_000, _MIB, 9 * _MIB], ids=["at once", "in the middle", "near the end"])
def test_a_target_that_breaks_off_gets_everything_anew(road: Any, content: MakeContent, after: int) -> None:
    """Its image service drops what it had; nothing else is left."""
    sent = content(_SOME)
    copy = road.copy(sent)
    road.target.relay.cut("up", after)
    copied = copy_image(copy, road.conduct())
    _is_proven(road, copied, sent)
    assert (copied.restarts, road.target.relay.done) == (1, 1)


@pytest.mark.parametrize("kind", ["500", "503", "429", "reset", "hang"])
def test_an_upload_that_fails_is_made_again(road: Any, devcloud: Devcloud, content: MakeContent, kind: str) -> None:
    """Whichever way it fails."""
    sent = content(_SOME)
    copy = road.copy(sent)
    devcloud.fail("district", "glance", "/file", kind=kind, method="PUT")
    copied = copy_image(copy, road.conduct())
    _is_proven(road, copied, sent)
    assert copied.restarts == 1


@pytest.mark.parametrize("kind", ["500", "reset", "hang"])
def test_an_upload_whose_answer_is_lost_is_not_made_again(
    road: Any, devcloud: Devcloud, content: MakeContent, kind: str
) -> None:
    """The image has its bytes."""
    sent = content(_SOME)
    copy = road.copy(sent)
    devcloud.fail("district", "glance", "/file", kind=kind, method="PUT", after_acting=True)
    copied = copy_image(copy, road.conduct())
    _is_proven(road, copied, sent)
    assert copied.restarts == 0


@pytest.mark.parametrize("kind", ["500", "reset"])
def test_an_image_whose_making_was_not_answered_is_found(
    road: Any, devcloud: Devcloud, content: MakeContent, kind: str
) -> None:
    """It was made all the same."""
    sent = content(_MIB)
    copy = road.copy(sent)
    devcloud.fail("district", "glance", "/v2/images$", kind=kind, method="POST", after_acting=True)
    _is_proven(road, copy_image(copy, road.conduct()), sent)


def test_a_source_that_stays_away_ends_the_copy(road: Any, devcloud: Devcloud, content: MakeContent) -> None:
    """With an error that says that it may be tried again; no image is left that looks like a copy."""
    copy = road.copy(content(_SOME))
    devcloud.fail("city", "glance", "/file", kind="503", method="GET", count=100)
    with pytest.raises(CloudUnavailable, match="city"):
        copy_image(copy, road.conduct())
    assert {each["status"] for each in road.target.images()} <= {"queued", "saving"}


# Processes that are killed


def test_a_run_after_a_killed_one_begins_anew(road: Any, content: MakeContent) -> None:
    """Nothing of the half-uploaded image is left."""
    sent = content(_SOME)
    copy = road.copy(sent)
    arguments = [road.source.project, copy.source.image, road.target.project, str(4 * _MIB)]
    environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(road.clouds_yaml)}
    with subprocess.Popen(
        [sys.executable, "-c", _COPYING, *arguments], stdout=subprocess.PIPE, env=environment
    ) as running:
        assert running.stdout is not None
        assert any(int(line) > 2 * _MIB for line in running.stdout)
        running.send_signal(signal.SIGKILL)
    copied = copy_image(copy, road.conduct())
    _is_proven(road, copied, sent)
    assert not copied.found


def test_a_run_after_one_that_ended_copies_nothing(road: Any, content: MakeContent) -> None:
    """Nor does it read."""
    sent = content(_SOME)
    copy = road.copy(sent)
    first = copy_image(copy, road.conduct())
    road.told.clear()
    again = copy_image(copy, road.conduct())
    assert (again.found, again.image, again.digests, road.told) == (True, first.image, first.digests, [])


def test_a_run_after_one_that_was_killed_before_the_proof_reads_only(road: Any, content: MakeContent) -> None:
    """What both stores say is the proof."""
    sent = content(_SOME)
    copy = road.copy(sent)
    road.target.image("副本", sent)
    copied = copy_image(copy, road.conduct())
    _is_proven(road, copied, sent)
    assert (copied.found, copied.verified) == (True, Verification.READ_BACK)


def test_what_was_copied_is_discarded(road: Any, content: MakeContent) -> None:
    """Even an image that is queued."""
    copy = road.copy(content(_MIB))
    copy_image(copy, road.conduct())
    road.target.cloud.resources.create(IMAGES, road.target.project, copy.target.body)
    assert len(discard_copies(copy.target)) == 2
    assert road.target.images() == ()


# Cancelling, limits


@pytest.mark.parametrize("where", ["source", "target"])
def test_cancelling_does_not_wait_for_a_cloud_that_hangs(road: Any, content: MakeContent, where: str) -> None:
    """Long before its connection's time limit."""
    copy = road.copy(content(_SOME))
    relay, asked = getattr(road, where).relay, []

    def freeze(told: Any) -> None:
        if told.done:
            relay.frozen.set()
            asked.append(time.monotonic())

    slow = Limiter(2 * _MIB)
    with pytest.raises(CopyCancelled):
        copy_image(copy, road.conduct(progress=freeze, limiter=slow, cancelled=lambda: len(asked) > 2))
    assert relay.frozen.is_set()


def test_several_disks_share_one_limit(road: Any, content: MakeContent) -> None:
    """Together they take as long as the limit makes them, whatever their number."""
    first = road.copy(content(3 * _MIB))
    copies = {
        number: replace(
            first,
            target=NewImage(
                cloud=road.target.cloud,
                project=road.target.project,
                body={**first.target.body, "name": f"副本-{number}"},
            ),
        )
        for number in range(3)
    }
    began = time.monotonic()
    done = copy_images(copies, road.conduct(limiter=Limiter(4 * _MIB)), at_once=3, progress=lambda *_: None)
    took = time.monotonic() - began
    assert {type(each) for each in done.values()} == {Copied}
    assert 9 * _MIB / took <= 4 * _MIB * 1.1
