"""`tenantry validate`: every problem at once, each with its place, before anybody looks at a cloud."""

import json
from pathlib import Path

import pytest

from tests.acceptance.manifests import DISPLAY_NAME, application, cloud, project, tenant, write
from tests.acceptance.shell import ASCII, ERROR, Shell
from tests.acceptance.terminal import terminal

_WRONG = """\
apiVersion: tenantry/v1
kind: Tenant
metadata:
  name: finance
  displayName: 市财政局
spec:
  protectionLevel: 3
  parent: nowhere
  projects:
    - name: 预算
      cloud: ctiy
      zone: extranet
      purpose: 预算管理
      quota:
        compute: {cores: 4 GB, coers: 8}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the manifests are."""
    return tmp_path / "manifests"


@pytest.fixture
def site(folder: Path) -> Path:
    """A department with an application whose server runs a script at its first start."""
    server = {"name": "网站", "image": "guest", "flavor": "small", "userData": "files/web.sh"}
    registration = {"owner": "finance", "project": "registration", "servers": [server]}
    write(folder, cloud(), tenant("finance"), application("registration", **registration))
    (folder / "files").mkdir()
    (folder / "files/web.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    return folder


@pytest.fixture
def wrong(folder: Path) -> Path:
    """Manifests with five different problems in one file."""
    write(folder, cloud())
    (folder / "市财政局.yaml").write_text(_WRONG, encoding="utf-8")
    return folder


def test_valid_manifests_are_counted(tenantry: Shell, folder: Path) -> None:
    """What is right ends with exit code 0 and says how much there is."""
    said = tenantry("validate", write(folder, cloud(), tenant("finance", project("a"), project("b")))).out
    assert "1 cloud, 1 tenant, 2 projects" in said


def test_applications_are_counted_with_what_they_name(tenantry: Shell, site: Path) -> None:
    """A script beside the manifest is found, whichever way the manifest is named."""
    for named in (site, site / "manifests.yaml"):
        assert "1 tenant, 1 project, 1 application." in tenantry("validate", named).out


def test_a_script_that_is_not_there_is_told_at_its_name(tenantry: Shell, site: Path) -> None:
    """And one that leads to the operator's own files is not there."""
    (site / "files/web.sh").unlink()
    (site / "files/web.sh").symlink_to("/etc/hostname")
    said = tenantry("validate", site, code=ERROR).err
    assert f'there is no file "{site}/files/web.sh"' in " ".join(said.split())


@pytest.mark.parametrize("variable", [{"TENANTRY_LANGUAGE": "zh"}, {"LANG": "zh_CN.UTF-8"}])
def test_problems_are_told_in_the_language_of_the_terminal(
    tenantry: Shell, wrong: Path, variable: dict[str, str]
) -> None:
    """In Chinese where the setting or the locale says so; places stand as in English."""
    said = tenantry.with_environment(**variable)("validate", wrong, code=ERROR).err
    assert "市财政局.yaml:10:13: error: spec.projects[0].name: " in said
    assert "没有名为“ctiy”的云平台" in said
    assert "1 个文件中有 5 个错误。" in said


def test_every_problem_stands_with_its_place_on_standard_error(tenantry: Shell, wrong: Path) -> None:
    """All five are found in one run, each as file:line:column; standard output stays empty for programs."""
    ended = tenantry("validate", wrong, code=ERROR)
    places = [f"{wrong}/市财政局.yaml:{place}:" for place in ("8:11", "10:13", "11:14", "15:26", "15:32")]
    assert [place for place in places if place not in ended.err] == []
    assert ended.out == ""


def test_a_problem_says_what_would_be_right(tenantry: Shell, wrong: Path) -> None:
    """A misspelt name comes with the nearest known one."""
    said = tenantry("validate", wrong, code=ERROR).err
    assert "city" in said.split("11:14", 1)[1].split("15:26")[0]
    assert "cores" in said.split("15:32", 1)[1]


def test_problems_are_a_document_for_programs(tenantry: Shell, wrong: Path) -> None:
    """`-o json` holds the same problems with their places in numbers."""
    found = tenantry("validate", wrong, "-o", "json", code=ERROR).document
    assert [(each["line"], each["column"]) for each in found["problems"]] == [
        (8, 11), (10, 13), (11, 14), (15, 26), (15, 32)
    ]  # fmt: skip
    assert (found["errors"], {Path(each["file"]).name for each in found["problems"]}) == (5, {"市财政局.yaml"})


def test_manifests_come_from_standard_input_too(tenantry: Shell) -> None:
    """`-` reads a document, and names it so."""
    assert "<stdin>:8:11" in tenantry("validate", "-", code=ERROR, stdin=_WRONG).err


@pytest.mark.parametrize("output", ["table", "json", "yaml"])
def test_a_pipe_without_chinese_changes_no_verdict(tenantry: Shell, wrong: Path, output: str) -> None:
    """Where the output's encoding is ASCII, the command ends as it would otherwise."""
    ended = tenantry.with_environment(**ASCII)("validate", wrong, "-o", output, code=ERROR)
    assert "Traceback" not in ended.err
    assert (ended.out + ended.err).isascii()


def test_json_keeps_chinese_names_through_an_ascii_pipe(tenantry: Shell, wrong: Path) -> None:
    """What the pipe lacks travels in JSON's own escapes."""
    ended = tenantry.with_environment(**ASCII)("validate", wrong, "-o", "json", code=ERROR)
    assert {Path(each["file"]).name for each in json.loads(ended.out)["problems"]} == {"市财政局.yaml"}


def test_a_terminal_shows_chinese_names(tenantry: Shell, wrong: Path) -> None:
    """The excerpt of a wrong line is shown as it was written, in colour, with the caret below the place."""
    with terminal(tenantry, "validate", wrong) as seen:
        assert seen.wait().code == ERROR
    assert "- name: 预算" in seen.text
    assert "\x1b[" in seen.raw


def test_colours_do_not_reach_a_pipe(tenantry: Shell, wrong: Path) -> None:
    """Output that is not a terminal's is plain."""
    assert "\x1b" not in tenantry("validate", wrong, code=ERROR).err


def test_a_file_that_is_not_there_is_named(tenantry: Shell) -> None:
    """A wrong path is an error in one line."""
    assert "没有.yaml: no such file or folder" in tenantry("validate", "没有.yaml", code=ERROR).err


def test_the_schema_is_json_schema(tenantry: Shell) -> None:
    """`tenantry schema` prints what editors take, with all kinds in it."""
    schema = tenantry("schema").document
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"Cloud", "Tenant", "Application"} <= schema["$defs"].keys()


def test_validate_needs_neither_cloud_nor_database(tenantry: Shell, folder: Path) -> None:
    """It works where no cloud is known, and leaves no records."""
    elsewhere = tenantry.with_environment(OS_CLIENT_CONFIG_FILE="/nowhere/clouds.yaml")
    assert DISPLAY_NAME not in elsewhere("validate", write(folder, cloud(), tenant("finance"))).out
    assert not tenantry.state.exists()
