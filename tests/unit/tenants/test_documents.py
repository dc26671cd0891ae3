"""Documents one by one: files are divided and put together again without a change of meaning."""

from pathlib import Path

import pytest

from tenants.documents import composed, documents, moved, owner_of
from tenants.validation import validate

_EXAMPLE = Path(__file__).parents[3] / "tenants" / "examples" / "shenzhen"

_TWO = """# who
---
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market, displayName: 市场}
spec: {protectionLevel: 2}
---
# nothing here
---
{"apiVersion": "tenantry/v1", "kind": "Tenant", "metadata": {"name": "harbour", "displayName": "港"}, "spec": {}}
"""


def test_a_file_is_divided_into_its_documents() -> None:
    """Empty ones are none."""
    found = list(documents({"a.yaml": _TWO}, {}))
    assert [(each.kind, each.name, each.file) for each in found] == [
        ("Tenant", "market", "a.yaml"),
        ("Tenant", "harbour", "a.yaml"),
    ]


def test_a_broken_file_is_divided_as_far_as_it_can_be_read() -> None:
    """Validation tells the rest."""
    assert [each.name for each in documents({"a.yaml": _TWO + "---\n[: {"}, {})] == ["market", "harbour"]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "- 1", "kind: Tenant", "\x07"])
def test_a_file_without_documents_has_none(text: str) -> None:
    """Empty, a comment, something else."""
    assert list(documents({"a.yaml": text}, {})) == []


@pytest.mark.parametrize(
    ("kind", "spec", "owner"),
    [
        *(("Tenant", "{}", "web"), ("Application", "{owner: market}", "market")),
        *(("Application", "{}", None), ("Application", "[1]", None), ("Cloud", "{owner: market}", None)),
    ],
)
def test_documents_have_owners(kind: str, spec: str, owner: str | None) -> None:
    """A tenant's is its own, an application's is its owner's; a cloud's is nobody's."""
    (document,) = documents({"a.yaml": f"kind: {kind}\nmetadata: {{name: web}}\nspec: {spec}\n"}, {})
    assert owner_of(document) == owner


@pytest.mark.timeout(20)
def test_a_city_put_together_anew_is_the_same_city() -> None:
    """With the files that its applications name, wherever all of it is moved."""
    files = {str(path): path.read_text(encoding="utf-8") for path in sorted(_EXAMPLE.rglob("*.yaml"))}
    manifests = {name: text for name, text in files.items() if not text.startswith("#cloud-config")}

    def lookup(name: str) -> bytes | None:
        return Path(name).read_bytes() if Path(name).is_file() else None

    whole = validate(((name, text.encode()) for name, text in manifests.items()), lookup)
    assert whole.city
    attached = {name: content.decode() for name, content in whole.attached.items()}
    texts, named = composed(moved(each, "r1") for each in documents(manifests, attached))
    again = validate(
        ((name, text.encode()) for name, text in texts.items()),
        lambda name: named[name].encode() if name in named else None,
    )
    assert again.problems == () or again.city
    assert again.city == whole.city
    assert (len(named) > 0) is bool(attached)
