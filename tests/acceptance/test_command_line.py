"""The command line as such: versions, options, help, and errors that are one readable paragraph."""

import re
import subprocess

import pytest
import yaml

from provisioner.store.database import Database
from tests.acceptance.manifests import cloud, tenant, write
from tests.acceptance.shell import CHANGES, ERROR, TENANTRY, Shell
from tests.acceptance.site import Site

_WRONG = "not-the-password"


def test_it_says_its_version(tenantry: Shell) -> None:
    """One line for people and scripts."""
    assert re.fullmatch(r"tenantry \d+\.\d+\.\d+\n", tenantry("--version").out)


@pytest.mark.parametrize(
    "command", ["validate", "plan", "apply", "status", "drift", "import", "schema", "audit verify", "db upgrade"]
)
def test_every_command_teaches_itself(tenantry: Shell, command: str) -> None:
    """`--help` names the command, and says what it is for."""
    said = tenantry(*command.split(), "--help").out
    assert f"tenantry {command}" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", ".", "--frobnicate"], "No such option"),
        (["frobnicate"], "No such command"),
        (["plan"], "Missing argument"),
        (["plan", ".", "-o", "xml"], "'xml'"),
    ],
)
def test_a_wrong_option_ends_with_1_and_help(tenantry: Shell, arguments: list[str], message: str) -> None:
    """What is wrong, and where to read on; 2 would mean that there are changes."""
    said = tenantry(*arguments, code=ERROR).err
    assert (message in said, "--help" in said, "Traceback" in said) == (True, True, False)


def test_without_a_command_there_is_help(tenantry: Shell) -> None:
    """The list of commands stands there, none of them run."""
    said = tenantry.run()
    assert all(command in said.out + said.err for command in ("validate", "plan", "apply", "drift"))
    assert not tenantry.state.exists()


def test_no_clouds_yaml_is_told(site: Site) -> None:
    """Where no clouds.yaml is found, the message names the variable that helps."""
    lost = site.tenantry.with_environment(OS_CLIENT_CONFIG_FILE="/nowhere/clouds.yaml", HOME=str(site.folder))
    ended = lost("plan", site.folder, code=ERROR)
    assert "OS_CLIENT_CONFIG_FILE" in ended.out + ended.err


def test_a_cloud_that_clouds_yaml_lacks_is_told(site: Site) -> None:
    """With those that it has."""
    write(site.folder, cloud(cloud="moon"), tenant(site.name))
    ended = site.tenantry("plan", site.folder, code=ERROR)
    assert "clouds.yaml has no cloud moon; it has city, district" in ended.out + ended.err


def test_a_wrong_password_is_told_without_it(site: Site) -> None:
    """Keystone's refusal is named as such; the password appears nowhere."""
    known = yaml.safe_load(site.tenantry.clouds_yaml.read_text(encoding="utf-8"))
    known["clouds"]["city"]["auth"]["password"] = _WRONG
    (site.tenantry.folder / "clouds.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
    stranger = site.tenantry.with_environment(OS_CLIENT_CONFIG_FILE=str(site.tenantry.folder / "clouds.yaml"))
    said = stranger("plan", site.folder, code=ERROR)
    assert ("Keystone refuses the credentials" in said.out, _WRONG in said.out + said.err) == (True, False)


def test_debug_never_shows_a_password(site: Site) -> None:
    """The log of the clouds' answers is without secrets."""
    known = yaml.safe_load(site.tenantry.clouds_yaml.read_text(encoding="utf-8"))
    said = site.tenantry("--debug", "plan", site.folder, code=CHANGES)
    assert known["clouds"]["city"]["auth"]["password"] not in said.out + said.err


def test_a_state_folder_that_is_a_file_is_told(tenantry: Shell) -> None:
    """One paragraph with the path, and no traceback."""
    tenantry.state.write_text("not a folder", encoding="utf-8")
    said = tenantry("status", code=ERROR).err
    assert (str(tenantry.state) in said, "Traceback" in said) == (True, False)


def test_a_corrupted_database_is_told(tenantry: Shell) -> None:
    """PostgreSQL's own reason stands in the message."""
    tenantry("db", "upgrade")
    (tenantry.state / "data" / "PG_VERSION").write_text("nonsense\n", encoding="utf-8")
    said = tenantry("status", code=ERROR).err
    assert (str(tenantry.state) in said, "Traceback" in said) == (True, False)


def test_debug_gives_the_traceback(tenantry: Shell) -> None:
    """The same error with `--debug` is for those who mend it."""
    tenantry.state.write_text("not a folder", encoding="utf-8")
    assert "Traceback" in tenantry("--debug", "status", code=ERROR).err


def test_a_database_that_does_not_answer_is_told_without_its_password(tenantry: Shell) -> None:
    """The URL is shown, its password is not."""
    nowhere = tenantry.with_environment(TENANTRY_DATABASE_URL="postgresql://ops:geheim@127.0.0.1:1/tenantry")
    said = nowhere("status", code=ERROR).err
    assert ("127.0.0.1:1" in said, "geheim" in said, "Traceback" in said) == (True, False, False)


def test_a_wrong_setting_is_told_by_its_variable(tenantry: Shell) -> None:
    """The message names what to set right."""
    said = tenantry.with_environment(TENANTRY_REQUESTS_PER_CLOUD="many")("status", code=ERROR).err
    assert "TENANTRY_REQUESTS_PER_CLOUD" in said


def test_apply_without_anybody_to_ask_wants_yes(site: Site) -> None:
    """In a pipe there is nobody to consent, so nothing is done."""
    assert "--yes" in site.tenantry("apply", site.folder, code=ERROR).err
    assert site.writes == 0


def test_a_reader_that_leaves_ends_the_command_quietly(tenantry: Shell) -> None:
    """`tenantry schema | head -1` complains of nothing."""
    piped = f"{TENANTRY} schema | head -1"
    done = subprocess.run(  # noqa: S602 - the pipe is what is tested
        piped, shell=True, env=tenantry.variables(), capture_output=True, check=False
    )
    assert (done.stdout, done.stderr) == (b"{\n", b"")


def test_the_schema_is_upgraded_once(tenantry: Shell) -> None:
    """`db upgrade` may be repeated."""
    tenantry("db", "status", code=CHANGES)
    assert "from nothing to" in tenantry("db", "upgrade").out
    assert "already" in tenantry("db", "upgrade").out
    tenantry("db", "status")


def test_a_server_of_ones_own_takes_the_embedded_ones_place(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its schema is its owner's to upgrade, and the message says how; nothing is kept in the state folder then."""
    with Database.embedded(tmp_path_factory.mktemp("server")) as server:
        elsewhere = site.tenantry.with_environment(TENANTRY_DATABASE_URL=server.url)
        assert "tenantry db upgrade" in elsewhere("plan", site.folder, code=ERROR).err
        elsewhere("db", "upgrade")
        elsewhere("apply", site.folder, "--yes")
        assert "No drift" in elsewhere("drift").out
    site.must_be_as_asked()
    assert not site.tenantry.state.exists()


def test_a_shell_completes_commands(tenantry: Shell) -> None:
    """Bash is told what begins with what was typed."""
    typed = {"_TENANTRY_COMPLETE": "complete_bash", "COMP_WORDS": "tenantry va", "COMP_CWORD": "1"}
    assert tenantry.with_environment(**typed)().out.strip() == "validate"
