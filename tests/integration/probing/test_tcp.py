"""Ports that take connections, and ports that do not."""

import pytest

from provisioner.probing.readings import Result
from provisioner.probing.tcp import ask_tcp
from tenants.application import TcpProbe
from tests.integration.probing.conftest import LOCALHOST, Listen, hang_up


def test_a_port_that_takes_connections_passes(listen: Listen) -> None:
    """Nothing needs to be said on it."""
    port = listen(hang_up)
    assert ask_tcp(LOCALHOST, TcpProbe(port=port), seconds=5).result is Result.PASSED


def test_a_name_is_looked_up(listen: Listen) -> None:
    """All its addresses are tried: this machine's name may stand for version 6 first."""
    port = listen(hang_up)
    assert ask_tcp("localhost", TcpProbe(port=port), seconds=5).result is Result.PASSED


def test_a_port_that_nothing_listens_on_fails(refusing: int) -> None:
    """The refusal is told from silence."""
    finding = ask_tcp(LOCALHOST, TcpProbe(port=refusing), seconds=5)
    assert finding.result is Result.FAILED
    assert finding.reason.startswith("the connection was refused")


@pytest.mark.parametrize("name", ["a" * 64, "."])
def test_what_can_be_no_name_is_unknown(name: str) -> None:
    """Names have labels of 63 characters at most (RFC 1035, 2.3.4)."""
    finding = ask_tcp(name, TcpProbe(port=80), seconds=5)
    assert finding.reason == f'"{name}" cannot be the name of a host'


def test_a_name_that_is_not_there_does_not_pass() -> None:
    """No such name is ever given out (RFC 6761, 6.4); whether that is known here depends on the machine's resolver."""
    assert ask_tcp("nowhere.invalid", TcpProbe(port=80), seconds=5).result is not Result.PASSED
