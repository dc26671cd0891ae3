"""Commands in guests, by Ansible over a real SSH connection."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.playing.access import SshAccess
from provisioner.probing.command import Answer, ask_commands
from provisioner.probing.guests import Guest
from provisioner.probing.readings import Result
from tenants.application import CommandProbe
from tests.integration.probing.conftest import Listen, SshServer, say_nothing

Run = Callable[..., Answer]


def guest_with(command: str, *, text: str | None = None, seconds: int = 10, server: str = "i-1") -> Guest:
    """A command for the guest."""
    probe = CommandProbe(command=command, user="ops", text=text)
    return Guest(address="127.0.0.1", server=server, probe=probe, seconds=seconds)


@pytest.fixture
def run(access: SshAccess) -> Run:
    """Runs one command in the guest."""

    def run(command: str, **fields: object) -> Answer:
        (answer,) = ask_commands([guest_with(command, **fields)], access, stopped=bool)
        return answer

    return run


def test_a_command_that_ends_well_passes(run: Run, guest: SshServer) -> None:
    """It ran as the probe's user, and its time is told."""
    answer = run("true")
    assert (answer.finding.result, set(guest.users)) == (Result.PASSED, {"ops"})
    assert answer.milliseconds is not None


def test_a_command_that_ends_otherwise_fails_with_its_code(run: Run) -> None:
    """What it said goes no further."""
    finding = run("echo 秘密 >&2; exit 3").finding
    assert (finding.result, finding.reason) == (Result.FAILED, "the command ended with code 3")


def test_a_command_that_is_not_there_is_told_so(run: Run) -> None:
    """The shell's own code for it is put into words."""
    assert run("/nowhere/at-all").finding.reason.endswith("code 127: the guest has no such command")


@pytest.mark.parametrize(("text", "result"), [("商事登记", Result.PASSED), ("社会信用", Result.FAILED)])
def test_output_must_hold_the_text(run: Run, text: str, result: Result) -> None:
    """Chinese, too, on either of the command's streams."""
    assert run("echo 商事登记 >&2", text=text).finding.result is result


def test_braces_are_the_commands_own(run: Run, guest: SshServer) -> None:
    """Ansible never takes what a manifest says for a template, which would run on the prober."""
    command = "printf '%s' '{{ lookup(\"pipe\", \"id\") }} {% raw %}'"
    assert run(command, text='{{ lookup("pipe", "id") }} {% raw %}').finding.result is Result.PASSED
    assert guest.commands == ["exit 0", command]


def test_a_command_that_does_not_end_fails(run: Run) -> None:
    """After the probe's time."""
    finding = run("sleep 60", seconds=2).finding
    assert (finding.result, finding.reason) == (
        Result.FAILED,
        "the command did not end within 2 s",
    )


def test_one_failing_costs_only_itself(access: SshAccess) -> None:
    """Others are asked in the same run, and each has its own end."""
    commands = ("sleep 60", "exit 1", "true")
    answers = ask_commands([guest_with(each, seconds=3) for each in commands], access, stopped=bool)
    assert [each.finding.result for each in answers] == [Result.FAILED, Result.FAILED, Result.PASSED]


def test_a_key_that_is_not_let_in_leaves_it_unknown(access: SshAccess, tmp_path: Path) -> None:
    """And says whose key the guest must take."""
    other = tmp_path / "other"
    other.write_bytes(b"no key")
    other.chmod(0o600)
    (answer,) = ask_commands([guest_with("true")], replace(access, key_file=other), stopped=bool)
    assert answer.finding.result is Result.UNKNOWN
    assert answer.finding.reason.startswith("the guest does not let ops in")


def test_a_guest_that_does_not_listen_leaves_it_unknown(access: SshAccess, refusing: int) -> None:
    """Nothing is known of the command then; SSH's own word is told."""
    (answer,) = ask_commands([guest_with("true")], replace(access, port=refusing), stopped=bool)
    assert answer.finding.result is Result.UNKNOWN
    assert "Connection refused" in answer.finding.reason


def test_a_guest_that_takes_connections_and_says_nothing_leaves_it_unknown(access: SshAccess, listen: Listen) -> None:
    """SSH gives up in the probe's time, and says what it was waiting for."""
    silent = replace(access, port=listen(say_nothing))
    (answer,) = ask_commands([guest_with("true", seconds=2)], silent, stopped=bool)
    assert answer.finding.result is Result.UNKNOWN
    assert "timed out" in answer.finding.reason


def test_another_host_key_under_the_same_server_is_refused(run: Run, guest: SshServer) -> None:
    """The way to accept a rebuilt guest is told; the command is not sent."""
    run("true")
    guest.rebuild()
    finding = run("true").finding
    assert (finding.result, guest.commands) == (Result.UNKNOWN, ["exit 0", "true"])
    assert "ssh-keygen -R i-1 -f" in finding.reason


def test_another_server_at_the_same_address_is_a_host_of_its_own(run: Run, guest: SshServer) -> None:
    """Floating IPs move between servers, and host keys are kept by server."""
    run("true", server="i-1")
    guest.rebuild()
    assert run("true", server="i-2").finding.result is Result.PASSED


def test_no_ssh_client_is_said_with_the_remedy(run: Run, guest: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh machine may have none."""
    monkeypatch.setenv("PATH", "")
    finding = run("true").finding
    assert (finding.result, guest.commands) == (Result.UNKNOWN, [])
    assert finding.reason.startswith("this machine has no SSH client: install")


def test_a_key_file_that_is_not_there_is_said(access: SshAccess, tmp_path: Path) -> None:
    """Before anything is run."""
    (answer,) = ask_commands([guest_with("true")], replace(access, key_file=tmp_path / "none"), stopped=bool)
    assert answer.finding.reason == f"the key {tmp_path / 'none'} that TENANTRY_SSH_KEY_FILE names cannot be read"


def test_nothing_is_left_and_no_secret_is_passed_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible works in a folder of its own, with neither the clouds' passwords nor the operator's Ansible settings."""
    seen = tmp_path / "seen"
    spy = tmp_path / "spy"
    spy.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spy))
    monkeypatch.setenv("OS_PASSWORD", "秘密")
    monkeypatch.setenv("ANSIBLE_REMOTE_USER", "somebody-else")
    # The prober and the guest are one machine here: the command reads what Ansible's process is given.
    look = f"ls -ld {spy}/* > {seen}; cat {spy}/*/artifacts/*/command >> {seen}"
    assert run(look).finding.result is Result.PASSED
    assert seen.read_text().startswith("drwx------")
    assert "秘密" not in seen.read_text()
    assert "somebody-else" not in seen.read_text()
    assert list(spy.iterdir()) == []


def test_stopping_waits_for_no_command(access: SshAccess) -> None:
    """What is left is unknown."""
    (answer,) = ask_commands([guest_with("sleep 60", seconds=60)], access, stopped=lambda: True)
    assert answer.finding.result is Result.UNKNOWN
