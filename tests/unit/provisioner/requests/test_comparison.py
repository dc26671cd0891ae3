"""A request's manifests beside those in force."""

from provisioner.requests.comparison import compared
from tenants.documents import Document


def _document(name: str, text: str, **attached: str) -> Document:
    return Document(kind="Application", name=name, file="a.yaml", text=text, attached=attached)


def test_what_says_something_else_is_shown_line_by_line() -> None:
    """With the files that it names; what others have under other names is not looked at."""
    old = [_document("web", "size: 1\nkeep: me\n", script="echo a\n"), _document("other", "x")]
    (change,) = compared([_document("web", "size: 2\nkeep: me\n", script="echo b\n")], old)
    assert not change.new
    assert [line for line in change.diff.splitlines() if line.startswith(("+", "-"))] == [
        *("--- in force", "+++ asked for", "-size: 1", "+size: 2", "-echo a", "+echo b"),
    ]


def test_what_is_as_it_was_has_no_difference() -> None:
    """Empty lines around it do not count."""
    (change,) = compared([_document("web", "\nsize: 1\n\n")], [_document("web", "size: 1")])
    assert (change.new, change.diff) == (False, "")


def test_what_is_new_is_all_added() -> None:
    """Nothing is in force of that name."""
    (change,) = compared([_document("web", "size: 1\n")], [])
    assert change.new
    assert change.diff.endswith("+size: 1\n")


def test_where_its_file_says_that_it_begins_is_no_difference() -> None:
    """A marker between documents belongs to none of them."""
    (change,) = compared([_document("web", "---\nsize: 1\n")], [_document("web", "size: 1\n")])
    assert change.diff == ""


def test_what_is_too_long_is_only_counted() -> None:
    """Comparing would keep everybody waiting."""
    (change,) = compared([_document("web", "a: 1\n" * 6000)], [_document("web", "a: 1\n" * 5999)])
    assert change.diff == "5999 lines in force, 6000 lines asked for: too many to compare\n"
