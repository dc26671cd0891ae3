"""What was asked beside what is enforced, resource by resource."""

from dataclasses import replace
from typing import Any

import pytest

from monitoring.allocation import Allocation, AllocationState, allocations, cloud_totals, envelope_shares
from tenants.names import CloudName, TenantName
from tenants.resources import Service
from tenants.spec import City, ProjectState

_CITY = CloudName("city")


def _only(rows: tuple[Allocation, ...]) -> Allocation:
    (row,) = rows
    return row


def _states(rows: tuple[Allocation, ...]) -> dict[str, AllocationState]:
    return {str(row.resource): row.state for row in rows}


@pytest.mark.parametrize(
    ("enforced", "state"),
    [(160, AllocationState.MATCHES), (200, AllocationState.DIFFERS), (-1, AllocationState.DIFFERS)],
)
def test_enforced_beside_asked(build: Any, enforced: int, state: AllocationState) -> None:
    """Equal matches, anything else differs, unlimited too."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160})))
    seen = build.observation(build.view(read={"compute/cores": (enforced, 24, 4)}))
    row = _only(allocations(city, {_CITY: seen}))
    assert (row.asked, row.enforced, row.used, row.reserved, row.state) == (160, enforced, 24, 4, state)


def test_a_project_that_is_not_there(build: Any) -> None:
    """It is missing, which is not the same as unreadable."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160})))
    row = _only(allocations(city, {_CITY: build.observation()}))
    assert (row.state, row.enforced, row.used) == (AllocationState.MISSING, None, None)


def test_a_cloud_that_was_not_observed(build: Any) -> None:
    """Everything asked of it is unreadable."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160})))
    assert _states(allocations(city, {})) == {"compute/cores": AllocationState.UNREADABLE}


def test_a_service_that_did_not_answer(build: Any) -> None:
    """Costs only its own resources."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 1, "network/port": 5})))
    view = build.view(read={"compute/cores": (1, 0, 0)}, unreadable={Service.NETWORK: "503"})
    assert _states(allocations(city, {_CITY: build.observation(view)})) == {
        "compute/cores": AllocationState.MATCHES,
        "network/port": AllocationState.UNREADABLE,
    }


def test_a_resource_that_the_cloud_does_not_have(build: Any) -> None:
    """Its service was read and does not enforce it: that differs from what was asked."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 1, "compute/ram": 5})))
    view = build.view(read={"compute/cores": (1, 0, 0)})
    assert _states(allocations(city, {_CITY: build.observation(view)}))["compute/ram"] is AllocationState.DIFFERS


def test_what_no_manifest_names(build: Any) -> None:
    """It is shown as unmanaged, with its limit, and nothing is asked of it."""
    city = build.city(build.tenant(build.project()))
    view = build.view(read={"compute/key_pairs": (100, None, 0)})
    row = _only(allocations(city, {_CITY: build.observation(view)}))
    assert (row.asked, row.enforced, row.used, row.state) == (None, 100, None, AllocationState.UNMANAGED)


@pytest.mark.parametrize(("state", "disabled"), [(ProjectState.ACTIVE, True), (ProjectState.RETIRED, False)])
def test_a_project_that_was_disabled(build: Any, state: ProjectState, disabled: bool) -> None:  # noqa: FBT001
    """It stands still, unless that is what the manifest asks for."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 1}, state=state)))
    view = build.view(read={"compute/cores": (1, 0, 0)}, enabled=False)
    assert _only(allocations(city, {_CITY: build.observation(view)})).disabled is disabled


def test_volume_types_are_resources_of_their_own(build: Any) -> None:
    """The limit of one type says nothing about another's."""
    city = build.city(build.tenant(build.project(asked={"block-storage/gigabytes/ssd": 10})))
    view = build.view(read={"block-storage/gigabytes": (-1, 0, 0), "block-storage/gigabytes/ssd": (10, 0, 0)})
    assert _states(allocations(city, {_CITY: build.observation(view)})) == {
        "block-storage/gigabytes": AllocationState.UNMANAGED,
        "block-storage/gigabytes_ssd": AllocationState.MATCHES,
    }


def test_a_retired_project_goes_down_to_what_it_holds(build: Any) -> None:
    """As a plan would have it, whatever limits the manifest still names."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160}, state=ProjectState.RETIRED)))
    view = build.view(read={"compute/cores": (160, 3, 1)})
    row = _only(allocations(city, {_CITY: build.observation(view)}))
    assert (row.asked, row.state) == (4, AllocationState.DIFFERS)


@pytest.mark.parametrize(("enforced", "asked"), [(4, 4), (2, 2)])
def test_a_retired_project_that_is_down_to_what_it_holds(build: Any, enforced: int, asked: int) -> None:
    """Is shown with that; a limit that is lower already stays, for retiring never gives."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160}, state=ProjectState.RETIRED)))
    view = build.view(read={"compute/cores": (enforced, 3, 1), "compute/key_pairs": (100, None, 0)}, enabled=False)
    cores, key_pairs = allocations(city, {_CITY: build.observation(view)})
    assert (cores.asked, cores.state, cores.retired) == (asked, AllocationState.MATCHES, True)
    assert (key_pairs.asked, key_pairs.state, key_pairs.retired) == (None, AllocationState.UNMANAGED, True)


def test_a_retired_project_that_cannot_be_read(build: Any) -> None:
    """What it should go down to is not known, and it is not left out."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160}, state=ProjectState.RETIRED)))
    row = _only(allocations(city, {}))
    assert (row.asked, row.state) == (None, AllocationState.UNREADABLE)


def test_a_retired_project_that_is_gone(build: Any) -> None:
    """There is nothing to say about it."""
    city = build.city(build.tenant(build.project(asked={"compute/cores": 160}, state=ProjectState.RETIRED)))
    assert allocations(city, {_CITY: build.observation()}) == ()


def test_rows_are_in_an_order_that_people_expect(build: Any) -> None:
    """By tenant, cloud and project whatever the files' order; resources as the catalogue has them."""
    asked = {"network/port": 1, "compute/ram": 1, "compute/cores": 1, "block-storage/volumes": 1, "compute/new": 1}
    market = build.tenant(
        build.project("b", {"compute/cores": 1}),
        build.project("a", {"compute/cores": 1}, cloud=CloudName("district")),
        build.project("a", asked),
    )
    rows = allocations(build.city(market, build.tenant(build.project("z", {"compute/cores": 1}), name="education")), {})
    assert [f"{row.tenant}/{row.cloud}/{row.project}/{row.resource}" for row in rows] == [
        "education/city/z/compute/cores",
        "market/city/a/compute/cores",
        "market/city/a/compute/ram",
        "market/city/a/compute/new",
        "market/city/a/block-storage/volumes",
        "market/city/a/network/port",
        "market/city/b/compute/cores",
        "market/district/a/compute/cores",
    ]


def test_envelopes_count_all_below(build: Any) -> None:
    """A tenant's envelope holds what its units ask for; what it does not bound is left out."""
    parent = build.tenant(
        name="shenzhen",
        envelopes={_CITY: build.limits({"compute/cores": 100, "compute/instances": -1})},
    )
    unit = build.tenant(build.project(asked={"compute/cores": 60, "compute/ram": 5}), parent=TenantName("shenzhen"))
    (share,) = envelope_shares(build.city(parent, unit), {})
    assert (share.tenant, str(share.resource), share.allocated.total, share.left) == (
        "shenzhen",
        "compute/cores",
        60,
        40,
    )


def test_envelopes_count_as_plans_count(build: Any) -> None:
    """What a retired project still holds, and what the cloud enforces where a manifest is silent."""
    envelope = {_CITY: build.limits({"compute/cores": 100, "compute/ram": 1024})}
    retired = build.project("old", asked={"compute/cores": 60}, state=ProjectState.RETIRED)
    city = build.city(build.tenant(retired, build.project("new", asked={"compute/cores": 10}), envelopes=envelope))
    old = build.view("old", read={"compute/cores": (60, 3, 1), "compute/ram": (1, 0, 0)})
    new = build.view("new", read={"compute/cores": (10, 0, 0), "compute/ram": (512, 0, 0)})
    shares = envelope_shares(city, {_CITY: build.observation(old, new)})
    assert {str(each.resource): each.allocated.total for each in shares} == {"compute/cores": 14, "compute/ram": 512}


def test_clouds_totals_are_what_is_asked_of_what_can_be_given_out(build: Any) -> None:
    """Of each resource whose capacity the cloud tells; the manifest's overcommit and reserve count."""
    cloud = build.cloud(overcommit={"compute/cores": 4}, reserve={"compute/cores": 20})
    tenants = (build.tenant(build.project(asked={"compute/cores": 60, "network/port": 5})), build.tenant(name="b"))
    city = City(clouds={_CITY: cloud}, tenants={each.name: each for each in tenants})
    seen = replace(build.observation(), capacity=build.capacity({"compute/ram": 1024, "compute/cores": 100}))
    totals = cloud_totals(city, {_CITY: seen})
    assert [(str(each.resource), each.allocated.total, each.allocatable, each.left) for each in totals] == [
        ("compute/cores", 60, 380, 320),
        ("compute/ram", 0, 1024, 1024),
    ]


def test_clouds_totals_count_what_retired_projects_hold(build: Any) -> None:
    """It is not there for others to have."""
    tenant = build.tenant(build.project(asked={"compute/cores": 60}, state=ProjectState.RETIRED))
    city = City(clouds={_CITY: build.cloud(overcommit={}, reserve={})}, tenants={tenant.name: tenant})
    view = build.view(read={"compute/cores": (60, 3, 1)})
    seen = replace(build.observation(view), capacity=build.capacity({"compute/cores": 100}))
    (total,) = cloud_totals(city, {_CITY: seen})
    assert (total.allocated.total, total.left) == (4, 96)


def test_a_cloud_that_was_not_observed_has_no_totals(build: Any) -> None:
    """What it has is not known."""
    assert cloud_totals(build.city(build.tenant(build.project(asked={"compute/cores": 60}))), {}) == ()
