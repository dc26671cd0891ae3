"""The reference application moved by a wave from one cloud to another, on real guests: no line is lost, there or back."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight, reference
from devcloud.records import CloudOptions, Hypervisor
from tests.acceptance.guests.crossing import IMAGE_ROOT, VOLUME_ROOT, Crossing
from tests.acceptance.guests.phases import SERVICE
from tests.acceptance.guests.site import ADDRESSES, await_that
from tests.acceptance.guests.watch import Watch

pytestmark = [pytest.mark.timeout(1800), pytest.mark.full]


@pytest.fixture(scope="module")
def guests() -> Iterator[Devcloud]:
    """Clouds `city` and `district` whose servers are real machines."""
    attached = os.environ.get("TENANTRY_TEST_TWO_GUESTS")
    if attached:
        yield Devcloud.attach(Path(attached))
        return
    problems = preflight.problems()
    if problems:
        pytest.skip(f"real guests cannot run here: {'; '.join(map(str, problems))}")
    with running(("city", "district"), options=CloudOptions(hypervisor=Hypervisor.QEMU)) as clouds:
        yield clouds


@pytest.fixture(scope="module")
def crossing(guests: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> Crossing:
    """The application at work in the city, its writer a service; the networks of both clouds are one."""
    made = Crossing.made_in(tmp_path_factory.mktemp("crossing"), guests)
    for name in ADDRESSES:
        made.run(name, SERVICE)
    made.stretch()
    return made


def lines(crossing: Crossing, name: str) -> list[str]:
    """What the writer of a server in the city has written, whole lines."""
    return crossing.run(name, f"cat {reference.LINES}").splitlines()


def told(crossing: Crossing, **seen: Any) -> None:
    """Say what was seen to whoever runs it."""
    print(f"\n{crossing.application}: {seen}")  # noqa: T201


def must_rest(crossing: Crossing) -> None:
    """The source stands, locked, with its volumes; the target runs."""
    for name in ADDRESSES:
        server = crossing.server(name)
        assert (server["status"], server["locked"]) == ("SHUTOFF", True)
        assert crossing.there()[name]["status"] == "ACTIVE"


def test_after_an_abort_the_source_goes_on(crossing: Crossing, capsys: pytest.CaptureFixture[str]) -> None:
    """Though it was at work in the district already: what was made there goes, and the city's writers go on where they were."""
    before = {name: crossing.line(name) for name in ADDRESSES}
    began = time.monotonic()
    crossing.migrate("start", crossing.wave, "--yes")
    must_rest(crossing)
    moved = time.monotonic()
    crossing.migrate("abort", crossing.wave, "--yes", "--lose-target-data")
    crossing.migrate("start", crossing.wave, "--yes")
    with capsys.disabled():
        told(crossing, there=round(moved - began), back=round(time.monotonic() - moved))
    assert crossing.there() == {}
    for name, line in before.items():
        crossing.goes_on(name, line)
        assert crossing.server(name)["locked"] is False
        assert crossing.written(name).fault is None


def test_a_move_to_another_cloud_loses_no_line(crossing: Crossing, capsys: pytest.CaptureFixture[str]) -> None:
    """Root disks from images and from volumes; logged in to at the target, every line is there, once, and more come."""
    before = {name: lines(crossing, name) for name in ADDRESSES}
    boots = {name: crossing.page(name).split()[3] for name in ADDRESSES}
    with Watch(crossing, IMAGE_ROOT) as image_root, Watch(crossing, VOLUME_ROOT) as volume_root:
        sight = crossing.migrate("start", crossing.wave, "--yes")
        for name in ADDRESSES:
            crossing.goes_on(name, len(before[name]))
    must_rest(crossing)
    for name, old in before.items():
        text = crossing.logged_in(name, f"cat {reference.LINES}")
        written = reference.check(text)
        assert written.fault is None
        assert written.count > len(old)
        assert text.splitlines()[: len(old)] == old
        assert crossing.logged_in(name, "hostname").partition(".")[0].strip() == name
        assert boots[name] not in crossing.page(name)
        with capsys.disabled():
            told(crossing, server=name, lines_before=len(old), lines_after=written.count)
    with capsys.disabled():
        told(crossing, pause_seen={IMAGE_ROOT: image_root.gap, VOLUME_ROOT: volume_root.gap}, sight=sight)


def test_the_source_goes_when_somebody_signed_off(crossing: Crossing) -> None:
    """And not before; at the target it goes on, and Tenantry has nothing to do."""
    must_rest(crossing)
    line = {name: crossing.line(name) for name in ADDRESSES}
    crossing.migrate("signoff", crossing.wave, "--comment", "业务验收通过")
    await_that(crossing.ended)  # its retention is a minute
    assert crossing.city.servers(crossing.project_id) == []
    for name, shown in line.items():
        crossing.goes_on(name, shown)
        assert reference.check(crossing.logged_in(name, f"cat {reference.LINES}")).fault is None
