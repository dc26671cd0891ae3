"""Problems are gathered within bounds, and names are compared only as long as that is quick."""

import pytest

from tenants.language.nodes import Scalar
from tenants.language.report import MAXIMUM_PROBLEMS, Chooser, Report, choose, nearest, shown


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("shenzen", ["shenzhen", "luohu"], "shenzhen"),
        ("SHENZHEN", ["shenzhen", "luohu"], "shenzhen"),
        ("prod", ["production", "testing"], "production"),
        ("tes", ["testing", "production"], "testing"),
        ("te", ["testing", "production"], None),
        ("pro", ["production", "projection"], None),
        ("zone", [], None),
        ("x" * 60, ["x" * 61], "x" * 61),
        ("x" * 61, ["x" * 61], None),
        ("甲乙丙", ["甲乙丁", "子丑寅"], "甲乙丁"),
    ],
)
def test_nearest_name_is_what_was_most_likely_meant(word: str, known: list[str], expected: str | None) -> None:
    """Small slips, other cases and clear beginnings are recognised; long text is not compared."""
    assert nearest(word, known) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (["production"], 'did you mean "production"?'),
        (["a", "b"], "one of: a, b"),
        ([], "there is none yet"),
        ([chr(97 + each) for each in range(12)], "one of: a, b, c, d, e, f, g, h, i, j, k, l"),
        ([chr(97 + each) for each in range(13)], "one of: a, b, c, d, e, f, g, h, i, j, k, l and 1 more"),
    ],
)
def test_choice_is_offered_in_a_line(known: list[str], expected: str) -> None:
    """The nearest name, or a dozen to choose from, never a page."""
    assert choose("producton", known) == expected


def test_chooser_tires_of_ever_new_unknown_names() -> None:
    """The first thirty are compared; the same one again costs nothing and gets the same answer."""
    chooser = Chooser(["production"])
    remedies = [chooser.choose(f"production{number}") for number in range(40)]
    assert remedies[:30] == ['did you mean "production"?'] * 30
    assert remedies[30:] == ["name one that is described"] * 10
    assert chooser.choose("production0") == 'did you mean "production"?'


@pytest.mark.parametrize(
    ("number", "expected"), [(4999, 'did you mean "production"?'), (5000, "name one that is described")]
)
def test_chooser_does_not_compare_with_very_many_names(number: int, expected: str) -> None:
    """Five thousand known names are compared with; more are not."""
    chooser = Chooser(["production", *(f"{each:04}" for each in range(number))])
    assert chooser.choose("producton") == expected


def test_report_tells_a_thousand_problems_and_that_there_are_more() -> None:
    """A file of another kind altogether does not fill the screen for ever."""
    report = Report("a.yaml")
    for line in range(1, MAXIMUM_PROBLEMS + 1):
        report.at(Scalar(line, 1, "x", plain=True), "is wrong")
    assert len(report.problems) == MAXIMUM_PROBLEMS
    report.at(Scalar(2000, 1, "x", plain=True), "is wrong")
    report.at(Scalar(2001, 1, "x", plain=True), "is wrong")
    assert len(report.problems) == MAXIMUM_PROBLEMS + 1
    assert str(report.problems[-1]) == "a.yaml:2000:1: error: has more than 1000 problems; the others are not shown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("甲 a", '"甲 a"'), ("a\nb", '"a\\nb"'), ("x" * 60, f'"{"x" * 60}"'), ("x" * 61, f'"{"x" * 60}…"')],
)
def test_text_is_shown_on_one_line(text: str, expected: str) -> None:
    """Line ends are escaped and long text is cut, so that a message stays a line."""
    assert shown(text) == expected
