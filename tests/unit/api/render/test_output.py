"""JSON and YAML on any terminal."""

import json
from typing import Any

import pytest
from yaml import safe_load

from api.render.output import Format, print_document

_DOCUMENT = {"name": "市市场监督管理局", "limits": [-1, 2**62], "none": None, "text": "no"}


def test_json_keeps_chinese(show: Any) -> None:
    """Names are readable, not escaped."""
    assert show(print_document, {"name": "市"}, Format.JSON) == '{\n  "name": "市"\n}\n'


def test_yaml_keeps_chinese(show: Any) -> None:
    """Names are readable, and text that looks like something else is in quotes."""
    assert show(print_document, {"name": "市", "text": "no"}, Format.YAML) == "---\nname: 市\ntext: 'no'\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "ascii"])
def test_json_reads_back_the_same(build: Any, encoding: str) -> None:
    """Whatever the encoding lacks stands as an escape of JSON's own."""
    console = build.piped(encoding)
    print_document(console, _DOCUMENT, Format.JSON)
    assert json.loads(build.written(console)) == _DOCUMENT


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_yaml_reads_back_the_same(build: Any, encoding: str) -> None:
    """The same for YAML."""
    console = build.piped(encoding)
    print_document(console, _DOCUMENT, Format.YAML)
    assert safe_load(build.written(console)) == _DOCUMENT


def test_a_terminal_gets_the_same_json(show: Any) -> None:
    """A document is not wrapped, coloured or abridged anywhere."""
    assert json.loads(show(print_document, {"long": "x" * 300}, Format.JSON, width=40)) == {"long": "x" * 300}


def test_a_table_is_no_document(show: Any) -> None:
    """Asking for a table here is a mistake of the caller."""
    with pytest.raises(ValueError, match="table"):
        show(print_document, {}, Format.TABLE)
