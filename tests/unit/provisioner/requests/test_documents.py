"""What a request's manifests may not say, and what is said of those that would take the place of others'."""

from typing import Any

import pytest

from provisioner.requests.documents import Asking, improper, taken
from tenants.language.emission import emit
from tenants.names import TenantName
from tenants.spec import City
from tenants.validation import validate

MARKET = TenantName("market")


def city(**parents: str | None) -> City:
    """Tenants, each below another or none; each runs an application of its name in a project `p`."""
    documents: list[dict[str, Any]] = [
        _document("Cloud", "city", {"level": "municipal", "domain": "d", "zones": [_ZONE]})
    ]
    for name, parent in parents.items():
        above = {} if parent is None else {"parent": parent}
        project = {"name": "p", "cloud": "city", "zone": "extranet", "purpose": "登记", "quota": {}}
        documents.append(_document("Tenant", name, {**above, "protectionLevel": 2, "projects": [project]}))
        documents.append(_document("Application", f"{name}-app", {"owner": name, "project": "p"}))
    validation = validate([("city.yaml", emit(documents).encode())])
    assert validation.city, validation.problems
    return validation.city


_ZONE = {"name": "extranet", "displayName": "政务外网", "availabilityZone": "extranet", "protectionLevels": [2]}


def _document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "tenantry/v1", "kind": kind, "metadata": {"name": name, "displayName": name}, "spec": spec}


@pytest.fixture
def before() -> City:
    """The market with its archive, and the harbour beside them."""
    return city(market=None, archive="market", harbour=None)


@pytest.mark.parametrize(
    "document",
    [
        *(("Tenant", "market"), ("Tenant", "archive"), ("Tenant", "new"), ("Application", "archive-app")),
        *(("Application", "new-app"), ("Cloud", "city")),
    ],
)
def test_what_is_one_s_own_or_nobody_s_is_free(before: City, document: tuple[str, str]) -> None:
    """One's own tenant, those below, what they run, and whatever is new; a cloud is refused for another reason."""
    assert taken(MARKET, [document], before) == ()


def test_a_tenant_of_others_is_none_of_theirs(before: City) -> None:
    """In the words that hold for one that is not there."""
    (found,) = taken(MARKET, [("Tenant", "harbour")], before)
    assert (found.document, found.message) == (("Tenant", "harbour"), "harbour is neither market nor below it")
    after = city(market=None, archive="market", nothing=None)
    brought = frozenset({("Tenant", "nothing")})
    asking = Asking(tenant=MARKET, documents=brought, before=before, after=after, sources={})
    (told,) = improper(asking)
    assert (told.message, told.remedy) == (found.message.replace("harbour", "nothing"), found.remedy)


def test_an_application_of_others_keeps_its_name(before: City) -> None:
    """Whose it is, is not told."""
    (found,) = taken(MARKET, [("Application", "harbour-app")], before)
    assert (found.message, found.remedy) == ('the name "harbour-app" is taken', "choose another")


def test_what_is_above_is_not_below(before: City) -> None:
    """A unit does not ask for its department."""
    assert [each.document for each in taken(TenantName("archive"), [("Tenant", "market")], before)] == [
        ("Tenant", "market")
    ]
