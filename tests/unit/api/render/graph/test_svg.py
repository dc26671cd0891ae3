"""A drawing that any browser shows: well-formed, its text inside its boxes, and a legend of what is in it."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from api.render.graph import text
from api.render.graph.diagram import Diagram
from api.render.graph.svg import svg
from tests.unit.api.render.graph.documents import application

_SVG = "{http://www.w3.org/2000/svg}"


def _root(diagram: Diagram) -> ET.Element:
    return ET.fromstring(svg(diagram))  # noqa: S314 - written by what is tested


def _words(root: ET.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{_SVG}text")]


def _boxes_with_text(root: ET.Element) -> Iterator[tuple[float, ET.Element]]:
    """The width of the first rectangle of each group, with each text that is centred in it."""
    for group in root.iter(f"{_SVG}g"):
        rectangle = group.find(f"{_SVG}rect")
        for words in group.findall(f"{_SVG}text") if rectangle is not None else ():
            if words.get("text-anchor") == "middle" and len(group.findall(f"{_SVG}rect")) == 1:
                yield float((rectangle if rectangle is not None else words).get("width", "0")), words


def test_it_names_every_application_and_part(draw: Any) -> None:
    """Names as the manifests have them, Chinese ones too."""
    words = _words(_root(draw("registration")))
    assert {"商事登记", "社会信用", "历史档案", "web ×3", "portal", "level 3"} <= set(words)


def test_text_fits_its_box(draw: Any) -> None:
    """Full-width characters counted double."""
    found = list(_boxes_with_text(_root(draw("registration"))))
    assert found
    assert all(text.width(each.text or "", float(each.get("font-size", "0"))) < width for width, each in found)


def test_the_legend_explains_what_is_there_and_nothing_else(draw: Any) -> None:
    """A drawing without parts has no colours for them."""
    words = _words(_root(draw()))
    assert {"depends on", "protection level 3", "only described, absent or unknown"} <= set(words)
    assert not {"server", "volume", "network", "floating IP"} & set(words)


def test_a_long_name_is_cut_off_and_kept_in_its_tooltip(draw: Any) -> None:
    """So that one name does not stretch the drawing."""
    name = "档案" * 60
    rest = f"  servers: [{{name: {name}, image: guest, flavor: small}}]\n"
    root = _root(draw("archive", documents=(application("archive", "档案", rest),)))
    assert name not in _words(root)
    assert any(each.text and name in each.text for each in root.iter(f"{_SVG}title"))
    assert float(root.get("width", "0")) < 800


def test_markup_in_names_is_text(draw: Any) -> None:
    """Nothing in a name becomes an element."""
    root = _root(draw("x", documents=(application("x", "'<script>&amp;\"'", ""),)))
    assert '<script>&amp;"' in _words(root)
    assert root.find(f".//{_SVG}script") is None


@pytest.mark.parametrize(("words", "width"), [("政务", 20.0), ("政a", 16.0), ("", 0.0)])
def test_full_width_characters_count_whole(words: str, width: float) -> None:
    """One of them is as wide as it is high."""
    assert text.width(words, 10) == width


def test_what_does_not_fit_ends_in_dots() -> None:
    """And is no wider than it may be."""
    cut = text.fitted("市市场监督管理局", 10, 50)
    assert (cut, text.width(cut, 10) <= 50) == ("市市场监…", True)
