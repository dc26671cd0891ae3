"""What is drawn of a city: which applications, and which parts of them."""

from typing import Any

import pytest

from api.render.graph.diagram import Diagram, Part, PartBox, Standing


def _titles(diagram: Diagram) -> set[str]:
    return {each.title for each in diagram.applications}


def _part(diagram: Diagram, title: str) -> PartBox:
    return next(part for each in diagram.applications for part in each.parts if part.title == title)


def _links(diagram: Diagram) -> set[tuple[str, str]]:
    """Between parts, by their titles."""
    titles = {part.id: part.title for each in diagram.applications for part in each.parts}
    return {(titles[link.source], titles[link.target]) for each in diagram.applications for link in each.links}


def test_without_a_name_all_are_drawn_by_their_names_alone(draw: Any) -> None:
    """The whole city, with every dependency and no parts."""
    diagram = draw()
    assert (len(diagram.applications), len(diagram.links)) == (5, 4)
    assert not any(each.parts for each in diagram.applications)


def test_what_it_depends_on_comes_with_it_to_the_end(draw: Any) -> None:
    """Also what that depends on, and nothing that depends on it."""
    assert _titles(draw("registration")) == {"商事登记", "社会信用", "织网工程"}


@pytest.mark.parametrize(
    ("reach", "titles"),
    [
        ({"upstream": 0}, {"社会信用"}),
        ({"upstream": 1}, {"社会信用", "织网工程"}),
        ({"upstream": 0, "downstream": 1}, {"社会信用", "商事登记"}),
        ({"upstream": 0, "downstream": 2}, {"社会信用", "商事登记", "市场监管"}),
    ],
)
def test_steps_bound_how_far_it_goes(draw: Any, reach: dict[str, int], titles: set[str]) -> None:
    """In either direction."""
    assert _titles(draw("credit", **reach)) == titles


def test_numbered_servers_are_one_box(draw: Any) -> None:
    """With their names, addresses and how Nova places them."""
    web = _part(draw("registration"), "web")
    assert (web.part, web.count) == (Part.SERVER, 3)
    assert list(web.lines) == [
        "web-1 … web-3",
        "flavor small",
        "image guest",
        "10.20.0.11, 10.20.0.12, 10.20.0.13",
        "group apart (anti-affinity)",
    ]


def test_a_volume_beside_numbered_servers_counts_with_them(draw: Any) -> None:
    """Its size stands in the largest unit."""
    logs = _part(draw("registration"), "logs")
    assert (logs.count, list(logs.lines)) == (3, ["2 TiB · ssd"])


def test_a_volume_of_one_member_says_of_which(draw: Any) -> None:
    """All members are one box."""
    assert list(_part(draw("registration"), "shared-files").lines) == ["1 GiB", "at web-1"]


def test_parts_are_linked_by_use(draw: Any) -> None:
    """Addresses and networks to servers, servers to their volumes, also to the one that they boot from."""
    assert _links(draw("registration")) == {
        ("portal", "web"),
        ("app", "web"),
        ("shared", "web"),
        ("app", "db"),
        ("db", "root"),
        ("web", "logs"),
        ("web", "shared-files"),
    }


def test_networks_show_their_ranges_or_that_they_are_granted(draw: Any) -> None:
    """So that one's own and others' can be told apart."""
    diagram = draw("registration")
    assert (list(_part(diagram, "app").lines), list(_part(diagram, "shared").lines)) == (["10.20.0.0/24"], ["granted"])


def test_what_is_absent_is_no_part(draw: Any) -> None:
    """A server that the manifest takes away is not drawn."""
    assert "former" not in {part.title for each in draw("registration").applications for part in each.parts}


def test_one_that_is_only_described_says_so(draw: Any) -> None:
    """`manage: observe`."""
    grid = next(each for each in draw().applications if each.title == "织网工程")
    assert (grid.standing, grid.lines[-1]) == (Standing.OBSERVED, "only described")
