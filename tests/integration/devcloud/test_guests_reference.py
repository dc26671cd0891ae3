"""The check of the reference application's lines finds what a migration could do to them. No guest is needed."""

import hashlib

from devcloud.guests import reference


def line(number: int) -> str:
    """Return a line as the writer writes it."""
    content = f"{number} {number / 10:.2f}"
    return f"{content} {hashlib.sha256(content.encode()).hexdigest()}\n"


def test_whole_lines_in_order_are_well() -> None:
    """A last line that is still being written does not count."""
    assert reference.check(line(1) + line(2) + line(3)[:20]) == reference.Written(count=2, fault=None)


def test_a_missing_line_is_found() -> None:
    """The first line whose number is not the next is named."""
    assert reference.check(line(1) + line(3)).fault == "line 2 has the number 3"


def test_a_doubled_line_is_found() -> None:
    """A line written twice is out of order."""
    assert reference.check(line(1) + line(1)).fault == "line 2 has the number 1"


def test_a_damaged_line_is_found() -> None:
    """A line whose checksum does not fit is named with its content."""
    assert str(reference.check(line(1) + line(2).replace("0.20", "0.21")).fault).startswith("line 2 is damaged: 2 0.21")
