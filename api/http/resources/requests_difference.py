"""What a request changes: its manifests beside those in force, its plan in words, and the plan that was looked at before."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import Final

from api.http.resources import requests_models as models
from api.http.resources.requests_views import Reader
from api.http.service import Service
from provisioner.requests.difference import difference, sentences
from provisioner.requests.request import Event, Request
from provisioner.requests.states import Act
from provisioner.store import plans, standing
from provisioner.store.database import Connection
from tenants.documents import Document, documents, owner_of

#: Objects of a plan that are told; the plan itself has all.
_MOST: Final = 200
#: What gives a request a plan.
_PLANNED: Final = frozenset({Act.SUBMIT, Act.REVIEW_AGAIN})


def difference_of(request: Request, service: Service, reader: Reader) -> models.Difference:
    """All of it, as the record is now."""
    with service.database.transaction() as connection:
        stored = plans.find(connection, request.plan) if request.plan else None
        return models.Difference(
            documents=tuple(_changed(connection, request, reader)),
            changes=sentences(stored.plan, _MOST) if stored else (),
            replanned=_replanned(connection, request),
        )


def _changed(connection: Connection, request: Request, reader: Reader) -> Iterator[models.Changed]:
    """Every document; what is in force of others under the same name is not theirs to read."""
    brought = tuple(documents(request.papers.files, request.papers.attached))
    found = standing.load_some(connection, {(each.kind, each.name) for each in brought})
    old = {(each.kind, each.name): each for each in found if reader.sees(owner_of(each))}
    for each in brought:
        before = old.get((each.kind, each.name))
        yield models.Changed(kind=each.kind, name=each.name, new=before is None, diff=_diff(before, each))


def _diff(before: Document | None, after: Document) -> str:
    old, new = ("" if before is None else _text(before)).splitlines(), _text(after).splitlines()
    return "".join(f"{line}\n" for line in unified_diff(old, new, "in force", "asked for", lineterm=""))


def _text(document: Document) -> str:
    """The manifest, and behind it whatever files it names."""
    files = (f"# {name}\n{text}" for name, text in sorted(document.attached.items()))
    return "\n".join((document.text.strip("\n"), *files))


def _replanned(connection: Connection, request: Request) -> models.Replanned | None:
    made = [each for each in request.history if each.act in _PLANNED and each.fingerprint]
    if len(made) < len(("before", "after")):
        return None
    before, after = made[-2:]
    document = {"act": after.act, "at": after.at, "from": before.fingerprint, "to": after.fingerprint}
    return models.Replanned.model_validate({**document, "changes": _between(connection, before, after)})


def _between(connection: Connection, before: Event, after: Event) -> tuple[str, ...]:
    stored = [plans.find_alike(connection, each.fingerprint) for each in (before, after) if each.fingerprint]
    old, new = stored
    return difference(old.plan, new.plan) if old and new else ()
