"""An application that Tenantry made from its manifest runs on real machines, and loses nothing whatever is done to it."""

import pytest

from tests.acceptance.guests import phases
from tests.acceptance.guests.phases import Phases
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite, await_that
from tests.acceptance.guests.watch import Watch

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def played(reference_site: ReferenceSite) -> Phases:
    """The application with its writer as a service, in guests that have nothing but busybox and dropbear."""
    for name in ADDRESSES:
        reference_site.run(name, phases.SERVICE)
    return Phases(site=reference_site, service="writer")


def results(site: ReferenceSite, *options: str) -> set[tuple[str, str, str]]:
    """What each probe found in each server."""
    return {(each["probe"], each["server"], each["result"]) for each in site.probe(*options)["probes"]}


def test_the_probes_of_the_manifest_pass(reference_site: ReferenceSite) -> None:
    """By HTTP, by TCP, and by a command that Ansible runs over SSH, in both servers."""
    await_that(lambda: {each[2] for each in results(reference_site)} == {"passed"})
    assert len(results(reference_site)) == 6


def test_a_live_migration_is_not_noticed(reference_site: ReferenceSite, capsys: pytest.CaptureFixture[str]) -> None:
    """The page is served on, no line is missing or doubled, and Tenantry has nothing to do. How long it stood is told."""
    before = reference_site.host("web-1")
    with Watch(reference_site, "web-1") as watch:
        line = reference_site.line("web-1")
        reference_site.act("web-1", **{"os-migrateLive": {"host": None, "block_migration": "auto"}})
        await_that(lambda: reference_site.is_settled("web-1") and reference_site.host("web-1") != before)
        reference_site.goes_on("web-1", line)
    assert reference_site.written("web-1").fault is None
    assert {each[2] for each in results(reference_site)} == {"passed"}
    reference_site.tenantry("plan", reference_site.folder)
    with capsys.disabled():
        print(f"\nlongest pause of the writer during the live migration: {watch.gap:.2f} s")  # noqa: T201  # a figure for whoever runs it


def test_a_cold_migration_loses_no_line(reference_site: ReferenceSite) -> None:
    """The server boots on the other compute, its writer goes on with the next number, and Tenantry has nothing to do."""
    before, line = reference_site.host("web-2"), reference_site.line("web-2")
    reference_site.act("web-2", migrate=None)
    await_that(lambda: reference_site.is_settled("web-2", "VERIFY_RESIZE"))
    reference_site.act("web-2", confirmResize=None)
    await_that(lambda: reference_site.is_settled("web-2"))
    reference_site.goes_on("web-2", line)
    assert reference_site.host("web-2") != before
    assert reference_site.written("web-2").fault is None
    reference_site.tenantry("plan", reference_site.folder)


def test_a_stopped_server_fails_its_probes_until_it_runs_again(reference_site: ReferenceSite) -> None:
    """What is not up is told as such; started, it goes on where it was."""
    line = reference_site.line("web-2")
    reference_site.act("web-2", **{"os-stop": None})
    await_that(lambda: reference_site.is_settled("web-2", "SHUTOFF"))
    assert ("page", "web-2", "failed") in results(reference_site, "--probe", "page")
    reference_site.act("web-2", **{"os-start": None})
    reference_site.goes_on("web-2", line)
    assert reference_site.written("web-2").fault is None


def test_a_volume_that_the_manifest_adds_is_a_disk_of_the_guest(reference_site: ReferenceSite) -> None:
    """It is attached to the running server, which goes on."""
    line = reference_site.line("web-1")
    reference_site.ask(volumes=({"name": "web-more", "size": "1GiB", "server": "web-1"},))
    reference_site.apply()
    await_that(lambda: "vdc" in reference_site.run("web-1", "ls /sys/block"))
    reference_site.goes_on("web-1", line)


def test_a_larger_flavor_reaches_the_guests(reference_site: ReferenceSite) -> None:
    """Tenantry resizes both, and confirms it; they boot with more memory, and no line is missing or doubled."""
    lines = {each: reference_site.line(each) for each in ("web-1", "web-2")}
    reference_site.ask(flavor="tiny", volumes=({"name": "web-more", "size": "1GiB", "server": "web-1"},))
    reference_site.apply()
    for name, line in lines.items():
        reference_site.goes_on(name, line)
        assert int(reference_site.run(name, "free -m | sed -n 's/Mem: *\\([0-9]*\\).*/\\1/p'")) > 300
        assert reference_site.written(name).fault is None


@pytest.mark.parametrize("case", phases.CASES)
def test_playbooks_of_migrations(played: Phases, case: phases.Case) -> None:
    """Each case as it says; in their order, for a rollback undoes what quiesce did."""
    case(played)
