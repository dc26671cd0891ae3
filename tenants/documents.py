"""Manifests one document at a time: what kind and name each has, its text, and the files that it names.

Validation looks at files as a whole; where some documents take the place of others, as a request's do of those in force,
they are told apart here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tenants import user_data
from tenants.kinds import KINDS
from tenants.kinds.applications.application import APPLICATION
from tenants.kinds.tenant import TENANT
from tenants.kinds.waves.wave import WAVE
from tenants.language.division import divide
from tenants.language.document import read
from tenants.language.nodes import Node, Scalar, child
from tenants.language.report import Report
from tenants.names import TenantName


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One manifest as it is written."""

    kind: str
    name: str
    #: The file that it stands in.
    file: str
    text: str
    #: Texts of the files that it names, by the name that validation looks them up by.
    attached: Mapping[str, str] = field(default_factory=dict)

    @property
    def own_file(self) -> str:
        """A file's name for this document alone, in the same folder."""
        return f"{self.file}#{self.kind}-{self.name}"


def documents(files: Mapping[str, str], attached: Mapping[str, str]) -> Iterator[Document]:
    """Every document of files that validation found right, given by name and text."""
    for file, text in files.items():
        for piece in divide(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")):
            yield from _documents(file, piece, attached)


def owner_of(document: Document) -> TenantName | None:
    """The tenant whose document it is; None for one that is no tenant's, and where it does not say."""
    if document.kind == TENANT.name:
        return TenantName(document.name)
    owned = document.kind in {APPLICATION.name, WAVE.name}
    for root in read(document.text.encode(), Report(document.file)).whole if owned else ():
        spec = child(root, "spec")
        owner = child(spec, "owner") if spec else None
        if isinstance(owner, Scalar):
            return TenantName(owner.text)
    return None


def moved(document: Document, folder: str) -> Document:
    """The document as it would be in another folder, with all that it names."""
    return Document(
        kind=document.kind,
        name=document.name,
        file=_below(folder, document.file),
        text=document.text,
        attached={_below(folder, name): text for name, text in document.attached.items()},
    )


def composed(listed: Iterable[Document]) -> tuple[dict[str, str], dict[str, str]]:
    """Documents as files, one each, and the files that they name: what validation takes."""
    whole = tuple(listed)
    return {each.own_file: each.text for each in whole}, {
        name: text for each in whole for name, text in each.attached.items()
    }


def _documents(file: str, piece: str, attached: Mapping[str, str]) -> Iterator[Document]:
    for root in read(piece.encode(), Report(file)).whole:
        kind, metadata = child(root, "kind"), child(root, "metadata")
        name = child(metadata, "name") if metadata else None
        if isinstance(kind, Scalar) and isinstance(name, Scalar) and kind.text in KINDS:
            needed = {each: attached[each] for each in _named(kind.text, root, file) if each in attached}
            yield Document(kind=kind.text, name=name.text, file=file, text=piece, attached=needed)


def _named(kind: str, root: Node, file: str) -> tuple[str, ...]:
    """The files that a document names, as validation looks them up."""
    if kind != APPLICATION.name:
        return ()
    return tuple(each.name for each in user_data.named(APPLICATION.document.read(root, Report(file)), file))


def _below(folder: str, name: str) -> str:
    return str(PurePosixPath(folder, name.lstrip("/")))
