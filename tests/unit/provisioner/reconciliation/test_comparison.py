"""Drift is what applying the same manifests again would change."""

from typing import Any

from provisioner.diff import Difference
from provisioner.reconciliation.comparison import look_for_drift
from tenants.names import CloudName
from tenants.resources import Service
from tenants.spec import ProjectState


def _words(differences: tuple[Difference, ...]) -> list[tuple[str, str, object, object]]:
    return [(str(each.address), each.property, each.expected, each.actual) for each in differences]


def test_a_settled_cloud_has_no_drift(build: Any) -> None:
    """What no manifest names may be as it likes."""
    tenant = build.tenant(build.project(limits={"compute/cores": 160}))
    view = build.view(readings={"compute/cores": (160, 0, 0), "compute/ram": (5, 0, 0)})
    look = look_for_drift([tenant], build.observation(view))
    assert (look.differences, look.unreadable, look.tenants) == ((), (), frozenset({"market"}))


def test_a_limit_that_somebody_changed(build: Any) -> None:
    """With what was applied and what was found."""
    tenant = build.tenant(build.project(limits={"compute/cores": 160}))
    look = look_for_drift([tenant], build.observation(build.view(readings={"compute/cores": (200, 0, 0)})))
    assert _words(look.differences) == [("city/market/registration/quota/compute", "cores", 160, 200)]


def test_a_limit_that_a_plan_would_refuse_to_lower(build: Any) -> None:
    """It is drift all the same, though more is in use than was applied."""
    tenant = build.tenant(build.project(limits={"compute/cores": 160}))
    look = look_for_drift([tenant], build.observation(build.view(readings={"compute/cores": (200, 180, 0)})))
    assert [each.actual for each in look.differences] == [200]


def test_members_that_were_taken_away_or_came_back(build: Any) -> None:
    """Both are told by who they are; members that no manifest names are nobody's drift."""
    tenant = build.tenant(build.project(members=("group/ops/member",)))
    look = look_for_drift([tenant], build.observation(build.view(members=("user/li/reader",))))
    assert _words(look.differences) == [("city/market/registration/members", "group:ops:member", True, False)]


def test_a_project_that_was_deleted(build: Any) -> None:
    """One difference, not one for each of its limits."""
    tenant = build.tenant(build.project(limits={"compute/cores": 160}))
    look = look_for_drift([tenant], build.observation())
    assert _words(look.differences) == [("city/market/registration/project", "", "present", "absent")]


def test_a_project_that_was_disabled(build: Any) -> None:
    """Applied projects are enabled."""
    look = look_for_drift([build.tenant(build.project())], build.observation(build.view(enabled=False)))
    assert _words(look.differences) == [("city/market/registration/project", "enabled", True, False)]


def test_a_retired_project_may_be_gone(build: Any) -> None:
    """Nobody misses it."""
    tenant = build.tenant(build.project(state=ProjectState.RETIRED))
    assert look_for_drift([tenant], build.observation()).differences == ()


def test_what_cannot_be_read_is_not_drift(build: Any) -> None:
    """It is said with the reason; the tenant does not count as looked at, so that nothing of it is called resolved."""
    tenant = build.tenant(build.project(limits={"compute/cores": 160, "network/port": 5}))
    view = build.view(readings={"compute/cores": (200, 0, 0)}, unreadable={Service.NETWORK: "503"})
    look = look_for_drift([tenant], build.observation(view))
    assert [each.property for each in look.differences] == ["cores"]
    assert look.tenants == frozenset()
    assert look.unreadable == (("market", "city/market/registration/quota/network: its limits could not be read: 503"),)


def test_what_was_not_read_is_not_drift(build: Any) -> None:
    """An observation that did not ask a service says nothing about its limits."""
    tenant = build.tenant(build.project(limits={"network/port": 5}))
    look = look_for_drift([tenant], build.observation(build.view()))
    assert look.differences == ()
    ((tenant_name, reason),) = look.unreadable
    assert tenant_name == "market"
    assert reason.startswith("city/market/registration/quota/network: its limits could not be read")


def test_other_clouds_are_not_looked_at(build: Any) -> None:
    """An observation speaks of its own cloud alone."""
    tenant = build.tenant(build.project(cloud=CloudName("district")))
    assert look_for_drift([tenant], build.observation()).differences == ()


def test_tenants_are_looked_at_in_their_order(build: Any) -> None:
    """Whatever order they were applied in."""
    tenants = [build.tenant(build.project("b"), name="b"), build.tenant(build.project("a"), name="a")]
    look = look_for_drift(tenants, build.observation())
    assert [each.address.tenant for each in look.differences] == ["a", "b"]
    assert look.tenants == frozenset({"a", "b"})
