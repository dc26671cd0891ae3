"""What a request changes, as the record is now: for reviewers, over HTTP and at the terminal."""

from collections.abc import Callable
from typing import Final

from provisioner.requests.comparison import Comparison, Replanned, compared
from provisioner.requests.difference import difference, sentences
from provisioner.requests.request import Event, Request
from provisioner.requests.states import Act
from provisioner.store import plans, standing
from provisioner.store.database import Connection
from tenants.documents import Document, documents
from tenants.names import IDENTIFIER

#: Objects of a plan that are told; the plan itself has all.
_MOST: Final = 200
#: What gives a request a plan.
_PLANNED: Final = frozenset({Act.SUBMIT, Act.REVIEW_AGAIN})


def comparison(connection: Connection, request: Request, sees: Callable[[Document], bool]) -> Comparison:
    """All that a request changes; a document in force that is not to be seen counts as none.

    A draft's documents that have no name, or one that none can have, are left out: the record cannot be asked for them.
    """
    stored = plans.find(connection, request.plan) if request.plan else None
    every = documents(request.papers.files, request.papers.attached)
    brought = tuple(each for each in every if IDENTIFIER.fullmatch(each.name))
    found = standing.load_some(connection, {(each.kind, each.name) for each in brought})
    return Comparison(
        documents=compared(brought, filter(sees, found)),
        changes=sentences(stored.plan, _MOST) if stored else (),
        replanned=_replanned(connection, request),
    )


def _replanned(connection: Connection, request: Request) -> Replanned | None:
    made = [(each, each.fingerprint) for each in request.history if each.act in _PLANNED and each.fingerprint]
    if len(made) < len(("before", "after")):
        return None
    (before, then), (after, now) = made[-2:]
    return Replanned(act=after.act, at=after.at, before=then, after=now, changes=_between(connection, before, after))


def _between(connection: Connection, before: Event, after: Event) -> tuple[str, ...]:
    stored = [plans.find_alike(connection, each.fingerprint) for each in (before, after) if each.fingerprint]
    old, new = stored
    return difference(old.plan, new.plan) if old and new else ()
