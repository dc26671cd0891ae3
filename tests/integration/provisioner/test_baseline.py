"""What was last applied, though at different times and from different files, makes one city."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from provisioner.baseline import baseline
from provisioner.store import applied as records
from provisioner.store import revisions
from provisioner.store.applied import Applied
from tenants.names import CloudName, TenantName
from tenants.resources import Limit

if TYPE_CHECKING:
    from tests.integration.provisioner.conftest import Site

_APPLICATION = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: registration, displayName: 商事登记}
spec:
  owner: market
  project: a
  servers: [{name: web, image: guest, flavor: small, userData: web.sh}]
"""
_MARKET, _TAXES = TenantName("market"), TenantName("taxes")


def test_there_is_none_before_anything_is_applied(site: "Site", words: Any) -> None:
    """A plan alone applies nothing."""
    site.plan(words.tenant(a=4))
    assert baseline(site.database) is None


def test_each_tenant_counts_as_it_was_last_applied(site: "Site", words: Any, applied: Any) -> None:
    """One of them from an older file than the other."""
    applied([words.tenant(a=4), words.tenant("taxes", b=4)], ("market", "city"), ("taxes", "city"))
    applied([words.tenant(a=8), words.tenant("taxes", b=8)], ("market", "city"))
    city = baseline(site.database)
    assert city
    assert {name: each.projects[0].limits for name, each in city.tenants.items()} == {
        _MARKET: {words.cores: Limit(8)},
        _TAXES: {words.cores: Limit(4)},
    }


def test_each_cloud_counts_for_itself(site: "Site", words: Any, applied: Any) -> None:
    """A tenant may have been applied in one cloud and not yet in the other."""
    fields = {"cloud": "district", "quota": {"compute": {"cores": 4}}}
    applied([words.tenant(a=4, b=fields)], ("market", "city"), ("market", "district"))
    applied([words.tenant(a=8, b={**fields, "quota": {}})], ("market", "city"))
    city = baseline(site.database)
    assert city
    assert {each.name: each.limits for each in city.tenants[_MARKET].projects} == {
        "a": {words.cores: Limit(8)},
        "b": {words.cores: Limit(4)},
    }


def test_a_project_never_applied_is_not_in_it(site: "Site", words: Any, applied: Any) -> None:
    """Though the manifest that was applied elsewhere names it."""
    applied([words.tenant(a=4, b={"cloud": "district"})], ("market", "city"))
    city = baseline(site.database)
    assert city
    assert [each.name for each in city.tenants[_MARKET].projects] == ["a"]


def test_tenants_without_projects_are_in_it(site: "Site", words: Any, applied: Any) -> None:
    """Nothing of theirs is ever applied, but the tree and its envelopes need them."""
    root = words.tenant("shenzhen", envelope={"city": {"compute": {"cores": 100}}})
    applied([root, words.tenant(parent="shenzhen", a=4)], ("market", "city"))
    city = baseline(site.database)
    assert city
    assert city.tenants[TenantName("shenzhen")].envelopes == {CloudName("city"): {words.cores: Limit(100)}}


def test_files_that_manifests_name_are_read_from_the_record(site: "Site", words: Any) -> None:
    """Without them the manifests would not be valid any more, and the tree would be lost."""
    read, at = words.manifests(words.tenant("shenzhen"), words.tenant(parent="shenzhen", a=4)), site.now()
    files = {**read.files, "registration.yaml": _APPLICATION}
    with site.database.transaction() as connection:
        revision = revisions.save(connection, files, actor=site.actor, at=at, attached={"web.sh": "#!/bin/sh\n"})
        spec = read.city.tenants[_MARKET]
        records.record(connection, Applied(tenant=_MARKET, cloud=words.city, revision=revision, spec=spec, at=at))
    city = baseline(site.database)
    assert city
    assert sorted(city.tenants) == ["market", "shenzhen"]


def test_a_tenant_not_applied_yet_holds_nothing(site: "Site", words: Any, applied: Any) -> None:
    """It is known by the file that another was applied from."""
    applied([words.tenant(a=4), words.tenant("taxes", b=4)], ("market", "city"))
    city = baseline(site.database)
    assert city
    assert city.tenants[_TAXES].projects == ()


@pytest.fixture
def rooted(words: Any, applied: Any) -> Callable[..., None]:
    """Notes that a tenant has been applied from files in which their common root may hold so many cores."""

    def note(name: str, cores: int) -> None:
        root = words.tenant("shenzhen", envelope={"city": {"compute": {"cores": cores}}})
        tenants = (words.tenant(each, a=1) for each in ("market", "taxes", "water"))
        applied([root, *tenants], (name, "city"))

    return note


@pytest.mark.parametrize(
    "order",
    [
        [("taxes", 10), ("market", 20)],
        [("market", 10), ("taxes", 20)],
        [("market", 20), ("taxes", 10), ("water", 20)],
    ],
)
def test_the_files_applied_last_decide_for_what_is_common(
    site: "Site", words: Any, rooted: Callable[..., None], order: list[tuple[str, int]]
) -> None:
    """Whosever tenant it was, and also where they had been applied before others."""
    for name, cores in order:
        rooted(name, cores)
    city = baseline(site.database)
    assert city
    assert city.tenants[TenantName("shenzhen")].envelopes == {CloudName("city"): {words.cores: Limit(20)}}
