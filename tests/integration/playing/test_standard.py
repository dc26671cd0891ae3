"""The playbooks that come with Tenantry, over a real SSH connection, in a guest that is asked for nothing but a shell.

What needs a kernel of its own (freezing) or an init system is in tests/acceptance/guests.
"""

from pathlib import Path

import pytest

from provisioner.playing.played import Outcome, Played, State
from tenants.wave import PlaybookPhase
from tests.integration.playing.conftest import Playing, Service


def ended(played: Played) -> tuple[State, Outcome, str]:
    """How it ended in the only guest."""
    (guest,) = played.guests
    return played.state, guest.outcome, guest.message


OK = (State.OK, Outcome.OK, "")
CHANGED = (State.OK, Outcome.CHANGED, "")


@pytest.mark.parametrize("phase", PlaybookPhase)
def test_without_variables_nothing_is_changed(played: Playing, phase: PlaybookPhase) -> None:
    """Every standard playbook runs with its defaults. What is to be seen depends on the machine for preflight alone."""
    free = {"free_mib": 1, "read_only": read_only_disks()} if phase is PlaybookPhase.PREFLIGHT else {}
    assert ended(played(phase, **free)) == OK


def read_only_disks() -> tuple[str, ...]:
    """Mount points of disks that this machine has read-only."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    return tuple(each[1] for each in mounts if "ro" in each[3].split(","))


def test_preflight_tells_all_that_is_wrong_at_once(played: Playing, tmp_path: Path) -> None:
    """What quiesce would use is not there, and there is no room."""
    wanted = {"services": ("nothing-of-the-kind",), "programs": ("nonesuch",), "freeze": ("/", str(tmp_path))}
    state, outcome, message = ended(played(PlaybookPhase.PREFLIGHT, free_mib=10**9, free_places=("/",), **wanted))
    assert (state, outcome) == (State.FAILED, Outcome.FAILED)
    assert "there is no service nothing-of-the-kind; the guest has no program nonesuch; / is not frozen" in message
    assert f"{tmp_path} is no mount point" in message
    assert "MiB are needed" in message


def test_quiesce_and_rollback_are_each_others_opposite(played: Playing, service: Service) -> None:
    """Each changes something the first time and nothing the second, and in check mode never."""
    name = str(service.script)
    for phase, runs in ((PlaybookPhase.QUIESCE, False), (PlaybookPhase.ROLLBACK, True)):
        assert ended(played(phase, services=(name,), check=True)) == CHANGED
        assert service.runs is not runs
        assert ended(played(phase, services=(name,))) == CHANGED
        assert service.runs is runs
        assert ended(played(phase, services=(name,))) == OK
        assert service.runs is runs


def test_commands_stand_around_what_is_stopped(played: Playing, service: Service, tmp_path: Path) -> None:
    """Those before see it running, those after do not; braces in them are nobody's template."""
    log, up = tmp_path / "log", f"'{service.script}.up'"
    see = f"test -e {up}; printf '%s {{{{ 1 + 1 }}}}\\n' $? >> {log}"
    played(PlaybookPhase.QUIESCE, services=(str(service.script),), commands_before=(see,), commands_after=(see,))
    assert log.read_text() == "0 {{ 1 + 1 }}\n1 {{ 1 + 1 }}\n"


@pytest.mark.parametrize("phase", [PlaybookPhase.POST_COPY, PlaybookPhase.CUTOVER, PlaybookPhase.RETIRE])
def test_commands_say_whether_they_changed_anything(played: Playing, phase: PlaybookPhase, tmp_path: Path) -> None:
    """By their last line; in check mode none is run."""
    file = tmp_path / "made"
    command = f"[ -e {file} ] && echo unchanged || touch {file}"
    assert ended(played(phase, commands=(command,), check=True)) == CHANGED
    assert not file.exists()
    assert ended(played(phase, commands=(command,))) == CHANGED
    assert file.exists()
    assert ended(played(phase, commands=(command,))) == OK


def test_a_failing_command_is_told_by_its_number(played: Playing, tmp_path: Path) -> None:
    """Neither its text nor what it wrote goes any further; what comes after it is not run."""
    commands = ("true", "echo 秘密 >&2; exit 3", f"touch {tmp_path}/after")
    found = played(PlaybookPhase.CUTOVER, commands=commands)
    assert ended(found) == (State.FAILED, Outcome.FAILED, "commands: command 2 ended with code 3")
    assert "秘密" not in repr(found)
    assert not (tmp_path / "after").exists()


def test_a_command_that_takes_too_long_is_ended_in_the_guest(played: Playing) -> None:
    """By the guest itself, in the time of the step."""
    found = played(PlaybookPhase.CUTOVER, commands=("sleep 60",), seconds=3)
    assert ended(found) == (State.FAILED, Outcome.FAILED, "commands: command 1 did not end within 3 s")


def test_a_service_that_will_not_stop_is_told(played: Playing, service: Service) -> None:
    """It says that it stopped, and runs."""
    service.script.write_text("#!/bin/sh\nexit 0\n", encoding="ascii")
    found = played(PlaybookPhase.QUIESCE, services=(str(service.script),), seconds=4)
    assert ended(found)[2] == f"{service.script} is running after stop"


def test_what_is_verified_holds(played: Playing, service: Service) -> None:
    """Services, mounts, commands and text; asked in check mode as well, for nothing changes."""
    wanted = {
        "services": (str(service.script),),
        "mounts": ("/proc",),
        "commands": ("true",),
        "text_command": "echo 商事登记 v2",
        "texts": ("商事登记", "v2"),
    }
    assert ended(played(PlaybookPhase.VERIFY, **wanted)) == OK
    assert ended(played(PlaybookPhase.VERIFY, **wanted, check=True)) == OK


def test_what_does_not_hold_yet_is_waited_for(played: Playing, tmp_path: Path) -> None:
    """The second time it is asked, it does."""
    file = tmp_path / "asked"
    assert ended(played(PlaybookPhase.VERIFY, commands=(f"test -e {file} || {{ touch {file}; false; }}",))) == OK


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"mounts": ("/nowhere",)}, "nothing is mounted at /nowhere"),
        ({"commands": ("true", "/nowhere")}, "commands: command 2 ended with code 127: the guest has no such command"),
        ({"text_command": "echo a", "texts": ("a", "b")}, 'the output of text_command does not hold "b"'),
    ],
)
def test_what_does_not_hold_fails(played: Playing, wanted: dict[str, object], message: str) -> None:
    """And says what."""
    assert ended(played(PlaybookPhase.VERIFY, **wanted, patience=0)) == (State.FAILED, Outcome.FAILED, message)


def test_a_stopped_service_is_not_verified(played: Playing, service: Service) -> None:
    """It is not started either."""
    service.script.with_name(service.script.name + ".up").unlink()
    found = played(PlaybookPhase.VERIFY, services=(str(service.script),), patience=0)
    assert ended(found)[2] == f"{service.script} does not run"


def test_a_service_can_be_kept_from_starting_only_where_something_starts_it(played: Playing, service: Service) -> None:
    """A script by its path is nobody's; it is stopped all the same."""
    found = played(PlaybookPhase.RETIRE, services=(str(service.script),), disable=True)
    assert "cannot be kept from starting" in ended(found)[2]
    assert not service.runs
