"""What is in force: kept when operators apply and when requests are carried out, read when a request is checked.

A request brings a few documents of one department. What they mean, and whether there is room for them, shows only
beside all others, which are these.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from provisioner.operation import RevisionId
from provisioner.plan import Plan
from provisioner.requests.request import Papers, Request
from provisioner.store import reservations, revisions, standing
from provisioner.store.database import Connection, Database
from provisioner.store.reservations import Mark
from tenants.documents import Document, composed, documents, moved
from tenants.names import TenantName
from tenants.spec import City
from tenants.wave import WaveName


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """All documents in force at one time."""

    documents: tuple[Document, ...]
    #: How far the ledger of reservations was at that time; as long as it stands there, these are in force.
    mark: Mark

    def with_papers(self, papers: Papers) -> Papers:
        """These documents with a request's in place of those of the same kind and name."""
        brought = {(each.kind, each.name) for each in documents(papers.files, papers.attached)}
        kept = (each for each in self.documents if (each.kind, each.name) not in brought)
        files, attached = composed(kept)
        return Papers(files={**files, **papers.files}, attached={**attached, **papers.attached})

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all documents with what is attached to them, in hexadecimal: the same documents have the same."""
        listed = sorted((each.kind, each.name, each.text, sorted(each.attached.items())) for each in self.documents)
        return hashlib.sha256(json.dumps(listed, ensure_ascii=False).encode()).hexdigest()

    @property
    def papers(self) -> Papers:
        """These documents as files."""
        files, attached = composed(self.documents)
        return Papers(files=files, attached=attached)


def in_force(database: Database) -> InForce:
    """What is in force now."""
    with database.transaction() as connection:
        standing.freeze(connection)
        return InForce(documents=standing.load_all(connection), mark=reservations.mark(connection))


def apply_request(connection: Connection, request: Request, *, at: datetime) -> None:
    """Bring a request's documents into force."""
    papers = request.papers
    brought = (moved(each, request.id) for each in documents(papers.files, papers.attached))
    standing.put(connection, brought, origin=request.id, at=at)


def apply_revision(connection: Connection, revision: RevisionId, plan: Plan, city: City, *, at: datetime) -> None:
    """Bring the documents of an operator's approved plan into force: those of its tenants, and all that have no projects.

    Documents of tenants that the plan leaves out come into force only where nothing is yet.
    """
    kept = revisions.load(connection, revision)
    planned = {section.tenant for section in plan.sections}
    owners = {str(name): each.owner for name, each in city.applications.items()}
    brought = [moved(each, revision) for each in documents(kept.files, kept.attached)]
    chosen = [each for each in brought if _is_planned(each, planned, owners, city)]
    reservations.count_standing(connection)
    if policies := {each.name for each in chosen if each.kind == "Policy"}:
        standing.drop_others(connection, "Policy", policies)  # there is one, and it may have another name now
    if lists := {each.name for each in chosen if each.kind == "PriceList"}:
        standing.drop_others(connection, "PriceList", lists)  # they follow one another only together
    standing.put(connection, chosen, origin=revision, at=at)
    standing.put_absent(connection, brought, origin=revision, at=at)


def _is_planned(document: Document, planned: set[TenantName], owners: Mapping[str, TenantName], city: City) -> bool:
    if document.kind == "Tenant":
        tenant = city.tenants[TenantName(document.name)]
        return tenant.name in planned or not tenant.projects
    if document.kind == "Wave" and (wave := city.waves.get(WaveName(document.name))) is not None:
        return wave.owner in planned or not city.tenants[wave.owner].projects
    return document.kind != "Application" or owners.get(document.name) in planned
