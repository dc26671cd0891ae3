"""A wave from outside: planned, started, killed, carried on, taken back, signed off; told by the clouds themselves."""

import pytest

from tests.acceptance.migration.convoy import Convoy
from tests.acceptance.shell import ERROR

pytestmark = pytest.mark.timeout(600)


def test_a_plan_changes_nothing(convoy: Convoy) -> None:
    """It says what would move where, by which steps, and nothing is written anywhere."""
    before = convoy.devcloud.mark()
    shown = convoy.migrate("plan").out
    assert "home in city to away in district" in shown
    assert "1 application would move: 1 server, 1 disk of 1 GiB in all." in shown
    assert [each.method for each in convoy.devcloud.requests(since=before) if each.method not in {"GET", "POST"}] == []
    assert convoy.tenantry("migrate", "list", "-o", "json").document == {"waves": []}


def test_taken_back_in_mid_copy_the_source_runs_and_nothing_is_left(convoy: Convoy) -> None:
    """By somebody in another terminal; whoever started it ends with what came of it. Then it moves for good, through a kill -9."""
    content = convoy.fill()
    running = convoy.start()
    convoy.await_copying(running)
    convoy.migrate("abort", "--yes", "--comment", "改期")
    assert running.wait().code == ERROR
    assert convoy.migration()["state"] == "rolled-back"
    assert convoy.server(convoy.city, convoy.home) == ("ACTIVE", False)
    assert (convoy.left_over(), convoy.district.servers(convoy.away)) == ([], [])
    _moves_through_a_kill(convoy, content)


def _moves_through_a_kill(convoy: Convoy, content: str) -> None:
    running = convoy.start()
    convoy.await_copying(running)
    running.kill()
    convoy.start().wait().must_be(0)
    assert convoy.arrived() == content
    assert convoy.server(convoy.city, convoy.home) == ("SHUTOFF", True)
    assert convoy.server(convoy.district, convoy.away) == ("ACTIVE", False)
    _is_signed_off(convoy)


def _is_signed_off(convoy: Convoy) -> None:
    """Somebody says that it works; the source stays until its time is over, and what manifests said before is refused."""
    assert "is lost" in convoy.migrate("abort", "--yes", code=ERROR).err
    convoy.migrate("signoff", "--comment", "业务验收通过")
    convoy.start().wait().must_be(0)
    moved = convoy.migration()
    assert (moved["state"], moved["signedOff"]["comment"]) == ("retained", "业务验收通过")
    assert "moved it to the project away in district" in convoy.tenantry("plan", convoy.folder, code=ERROR).err


def test_a_wave_that_nobody_carries_on_says_so(convoy: Convoy) -> None:
    """Started for workers that are not there, it does nothing, can be paused and taken back, and every command says who is missing."""
    convoy.migrate("start", "--yes", "--detach")
    convoy.migrate("pause")
    assert convoy.migration()["asked"] == "pause"
    assert "is paused" in convoy.migrate("watch", code=ERROR).out
    assert "tenantry work" in convoy.migrate("resume").err
    assert "tenantry work" in convoy.migrate("abort", "--yes").err
