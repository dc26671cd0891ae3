"""`tenantry drift`: what is no longer as it was applied, and since when."""

import pytest

from tests.acceptance.manifests import DISPLAY_NAME
from tests.acceptance.shell import CHANGES, ERROR, Shell
from tests.acceptance.site import Site
from tests.acceptance.traffic import writes


@pytest.fixture
def applied(site: Site) -> Site:
    """One tenant, applied."""
    site.apply()
    return site


def test_what_is_as_applied_does_not_drift(applied: Site) -> None:
    """Exit code 0."""
    assert "No drift" in applied.tenantry("drift").out


def test_a_limit_changed_by_hand_is_shown_with_its_first_sight(applied: Site) -> None:
    """Exit code 2, with both values; a later look keeps the time of the first."""
    applied.city.set_limits("compute", applied.project_id, {"cores": 26})
    first, later = applied.drift(), applied.drift()
    assert [(each["property"], each["expected"], each["actual"]) for each in first] == [("cores", 6, 26)]
    assert first[0]["firstSeen"] == later[0]["firstSeen"]
    assert first[0]["lastSeen"] < later[0]["lastSeen"]


def test_people_read_it_in_chinese(applied: Site) -> None:
    """The table names the department, what was applied and what was found."""
    applied.city.set_limits("network", applied.project_id, {"port": 21})
    said = applied.tenantry("drift", code=CHANGES).out
    assert [each for each in (DISPLAY_NAME, "port", "20", "21") if each not in said] == []


def test_members_and_the_project_drift_too(applied: Site) -> None:
    """A project that somebody disabled, and a role that somebody took away; apply restores both."""
    applied.city.revoke(applied.project_id, "user:zhao-lei:reader")
    applied.city.disable(applied.project_id)
    assert {each["property"] for each in applied.drift()} == {"enabled", "user:zhao-lei:reader"}
    applied.apply()
    applied.must_be_as_asked()
    assert applied.city.project(applied.keystone_name)["enabled"] is True


def test_a_project_that_is_gone_is_drift_and_is_made_again(applied: Site) -> None:
    """Somebody deleted it in Keystone."""
    applied.city.admin.call("DELETE", "keystone", f"/v3/projects/{applied.project_id}")
    assert applied.drift()
    applied.apply()
    applied.must_be_as_asked()
    assert applied.drift(code=0) == []


def test_it_changes_nothing(applied: Site) -> None:
    """Looking is all that it does."""
    applied.city.set_limits("compute", applied.project_id, {"cores": 26})
    mark = applied.devcloud.mark()
    applied.drift()
    assert writes(applied.devcloud, mark) == []


def test_apply_ends_it(applied: Site) -> None:
    """The limit is as applied again, and the drift is over."""
    applied.city.set_limits("compute", applied.project_id, {"cores": 26})
    applied.drift()
    applied.apply()
    applied.must_be_as_asked()
    assert applied.drift(code=0) == []


def test_before_anything_was_applied_nothing_can_drift(tenantry: Shell) -> None:
    """It says how to begin."""
    assert "nothing was applied yet" in tenantry("drift", code=ERROR).err
