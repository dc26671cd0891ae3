"""What Ansible is told about guests, and what its answers mean."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.playing.access import SshAccess
from provisioner.playing.hosts import inventory, is_user
from provisioner.probing.guests import Guest, finding_of, told
from provisioner.probing.readings import Finding, Result
from tenants.application import CommandProbe

KNOWN_HOSTS = Path("/state/known_hosts")
ENDED = {"logged_in": True, "login": "", "broken": False, "timed_out": False, "code": 0, "holds_text": True}


def guest(command: str = "true", *, user: str | None = None, text: str | None = None) -> Guest:
    """A guest with a command."""
    return Guest(
        address="192.0.2.7", server="i-1", probe=CommandProbe(command=command, user=user, text=text), seconds=10
    )


def found(*, text: str | None = None, **outcome: Any) -> Finding:
    """What an outcome means."""
    return finding_of({**ENDED, **outcome}, guest(text=text), known_hosts=KNOWN_HOSTS)


def host(*, known_hosts: Path = KNOWN_HOSTS, **fields: Any) -> dict[str, Any]:
    """The only host's variables, as Ansible reads them."""
    access = SshAccess(key_file=None, known_hosts=known_hosts)
    content = inventory(told([guest(**fields)]), access)
    return dict(json.loads(json.dumps(content))["all"]["hosts"]["check-0"])


@given(st.text(min_size=1))
def test_a_command_is_told_as_it_is(command: str) -> None:
    """And marked, so that nothing in it is a template."""
    assert host(command=command)["probe_command"] == {"__ansible_unsafe": command}


def test_what_nobody_says_is_left_to_the_operators_ssh() -> None:
    """It knows whom it logs in as, and at which port."""
    assert not {"ansible_user", "ansible_port"} & host().keys()
    assert host(user="ops")["ansible_user"] == "ops"


def test_host_keys_are_kept_by_server_in_a_file_of_any_name() -> None:
    """SSH reads percent signs as tokens and spaces as ends, unless told otherwise."""
    options = host(known_hosts=Path("/my state/100%/known_hosts"))["ansible_ssh_common_args"]["__ansible_unsafe"]
    assert shlex.split(options) == [
        "-o",
        'UserKnownHostsFile="/my state/100%%/known_hosts"',
        "-o",
        "HostKeyAlias=i-1",
    ]


@pytest.mark.parametrize("user", [None, "ops", "li.wei", "GOV\\li-wei", "li@gov.example"])
def test_names_of_users(user: str | None) -> None:
    """Unix's and Windows' own."""
    assert is_user(user)


@pytest.mark.parametrize("user", ["", "-oProxyCommand=id", 'x" -o y', "{{ lookup('pipe', 'id') }}", "a b", "ops\n"])
def test_what_ssh_could_read_as_more_than_a_name(user: str) -> None:
    """Or Ansible."""
    assert not is_user(user)


@pytest.mark.parametrize(
    ("outcome", "result", "reason"),
    [
        ({}, Result.PASSED, "code 0"),
        ({"code": 2}, Result.FAILED, "the command ended with code 2"),
        ({"code": 126}, Result.FAILED, "the command ended with code 126: it cannot be run"),
        ({"code": None, "timed_out": True}, Result.FAILED, "the command did not end within 10 s"),
        (
            {"code": None, "broken": True},
            Result.UNKNOWN,
            "the SSH connection broke while the command ran, or the command ended with code 255",
        ),
    ],
)
def test_ends_of_commands(outcome: dict[str, Any], result: Result, reason: str) -> None:
    """Each in words."""
    assert found(**outcome) == Finding(result=result, reason=reason)


def test_text_that_is_not_held() -> None:
    """The manifest's text is told, not the guest's."""
    assert (
        found(text="市场", holds_text=False).reason
        == 'the command ended with code 0, but its output does not hold "市场"'
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "Failed to connect to the host via ssh: ops@192.0.2.7: Permission denied (publickey).",
            "the guest does not let the user that SSH logs in as in",
        ),
        (
            "Failed to connect to the host via ssh: a\nHost key verification failed.",
            "the guest's host key is not the one",
        ),
        ("Failed to connect to the host via ssh: ssh: No route to host", "no SSH connection: ssh: No route to host"),
        ("Timed out after 10 seconds", "no SSH connection: Timed out after 10 seconds"),
        ("", "no SSH connection: SSH does not say why"),
    ],
)
def test_guests_that_could_not_be_entered_are_unknown(said: str, reason: str) -> None:
    """Nothing is known of the command then."""
    finding = found(logged_in=False, login=said, code=None)
    assert finding.result is Result.UNKNOWN
    assert finding.reason.startswith(reason)


@pytest.mark.parametrize("outcome", [None, {}, "text", {"code": 0}])
def test_no_outcome_is_unknown(outcome: object) -> None:
    """Where Ansible itself failed, or was stopped."""
    assert finding_of(outcome, guest(), known_hosts=KNOWN_HOSTS).result is Result.UNKNOWN
