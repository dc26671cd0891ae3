"""From the bytes of manifest files to one checked city, or to everything that is wrong with them.

The way in to this package. Three stages, and no mistake in one keeps the others from being found: files are read as YAML
(`tenants.language`), each document by the shape of its kind (`tenants.kinds`), and all together by the rules
(`tenants.rules`).
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from tenants import user_data
from tenants.application import ApplicationSpec
from tenants.kinds import KINDS
from tenants.kinds.kind import Kind, Manifest
from tenants.language import nodes
from tenants.language.document import read
from tenants.language.nodes import Node, Scalar, child
from tenants.language.report import Report, choose, nearest, shown
from tenants.names import ProjectName, TenantName
from tenants.policy import STANDARD
from tenants.problems import Location, Problem, Severity
from tenants.rules import RULES, Rule
from tenants.rules.manifests import Manifests, gather
from tenants.spec import City, ProjectSpec, Sources, TenantSpec

#: The content of a file that a manifest names, by the name of `tenants.user_data.beside`, or None where there is none.
Lookup = Callable[[str], bytes | None]


def nothing(name: str) -> bytes | None:  # noqa: ARG001 - whatever its name
    """Finds no file: for manifests that name none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What came of a set of manifest files."""

    #: All that they say; None where any problem is an error.
    city: City | None
    #: Where it stands: of documents that could be read, right or wrong.
    sources: Sources
    #: Everything that is wrong or doubtful, in the order of files, lines and columns.
    problems: tuple[Problem, ...]
    #: What the files hold that manifests name and that were found, by the name they were looked up by.
    attached: Mapping[str, bytes] = field(default_factory=dict)


def validate(
    files: Iterable[tuple[str, bytes]],
    lookup: Lookup = nothing,
    rules: Iterable[Rule] = RULES,
    *,
    known: "Known | None" = None,
) -> Validation:
    """Check manifest files, given by name and content, as one whole; `lookup` finds the files that they name.

    `rules` are those between documents: all there are, unless somebody checks the others in another way. `known` saves
    reading files again that it saw before.

    Never raises for what a file holds. The order of files makes no difference.
    """
    manifests: list[Manifest[Any]] = []
    declared: set[tuple[str, str]] = set()
    problems: set[Problem] = set()
    for name, content in files:
        found = _read_file(name, content) if known is None else known.file(name, content)
        manifests += found.manifests
        declared |= found.declared
        problems.update(found.problems)
    gathered = gather(manifests, frozenset(declared), _attached(manifests, lookup))
    for rule in rules:
        problems.update(rule(gathered))
    sound = all(each.severity is not Severity.ERROR for each in problems)
    city = _city(gathered) if sound else None
    return Validation(
        city=city, sources=_Sources(gathered), problems=tuple(sorted(problems)), attached=gathered.attached
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What one file holds."""

    manifests: tuple[Manifest[Any], ...]
    #: (kind, name) of what its other documents may have been meant to describe.
    declared: frozenset[tuple[str, str]]
    problems: tuple[Problem, ...]


class Known:
    """Files that were read before, for whoever validates many that say the same again and again. Threads may share it.

    A file is judged by itself, so what is known of it holds beside whatever others. Some 50 kB each are kept of the last ones.
    """

    def __init__(self, most: int = 2048) -> None:
        """Keep no more than that many."""
        self._most = most
        self._files: OrderedDict[tuple[str, bytes], _File] = OrderedDict()
        self._lock = Lock()

    def file(self, name: str, content: bytes) -> _File:
        """What a file of that name holds."""
        key = name, content
        with self._lock:
            if (kept := self._files.get(key)) is not None:
                self._files.move_to_end(key)
                return kept
        found = _read_file(name, content)
        with self._lock:
            self._files[key] = found
            if len(self._files) > self._most:
                self._files.popitem(last=False)
        return found


def _read_file(name: str, content: bytes) -> _File:
    """The manifests of one file, each judged by itself."""
    report = Report(name)
    documents = read(content, report)
    manifests = {root: _manifest(root, report) for root in documents.whole}
    unread = [*documents.broken, *(root for root, manifest in manifests.items() if manifest is None)]
    return _File(
        manifests=tuple(each for each in manifests.values() if each is not None),
        declared=frozenset(name for root in unread for name in _declared(root)),
        problems=tuple(report.problems),
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


def _attached(manifests: Iterable[Manifest[Any]], lookup: Lookup) -> dict[str, bytes]:
    """The files that manifests name, each looked up once; those that are not there left out."""
    names = {
        each.name
        for manifest in manifests
        if isinstance(manifest.spec, ApplicationSpec)
        for each in user_data.named(manifest.spec, manifest.file)
    }
    return {name: content for name in sorted(names) if (content := lookup(name)) is not None}


def _city(manifests: Manifests) -> City:
    """What sound manifests say, each project with its zone and with the applications that it holds."""
    held: dict[tuple[TenantName, ProjectName], list[ApplicationSpec]] = {}
    for _, each in sorted(manifests.applications.items()):
        whole = user_data.filled(each.spec, each.file, manifests.attached)
        held.setdefault((whole.owner, whole.project), []).append(whole)
    return City(
        clouds={name: each.spec for name, each in manifests.clouds.items()},
        tenants={name: _placed(_holding(each.spec, held), manifests) for name, each in manifests.tenants.items()},
        policy=next((each.spec for each in manifests.every_policy()), STANDARD),
        prices=tuple(sorted((each.spec for each in manifests.every_price_list()), key=lambda each: each.valid_from)),
        waves={each.spec.name: each.spec for each in sorted(manifests.every_wave(), key=lambda each: each.name)},
    )


def _placed(tenant: TenantSpec, manifests: Manifests) -> TenantSpec:
    """The tenant with each project's zone as its cloud describes it."""
    zones = {name: each.spec.zones for name, each in manifests.clouds.items()}
    projects = tuple(replace(each, site=zones.get(each.cloud, {}).get(each.zone)) for each in tenant.projects)
    return replace(tenant, projects=projects)


def _holding(
    tenant: TenantSpec, held: Mapping[tuple[TenantName, ProjectName], Iterable[ApplicationSpec]]
) -> TenantSpec:
    """The tenant with each project's applications, which take over its protection level where they name none."""
    return replace(
        tenant,
        projects=tuple(_with_applications(each, held.get((tenant.name, each.name), ())) for each in tenant.projects),
    )


def _with_applications(project: ProjectSpec, applications: Iterable[ApplicationSpec]) -> ProjectSpec:
    whole = (replace(each, protection_level=each.protection_level or project.protection_level) for each in applications)
    return replace(project, applications=tuple(whole))


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
