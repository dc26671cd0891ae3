"""Templates: what they are made of, and which messages they recognise."""

import pytest

from api.language.templates import Slot, Template

WORDS = {"acts": ["ask changes", "ask"]}


def values(template: str, text: str) -> dict[str, str] | None:
    """What the first reading of a text gives."""
    return next((dict(each) for each in Template.parse(template).readings(text, WORDS)), None)


def test_a_template_has_texts_and_slots() -> None:
    """In their order, each slot with its name and kind."""
    found = Template.parse('no "{name}" in {where:said}')
    assert found.parts == ('no "', Slot(name="name"), '" in ', Slot(name="where", kind="said"))


def test_its_shape_is_without_names() -> None:
    """As the code has it, doubled braces too."""
    assert Template.parse("write {{first: {a}, last: {b:token}}}").shape == "write {{first: {}, last: {}}}"


def test_values_are_read_back() -> None:
    """What it was filled with."""
    assert values("level {a} is above {b}", "level 3 is above 2") == {"a": "3", "b": "2"}


@pytest.mark.parametrize(
    "text", ["level  is above 2", "level 3 is below 2", "the level 3 is above 2", "level 3 is above "]
)
def test_another_text_is_not_recognised(text: str) -> None:
    """Nor one that lacks a value."""
    assert values("level {a} is above {b}", text) is None


def test_a_value_may_hold_the_words_around_it() -> None:
    """Later readings take more."""
    found = list(Template.parse("{a:said} and {b}").readings("x and y and z", WORDS))
    assert found == [{"a": "x", "b": "y and z"}, {"a": "x and y", "b": "z"}]


def test_a_list_of_words_says_where_a_word_ends() -> None:
    """The longest first."""
    assert values("to {act:acts} it", "to ask changes it") == {"act": "ask changes"}


@pytest.mark.parametrize(("text", "whole"), [("a b", False), ("a/b", True)])
def test_a_token_has_no_spaces(text: str, *, whole: bool) -> None:
    """So that what follows it is not taken for part of it."""
    assert (values("at {place:token}", f"at {text}") is not None) is whole


@pytest.mark.parametrize(("text", "whole"), [("12", True), ("-1", True), ("1.5", True), ("twelve", False)])
def test_a_number_is_one(text: str, *, whole: bool) -> None:
    """Digits, with a point or a sign."""
    assert (values("has {count:number}", f"has {text}") is not None) is whole


def test_what_follows_a_value_directly_begins_with_a_sign() -> None:
    """A comma, a bracket or a space; or there is nothing."""
    found = list(Template.parse("add it{more:said}").readings("add it, or none", WORDS))
    assert found == [{"more": ", or none"}]
    both = [each["more"] for each in Template.parse("has {a}{more:said}").readings("has fd00::1, or none", WORDS)]
    assert both == [", or none", " or none", " none", ""]


def test_a_first_value_goes_over_no_other_message() -> None:
    """What joins messages is no part of it."""
    assert values("{path}: no such file", "a: b: no such file") is None
