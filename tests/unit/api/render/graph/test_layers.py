"""Boxes in layers: whatever the links, nothing lies on anything else."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from api.render.graph.layers import Layout, Size, lay_out

_NODES = [f"n{number}" for number in range(9)]
_SIZES = st.fixed_dictionaries(
    {node: st.builds(Size, width=st.floats(20, 400), height=st.floats(20, 300)) for node in _NODES}
)
_LINKS = st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=20)


def _overlap(layout: Layout, sizes: dict[str, Size], one: str, other: str) -> bool:
    (ax, ay), (bx, by) = layout.corners[one], layout.corners[other]
    apart = (
        ax + sizes[one].width <= bx
        or bx + sizes[other].width <= ax
        or ay + sizes[one].height <= by
        or by + sizes[other].height <= ay
    )
    return not apart


@given(sizes=_SIZES, links=_LINKS)
def test_no_two_boxes_overlap(sizes: dict[str, Size], links: list[tuple[str, str]]) -> None:
    """Also where links go in circles."""
    layout = lay_out(sizes, links)
    assert not [pair for pair in combinations(_NODES, 2) if _overlap(layout, sizes, *pair)]


@given(sizes=_SIZES, links=_LINKS)
def test_all_of_it_is_inside_the_drawing(sizes: dict[str, Size], links: list[tuple[str, str]]) -> None:
    """Nothing is cut off at an edge."""
    layout = lay_out(sizes, links)
    for node, (x, y) in layout.corners.items():
        assert x >= -0.01
        assert x + sizes[node].width <= layout.size.width + 0.01
        assert y + sizes[node].height <= layout.size.height + 0.01


@given(sizes=_SIZES, links=_LINKS)
def test_links_lead_down(sizes: dict[str, Size], links: list[tuple[str, str]]) -> None:
    """Every line that is drawn ends below where it begins."""
    layout = lay_out(sizes, links)
    assert all(layout.corners[source][1] < layout.corners[target][1] for source, target in layout.routes)


@given(sizes=_SIZES, links=_LINKS)
def test_lines_run_through_no_box(sizes: dict[str, Size], links: list[tuple[str, str]]) -> None:
    """In a layer that a line only passes, it keeps clear of the boxes there."""
    layout = lay_out(sizes, links)
    for route in layout.routes.values():
        for (x, top), (_, bottom) in route.runs[1:-1]:
            for node, (left, upper) in layout.corners.items():
                beside = x <= left or x >= left + sizes[node].width
                assert beside or bottom <= upper or top >= upper + sizes[node].height


def test_lines_that_need_not_cross_do_not() -> None:
    """The order within a layer follows what leads there."""
    sizes = dict.fromkeys(["a", "b", "c", "d"], Size(width=50, height=20))
    layout = lay_out(sizes, [("a", "d"), ("b", "c")])
    assert (layout.corners["a"][0] < layout.corners["b"][0]) == (layout.corners["d"][0] < layout.corners["c"][0])
