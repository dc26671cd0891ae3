"""A YAML document as a tree that remembers where everything stands.

`tenants.language.document` builds the trees, shapes read them, rules find places in them. Unlike YAML's own model, a
scalar is kept as it was written: what it means depends on the shape that reads it, so `no` can be a Norwegian's name.

Nodes are built piece by piece and very many, so they are plain slotted classes rather than frozen records; nothing
changes them once their document is complete.
"""

import re
from collections.abc import Iterator
from typing import Final

#: A key of a mapping or an index of a list: one step of the way from a document's root.
Step = str | int

#: How YAML 1.2 writes that there is nothing.
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_PLAIN_STEP: Final = re.compile(r"[\w-]+")


class Node:
    """Something at a place. Lines and columns count from 1."""

    __slots__ = ("column", "line", "parent", "step")

    #: What a message calls it.
    noun = "a value"

    def __init__(self, line: int, column: int) -> None:
        """Place a node that is not yet part of anything."""
        self.line = line
        self.column = column
        self.parent: Collection | None = None
        self.step: Step = ""

    @property
    def place(self) -> tuple[int, int]:
        """Line and column to send a reader to: of a value that spans lines, or is not there at all, its key."""
        if isinstance(self.parent, Mapping) and not (isinstance(self, Scalar) and (self.text or not self.plain)):
            return self.parent.key_places[str(self.step)]
        return self.line, self.column

    def steps(self) -> tuple[Step, ...]:
        """The way here from the document's root; empty for the root itself."""
        way: list[Step] = []
        node: Node = self
        while node.parent is not None:
            way.append(node.step)
            node = node.parent
        return tuple(reversed(way))


class Scalar(Node):
    """Text, a number, a date, nothing: whatever has no parts."""

    __slots__ = ("form", "plain", "text")

    def __init__(self, line: int, column: int, text: str, *, plain: bool, form: str = "") -> None:
        """Keep the text, whether it stood without quotes, and how it was written.

        `form` is what YAML begins it with (`'`, `"`, `|`, `>`, nothing), with a line break behind it where what is not a
        block goes over several lines.
        """
        super().__init__(line, column)
        self.text = text
        self.plain = plain
        self.form = form

    def within(self, line: int, column: int) -> tuple[int, int]:
        """Where a character of the text stands in the file, given by line and column of the text, from 1.

        Exact for text on one line, as long as no character of it is written by its code, and for literal blocks
        indented by two. Of what YAML folds from several lines, only the beginning is known.
        """
        if self.form == "":
            return self.line, self.column + column - 1
        if self.form in {"'", '"'}:
            doubled = "'" if self.form == "'" else '"\\'
            return self.line, self.column + column + sum(each in doubled for each in self.text[: column - 1])
        if self.form == "|":
            return self.line + line, self._outer_column() + 1 + column
        return (self.line + 1, self._outer_column() + 2) if self.form == ">" else (self.line, self.column)

    def _outer_column(self) -> int:
        """The column that the key or the dash begins at whose value this is."""
        if isinstance(self.parent, Mapping):
            return self.parent.key_places[str(self.step)][1]
        return self.parent.column if self.parent is not None else 1

    @property
    def is_null(self) -> bool:
        """Whether nothing stands here, or YAML's word for it."""
        return self.plain and self.text in NULLS


class Sequence(Node):
    """A list."""

    __slots__ = ("items",)

    noun = "a list"

    def __init__(self, line: int, column: int) -> None:
        """Begin an empty list."""
        super().__init__(line, column)
        self.items: list[Node] = []

    def append(self, node: Node) -> None:
        """Make a node the last item."""
        node.parent = self
        node.step = len(self.items)
        self.items.append(node)


class Mapping(Node):
    """Keys and values, in the order of the file."""

    __slots__ = ("key_places", "values")

    noun = "a mapping"

    def __init__(self, line: int, column: int) -> None:
        """Begin an empty mapping."""
        super().__init__(line, column)
        self.values: dict[str, Node] = {}
        #: Line and column of each key.
        self.key_places: dict[str, tuple[int, int]] = {}

    def put(self, key: str, place: tuple[int, int], node: Node) -> None:
        """Make a node the value of a key that stands at a line and column."""
        node.parent = self
        node.step = key
        self.values[key] = node
        self.key_places[key] = place


Collection = Sequence | Mapping


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside one."""
    if isinstance(node, Mapping):
        yield from node.values.values()
    elif isinstance(node, Sequence):
        yield from node.items


def child(node: Node, step: Step) -> Node | None:
    """The node one step further in, or None where there is none."""
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.values.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def walk(node: Node) -> Iterator[Node]:
    """A node and all that is in it, in the order of the file."""
    yield node
    for inner in children(node):
        yield from walk(inner)


def nearest(root: Node, steps: tuple[Step, ...]) -> Node:
    """The node at the end of a way, or where the way ends early, the innermost one on it."""
    node = root
    for step in steps:
        inner = child(node, step)
        if inner is None:
            break
        node = inner
    return node


def dotted(steps: tuple[Step, ...]) -> str:
    """A way through a document as people write it: `spec.projects[0].quota.compute.cores`."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_STEP.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f'["{step}"]')
    return "".join(parts)
