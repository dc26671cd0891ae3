"""The examples of the manual are what a manifest may say: written on one line, they read back without a word."""

from collections.abc import Iterator
from typing import Any

import pytest

from tenants.kinds.landing.zone import LANDING_ZONE
from tenants.language.composites import ListOf, Record, flow
from tenants.language.document import read
from tenants.language.nodes import child
from tenants.language.report import Report
from tenants.language.shape import Field, Shape


def fields(shape: Shape[Any], way: str = "") -> Iterator[tuple[str, Field]]:
    """Every field of a record and of those in it, with the way to it."""
    if isinstance(shape, ListOf):
        yield from fields(shape.item, way)
    elif isinstance(shape, Record):
        for each in shape.fields:
            yield f"{way}.{each.key}", each
            yield from fields(each.shape, f"{way}.{each.key}")


FIELDS = dict(fields(LANDING_ZONE))
EXAMPLES = {way: each for way, each in FIELDS.items() if each.example is not None}


@pytest.mark.parametrize("way", EXAMPLES)
def test_example_reads_back(way: str) -> None:
    """People copy it as it stands there, and it means what it shows."""
    each, report = EXAMPLES[way], Report("a.yaml")
    (root,) = read(f"{each.key}: {flow(each.example)}\n".encode(), report).whole
    node = child(root, each.key)
    assert node is not None
    assert each.shape.read(node, report) != each.shape.blank or way.endswith((".direction", ".ethertype", ".state"))
    assert report.problems == []


def test_every_value_that_is_no_word_has_an_example() -> None:
    """But for descriptions, which are any text, lists of objects, and what is true or false."""
    without = {way.rpartition(".")[2] for way, each in FIELDS.items() if each.example is None}
    objects = {each.key for each in FIELDS.values() if isinstance(each.shape, ListOf | Record)}
    assert without - objects == {"description", "dhcp", "external", "exclusive"}
