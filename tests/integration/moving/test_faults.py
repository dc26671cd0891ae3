"""Clouds that fail in the midst of moves: what can go on does, what cannot is taken back to a source that runs. Never half."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import openstack
import pytest

from devcloud.faultrules import FaultKind, Work
from devcloud.fixture import Devcloud
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.controlling import Controlling, Wish
from provisioner.operation import Actor
from tenants.wave import Mode
from tests.integration.moving.mover import hire
from tests.integration.moving.theatre import Show
from tests.integration.moving.timing import later

Staged = Callable[[Mode], Show]
#: Parts of a path that are different each time.
_IDS: Final = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
_SOON_S: Final = 200
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SERVICES: Final = ("nova", "cinder", "glance", "neutron", "keystone", "placement")


@pytest.fixture(autouse=True)
def _undisturbed(devcloud: Devcloud) -> Iterator[None]:
    """Whatever a test disturbs is over after it."""
    yield
    devcloud.clear()


def _ready(show: Show, data: int = 1) -> Show:
    show.estate.server("db", from_volume=True, data=data)
    show.put_on("db")
    return show


def _has_arrived(show: Show) -> None:
    show.arrived()
    show.source_is_as_before_but_locked()
    assert show.marked_elsewhere() == []


def _goes_to_its_end(show: Show) -> None:
    """Accepted, signed off, and the source gone; within a project there is no source to go."""
    if show.within:
        show.goes_on_to(State.CLOSED)
        show.moved_within()
        return
    show.goes_on_to(State.ACCEPTED)
    _has_arrived(show)
    show.sign_off()
    show.goes_on_to(State.CLOSED)
    show.source_is_gone()
    show.arrived()


def _changes(devcloud: Devcloud, show: Show) -> set[tuple[str, str, str, str]]:
    """Every sort of change that a move asks its clouds for: the cloud, the service, the method, a pattern of the path."""
    since = devcloud.mark()
    _goes_to_its_end(show)
    return {
        (each.cloud, each.service, each.method, f"{_IDS.sub('[^/]+', each.path.partition('?')[0])}$")
        for each in devcloud.requests(since=since)
        if each.method in _CHANGING and each.service != "keystone"
    }


@pytest.mark.parametrize("lost", [False, True], ids=["refused", "lost"])
@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(Mode.LIVE, marks=pytest.mark.full),
        pytest.param(Mode.COLD, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_PROJECT, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_CLOUD, marks=[pytest.mark.full, pytest.mark.timeout(1200)]),
    ],
)
def test_each_sort_of_change_may_fail_once(staged: Staged, devcloud: Devcloud, mode: Mode, *, lost: bool) -> None:
    """With 500 before anything happened, or the connection cut after the change took effect: resumed, and done once."""
    changes = _changes(devcloud, _ready(staged(mode)))
    show = _ready(staged(mode))
    for cloud, service, method, path in changes:
        kind = FaultKind.RESET if lost else FaultKind.ERROR_500
        devcloud.fail(cloud, service, path, kind=kind, method=method, after_acting=lost)
    _goes_to_its_end(show)


@pytest.mark.parametrize(
    ("mode", "work"),
    [
        pytest.param(Mode.CROSS_PROJECT, Work.VOLUME, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_PROJECT, Work.SNAPSHOT, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_PROJECT, Work.SERVER, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_CLOUD, Work.UPLOAD, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_CLOUD, Work.VOLUME, marks=pytest.mark.full),
    ],
)
def test_what_ends_in_error_is_made_anew(staged: Staged, devcloud: Devcloud, mode: Mode, work: Work) -> None:
    """Once broken, it goes, and the next one is used."""
    show = _ready(staged(mode))
    devcloud.hinder("city", work, fails=True, count=1)
    show.goes_on_to(State.ACCEPTED)
    _has_arrived(show)


@pytest.mark.parametrize(
    ("mode", "work"),
    [
        (Mode.CROSS_PROJECT, Work.SNAPSHOT),
        pytest.param(Mode.CROSS_PROJECT, Work.VOLUME, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_PROJECT, Work.SERVER, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_CLOUD, Work.UPLOAD, marks=pytest.mark.full),
        pytest.param(Mode.LIVE, Work.LIVE_MIGRATION, marks=pytest.mark.full),
    ],
)
def test_what_ends_in_error_each_time_is_taken_back(staged: Staged, devcloud: Devcloud, mode: Mode, work: Work) -> None:
    """The source runs, and nothing is left. What Nova could not move it is not asked to move again."""
    show = _ready(staged(mode))
    devcloud.hinder("city", work, fails=True, count=50)
    found = show.goes_on_to(State.ROLLED_BACK)
    assert found.failure is not None
    show.source_runs()
    assert show.marked_elsewhere() == []


@pytest.mark.full
def test_a_server_that_breaks_on_its_new_host_is_mended_by_a_person_and_goes_back(
    staged: Staged, devcloud: Devcloud
) -> None:
    """Nova has it there, in ERROR: it stops as manual, and goes on to the source's host once the server runs again."""
    show = staged(Mode.COLD)
    # Without volumes: Cinder keeps those of such a server as being attached, which is another mending.
    show.estate.server("web")
    show.put_on("web")
    devcloud.hinder("city", Work.COLD_MIGRATION, fails=True, count=1)
    found = show.goes_on_to(State.MANUAL)
    assert "in the state ERROR on compute-" in str(found.failure)
    with openstack.connect(cloud="city") as sdk:
        server = show.workload.machines[0].id
        sdk.compute.reboot_server(server, "HARD")
        sdk.compute.wait_for_server(sdk.compute.get_server(server), failures=[], interval=0.5)
    wish = Wish(run=show.run, migration=show.migration, actor=Actor("li"), comment="重启")
    Controlling(database=show.database, now=lambda: datetime.now(UTC)).retry(wish)
    show.goes_on_to(State.ROLLED_BACK)
    show.source_runs()


@pytest.mark.full
@pytest.mark.parametrize(
    ("mode", "kind", "work"),
    [
        (Mode.CROSS_PROJECT, StepKind.CLONE, Work.VOLUME),
        (Mode.CROSS_CLOUD, StepKind.EXPORT, Work.UPLOAD),
    ],
)
def test_an_abort_while_cinder_is_at_something_goes_back_by_itself(
    staged: Staged, devcloud: Devcloud, *, mode: Mode, kind: StepKind, work: Work
) -> None:
    """It declines to delete what it makes or uploads: that is waited for, and no person is asked."""
    show = _ready(staged(mode))
    devcloud.hinder("city", work, seconds=15, count=2)
    worker = hire(show.orders(State.ROLLED_BACK))
    try:
        end = time.monotonic() + _SOON_S
        while not any(each.state is StepState.STARTED for each in show.load().of_kind(kind)):
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(2)
        wish = Wish(run=show.run, migration=show.migration, actor=Actor("li"), comment="改期")
        Controlling(database=show.database, now=lambda: datetime.now(UTC)).abort(wish)
        worker.join(_SOON_S)
        assert worker.exitcode == 0
    finally:
        worker.kill()
        worker.join()
    found = show.load()
    assert (found.state, found.failure) == (State.ROLLED_BACK, None)
    show.source_runs()


def test_a_quota_that_is_reached_after_the_check_takes_it_back(staged: Staged) -> None:
    """Though room was kept: somebody else's clients need not heed that."""
    show = _ready(staged(Mode.CROSS_PROJECT))
    with show.dies_at("done hold", State.ACCEPTED):
        # Those that it has, and no clone.
        show.narrow_source(volumes=2)
    found = show.goes_on_to(State.ROLLED_BACK)
    assert found.failure is not None
    assert "limit" in found.failure.message.lower() or "quota" in found.failure.message.lower(), found.failure
    show.source_runs()


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [StepKind.COPY, StepKind.DISK, StepKind.SERVER], ids=str)
def test_a_target_that_is_gone_for_a_minute_is_waited_for(staged: Staged, devcloud: Devcloud, kind: StepKind) -> None:
    """From before a step on, no service of it answers."""
    show = _ready(staged(Mode.CROSS_CLOUD))
    with show.dies_at(f"begun {kind}", State.ACCEPTED):
        for service in _SERVICES:
            devcloud.fail("district", service, kind=FaultKind.RESET, count=10**6)
    with later(60, devcloud.clear):
        show.goes_on_to(State.ACCEPTED)
    _has_arrived(show)
    assert all(each.state is not StepState.FAILED for each in show.load().steps)
