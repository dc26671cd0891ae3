"""Problems are shown where they are, with what to do."""

from typing import Any

from api.render.problems import as_document, print_problems
from tenants.problems import Location, Problem, Severity

_SOURCE = "spec:\n  purpose: 商事登记; {cores: 12x}\n"


def _problem(line: int = 2, column: int = 26, file: str = "market.yaml", **fields: Any) -> Problem:
    return Problem(
        location=Location(file=file, line=line, column=column),
        **{"path": "spec.cores", "message": '"12x" is not a whole number', "remedy": "write 12", **fields},
    )


def test_a_problem_points_at_its_place(show: Any) -> None:
    """The caret stands below the character, though the Chinese before it is twice as wide."""
    assert show(print_problems, [_problem()], {"market.yaml": _SOURCE}) == (
        'market.yaml:2:26: error: spec.cores: "12x" is not a whole number\n'
        "    2 |   purpose: 商事登记; {cores: 12x}\n"
        "      |                              ^\n"
        "      = write 12\n"
        "\n"
        "1 error in 1 file.\n"
    )


def test_a_problem_without_its_text(show: Any) -> None:
    """Where the file's text is not known, place and remedy are enough; a path or remedy that is empty is left out."""
    found = [_problem(line=1, column=1, path="", message="is UTF-16 text", remedy="")]
    assert show(print_problems, found, {}) == "market.yaml:1:1: error: is UTF-16 text\n\n1 error in 1 file.\n"


def test_problems_are_grouped_and_counted(show: Any) -> None:
    """By file and line, whatever order they come in; warnings are counted apart."""
    found = [_problem(line=9), _problem(line=3, severity=Severity.WARNING), _problem(file="a.yaml"), _problem(line=4)]
    shown = show(print_problems, found, {})
    places = [line.split(" ")[0] for line in shown.splitlines() if ".yaml:" in line]
    assert places == ["a.yaml:2:26:", "market.yaml:3:26:", "market.yaml:4:26:", "market.yaml:9:26:"]
    assert shown.splitlines()[-1] == "3 errors and 1 warning in 2 files."


def test_many_with_one_remedy_are_told_once(show: Any) -> None:
    """With their places, and with what is wrong there where that is something else; nothing is left out."""
    found = [
        _problem(line=number, path=f"spec.projects[{number}].cores", message=f'"{number % 3}x" is not a whole number')
        for number in range(1, 7)
    ]
    assert show(print_problems, [*found, _problem(line=4, path="spec.ram")], {}).splitlines() == [
        'market.yaml:1:26: error: spec.projects[1].cores: "1x" is not a whole number',
        "      = write 12",
        "    5 more like it:",
        "    market.yaml:4:26",
        '    market.yaml:2:26: "2x" is not a whole number',
        '    market.yaml:3:26: "0x" is not a whole number',
        '    market.yaml:5:26: "2x" is not a whole number',
        '    market.yaml:6:26: "0x" is not a whole number',
        "",
        'market.yaml:4:26: error: spec.ram: "12x" is not a whole number',
        "      = write 12",
        "",
        "7 errors in 1 file.",
    ]


def test_warnings_are_not_mixed_with_errors(show: Any) -> None:
    """Even where they are about the same."""
    severities = [Severity.ERROR, Severity.WARNING] * 4
    found = [_problem(line=number, severity=severity) for number, severity in enumerate(severities, start=1)]
    shown = show(print_problems, found, {}).splitlines()
    assert [line for line in shown if line.endswith("like it:")] == ["    3 more like it:"] * 2
    assert "    market.yaml:3:26, market.yaml:5:26, market.yaml:7:26" in shown


def test_no_problem_prints_nothing(show: Any) -> None:
    """Silence is success."""
    assert show(print_problems, [], {}) == ""


def test_a_long_line_is_shown_around_the_place(show: Any) -> None:
    """A file may be one line of a megabyte; a terminal shows the part that matters."""
    line = "a" * 500 + "X" + "b" * 500
    shown = show(print_problems, [_problem(line=1, column=501)], {"market.yaml": line}, width=60).splitlines()
    caret = next(line for line in shown if line.endswith("^"))
    excerpt = shown[shown.index(caret) - 1]
    assert len(excerpt) <= 60
    assert excerpt[caret.index("^")] == "X"


def test_a_tab_does_not_move_the_caret(show: Any) -> None:
    """Tabs are shown as four spaces, above and below."""
    shown = show(print_problems, [_problem(line=1, column=3)], {"market.yaml": "\t\tX"}).splitlines()
    assert shown[1].index("X") == shown[2].index("^")


def test_what_is_missing_at_a_lines_end(show: Any) -> None:
    """The caret may stand behind the last character."""
    shown = show(print_problems, [_problem(line=1, column=6)], {"market.yaml": "spec:"}).splitlines()
    assert shown[1:3] == ["    1 | spec:", "      |      ^"]


def test_problems_as_a_document() -> None:
    """Places are fields, and the numbers come first."""
    assert as_document([_problem()]) == {
        "errors": 1,
        "warnings": 0,
        "problems": [
            {
                "file": "market.yaml",
                "line": 2,
                "column": 26,
                "severity": "error",
                "path": "spec.cores",
                "message": '"12x" is not a whole number',
                "remedy": "write 12",
            }
        ],
    }
