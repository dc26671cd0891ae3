"""Lines and tables: aligned for Chinese too, whole in a pipe, wrapped on a terminal, harmless whatever they hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.render.page import Column, Group, Page, counted, legible

_COLUMNS = (Column(title="tenant", flexible=True), Column(title="cores", right=True), Column(title="state"))
_ROWS = [("市市场监督管理局", "160", "matches"), ("education", "8", "differs")]


def _table(console: Console) -> None:
    Page(console).table(_COLUMNS, [Group(rows=_ROWS)])


def test_chinese_takes_two_columns(show: Any) -> None:
    """Columns line up below each other whatever the script; numbers stand at the right."""
    assert show(_table).splitlines() == [
        "tenant            cores  state",
        "市市场监督管理局    160  matches",
        "education             8  differs",
    ]


def test_a_narrow_terminal_folds_flexible_columns(show: Any) -> None:
    """Nothing is cut off: a cell that is too wide goes on below itself."""
    assert show(_table, width=26).splitlines() == [
        "tenant      cores  state",
        "市市场监督    160  matches",
        "管理局",
        "education       8  differs",
    ]


def test_a_tiny_terminal_still_gets_everything(show: Any) -> None:
    """Columns do not become narrower than words; the terminal wraps what is left."""
    assert "".join(show(_table, width=12).split()) == "tenantcoresstate市市场监督160matches管理局education8differs"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (40, "市市场监督管理局  city  40  160  asked"),
        (34, "市市场监督管理局  city  160  asked"),
        (28, "市市场监督管理局  160  asked"),
        (24, "市市场监督管  160  asked"),
    ],
)
def test_a_narrow_terminal_does_without_expendable_columns(show: Any, width: int, line: str) -> None:
    """The most expendable goes first; only then is anything folded."""
    columns = (
        Column(title="", flexible=True),
        Column(title="", expendable=1),
        Column(title="", right=True, expendable=2),
        Column(title="", right=True),
        Column(title=""),
    )
    rows = [("市市场监督管理局", "city", "40", "160", "asked")]
    table = show(lambda console: Page(console).table(columns, [Group(rows=rows)]), width=width)
    assert table.splitlines()[0] == line


def test_few_long_cells_cost_no_column(show: Any) -> None:
    """They are folded instead."""
    columns = (Column(title="tenant", flexible=True), Column(title="cloud", expendable=1))
    rows = [("education", "city")] * 7 + [("intellectual-property-protection", "city")]
    table = show(lambda console: Page(console).table(columns, [Group(rows=rows)]), width=20).splitlines()
    assert (table[0], table[1], len(table)) == ("tenant         cloud", "education      city", 11)


def test_a_table_of_expendable_columns_keeps_one(show: Any) -> None:
    """However narrow the terminal is."""
    columns = (Column(title="a", expendable=2), Column(title="b", expendable=1))
    rows = [("x" * 30, "y" * 30)]
    assert "y" * 30 in "".join(show(lambda console: Page(console).table(columns, [Group(rows=rows)]), width=12).split())


def test_groups_share_widths(show: Any) -> None:
    """A heading stands at the left edge, and the rows of all groups line up."""
    groups = [Group(heading=[["教育"]], rows=[("a", "1", "x")]), Group(heading=[["民政"]], rows=[("long", "10", "y")])]
    table = show(lambda console: Page(console).table(_COLUMNS, groups, indent=2))
    assert table.splitlines() == [
        "  tenant  cores  state",
        "",
        "教育",
        "  a           1  x",
        "",
        "民政",
        "  long       10  y",
    ]


def test_a_pipe_gets_whole_lines(show: Any) -> None:
    """What is written to a file is never wrapped, however long it is."""
    assert show(lambda console: Page(console).line("市" * 500)) == "市" * 500 + "\n"


def test_a_terminal_wraps_below(show: Any) -> None:
    """A long line goes on further in."""
    lines = show(lambda console: Page(console).line("one two three four", indent=2, hang=4), width=17).splitlines()
    assert lines == ["  one two", "      three four"]


def test_text_is_never_markup(show: Any) -> None:
    """Square brackets are what they are."""
    assert (
        show(lambda console: Page(console).line("[red]a[/]", (" :smile: 1", "bold")), width=40)
        == "[red]a[/] :smile: 1\n"
    )


def test_text_never_steers_a_terminal(show: Any) -> None:
    """Escape sequences, line breaks and turned writing directions are shown as escapes."""
    shown = show(lambda console: Page(console).line("a\x1b[2Jb\nc\u202ed\te"), width=60)
    assert shown == "a\\x1b[2Jb\\nc\\u202ed\\te\n"


def test_wide_spaces_are_text() -> None:
    """Chinese text has a space of its own, which is shown as it is."""
    assert legible("商事\u3000登记", "utf-8") == "商事\u3000登记"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "市 ok"), ("gbk", "市 ok"), ("ascii", "\\u5e02 ok"), ("iso8859-1", "\\u5e02 ok")],
)
def test_what_an_encoding_lacks_is_escaped(build: Any, encoding: str, shown: str) -> None:
    """No encoding makes printing fail."""
    console = build.piped(encoding)
    Page(console).line("市 ok")
    assert build.written(console) == f"{shown}\n"


def test_escapes_are_lined_up(build: Any) -> None:
    """A table stays a table where Chinese cannot be shown."""
    console = build.piped("ascii")
    Page(console).table(_COLUMNS[1:], [Group(rows=[("市", "x"), ("1", "y")])])
    assert build.written(console).splitlines() == [" cores  state", "\\u5e02  x", "     1  y"]


@given(text=st.text(), encoding=st.sampled_from(["utf-8", "gbk", "ascii", "big5"]))
def test_any_text_can_be_written(text: str, encoding: str) -> None:
    """Whatever a manifest or a cloud says, it comes out on one line in the encoding."""
    shown = legible(text, encoding)
    assert "\n" not in shown
    assert shown.encode(encoding).decode(encoding) == shown


@pytest.mark.parametrize(("number", "text"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_counts_have_their_word(number: int, text: str) -> None:
    """One is singular, anything else plural."""
    assert counted(number, "entry", "entries") == text
