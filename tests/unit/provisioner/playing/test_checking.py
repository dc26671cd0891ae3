"""What is found out before a playbook runs."""

from pathlib import Path

import pytest

from provisioner.playing.checking import check
from provisioner.playing.digest import digest
from provisioner.playing.folders import Folders, standard
from tenants.wave import PlaybookPhase, PlaybookUse, Variable

_SPECIFICATION = """\
argument_specs:
  main:
    options:
      record: {type: str, required: true}
      ttl: {type: int, default: 60}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The operators' folder, with a playbook `dns` of one role that says what it takes."""
    role = tmp_path / "roles" / "dns"
    write(role / "meta" / "argument_specs.yml", _SPECIFICATION)
    write(role / "tasks" / "main.yml", "- ansible.builtin.raw: exit 0\n")
    write(tmp_path / "dns.yml", "- hosts: all\n  roles:\n    - role: dns\n")
    write(tmp_path / "roles" / "other" / "tasks" / "main.yml", "- ansible.builtin.raw: exit 1\n")
    return tmp_path


def write(file: Path, text: str) -> None:
    """Write a file, and its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def found(folder: Path | None, playbook: str | None = "dns", **variables: Variable) -> tuple[str, ...]:
    """What is wrong with a use."""
    use = PlaybookUse(phase=PlaybookPhase.QUIESCE, playbook=playbook, variables=variables)
    return check(use, Folders(operators=folder))


def test_what_is_right_has_no_problem(folder: Path) -> None:
    """Theirs, and the standard one of the phase."""
    assert found(folder, record="www", ttl=30) == ()
    assert found(None, None, services=("nginx",), freeze_seconds=30, as_root=True) == ()


def test_a_playbook_that_is_not_there_is_told_with_the_nearest_name(folder: Path) -> None:
    """Or with all that there are."""
    assert found(folder, "dsn") == ('there is no playbook "dsn"; did you mean "dns"?',)
    assert "one of: cutover, dns, post_copy, preflight" in found(folder, "xxxxxxxx")[0]


@pytest.mark.parametrize("name", ["../dns", "/etc/passwd", "roles/dns", ".", "-e", "probe"])
def test_a_name_is_no_path(folder: Path, name: str) -> None:
    """Nothing outside of the folders can be named, and not what is no migration's."""
    assert found(folder, name)[0].startswith(f'there is no playbook "{name}"')


def test_a_misspelt_variable_is_found() -> None:
    """Ansible would not mind, and every service would run on."""
    assert found(None, None, servces=("nginx",)) == (
        'playbook "quiesce": it takes no variable "servces"; did you mean "services"?',
    )


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, 'it needs the variable "record"'),
        ({"record": "www", "ttl": "long"}, 'the variable "ttl" must be a whole number'),
        ({"record": "www", "ttl": True}, 'the variable "ttl" must be a whole number'),
        ({"record": ("www",)}, 'the variable "record" must be text'),
    ],
)
def test_variables_must_be_what_the_role_says(folder: Path, variables: dict[str, Variable], problem: str) -> None:
    """By its argument specifications."""
    assert found(folder, **variables) == (f'playbook "dns": {problem}',)


def test_what_a_role_does_not_say_is_not_judged(folder: Path) -> None:
    """One that says nothing may take anything."""
    write(folder / "dns.yml", "- hosts: all\n  roles: [dns, other]\n")
    assert found(folder, whatever=1) == ()


def test_who_logs_in_may_be_said_of_every_playbook(folder: Path) -> None:
    """By a name that can be a user's: SSH would read others as options."""
    assert found(folder, record="w", login="debian") == ()
    assert found(folder, record="w", login="-oProxyCommand=id") == (
        'playbook "dns": the variable "login" must be the name of a guest\'s user',
    )


def test_names_that_are_ours_cannot_be_given(folder: Path) -> None:
    """Whatever the playbook."""
    (problem,) = found(folder, record="w", tenantry_wave="x")
    assert problem.startswith('playbook "dns": the variable "tenantry_wave" cannot be given: names that begin so')


@pytest.mark.parametrize("phase", PlaybookPhase)
def test_every_phase_has_a_standard_playbook(phase: PlaybookPhase) -> None:
    """Which runs without any variable."""
    assert check(PlaybookUse(phase=phase), Folders()) == ()


def test_theirs_takes_the_place_of_a_standard_one(folder: Path) -> None:
    """That is called the same."""
    write(folder / "quiesce.yml", "- hosts: all\n  roles: [dns]\n")
    assert Folders(operators=folder).find(standard(PlaybookPhase.QUIESCE)) == folder / "quiesce.yml"
    assert found(folder, None) == ('playbook "quiesce": it needs the variable "record"',)


def test_a_digest_is_of_what_the_playbook_runs(folder: Path) -> None:
    """Another role, playbook or hidden file changes nothing; its own role or a file beside it does."""
    folders, playbook = Folders(operators=folder), folder / "dns.yml"
    before = digest(playbook, folders)
    for other in ("roles/other/tasks/main.yml", "else.yml", ".git/HEAD"):
        write(folder / other, "- hosts: none\n")
    assert digest(playbook, folders) == before
    write(folder / "roles" / "dns" / "files" / "zone", "www")
    changed = digest(playbook, folders)
    write(folder / "vars" / "city.yaml", "a: 1\n")
    assert len({before, changed, digest(playbook, folders)}) == 3


def test_where_roles_cannot_be_made_out_all_of_them_count(folder: Path) -> None:
    """A name that is known only while it runs may be any."""
    write(folder / "dns.yml", "- hosts: all\n  tasks:\n    - include_role: {name: '{{ which }}'}\n")
    folders, playbook = Folders(operators=folder), folder / "dns.yml"
    before = digest(playbook, folders)
    write(folder / "roles" / "other" / "tasks" / "main.yml", "- ansible.builtin.raw: exit 2\n")
    assert digest(playbook, folders) != before
    assert found(folder, whatever=1) == ()
