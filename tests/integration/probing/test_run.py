"""All questions of an application at once, of every kind."""

import socket
from datetime import UTC, datetime
from threading import Event

import pytest

from provisioner.playing.access import SshAccess
from provisioner.probing.checks import Check, Place
from provisioner.probing.readings import Result, failed
from provisioner.probing.run import Prober
from tenants.application import CommandProbe, HttpProbe, ProbeSpec, TcpProbe
from tests.integration.probing.conftest import LOCALHOST, Listen, SshServer, hang_up, say_nothing

AT = datetime(2027, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def prober(access: SshAccess) -> Prober:
    """Asks until it has all answers."""
    return Prober(access=access, now=lambda: AT)


def tcp(port: int, name: str = "port") -> Check:
    """A question about a port of this machine."""
    probe = ProbeSpec(name=name, address=LOCALHOST, tcp=TcpProbe(port=port))
    return Check(application="app", probe=probe, server=None, place=Place(address=LOCALHOST))


def http(port: int, *, seconds: int = 1) -> Check:
    """A question about a page of this machine."""
    probe = ProbeSpec(name="page", address=LOCALHOST, http=HttpProbe(port=port), timeout=seconds)
    return Check(application="app", probe=probe, server=None, place=Place(address=LOCALHOST))


def command(user: str = "ops", *, text: str = "true") -> Check:
    """A command in the guest."""
    probe = ProbeSpec(name="command", server="web", command=CommandProbe(command=text, user=user))
    return Check(application="app", probe=probe, server="web", place=Place(address=LOCALHOST, server="i-1"))


def test_every_kind_is_asked_and_answers_stay_in_order(prober: Prober, listen: Listen, refusing: int) -> None:
    """What fails costs only its own question."""
    checks = (command(text="exit 1"), http(listen(say_nothing)), command(), tcp(refusing), tcp(listen(hang_up)))
    readings = prober.ask(checks)
    assert [(each.probe, each.finding.result) for each in readings] == [
        ("command", Result.FAILED),
        ("page", Result.FAILED),
        ("command", Result.PASSED),
        ("port", Result.FAILED),
        ("port", Result.PASSED),
    ]


def test_a_reading_says_where_and_when(prober: Prober) -> None:
    """With the time that the answer took."""
    (reading,) = prober.ask([command()])
    assert (reading.application, reading.server, reading.address, reading.at) == ("app", "web", LOCALHOST, AT)
    assert reading.milliseconds is not None


def test_what_has_no_place_is_not_asked(prober: Prober, guest: SshServer) -> None:
    """Its reason is the finding, and it has no time; the others are asked."""
    lost = Check(application="app", probe=command().probe, server="web", place=failed("no server"))
    readings = prober.ask([lost, command(text="echo here")])
    assert [(each.finding.result, each.address) for each in readings] == [
        (Result.FAILED, None),
        (Result.PASSED, LOCALHOST),
    ]
    assert (readings[0].milliseconds, guest.commands) == (None, ["exit 0", "echo here"])


def test_a_user_that_is_no_name_never_reaches_ssh(prober: Prober, guest: SshServer) -> None:
    """SSH would read it as an option."""
    (reading,) = prober.ask([command(user="-oProxyCommand=id")])
    assert (reading.finding.result, guest.commands) == (Result.UNKNOWN, [])


def test_more_questions_than_are_asked_at_a_time_all_have_answers(prober: Prober, listen: Listen) -> None:
    """They wait for one another."""
    port = listen(hang_up)
    readings = prober.ask([tcp(port, f"port-{number}") for number in range(40)])
    assert {each.finding.result for each in readings} == {Result.PASSED}


def test_leaving_off_waits_for_no_answer(access: SshAccess, listen: Listen) -> None:
    """What has none by then is unknown."""
    stop = Event()

    def silent(connection: socket.socket) -> None:
        stop.set()
        say_nothing(connection)

    prober = Prober(access=access, now=lambda: AT, stopped=stop.is_set)
    (reading,) = prober.ask([http(listen(silent), seconds=5)])
    assert reading.finding.reason == "interrupted before there was an answer"
