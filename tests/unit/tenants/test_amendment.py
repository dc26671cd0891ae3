"""A project's state in a document as people wrote it."""

import json

import pytest

from tenants.amendment import with_state
from tenants.names import ProjectName
from tenants.spec import ProjectState

BLOCK = """\
# 市市场监督管理局的资源
kind: Tenant
spec:
  projects:
    - name: registration   # 商事登记
      cloud: city
      # 到期日
      validUntil: 2026-12-31
    - name: archive
      cloud: city
      state: active  # 在用
"""


def amended(text: str, project: str, state: ProjectState = ProjectState.RESTRICTED) -> str | None:
    """The document with the state."""
    return with_state(text, ProjectName(project), state)


def test_a_state_that_is_written_is_replaced() -> None:
    """And nothing else; the comment behind it stays."""
    assert amended(BLOCK, "archive") == BLOCK.replace("state: active  # 在用", "state: restricted  # 在用")


def test_a_state_that_is_not_written_comes_first() -> None:
    """On a line of its own, indented as the others."""
    expected = BLOCK.replace("- name: registration   # 商", "- state: restricted\n      name: registration   # 商")
    assert amended(BLOCK, "registration") == expected


def test_it_can_be_taken_back() -> None:
    """Into retirement, for one."""
    restricted = amended(BLOCK, "registration") or ""
    retired = amended(restricted, "registration", ProjectState.RETIRED)
    assert retired == restricted.replace("restricted", "retired")


@pytest.mark.parametrize("word", ['"active"', "'active'", "active"])
def test_quotes_stay(word: str) -> None:
    """As they are."""
    text = f"spec:\n  projects:\n    - {{name: a, state: {word}, cloud: city}}\n"
    assert amended(text, "a") == text.replace("active", "restricted")


def test_a_project_in_braces() -> None:
    """The state stands beside its other keys."""
    text = "spec: {projects: [{name: 商事, cloud: city}, {name: b}]}\n"
    assert amended(text, "b") == "spec: {projects: [{name: 商事, cloud: city}, {state: restricted, name: b}]}\n"


def test_json_stays_json() -> None:
    """It is quoted as the other keys are."""
    document = {"kind": "Tenant", "spec": {"projects": [{"name": "a", "cloud": "city"}]}}
    for text in (json.dumps(document), json.dumps(document, indent=2)):
        read = json.loads(amended(text, "a") or "")
        assert read["spec"]["projects"] == [{"name": "a", "cloud": "city", "state": "restricted"}]


@pytest.mark.parametrize("text", [BLOCK, "spec: {}\n", "spec:\n  projects: 3\n", "", "- a\n", "spec: {projects: ["])
def test_a_project_that_is_not_there(text: str) -> None:
    """There is nothing to change."""
    assert amended(text, "other") is None
