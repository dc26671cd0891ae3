"""Trees are walked by the steps that paths are made of."""

import pytest

from tenants.language.document import read
from tenants.language.nodes import Node, Step, child, dotted, nearest
from tenants.language.report import Report


@pytest.fixture
def root() -> Node:
    """A small document."""
    return read(b"a: [x, {b: y}]\n", Report("a.yaml")).whole[0]


@pytest.mark.parametrize("step", ["b", 0, ""])
def test_mapping_has_children_by_key_alone(root: Node, step: Step) -> None:
    """What is not there is None, not an error."""
    assert child(root, "a") is not None
    assert child(root, step) is None


@pytest.mark.parametrize("step", ["0", -1, 2])
def test_list_has_children_by_index_alone(root: Node, step: Step) -> None:
    """Counting from the end would name a node by a step that is not its own."""
    items = nearest(root, ("a",))
    assert (child(items, 0), child(items, 1)) != (None, None)
    assert child(items, step) is None


def test_nearest_node_on_a_way_is_where_the_way_ends(root: Node) -> None:
    """What is missing is told at the innermost part around it that is there."""
    assert nearest(root, ("a", 1, "c", "d")).steps() == ("a", 1)
    assert nearest(root, ("x",)) is root


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), ""),
        (("spec", "projects", 0, "quota"), "spec.projects[0].quota"),
        (("types", "ssd.fast", "volumes"), 'types["ssd.fast"].volumes'),
        (("block-storage", "名称"), "block-storage.名称"),
        ((0, "a"), "[0].a"),
        (("a b",), '["a b"]'),
    ],
)
def test_ways_are_written_as_people_write_them(steps: tuple[Step, ...], expected: str) -> None:
    """Dots between names, brackets around indices, quotes around what is no plain name."""
    assert dotted(steps) == expected
