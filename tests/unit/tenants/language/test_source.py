"""Bytes become text only where they are readable UTF-8."""

import pytest

from tenants.language.report import Report
from tenants.language.source import MAXIMUM_BYTES, decode


def test_text_passes_with_unix_line_ends() -> None:
    """Windows' and old Macs' line ends become Unix's."""
    report = Report("a.yaml")
    assert decode("一: 1\r\n二: 2\r三: 3\n".encode(), report) == "一: 1\n二: 2\n三: 3\n"
    assert report.problems == []


def test_byte_order_mark_is_passed_over() -> None:
    """Some editors put a mark before UTF-8; people do not see it."""
    assert decode("\ufeffa: 1".encode(), Report("a.yaml")) == "a: 1"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\r\nb: \xff", "a.yaml:2:4: error: is not UTF-8 text from here on (save it as UTF-8)"),
        ("一\n二: ".encode() + b"\xc3\x28", "a.yaml:2:4: error: is not UTF-8 text from here on (save it as UTF-8)"),
        (b"\xff\xfea\x00", "a.yaml:1:1: error: is UTF-16 text (save it as UTF-8)"),
        (b"\xfe\xff\x00a", "a.yaml:1:1: error: is UTF-16 text (save it as UTF-8)"),
        (b"a: 1\nb: x\x00y", "a.yaml:2:5: error: holds the invisible character U+0000 (delete it)"),
        ("a: 1\r\nb:\u200b 2".encode(), "a.yaml:2:3: error: holds the invisible character U+200B (delete it)"),
        ("a: \u202ex".encode(), "a.yaml:1:4: error: holds the invisible character U+202E (delete it)"),
        ("a: 1\u2028b: 2".encode(), "a.yaml:1:5: error: holds the invisible character U+2028 (delete it)"),
        ("a: 1\u0085b: 2".encode(), "a.yaml:1:5: error: holds the invisible character U+0085 (delete it)"),
        ("a: \ufeff1".encode(), "a.yaml:1:4: error: holds the invisible character U+FEFF (delete it)"),
    ],
)
def test_unreadable_text_is_refused_with_its_place(content: bytes, expected: str) -> None:
    """What is no text, or holds what nobody can see, is refused where it stands."""
    report = Report("a.yaml")
    assert decode(content, report) is None
    assert [str(each) for each in report.problems] == [expected]


def test_tabs_and_wide_spaces_are_left_to_the_parser() -> None:
    """A tab, a full-width space and an emoji are no reason to refuse a text."""
    report = Report("a.yaml")
    assert decode("a: b\t#\u3000😀".encode(), report) is not None
    assert report.problems == []


def test_largest_file_is_read_and_a_larger_one_is_not() -> None:
    """A file is refused for its size before anything of it is looked at."""
    report = Report("a.yaml")
    assert MAXIMUM_BYTES == 4 * 1024 * 1024
    assert decode(b"#" * MAXIMUM_BYTES, report) is not None
    assert decode(b"\xff" * (MAXIMUM_BYTES + 1), report) is None
    expected = "a.yaml:1:1: error: is larger than 4 MiB (divide it into several files, such as one per tenant)"
    assert [str(each) for each in report.problems] == [expected]
