"""How a playbook is run: where, for how long, and what is kept of it."""

import os
import secrets
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.playing.leftovers import VARIABLE, end_marked
from provisioner.playing.play import Play, _mark, play
from provisioner.playing.played import Outcome, State
from tenants.wave import PlaybookPhase, PlaybookUse
from tests.integration.playing.conftest import Playing, guest_named
from tests.integration.probing.conftest import SshServer

_PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
"""


def write(folder: Path, name: str, tasks: str) -> None:
    """Write a playbook of these tasks."""
    lines = "".join(f"    {line}\n" for line in tasks.splitlines())
    (folder / f"{name}.yml").write_text(_PLAYBOOK + lines, encoding="utf-8")


def sleeping(asked: Play, *, timeout: int = 60) -> Play:
    """A playbook that does not end by itself for a minute."""
    variables = {"commands": ("sleep 60",)}
    return replace(asked, use=PlaybookUse(phase=PlaybookPhase.CUTOVER, variables=variables, timeout=timeout))


def left_of(asked: Play) -> list[int]:
    """The processes of its run that are there."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if f"{VARIABLE}={_mark(asked)}".encode() in (each / "environ").read_bytes():
                found.append(int(each.name))
        except OSError:
            continue
    return found


def test_events_are_in_order_with_their_guest_and_time(played: Playing) -> None:
    """So that a report can show what was done when."""
    found = played(PlaybookPhase.CUTOVER, commands=("true",))
    tasks = [each.task for each in found.events]
    assert tasks.index("Log in") < tasks.index("Run the commands") < tasks.index("The commands ended well")
    assert {each.server for each in found.events} == {"web-1"}
    assert all(each.milliseconds is not None for each in found.events if each.outcome is Outcome.OK)


def test_leaving_off_ends_ansible_and_its_children(asked: Play, guest: SshServer) -> None:
    """Once the command runs in the guest, it is interrupted: neither Ansible, its workers nor SSH's clients are left."""
    seen: list[int] = []

    def stopped() -> bool:
        runs = any("sleep 60" in each for each in guest.commands)
        seen.extend(left_of(asleep) if runs else ())
        return runs

    asleep = sleeping(asked)
    found = play(asleep, stopped=stopped)
    assert (found.state, found.message) == (State.CANCELLED, "interrupted before it ended")
    assert [each.outcome for each in found.guests] == [Outcome.UNFINISHED]
    assert len(seen) > 2
    assert left_of(asleep) == []


def test_a_playbook_is_given_its_time(asked: Play, guest: SshServer) -> None:
    """Then nothing of it is left here either."""
    asleep = sleeping(asked, timeout=4)
    found = play(asleep)
    assert (found.state, found.message) == (State.TIMEOUT, "the playbook did not end within 4 s")
    assert left_of(asleep) == []


def test_what_a_dead_worker_left_is_ended_before_the_next_begins(asked: Play, guest: SshServer) -> None:
    """A process of the same phase of the same migration, that nobody waits for any longer."""
    mark = f"m-{secrets.token_hex(6)}"  # other tests run beside this one on the machine
    with subprocess.Popen(["sleep", "60"], env={**os.environ, VARIABLE: mark}) as left:
        assert end_marked("another") == 0
        assert end_marked(mark) == 1
    assert left.returncode < 0


def test_a_guest_that_does_not_listen_is_unreachable(asked: Play, refusing: int) -> None:
    """SSH's own word is told."""
    found = play(replace(asked, guests=(guest_named("web-1", port=refusing),)))
    (guest,) = found.guests
    assert (found.state, guest.outcome, guest.task) == (State.UNREACHABLE, Outcome.UNREACHABLE, "Log in")
    assert "Connection refused" in guest.message


def test_a_guest_that_is_on_its_way_up_is_waited_for(asked: Play, guest: SshServer, refusing: int) -> None:
    """It begins to listen after the first attempt; the others are not played again meanwhile."""
    late = SshServer(folder=guest.folder, port=refusing)
    started: list[bool] = []

    def stopped() -> bool:
        if len(guest.commands) and not started and asked.application == "registration":
            started.append(False)
        elif started == [False]:
            late.start()
            started.append(True)
        return False

    guests = (guest_named("web-1"), guest_named("web-2", port=refusing))
    use = PlaybookUse(phase=PlaybookPhase.CUTOVER, variables={"commands": ("true",)}, timeout=60)
    try:
        found = play(replace(asked, use=use, guests=guests, patience=40), stopped=stopped)
    finally:
        late.stop()
    assert (found.state, [each.outcome for each in found.guests]) == (State.OK, [Outcome.CHANGED] * 2)
    assert sum("command" in each and "run_commands commands true" in each for each in guest.commands) == 1


def test_one_guest_failing_costs_only_itself(played: Playing, asked: Play, theirs: Path) -> None:
    """Each has its own end."""
    write(theirs, "pick", "- ansible.builtin.raw: test {{ tenantry_server }} = web-1")
    guests = (guest_named("web-1"), guest_named("web-2"))
    use = PlaybookUse(phase=PlaybookPhase.VERIFY, playbook="pick", timeout=60)
    found = play(replace(asked, use=use, guests=guests))
    assert found.state is State.FAILED
    assert {each.server: each.outcome for each in found.guests} == {"web-1": Outcome.CHANGED, "web-2": Outcome.FAILED}


def test_once_is_in_the_first_guest_alone(asked: Play, guest: SshServer, tmp_path: Path) -> None:
    """As the update of a DNS record is."""
    variables = {"commands": (f"echo once >> {tmp_path}/log",), "once": True}
    guests = (guest_named("web-1"), guest_named("web-2"))
    use = PlaybookUse(phase=PlaybookPhase.CUTOVER, variables=variables, timeout=60)
    assert play(replace(asked, use=use, guests=guests)).state is State.OK
    assert (tmp_path / "log").read_text() == "once\n"


def test_operators_playbooks_know_what_they_are_run_for(
    played: Playing, asked: Play, theirs: Path, tmp_path: Path
) -> None:
    """By variables of every playbook; theirs takes the place of a standard one that is called the same."""
    names = ("migration", "wave", "phase", "application", "server", "server_id")
    told = " ".join(f"{{{{ tenantry_{each} }}}}" for each in names)
    write(theirs, "retire", f"- ansible.builtin.raw: echo {told} > {tmp_path}/told")
    assert played(PlaybookPhase.RETIRE).state is State.OK
    assert (tmp_path / "told").read_text().split() == [
        *(asked.migration, "wave-1", "retire", "registration", "web-1", "i-web-1"),
    ]


def test_operators_roles_may_stand_on_ours(played: Playing, theirs: Path) -> None:
    """The role `guest` brings the shell along that needs no Python."""
    tasks = "- ansible.builtin.include_role:\n    name: guest\n    public: true\n"
    call = "- ansible.builtin.raw: |-\n    {{ guest_shell }}\n    check_programs nonesuch\n  vars: {guest_parts: [looks]}\n  register: looked\n"
    told = "- ansible.builtin.fail:\n    msg: '{{ guest_failure }}'\n  vars:\n    guest_step: '{{ looked }}'"
    write(theirs, "own", tasks + call + told)
    (guest,) = played(PlaybookPhase.VERIFY, playbook="own").guests
    assert guest.message == "the guest has no program nonesuch"


def test_a_playbook_that_is_not_there_is_missing(played: Playing, theirs: Path, guest: SshServer) -> None:
    """The nearest name is told, and nothing is run."""
    write(theirs, "quiesce-oracle", "- ansible.builtin.raw: exit 0")
    found = played(PlaybookPhase.QUIESCE, playbook="quiesce-orcale")
    assert (found.state, found.message) == (
        State.MISSING,
        'there is no playbook "quiesce-orcale"; did you mean "quiesce-oracle"?',
    )
    assert guest.commands == []


def test_a_playbook_that_is_broken_says_so(played: Playing, theirs: Path) -> None:
    """Ansible's own complaint."""
    write(theirs, "broken", "- nonesuch: 1")
    found = played(PlaybookPhase.VERIFY, playbook="broken")
    assert found.state is State.FAILED
    assert "nonesuch" in found.message


def test_a_missing_argument_is_told_by_ansible_too(played: Playing, theirs: Path) -> None:
    """Before any task of the role."""
    role = theirs / "roles" / "dns"
    (role / "meta").mkdir(parents=True)
    (role / "tasks").mkdir()
    options = "argument_specs:\n  main:\n    options:\n      record: {type: str, required: true}\n"
    (role / "meta" / "argument_specs.yml").write_text(options, encoding="ascii")
    (role / "tasks" / "main.yml").write_text("- ansible.builtin.raw: exit 0\n", encoding="ascii")
    (theirs / "dns.yml").write_text("- hosts: all\n  gather_facts: false\n  roles: [dns]\n", encoding="ascii")
    (guest,) = played(PlaybookPhase.CUTOVER, playbook="dns").guests
    assert guest.outcome is Outcome.FAILED
    assert "missing required arguments: record" in guest.message


def test_secrets_are_in_nothing_that_is_kept(
    played: Playing, theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in what is told of a task that shows one, nor in Ansible's artifacts; its folder is closed, and goes."""
    spy, seen = tmp_path / "spy", tmp_path / "seen"
    spy.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spy))
    look = f"ls -ld {spy}/* > {seen}; grep -r hunter''2 {spy}/*/artifacts > {seen}.found; ps axww | grep hunter[2] >> {seen}.found"
    write(
        theirs,
        "leaky",
        "- ansible.builtin.debug: {msg: 'it is {{ db_password }}'}\n"
        f"- ansible.builtin.raw: |-\n    {look}\n    true\n"
        "- name: Show {{ db_password }}\n  ansible.builtin.fail: {msg: 'no {{ db_password }}'}",
    )
    found = played(PlaybookPhase.VERIFY, playbook="leaky", db_password="hunter2-hunter2")  # noqa: S106  # what it is about
    (guest,) = found.guests
    assert (guest.task, guest.message) == ("Show ******", "no ******")
    assert "hunter2" not in repr(found)
    assert seen.read_text().startswith("drwx------")
    assert (tmp_path / "seen.found").read_text() == ""
    assert list(spy.iterdir()) == []


def test_what_is_not_to_be_logged_is_not_told(played: Playing, theirs: Path) -> None:
    """Ansible's own mark for tasks."""
    write(theirs, "quiet", "- ansible.builtin.raw: echo 秘密 >&2; exit 3\n  no_log: true")
    found = played(PlaybookPhase.VERIFY, playbook="quiet")
    assert found.state is State.FAILED
    assert "no_log" in found.guests[0].message
    assert "秘密" not in repr(found)


@pytest.mark.parametrize("name", ["tenantry_wave", "ansible_host"])
def test_reserved_variables_are_refused(played: Playing, guest: SshServer, name: str) -> None:
    """They would lead a playbook into another guest."""
    found = played(PlaybookPhase.VERIFY, **{name: "elsewhere"})
    assert (found.state, guest.commands) == (State.FAILED, [])
    assert f'the variable "{name}" cannot be given' in found.message


def test_the_wave_says_who_logs_in(played: Playing, guest: SshServer) -> None:
    """Which is no variable of the playbook's."""
    assert played(PlaybookPhase.CUTOVER, login="debian").state is State.OK
    assert set(guest.users) == {"debian"}


def test_nobody_to_play_in_is_well(asked: Play) -> None:
    """An application may have no servers of its own in a wave."""
    assert play(replace(asked, guests=())).state is State.OK
