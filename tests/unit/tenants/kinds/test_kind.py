"""A new kind is a `Kind` in the registry, and everything else follows."""

from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tenants.kinds import KINDS
from tenants.kinds.kind import Kind
from tenants.language.composites import Record
from tenants.language.scalars import Whole
from tenants.language.shape import Field
from tenants.reference import manual
from tenants.schema import manifest_schema
from tenants.validation import validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A record of some kind to come."""

    name: str
    display_name: str
    size: int


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Kind[Rehearsal]:
    """A kind in the registry, for one test."""
    size = Field(key="size", shape=Whole(lowest=1, highest=9), description="How many applications move.", required=True)
    spec: Record[dict[str, Any]] = Record(
        name="RehearsalSpec", description="What moves together.", fields=(size,), build=dict[str, Any]
    )
    kind = Kind(name="Rehearsal", description="Applications that move together.", spec=spec, build=Rehearsal)
    monkeypatch.setitem(KINDS, "Rehearsal", kind)
    return kind


def rehearsal_manifest(size: str) -> bytes:
    """A manifest of the new kind."""
    return f"apiVersion: tenantry/v1\nkind: Rehearsal\nmetadata: {{name: first, displayName: 第一批}}\nspec: {{size: {size}}}\n".encode()


@pytest.mark.usefixtures("rehearsal")
def test_new_kind_is_validated() -> None:
    """Its shape is checked, and the rules for all kinds hold for it."""
    assert validate([("a.yaml", rehearsal_manifest("3"))]).problems == ()
    assert [str(each) for each in validate([("a.yaml", rehearsal_manifest("10"))]).problems] == [
        "a.yaml:4:14: error: spec.size: 10 is not from 1 to 9 (write a whole number from 1 to 9)"
    ]
    twice = validate([("a.yaml", rehearsal_manifest("3")), ("b.yaml", rehearsal_manifest("3"))]).problems
    assert [each.message for each in twice] == [
        'the rehearsal "first" is described a second time; the first is at a.yaml:3:18'
    ]


@pytest.mark.usefixtures("rehearsal")
def test_new_kind_is_in_schema_and_manual() -> None:
    """Nobody has to remember them."""
    document = {
        "apiVersion": "tenantry/v1",
        "kind": "Rehearsal",
        "metadata": {"name": "a", "displayName": "b"},
        "spec": {},
    }
    schema = Draft202012Validator(manifest_schema())
    assert not schema.is_valid(document)
    assert schema.is_valid({**document, "spec": {"size": 3}})
    assert "## Kind Rehearsal\n\nApplications that move together." in manual()
    assert "| `size` | number, 1 to 9 | yes | How many applications move. |" in manual()
