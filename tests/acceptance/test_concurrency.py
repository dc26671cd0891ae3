"""Two `tenantry apply` at once on the same records: both end right, nothing is done twice."""

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.fleet import SIZE, WRITES_EACH, Fleet
from tests.acceptance.manifests import cloud, tenant, write
from tests.acceptance.shell import ERROR, NOTHING
from tests.acceptance.site import Site


@pytest.fixture
def fleet(undisturbed: Devcloud, site: Site) -> Fleet:
    """Tenants on a cloud that is somewhat away, so that the two commands meet."""
    undisturbed.latency(30, cloud="city")
    return Fleet.of(site)


def test_the_same_tenants_twice(fleet: Fleet) -> None:
    """One of them may find that the other was there before; every write takes effect once."""
    codes = [each.wait().code for each in (fleet.start(), fleet.start())]
    assert (NOTHING in codes, set(codes) <= {NOTHING, ERROR}) == (True, True)
    assert fleet.site.effects == SIZE * WRITES_EACH
    fleet.must_be_as_planned()


def test_different_tenants_side_by_side(fleet: Fleet) -> None:
    """Each command does its own, and both succeed."""
    site = fleet.site
    halves = fleet.tenants[: SIZE // 2], fleet.tenants[SIZE // 2 :]
    asked = [write(site.tenantry.folder / half[0], cloud(), *map(tenant, half)) for half in halves]
    for running in [site.tenantry.start("apply", each, "--yes") for each in asked]:
        running.wait().must_be(NOTHING)
    assert site.writes == SIZE * WRITES_EACH
    fleet.must_be_as_planned()


def test_plans_are_made_while_it_applies(fleet: Fleet) -> None:
    """Looking disturbs nobody."""
    applying = fleet.started(1)
    looking = [fleet.site.tenantry.start("plan", fleet.site.folder, "-o", "json") for _ in range(3)]
    assert {each.wait().code for each in looking} <= {0, 2}
    applying.wait().must_be(NOTHING)
    fleet.must_be_as_planned()
