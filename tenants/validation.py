"""From the bytes of manifest files to one checked city, or to everything that is wrong with them.

The way in to this package. Three stages, and no mistake in one keeps the others from being found: files are read as YAML
(`tenants.language`), each document by the shape of its kind (`tenants.kinds`), and all together by the rules
(`tenants.rules`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tenants.kinds import KINDS
from tenants.kinds.kind import Kind, Manifest
from tenants.language import nodes
from tenants.language.document import read
from tenants.language.nodes import Node, Scalar, child
from tenants.language.report import Report, choose, nearest, shown
from tenants.problems import Location, Problem, Severity
from tenants.rules import RULES
from tenants.rules.manifests import Manifests, gather
from tenants.spec import City, Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What came of a set of manifest files."""

    #: All that they say; None where any problem is an error.
    city: City | None
    #: Where it stands: of documents that could be read, right or wrong.
    sources: Sources
    #: Everything that is wrong or doubtful, in the order of files, lines and columns.
    problems: tuple[Problem, ...]


def validate(files: Iterable[tuple[str, bytes]]) -> Validation:
    """Check manifest files, given by name and content, as one whole.

    Never raises for what a file holds. The order of files makes no difference.
    """
    manifests: list[Manifest[Any]] = []
    declared: set[tuple[str, str]] = set()
    problems: set[Problem] = set()
    for name, content in files:
        report = Report(name)
        found = _read_file(content, report)
        manifests += found.manifests
        declared |= found.declared
        problems.update(report.problems)
    gathered = gather(manifests, frozenset(declared))
    for rule in RULES:
        problems.update(rule(gathered))
    sound = all(each.severity is not Severity.ERROR for each in problems)
    city = _city(gathered) if sound else None
    return Validation(city=city, sources=_Sources(gathered), problems=tuple(sorted(problems)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What one file holds."""

    manifests: tuple[Manifest[Any], ...]
    #: (kind, name) of what its other documents may have been meant to describe.
    declared: frozenset[tuple[str, str]]


def _read_file(content: bytes, report: Report) -> _File:
    """The manifests of one file, each judged by itself."""
    documents = read(content, report)
    manifests = {root: _manifest(root, report) for root in documents.whole}
    unread = [*documents.broken, *(root for root, manifest in manifests.items() if manifest is None)]
    return _File(
        manifests=tuple(each for each in manifests.values() if each is not None),
        declared=frozenset(name for root in unread for name in _declared(root)),
    )


def _manifest(root: Node, report: Report) -> Manifest[Any] | None:
    """A document read by the shape of its kind, or None after reporting that it is of no kind."""
    kind = _kind(root, report)
    if kind is None:
        return None
    spec = kind.document.read(root, report)
    return Manifest(kind=kind.name, name=spec.name, spec=spec, file=report.file, root=root)


def _kind(root: Node, report: Report) -> Kind[Any] | None:
    """The kind of a document. A misspelt one counts as the nearest, whose shape then reports it."""
    if not isinstance(root, nodes.Mapping):
        report.at(
            root, f"{root.noun} stands where a manifest is meant", "begin with apiVersion, kind, metadata and spec"
        )
        return None
    named = child(root, "kind")
    known = ", ".join(KINDS)
    if named is None:
        report.at_key(root, "kind", "is missing", f"add it, one of: {known}")
        return None
    word = named.text if isinstance(named, Scalar) else ""
    kind = KINDS.get(word) or KINDS.get(nearest(word, KINDS) or "")
    if kind is None:
        what = shown(word) if isinstance(named, Scalar) else named.noun
        report.at(named, f"{what} is not a kind of manifest", choose(word, KINDS))
    return kind


def _declared(root: Node) -> set[tuple[str, str]]:
    """What a document that cannot be read as a manifest may have been meant to describe, by its name."""
    metadata = child(root, "metadata")
    name = child(metadata, "name") if metadata is not None else None
    return {(kind, name.text) for kind in KINDS} if isinstance(name, Scalar) else set()


def _city(manifests: Manifests) -> City:
    return City(
        clouds={name: each.spec for name, each in manifests.clouds.items()},
        tenants={name: each.spec for name, each in manifests.tenants.items()},
    )


class _Sources(Mapping[tuple[str, str, str], Location]):
    """The places of all parts of all manifests. A document's are looked up when one is first asked for."""

    def __init__(self, manifests: Manifests) -> None:
        self._manifests = {(each.kind, each.name): each for each in reversed(manifests.all) if each.name}
        self._places: dict[tuple[str, str], dict[str, Location]] = {}

    def __getitem__(self, key: tuple[str, str, str]) -> Location:
        kind, name, path = key
        return self._of(kind, name)[path]

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        return ((kind, name, path) for kind, name in self._manifests for path in self._of(kind, name))

    def __len__(self) -> int:
        return sum(len(self._of(kind, name)) for kind, name in self._manifests)

    def _of(self, kind: str, name: str) -> dict[str, Location]:
        """The places of one document, by path."""
        if (kind, name) not in self._places:
            manifest = self._manifests[kind, name]
            found = {nodes.dotted(way): manifest.location(*way) for way in map(Node.steps, nodes.walk(manifest.root))}
            self._places[kind, name] = found
        return self._places[kind, name]
