"""Bytes to documents: reads YAML strictly, within bounds, and says where it is not what a manifest may be.

The first step of validation, and the only module that knows YAML's library. It takes the parser's events rather than
its nodes, so that depth and number are bounded while the text is read, a duplicate key is seen, and a document after a
broken one is still read. What scalars mean is left to the shapes.
"""

import re
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from typing import Final

from yaml._yaml import CParser
from yaml.error import Mark, MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from tenants.language.nodes import Collection, Mapping, Node, Scalar, Sequence, children, dotted
from tenants.language.report import Report, shown
from tenants.language.source import decode
from tenants.language.syntax import explain

#: How deep values may stand in one another; no kind needs more than ten.
MAXIMUM_DEPTH: Final = 40
#: Values in one file, those that aliases repeat included.
MAXIMUM_NODES: Final = 250_000
#: No name that anything has is longer.
LONGEST_KEY: Final = 255
#: After so many broken documents the rest of a file is not read.
MAXIMUM_BROKEN: Final = 20

_DOCUMENT_START: Final = re.compile(r"---(\s|$)")
#: Takes the place of a key that cannot be used, so that its value is passed over.
_UNUSABLE: Final = Scalar(1, 1, "", plain=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What one file holds, empty documents left out."""

    #: The root of each document.
    whole: tuple[Node, ...] = ()
    #: The root of each document that broke off, as far as it was read: what it declares is known, no more.
    broken: tuple[Node, ...] = ()


def read(content: bytes, report: Report) -> Documents:
    """The documents of one file; what is wrong with its text goes to the report."""
    text = decode(content, report)
    if text is None:
        return Documents()
    composer = _Composer(text.split("\n"), report)
    start: int | None = 0
    while start is not None and len(composer.broken) < MAXIMUM_BROKEN:
        start = composer.compose(start)
    return Documents(whole=tuple(composer.whole), broken=tuple(composer.broken))


class _BreakOff(Exception):
    """The document cannot be read further; the report says why."""


class _Composer:
    """Builds nodes from a parser's events."""

    def __init__(self, lines: SequenceOf[str], report: Report) -> None:
        self.whole: list[Node] = []
        self.broken: list[Node] = []
        self._lines = lines
        self._report = report
        self._budget = MAXIMUM_NODES
        #: The line, from 1, that the parser was started at, and the one where the document began.
        self._first = self._began = 1
        self._forget()

    def _forget(self) -> None:
        """Make ready for the next document."""
        self._root: Node | None = None
        self._open: list[Collection] = []
        #: For each open collection the key that waits for its value; None where a key or an item comes next.
        self._keys: list[Scalar | None] = []
        self._anchors: dict[str, Node] = {}

    def compose(self, start: int) -> int | None:
        """Read documents from a line on, counted from 0; the line to begin at anew where one broke off, else None."""
        self._first = self._began = start + 1
        parser = CParser("\n".join(self._lines[start:]))
        line = self._first
        try:
            while (event := parser.get_event()) is not None:
                line = self._place(event)[0]
                self._take(event)
        except MarkedYAMLError as error:
            line = self._explain(error)
        except _BreakOff:
            pass
        else:
            return None
        finally:
            parser.dispose()
        self.broken.append(self._root or _UNUSABLE)
        self._forget()
        return self._next_document(max(self._began, line - 1)) if self._budget >= 0 else None

    def _next_document(self, start: int) -> int | None:
        """The first line from here on, counted from 0, that begins a document."""
        return next((i for i in range(start, len(self._lines)) if _DOCUMENT_START.match(self._lines[i])), None)

    def _take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._put(self._scalar(event), event)
        elif isinstance(event, CollectionStartEvent):
            place = self._place(event)
            node = Mapping(*place) if isinstance(event, MappingStartEvent) else Sequence(*place)
            self._put(node, event)
            self._open.append(node)
            self._keys.append(None)
        elif isinstance(event, CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, AliasEvent):
            self._repeat(event)
        elif isinstance(event, DocumentStartEvent):
            self._began = self._place(event)[0]
        elif isinstance(event, DocumentEndEvent):
            if self._root is not None and not (isinstance(self._root, Scalar) and self._root.is_null):
                self.whole.append(self._root)
            self._forget()

    def _scalar(self, event: ScalarEvent) -> Scalar:
        style, begin, end = event.style or "", event.start_mark, event.end_mark
        folded = style not in {"|", ">"} and begin is not None and end is not None and begin.line != end.line
        form = f"{style}\n" if folded else style
        return Scalar(*self._place(event), event.value, plain=not style, form=form)

    def _place(self, event: Event) -> tuple[int, int]:
        mark = event.start_mark
        return (mark.line + self._first, mark.column + 1) if mark is not None else (self._first, 1)

    def _put(self, node: Node, event: ScalarEvent | CollectionStartEvent | AliasEvent) -> None:
        """Give a node its place in the collection that is open: as item, key or value."""
        self._spend(node, len(self._open))
        if not self._open:
            self._root = node
        elif isinstance(parent := self._open[-1], Sequence):
            parent.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = self._usable_key(parent, node)
        else:
            self._keys[-1] = None
            if key is not _UNUSABLE:
                parent.put(key.text, (key.line, key.column), node)
        if isinstance(event, AliasEvent):
            return
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if event.tag is not None:
            self._report.at(node, f"has the tag {shown(event.tag)}", "leave it out; put what must be text in quotes")

    def _usable_key(self, parent: Mapping, node: Node) -> Scalar:
        """The node as a key of its mapping; the unusable one where the report says why it cannot be that."""
        steps = parent.steps()
        if not isinstance(node, Scalar):
            message, remedy = f"{node.noun} stands where a key is meant", "quote text that begins with a bracket"
        elif len(node.text) > LONGEST_KEY:
            message, remedy = f"has a key of {len(node.text)} characters", "write a colon behind the key that is meant"
        elif node.text in parent.values:
            steps, first = (*steps, node.text), parent.key_places[node.text][0]
            message, remedy = f"stands here a second time; the first is on line {first}", "leave one of them"
        elif node.text == "<<":
            message, remedy = "merge keys are not read", "write the keys out, or repeat a whole value by an alias"
        else:
            return node
        self._report.add((node.line, node.column), dotted(steps), message, remedy)
        return _UNUSABLE

    def _repeat(self, event: AliasEvent) -> None:
        """Put in what an alias stands for: a copy that keeps the places of the original."""
        target = self._anchors.get(event.anchor or "")
        unfinished = any(target is each for each in self._open)
        if target is not None and not unfinished:
            self._put(self._copy(target, len(self._open)), event)
            return
        nothing = Scalar(*self._place(event), "", plain=True)
        self._put(nothing, event)
        why = "would contain itself" if unfinished else "is not defined before this place"
        message = f"the alias *{event.anchor} {why}"
        self._report.add(self._place(event), dotted(nothing.steps()), message, "write the value out")

    def _copy(self, node: Node, depth: int) -> Node:
        """A copy that is not yet part of anything; `depth` is how deep it will stand."""
        if isinstance(node, Scalar):
            return Scalar(node.line, node.column, node.text, plain=node.plain, form=node.form)
        if isinstance(node, Mapping):
            mapping = Mapping(node.line, node.column)
            for key, value in node.values.items():
                mapping.put(key, node.key_places[key], self._inner_copy(value, depth + 1))
            return mapping
        sequence = Sequence(node.line, node.column)
        for item in children(node):
            sequence.append(self._inner_copy(item, depth + 1))
        return sequence

    def _inner_copy(self, node: Node, depth: int) -> Node:
        self._spend(node, depth)
        return self._copy(node, depth)

    def _spend(self, node: Node, depth: int) -> None:
        """Count a node that will stand so deep; break off where there are too many, or it stands too deep."""
        self._budget -= 1
        if self._budget < 0:
            message, remedy = f"the file has more than {MAXIMUM_NODES} values", "divide it; beware of nested aliases"
        elif depth > MAXIMUM_DEPTH:
            message, remedy = f"values stand more than {MAXIMUM_DEPTH} deep in one another", "close the brackets"
        else:
            return
        self._report.add((node.line, node.column), "", message, remedy)
        raise _BreakOff

    def _explain(self, error: MarkedYAMLError) -> int:
        """Say what the parser could not read, and return the line that it stopped at."""
        stopped, began = self._limited(error.problem_mark), self._limited(error.context_mark)
        line, beginning = self._lines[stopped[0] - 1], self._lines[began[0] - 1]
        complaint = explain(error.problem or "", line, stopped[1], beginning=beginning)
        place = began if complaint.at_beginning else stopped
        self._report.add(place, "", complaint.message, complaint.remedy)
        return stopped[0]

    def _limited(self, mark: Mark | None) -> tuple[int, int]:
        """Line and column of a mark; the end of the text where the mark stands behind it."""
        line = self._first + (mark.line if mark is not None else 0)
        if line > len(self._lines):
            return len(self._lines), len(self._lines[-1]) + 1
        return line, (mark.column if mark is not None else 0) + 1
