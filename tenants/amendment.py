"""Single values changed in a document as it is written: every other character stays, comments too. Pure.

For what Tenantry itself writes into manifests that people keep. Whoever uses it validates the result, and compares what it
means with what was meant: YAML has more ways to write a value than this reads.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tenants.language.document import read
from tenants.language.nodes import Mapping, Node, Scalar, Sequence, Step, child
from tenants.language.report import Report
from tenants.names import ProjectName
from tenants.spec import ProjectState

_KEY: Final = "state"
#: What may stand without quotes, whatever reads it; other text is put into double ones.
_PLAIN: Final = re.compile(r"[^\W\d][\w.-]*|\d+\.\d+\.\d+\.\d+")
#: Words that YAML's older readers take for something else than text.
_OTHERWISE: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
#: What ends a value without quotes.
_ENDS: Final = frozenset(" \t,]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value of a document that becomes another."""

    #: The keys and indexes from the document's root.
    way: tuple[Step, ...]
    before: str
    after: str

    @property
    def reversed(self) -> "Change":
        """What takes it back."""
        return Change(way=self.way, before=self.after, after=self.before)

    def __str__(self) -> str:
        """For people: `spec.servers[0].flavor: tiny → small`."""
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.way).removeprefix(".")
        return f"{place}: {self.before} → {self.after}"


def with_changes(text: str, changes: Iterable[Change]) -> str | None:
    """The document with these values; None where one is not there, is not what is said, or is written in more than one line."""
    placed: list[tuple[int, int, Change]] = []
    for change in changes:
        found = node_at(text, change.way)
        if not isinstance(found, Scalar) or found.text != change.before:
            return None
        placed.append((found.line, found.column, change))
    lines = text.split("\n")
    # From the end, so that what comes before stays where it is.
    for line, column, change in sorted(placed, key=lambda each: each[:2], reverse=True):
        written = _rewritten(lines[line - 1], column - 1, change)
        if written is None:
            return None
        lines[line - 1] = written
    return "\n".join(lines)


def node_at(text: str, way: Iterable[Step]) -> Node | None:
    """What stands at a place of a document, or None."""
    found: Node | None = next(iter(read(text.encode(), Report("")).whole), None)
    for step in way:
        if isinstance(step, int):
            items = found.items if isinstance(found, Sequence) else []
            found = items[step] if step < len(items) else None
        else:
            found = None if found is None else child(found, step)
    return found


def with_state(text: str, project: ProjectName, state: ProjectState) -> str | None:
    """The document with the project's state; None where the project, or a place for its state, is not found in it."""
    found = _project(text, project)
    if found is None:
        return None
    written = found.values.get(_KEY)
    if written is None:
        return _inserted(text.split("\n"), found, state)
    if not isinstance(written, Scalar):
        return None
    return with_changes(text, [Change(way=written.steps(), before=written.text, after=state.value)])


def _project(text: str, name: ProjectName) -> Mapping | None:
    listed = node_at(text, ("spec", "projects"))
    for each in listed.items if isinstance(listed, Sequence) else ():
        named = child(each, "name")
        if isinstance(each, Mapping) and isinstance(named, Scalar) and named.text == name:
            return each
    return None


def _rewritten(line: str, start: int, change: Change) -> str | None:
    """The line with the value in the same quotes; None where it is not written there in one piece."""
    for quote in ("'", '"', ""):
        written = f"{quote}{change.before}{quote}"
        rest = line[start + len(written) :]
        if written and line.startswith(written, start) and (quote or not rest or rest[0] in _ENDS):
            return f"{line[:start]}{_quoted(change.after, quote)}{rest}"
    return None


def _quoted(text: str, quote: str) -> str:
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _OTHERWISE
    return f"{quote}{text}{quote}" if quote or plain else f'"{text}"'


def _inserted(lines: list[str], project: Mapping, state: ProjectState) -> str | None:
    """The state before the first key: on a line of its own, or in braces beside it."""
    line_number, column = min(project.key_places.values())
    line, start = lines[line_number - 1], column - 1
    braces = (project.line, project.column) != (line_number, column)
    if braces:
        quote = line[start] if line[start] in "\"'" else ""
        lines[line_number - 1] = f"{line[:start]}{quote}{_KEY}{quote}: {quote}{state}{quote}, {line[start:]}"
    else:
        lines[line_number - 1] = f"{line[:start]}{_KEY}: {state}\n{' ' * start}{line[start:]}"
    return "\n".join(lines)
