"""A project's `state` changed in a tenant's document as it is written: every other character stays, comments too. Pure.

For what Tenantry itself writes into manifests that people keep. Whoever uses it validates the result, and compares what it
means with what was meant: YAML has more ways to write a value than this reads.
"""

import re
from typing import Final

from tenants.language.document import read
from tenants.language.nodes import Mapping, Node, Scalar, Sequence, child
from tenants.language.report import Report
from tenants.names import ProjectName
from tenants.spec import ProjectState

_KEY: Final = "state"
#: A value as one of the words of `state` is written, quoted or not.
_WORD: Final = re.compile(r"""(["']?)[a-z]+\1""")


def with_state(text: str, project: ProjectName, state: ProjectState) -> str | None:
    """The document with the project's state; None where the project, or a place for its state, is not found in it."""
    found = _project(text, project)
    if found is None:
        return None
    lines = text.split("\n")
    written = found.values.get(_KEY)
    if written is not None:
        return _replaced(lines, written, state)
    return _inserted(lines, found, state)


def _project(text: str, name: ProjectName) -> Mapping | None:
    for root in read(text.encode(), Report("")).whole:
        spec = child(root, "spec")
        listed = child(spec, "projects") if spec else None
        for each in listed.items if isinstance(listed, Sequence) else ():
            named = child(each, "name")
            if isinstance(each, Mapping) and isinstance(named, Scalar) and named.text == name:
                return each
    return None


def _replaced(lines: list[str], written: Node, state: ProjectState) -> str | None:
    line, start = lines[written.line - 1], written.column - 1
    word = _WORD.match(line, start)
    if not isinstance(written, Scalar) or word is None:
        return None
    quote = word.group(1)
    lines[written.line - 1] = f"{line[:start]}{quote}{state}{quote}{line[word.end() :]}"
    return "\n".join(lines)


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
