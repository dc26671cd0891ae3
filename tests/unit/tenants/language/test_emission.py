"""What is written can be read, by people and back."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tenants.language.emission import emit

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


@given(document=st.dictionaries(_KEYS, _VALUES, max_size=3).filter(lambda each: "\\x85" not in repr(each)))
def test_libyaml_makes_it_faster_and_nothing_else(document: dict[str, object]) -> None:
    """The text is the one that the writer in Python gives; only a next-line character it gets wrong."""
    in_python = yaml.safe_dump_all([document], allow_unicode=True, sort_keys=False, width=120, explicit_start=True)
    assert emit([document]) == in_python


def test_it_works_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every machine has it."""
    monkeypatch.delattr(yaml, "CSafeDumper", raising=False)
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
