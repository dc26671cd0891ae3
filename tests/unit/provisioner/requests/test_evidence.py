"""Evidence: present use beside the limits that a request comes to."""

from typing import Any

import pytest

from provisioner.requests.evidence import uses
from tenants.names import CloudName, TenantName
from tenants.spec import ProjectState

MARKET = TenantName("market")


def _told(build: Any, *, enforced: int, used: int, **project: Any) -> list[tuple[int | None, int]]:
    """What is enforced and what is asked for, of a project that names 100 cores."""
    city = build.city(build.tenant(build.project(limits={"compute/cores": 100}, **project)))
    seen = build.observation(build.view(readings={"compute/cores": (enforced, used, 0)}))
    return [(each.enforced, each.asked) for each in uses(city, {CloudName("city"): seen}, [MARKET])]


def test_a_limit_that_is_to_be_another_is_told(build: Any) -> None:
    """With what is enforced now and what is asked for."""
    assert _told(build, enforced=64, used=10) == [(64, 100)]


@pytest.mark.parametrize("state", [ProjectState.RESTRICTED, ProjectState.RETIRED])
def test_limits_that_a_manifest_names_and_a_state_holds_back_are_not_asked_for(build: Any, state: ProjectState) -> None:
    """Else a tenant that has a project whose time is over could lower nothing by rule, and reviewers would see growth."""
    assert _told(build, enforced=10, used=10, state=state) == []


@pytest.mark.parametrize("state", [ProjectState.RESTRICTED, ProjectState.RETIRED])
def test_what_a_project_is_restricted_or_retired_to_is_told(build: Any, state: ProjectState) -> None:
    """Its limits go down to what it uses, whatever they are in its manifest."""
    assert _told(build, enforced=100, used=10, state=state) == [(100, 10)]
