"""Several images at once."""

import threading
from collections.abc import Callable

import pytest

from provisioner.copying.pool import copy_images
from provisioner.copying.records import Copied, CopyCancelled, ImageCopy, NewImage, Progress
from provisioner.errors import CloudRefused
from tests.unit.provisioner.copying.stores import PROJECT, Route


@pytest.fixture
def copies(route: Route) -> Callable[[int], dict[str, ImageCopy]]:
    """So many copies, by the names of their images."""

    def make(number: int) -> dict[str, ImageCopy]:
        return {
            f"disk-{each}": ImageCopy(
                source=route.source.put(bytes([each]) * 20),
                target=NewImage(cloud=route.target.cloud, project=PROJECT, body={"name": f"disk-{each}"}),
            )
            for each in range(number)
        }

    return make


def test_all_arrive(route: Route, copies: Callable[[int], dict[str, ImageCopy]]) -> None:
    """Each as its own, and each is told of."""
    told: dict[str, Progress] = {}
    done = copy_images(copies(5), route.conduct(), at_once=2, progress=told.__setitem__)
    assert sorted(filter(None, route.copies)) == [bytes([each]) * 20 for each in range(5)]
    assert done.keys() == told.keys() == {f"disk-{each}" for each in range(5)}


def test_no_more_than_the_limit_go_on_at_once(route: Route, copies: Callable[[int], dict[str, ImageCopy]]) -> None:
    """Which two do meet."""
    meeting, now, most = threading.Barrier(2), 0, 0
    counting, write = threading.Lock(), route.target.write

    def counted(*arguments: object, **more: object) -> object:
        nonlocal now, most
        with counting:
            now += 1
            most = max(most, now)
        meeting.wait()
        try:
            return write(*arguments, **more)  # type: ignore[arg-type] - as they came
        finally:
            with counting:
                now -= 1

    route.target.write = counted  # type: ignore[method-assign, assignment] - looked at
    copy_images(copies(6), route.conduct(), at_once=2, progress=lambda *_: None)
    assert most == 2


def test_a_failure_is_its_own(route: Route, copies: Callable[[int], dict[str, ImageCopy]]) -> None:
    """The others arrive."""
    wanted = copies(3)
    route.source.items[wanted["disk-1"].source.image]["status"] = "killed"
    done = copy_images(wanted, route.conduct(), at_once=2, progress=lambda *_: None)
    assert {key: type(each) for key, each in done.items()} == {
        "disk-0": Copied,
        "disk-1": CloudRefused,
        "disk-2": Copied,
    }


def test_all_are_cancelled_together(route: Route, copies: Callable[[int], dict[str, ImageCopy]]) -> None:
    """Begun or not."""
    done = copy_images(copies(3), route.conduct(cancelled=lambda: True), at_once=1, progress=lambda *_: None)
    assert {type(each) for each in done.values()} == {CopyCancelled}
