"""Every parent is a tenant, and the way up ends."""

from typing import Any

import pytest


def tenant(name: str, parent: str | None) -> str:
    """A tenant with nothing but a parent."""
    spec = "{protectionLevel: 3}" if parent is None else f"{{parent: {parent}, protectionLevel: 3}}"
    return f"apiVersion: tenantry/v1\nkind: Tenant\nmetadata: {{name: {name}, displayName: 某局}}\nspec: {spec}\n"


def test_unknown_parent_is_refused_with_the_nearest_name(manifests: Any) -> None:
    """A typing error in the parent's name is recognised."""
    changed = manifests.edit("tenant.yaml", "parent: shenzhen", "parent: shenzen").edit(
        "tenant.yaml", "shenzen", "shenzen"
    )
    errors = [each for each in changed.validation().problems if each.severity == "error"]
    assert [(each.location, each.path, each.message, each.remedy) for each in errors] == [
        (
            changed.place("tenant.yaml", "shenzen"),
            "spec.parent",
            'no tenant is called "shenzen"',
            'did you mean "shenzhen"?',
        )
    ]


@pytest.mark.parametrize(
    ("parents", "way", "at"),
    [
        ({"a": "a"}, "a → a", "a"),
        ({"a": "b", "b": "a"}, "a → b → a", "a"),
        ({"c": "b", "b": "d", "d": "c", "x": "c"}, "b → d → c → b", "b"),
    ],
)
def test_circle_is_told_once_at_its_first_name(manifests: Any, parents: dict[str, str], way: str, at: str) -> None:
    """Whoever begins reading, a circle is one mistake; tenants below it are not part of it."""
    changed = manifests
    for name, parent in parents.items():
        changed = changed.add(f"{name}.yaml", tenant(name, parent))
    problem = changed.problem()
    assert problem.location == changed.place(f"{at}.yaml", f"{parents[at]}, protectionLevel")
    assert (problem.path, problem.message) == ("spec.parent", f"a tenant would stand above itself: {way}")
    assert problem.remedy == "name another parent in one of them"


def test_two_circles_are_two_problems(manifests: Any) -> None:
    """One circle does not hide another."""
    changed = manifests
    for name, parent in {"a": "b", "b": "a", "c": "d", "d": "c"}.items():
        changed = changed.add(f"{name}.yaml", tenant(name, parent))
    assert [each.message.split(": ")[1] for each in changed.validation().problems] == ["a → b → a", "c → d → c"]


def test_several_roots_are_allowed(manifests: Any) -> None:
    """A site may serve more than one organisation."""
    assert manifests.add("other.yaml", tenant("other", None)).problems() == []
