"""What is written can be read, by people and back."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tenants.language import emission
from tenants.language.document import read
from tenants.language.emission import emit
from tenants.language.nodes import Scalar, walk
from tenants.language.report import Report
from tenants.language.scalars import is_text

_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=6)
#: Whatever a cloud may call a thing, and longer texts of what YAML finds difficult.
_TEXT = st.text(max_size=10) | st.text("市政务云 a:-#'\"\\\n0.𠮷\x85", max_size=200)
_VALUES = st.recursive(
    _TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=5,
)


@given(documents=st.lists(st.dictionaries(_KEYS, _VALUES, max_size=3), max_size=2))
def test_whatever_is_written_reads_back_the_same(documents: list[dict[str, object]]) -> None:
    """Every value keeps its type: text that looks like a number or a date stays text."""
    assert list(yaml.safe_load_all(emit(documents))) == documents


@given(document=st.dictionaries(_KEYS, _VALUES, max_size=3))
def test_libyaml_makes_it_faster_and_nothing_else(document: dict[str, object]) -> None:
    """The text is the one that the writer in Python gives."""
    assert emit([document]) == emission._written([document], emission._Dumper)


@given(
    texts=st.lists(
        _TEXT | st.sampled_from(["09", "1e3", "0o17", "0x1F", ".5", "~", "True", "\u200b", "\ufeff", "a\u202eb"])
    )
)
def test_our_own_reader_takes_it_for_the_same_text(texts: list[str]) -> None:
    """The reader is stricter than YAML: what it would refuse or take for a number is in quotes, or escaped."""
    report = Report("a.yaml")
    (root,) = read(emit([{"texts": ["", *texts]}]).encode(), report).whole
    found = [each for each in walk(root) if isinstance(each, Scalar)]
    assert report.problems == []
    assert [each.text for each in found] == ["", *texts]
    assert all(not each.plain or is_text(each.text) for each in found)


def test_it_works_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every machine has it."""
    monkeypatch.setattr(emission, "_FastDumper", emission._Dumper)
    assert emit([{"name": "市\x85"}]) == '---\nname: "市\\N"\n'


def test_chinese_is_written_as_it_is() -> None:
    """Rare characters of people's names included, which libyaml alone would escape."""
    assert emit([{"name": "市市场监督管理局", "contact": "𠮷田"}]) == "---\nname: 市市场监督管理局\ncontact: 𠮷田\n"


def test_text_that_yaml_could_take_for_something_else_is_quoted() -> None:
    """A telephone number is no number, and no is no."""
    assert emit([{"phone": "13800000000", "answer": "no"}]) == "---\nphone: '13800000000'\nanswer: 'no'\n"


def test_documents_follow_each_other() -> None:
    """Each begins with a line of its own; keys stay in their order."""
    assert emit([{"b": 1, "a": 2}, {"c": 3}]) == "---\nb: 1\na: 2\n---\nc: 3\n"
