"""Ctrl-C: the actions under way finish, nothing new is begun, and the same command goes on from there."""

import signal

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.fleet import SIZE, WRITES_EACH, Fleet
from tests.acceptance.records import rows
from tests.acceptance.shell import ERROR, INTERRUPTED
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

_LATENCY = 250


@pytest.fixture
def fleet(undisturbed: Devcloud, site: Site) -> Fleet:
    """Tenants on a cloud that is very far away."""
    undisturbed.latency(_LATENCY, cloud="city")
    return Fleet.of(site)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_between_two_actions(fleet: Fleet, number: signal.Signals) -> None:
    """It says so at once, tells where each tenant stopped, and leaves no step half done."""
    running = fleet.started(SIZE // 2)
    running.signal(number)
    ended = running.wait().must_be(ERROR)
    assert ("Stopping" in ended.err, "stopped" in ended.out, "run the same command again" in ended.out) == (True,) * 3
    assert fleet.site.writes < SIZE * WRITES_EACH
    shell = fleet.site.tenantry
    assert set(rows(shell, "SELECT state FROM tenantry.operations")) <= {"stopped", "done"}
    assert set(rows(shell, "SELECT state FROM tenantry.steps")) == {"pending", "done"}


def test_the_same_command_goes_on(fleet: Fleet) -> None:
    """What was done is not done again: in all, the clouds got every write once."""
    running = fleet.started(SIZE // 2)
    running.signal(signal.SIGINT)
    running.wait().must_be(ERROR)
    fleet.finish()
    assert fleet.site.writes == SIZE * WRITES_EACH
    fleet.must_be_as_planned()


def test_the_second_leaves_at_once(fleet: Fleet) -> None:
    """Even where a cloud does not answer, and even then nothing is lost: the same command carries on."""
    fleet.site.devcloud.fail("city", "nova", "/os-quota-sets/", method="PUT", kind="hang", count=SIZE)
    running = fleet.started(SIZE)
    running.signal(signal.SIGINT)
    until(lambda: "Stopping" in running.said(), "it says that it stops")
    running.signal(signal.SIGINT)
    ended = running.wait().must_be(INTERRUPTED)
    assert ("run the same command again" in ended.err, "Traceback" in ended.err) == (True, False)
    fleet.finish()
    fleet.must_be_as_planned()


def test_while_it_looks_at_the_clouds(fleet: Fleet) -> None:
    """Nothing was begun, so it leaves at once, though a cloud does not answer, and writes nothing."""
    fleet.site.devcloud.fail("city", "keystone", "/v3/projects", method="GET", kind="hang")
    running = fleet.looking()
    running.signal(signal.SIGINT)
    running.wait().must_be(INTERRUPTED)
    assert fleet.site.writes == 0
