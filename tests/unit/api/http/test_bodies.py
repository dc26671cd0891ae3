"""Manifests in bodies: JSON in every form keeps its lines and columns."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.bodies import check, files_of
from api.http.problems import HttpProblem

TENANT = {"apiVersion": "tenantry/v1", "kind": "Tenant", "metadata": {"name": "market", "displayName": "市😀局"}}
SPEC = {"protectionLevel": 2, "projects": []}
JSON = "application/json; charset=utf-8"


def places(body: str) -> list[tuple[int, int]]:
    """Where the body's problems are."""
    validation, _ = check(files_of(body.encode(), JSON))
    return [(each.location.line, each.location.column) for each in validation.problems]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("several", [True, False])
def test_json_is_read_however_it_is_written(indent: Any, *, ascii_only: bool, several: bool) -> None:
    """On one line or many, with tabs, with characters escaped in two halves, in a list or not."""
    document = {**TENANT, "spec": SPEC}
    body = json.dumps([document] if several else document, indent=indent, ensure_ascii=ascii_only)
    validation, manifests = check(files_of(body.encode(), JSON))
    assert manifests, validation.problems
    assert manifests.city.tenants["market"].display_name == "市😀局"  # type: ignore[index]


def test_problems_in_a_list_are_where_the_body_has_them() -> None:
    """Whichever item they are in."""
    body = (
        '[{"apiVersion": "tenantry/v1", "kind": "Tenant", "metadata": {"name": "a", "displayName": "a"},\n'
        '  "spec": {"protectionLevel": 2}},\n'
        ' {"apiVersion": "tenantry/v1", "kind": "Tenant", "metadata": {"name": "b", "displayName": "b"},\n'
        '  "spec": {"protectionLevel": 9}}]'
    )
    assert places(body) == [(4, body.split("\n")[3].index("9") + 1)]


def test_problems_behind_others_on_the_line_are_where_the_body_has_them() -> None:
    """A second item on the same line begins at its own column."""
    body = '[{"kind": "Tenant"}, {"kind": "Nonsense"}]'
    assert (1, body.index('"Nonsense"') + 1) in places(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        max_leaves=8,
    )
)
def test_no_json_is_too_strange(document: object) -> None:
    """Whatever is sent is refused with problems, or with one for the whole body."""
    try:
        _, manifests = check(files_of(json.dumps(document).encode(), JSON))
    except HttpProblem as problem:
        assert problem.kind.status in {400, 422}  # noqa: PT017  # whether it raises is not the point
    else:
        assert manifests is None or not manifests.city.tenants


def test_files_that_manifests_name_come_along() -> None:
    """What servers run at first start is no manifest, whatever its name ends in."""
    files = {"a.yaml": "kind: x", "b.yaml": "#cloud-config\n", "c.sh": "#!"}
    assert files_of(json.dumps({"files": files}).encode(), JSON) == files
    validation, _ = check(files)
    assert {each.location.file for each in validation.problems} == {"a.yaml"}
