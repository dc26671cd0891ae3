"""YAML becomes trees with places, strictly and within bounds."""

from collections.abc import Callable

import pytest

from tenants.language.document import (
    LONGEST_KEY,
    MAXIMUM_BROKEN,
    MAXIMUM_DEPTH,
    MAXIMUM_NODES,
    Documents,
    read,
)
from tenants.language.nodes import Mapping, Node, Scalar, Sequence, dotted, walk
from tenants.language.report import Report

Read = Callable[[str], tuple[Documents, list[str]]]


@pytest.fixture
def documents() -> Read:
    """Reads a text and gives its documents and problems."""

    def reader(text: str) -> tuple[Documents, list[str]]:
        report = Report("a.yaml")
        return read(text.encode(), report), [str(each) for each in report.problems]

    return reader


def plain(node: Node) -> object:
    """A tree without places."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.values.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text


def test_every_node_knows_its_place_and_way(documents: Read) -> None:
    """Lines and columns count from 1 and in characters, whatever the script."""
    (root,) = documents("甲: [乙, {丙: 丁}]\nb:\n  - 'c'\n")[0].whole
    places = [(dotted(each.steps()), each.line, each.column) for each in walk(root)]
    assert places == [
        ("", 1, 1),
        ("甲", 1, 4),
        ("甲[0]", 1, 5),
        ("甲[1]", 1, 8),
        ("甲[1].丙", 1, 12),
        ("b", 3, 3),
        ("b[0]", 3, 5),
    ]


def test_quoted_scalars_are_told_from_plain_ones(documents: Read) -> None:
    """Whether a scalar stood in quotes decides later whether it may be a number."""
    (root,) = documents("- a\n- 'b'\n- \"c\"\n- |\n  d\n")[0].whole
    assert isinstance(root, Sequence)
    assert [each.plain for each in root.items if isinstance(each, Scalar)] == [True, False, False, False]


def test_several_documents_keep_their_lines(documents: Read) -> None:
    """Documents follow one another in a file; empty ones count for nothing."""
    found, problems = documents("---\na: 1\n---\n---\n# only a comment\n---\nb: 2\n...\n")
    assert [(plain(each), each.line) for each in found.whole] == [({"a": "1"}, 2), ({"b": "2"}, 7)]
    assert problems == []


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "---\n---\n", "~", "null"])
def test_nothing_is_no_document(documents: Read, text: str) -> None:
    """An empty file is not a mistake."""
    assert documents(text) == (Documents(), [])


def test_duplicate_key_is_refused_and_the_first_kept(documents: Read) -> None:
    """The second place is told, and the line of the first."""
    found, problems = documents("a: 1\nb:\n  c: 2\n  d: 3\n  c: [4]\n")
    assert plain(found.whole[0]) == {"a": "1", "b": {"c": "2", "d": "3"}}
    assert problems == ["a.yaml:5:3: error: b.c: stands here a second time; the first is on line 3 (leave one of them)"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: !!str 1",
            'a.yaml:1:4: error: a: has the tag "tag:yaml.org,2002:str" (leave it out; put what must be text in quotes)',
        ),
        ("a: !x {b: 1}", 'a.yaml:1:1: error: a: has the tag "!x" (leave it out; put what must be text in quotes)'),
        ("{[a]: 1}", "a.yaml:1:2: error: a list stands where a key is meant (quote text that begins with a bracket)"),
        (
            "a: {{b: 1}: 2}",
            "a.yaml:1:5: error: a: a mapping stands where a key is meant (quote text that begins with a bracket)",
        ),
        (
            "a: {<<: {b: 1}}",
            "a.yaml:1:5: error: a: merge keys are not read (write the keys out, or repeat a whole value by an alias)",
        ),
        ("a: *b", "a.yaml:1:4: error: a: the alias *b is not defined before this place (write the value out)"),
        ("a: &b [*b]", "a.yaml:1:8: error: a[0]: the alias *b would contain itself (write the value out)"),
    ],
)
def test_what_yaml_has_beyond_plain_trees_is_refused(documents: Read, text: str, expected: str) -> None:
    """Tags, complex keys, merge keys and dangling aliases are told with their places; reading goes on."""
    found, problems = documents(f"{text}\n")
    assert problems == [expected]
    assert len(found.whole) == 1


def test_alias_repeats_a_value_with_the_places_of_the_original(documents: Read) -> None:
    """What is wrong in a repeated value is to be mended where it was written."""
    (root,) = documents("a: &x {b: [1, 2]}\nc: *x\n")[0].whole
    assert plain(root) == {"a": {"b": ["1", "2"]}, "c": {"b": ["1", "2"]}}
    ways = {dotted(each.steps()): each.place for each in walk(root)}
    assert (ways["a.b[1]"], ways["c.b[1]"], ways["c"]) == ((1, 15), (1, 15), (2, 1))


def test_anchor_belongs_to_its_document(documents: Read) -> None:
    """An alias does not reach into the document before."""
    assert "is not defined before this place" in documents("a: &x 1\n---\nb: *x\n")[1][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\tb: 1", "2:1: error: a tab indents this line (indent with spaces)"),
        (
            "a:\n  - b\n-\tc: 1\n\td: 1",
            "3:1: error: a key is expected here (indent it as the keys before it; put text that goes on behind a quotation mark or bracket in quotes)",
        ),
        ("a: @b", "1:4: error: text cannot begin with @ (put it in quotes)"),
        ("a: `b`", "1:4: error: text cannot begin with ` (put it in quotes)"),
        (
            "a: b: c",
            "1:5: error: a key cannot stand here (indent keys alike, write a space behind each colon, and put text that holds ': ' in quotes)",
        ),
        ("a: 'b\n\n", "1:4: error: the quotation mark is never closed (close it)"),
        ("a: [b\nc: 1", "1:4: error: the bracket is not closed (close it, or put a comma between the values)"),
        ("{a:, b: 1}", "1:3: error: a colon has no space behind it (write one)"),
        ("a: - b", "1:4: error: a list cannot begin on the line of its key (begin each item on a line of its own)"),
        ("a: ? b", "1:4: error: text cannot begin with ? here (put it in quotes)"),
        ("a: *", "1:5: error: text cannot begin with & or * here (put it in quotes)"),
        ("a: 1\n...\nb: 2", "3:1: error: a second document begins without its mark (write --- on the line before it)"),
        ("a: >\nb", "2:1: error: a key has no colon (write a colon and a space behind the key)"),
        ("a: [", "1:5: error: a value is missing (write one, or close the bracket)"),
        ("a: [,]", "1:5: error: a value is missing (write one, or close the bracket)"),
        ("a: 'b\n---\nc: 1\n", "1:4: error: the quotation mark is never closed (close it)"),
        (
            "a: |x\n b",
            "1:5: error: is not YAML: did not find expected comment or line break (look at the indentation, brackets and quotes of this line and the one before)",
        ),
        (
            "a:\n  b: 1\n c: 2",
            "3:2: error: a key is expected here (indent it as the keys before it; put text that goes on behind a quotation mark or bracket in quotes)",
        ),
        ("- a\nb: 1", "2:1: error: is not an item of the list above (begin it with a dash, as the items before)"),
        (
            'a: "\\q"',
            "1:5: error: is not an escape in double quotes (use single quotes, or write \\\\ for a backslash)",
        ),
        (
            "a： 1\nb: 2",
            "2:2: error: a key cannot stand here (indent keys alike, write a space behind each colon, and put text that holds ': ' in quotes)",
        ),
        (
            "a: {b： 1， c: 2",
            "1:4: error: the bracket is not closed (write : for the full-width ：, unless it is text: then use quotes)",
        ),
    ],
)
def test_syntax_errors_are_told_in_an_authors_words(documents: Read, text: str, expected: str) -> None:
    """Each says where, what and what would be right, and the document counts as broken."""
    found, problems = documents(text)
    assert problems == [f"a.yaml:{expected}"]
    assert len(found.broken) == 1


def test_documents_after_a_broken_one_are_read(documents: Read) -> None:
    """A broken document hides neither those before it nor those after it, whose lines stay right."""
    found, problems = documents("a: 1\n---\nb: [\n---\nc:\n  d: 'x\n---\ne: 2\n")
    assert [(plain(each), each.line) for each in found.whole] == [({"a": "1"}, 1), ({"e": "2"}, 8)]
    assert [each.split(" ")[0] for each in problems] == ["a.yaml:4:1:", "a.yaml:6:6:"]
    assert [plain(each) for each in found.broken] == [{"b": []}, {"c": {}}]


def test_document_broken_in_its_first_line_is_told_once(documents: Read) -> None:
    """Reading goes on behind the line that begins the broken document, wherever reading began."""
    found, problems = documents("a: 1\n--- b: 2\n---\nc: 3\n--- d: 4\n--- {e: 5}\n")
    assert [plain(each) for each in found.whole] == [{"a": "1"}, {"c": "3"}, {"e": "5"}]
    assert [each.split(" ")[0] for each in problems] == ["a.yaml:2:6:", "a.yaml:5:6:"]


def test_bounds_are_what_the_reference_says() -> None:
    """They are part of the language: a manifest that was read must always be."""
    assert (MAXIMUM_DEPTH, MAXIMUM_NODES, LONGEST_KEY, MAXIMUM_BROKEN) == (40, 250_000, 255, 20)


def test_reading_ends_after_many_broken_documents(documents: Read) -> None:
    """A file of nothing but mistakes costs bounded time."""
    found, problems = documents("---\n[\n" * (MAXIMUM_BROKEN + 5))
    assert len(found.broken) == len(problems) == MAXIMUM_BROKEN


def nested(depth: int) -> str:
    """Lists in lists: the innermost value stands so deep."""
    return "[" * depth + "x" + "]" * depth


def test_deepest_value_is_read_and_a_deeper_one_is_not(documents: Read) -> None:
    """Depth is bounded while reading, whether by brackets or by aliases."""
    assert documents(nested(MAXIMUM_DEPTH))[1] == []
    expected = f"values stand more than {MAXIMUM_DEPTH} deep in one another (close the brackets)"
    assert documents(nested(MAXIMUM_DEPTH + 1))[1] == [f"a.yaml:1:{MAXIMUM_DEPTH + 2}: error: {expected}"]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{k: ", "}")])
def test_aliases_cannot_nest_deeper_than_brackets(documents: Read, opening: str, closing: str) -> None:
    """The copy of a deep value in a deep place is as deep as both."""
    half = MAXIMUM_DEPTH // 2 - 1
    for inner, right in ((half + 1, True), (half + 2, False)):
        deep = opening * inner + "x" + closing * inner
        problems = documents(f"a: &a {deep}\nb: {opening * half}*a{closing * half}\n")[1]
        assert problems == [] if right else "deep in one another" in problems[0]


def test_a_thousand_laughs_are_cut_short(documents: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases of aliases cannot fill the memory: what they repeat counts as values of the file."""
    monkeypatch.setattr("tenants.language.document.MAXIMUM_NODES", 2000)
    rows = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 30)]
    found, problems = documents("\n".join(["a0: &a0 [x, x]", *rows]))
    expected = "the file has more than 2000 values (divide it; beware of nested aliases)"
    assert [each.split("error: ")[1] for each in problems] == [expected]
    assert found.whole == ()


def test_many_values_are_read_and_more_are_not(documents: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is on values and keys of a file; nothing more of the file is read."""
    monkeypatch.setattr("tenants.language.document.MAXIMUM_NODES", 5)
    assert documents("[a, {b: c}]")[1] == []
    found, problems = documents("[a, {b: c}, d]\n---\na: 1\n")
    assert problems == ["a.yaml:1:13: error: the file has more than 5 values (divide it; beware of nested aliases)"]
    assert found.whole == ()


def test_longest_key_is_read_and_a_longer_one_is_not(documents: Read) -> None:
    """Text that lost its colon does not become a message of many pages."""
    assert documents(f"{'k' * LONGEST_KEY}: 1")[1] == []
    found, problems = documents(f"a:\n  {'k' * (LONGEST_KEY + 1)}: 1")
    assert problems == [
        f"a.yaml:2:3: error: a: has a key of {LONGEST_KEY + 1} characters (write a colon behind the key that is meant)"
    ]
    assert plain(found.whole[0]) == {"a": {}}
