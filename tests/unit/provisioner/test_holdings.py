"""What the clouds enforce where manifests are silent counts under an envelope, and clouds give out no more than they have."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from provisioner.clouds.interface import Capacity
from provisioner.holdings import capacities, observed_breaches
from tenants.names import CloudName, TenantName
from tenants.problems import Location, Problem, Severity
from tenants.spec import ProjectState

_CITY, _DISTRICT = CloudName("city"), CloudName("district")


@pytest.fixture
def under(build: Any) -> Callable[..., Any]:
    """The tenant `market` with these projects and an envelope in the cloud `city`."""

    def make(envelope: Mapping[str, int], *projects: Any, **fields: Any) -> Any:
        limits = {build.resource(text): limit for text, limit in envelope.items()}
        return replace(build.tenant(*projects), envelopes={_CITY: limits}, **fields)

    return make


@pytest.fixture
def breaches(build: Any) -> Callable[..., tuple[Problem, ...]]:
    """What is too much, for these tenants, where the cloud `city` was seen so."""
    return lambda *tenants, seen: observed_breaches(build.city(*tenants), {_CITY: seen}, {})


@pytest.fixture
def having(build: Any) -> Callable[..., Any]:
    """A look at `city` with so much of its resources, each as (total, reserved, ratio), and these projects."""

    def make(amounts: Mapping[str, tuple[int, int, float]], *views: Any) -> Any:
        capacity = {
            build.resource(text): Capacity(total=total, reserved=reserved, ratio=ratio, used=0)
            for text, (total, reserved, ratio) in amounts.items()
        }
        return replace(build.observation(*views), capacity=capacity)

    return make


def test_what_a_manifest_leaves_open_counts_as_enforced(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """Of the two projects one names 4 cores and the other has 20 in the cloud."""
    tenant = under({"compute/cores": 23}, build.project("a", limits={"compute/cores": 4}), build.project("b"))
    seen = build.observation(build.view("market-a"), build.view("market-b", readings={"compute/cores": (20, 0)}))
    (problem,) = breaches(tenant, seen=seen)
    assert "compute/cores holds 24 of 23: market/b 20; market/a 4" in problem.message
    assert problem.severity is Severity.ERROR


def test_what_fits_is_no_problem(under: Callable[..., Any], breaches: Callable[..., Any], build: Any) -> None:
    """To the last core."""
    seen = build.observation(build.view(readings={"compute/cores": (20, 0)}))
    assert breaches(under({"compute/cores": 20}, build.project()), seen=seen) == ()


def test_what_a_manifest_names_counts_as_it_will_be(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """Not as it is now: the plan is to change that."""
    tenant = under({"compute/cores": 4}, build.project(limits={"compute/cores": 4}))
    seen = build.observation(build.view(readings={"compute/cores": (20, 0)}))
    assert breaches(tenant, seen=seen) == ()


def test_a_project_that_is_not_made_yet_will_have_the_defaults(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """Those of its cloud, where its manifest names nothing else."""
    has = build.capabilities(defaults={build.resource("compute/cores"): 20, build.resource("compute/ram"): 1})
    tenant = under({"compute/cores": 19, "compute/ram": 1}, build.project())
    (problem,) = breaches(tenant, seen=build.observation(capabilities=has))
    assert "compute/cores holds 20 of 19" in problem.message


def test_unlimited_is_within_no_bound(under: Callable[..., Any], breaches: Callable[..., Any], build: Any) -> None:
    """However large; what would help is said."""
    seen = build.observation(build.view(readings={"network/port": (-1, 0)}))
    (problem,) = breaches(under({"network/port": 2**40}, build.project()), seen=seen)
    assert (
        f"network/port holds a project without limit, under {2**40}: market/registration unlimited" in problem.message
    )
    assert problem.remedy == "name the resource in those projects' quota, or raise the envelope"


def test_sizes_are_told_in_their_units(under: Callable[..., Any], breaches: Callable[..., Any], build: Any) -> None:
    """As manifests write them, volume types by their place."""
    seen = build.observation(build.view(readings={"block-storage/gigabytes/ssd": (2048, 0)}))
    (problem,) = breaches(under({"block-storage/gigabytes/ssd": 1024}, build.project()), seen=seen)
    assert "holds 2TiB of 1TiB: market/registration 2TiB" in problem.message
    assert problem.path == "spec.envelope.city.block-storage.types.ssd.gigabytes"


def test_an_envelope_above_bounds_what_is_below(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """A unit without an envelope of its own, whose manifest is silent, counts against its department's."""
    unit = replace(build.tenant(build.project(tenant="unit"), name="unit"), parent=TenantName("market"))
    seen = build.observation(build.view("unit-registration", readings={"compute/cores": (20, 0)}))
    (problem,) = breaches(under({"compute/cores": 10}), unit, seen=seen)
    assert "unit/registration 20" in problem.message


def test_what_nothing_bounds_does_not_count(breaches: Callable[..., Any], build: Any) -> None:
    """Without an envelope, or under an unlimited one, the cloud's own figures are nobody's concern."""
    seen = build.observation(build.view(readings={"compute/cores": (-1, 0)}))
    assert breaches(build.tenant(build.project()), seen=seen) == ()


def test_an_unlimited_envelope_bounds_nothing(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """It says just that."""
    seen = build.observation(build.view(readings={"compute/cores": (-1, 0)}))
    assert breaches(under({"compute/cores": -1}, build.project()), seen=seen) == ()


@pytest.mark.parametrize("limits", [{}, {"compute/cores": 20}])
def test_a_retired_project_holds_what_is_still_in_it(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any, limits: Mapping[str, int]
) -> None:
    """Not what it names nor what it may have, but what its owner has not yet taken away."""
    retired = build.project(state=ProjectState.RETIRED, limits=limits)
    seen = build.observation(build.view(readings={"compute/cores": (20, 5)}))
    assert breaches(under({"compute/cores": 5}, retired), seen=seen) == ()
    assert len(breaches(under({"compute/cores": 4}, retired), seen=seen)) == 1


def test_what_could_not_be_read_is_not_guessed(
    under: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """A project that exists has not the defaults for that."""
    has = build.capabilities(defaults={build.resource("compute/cores"): 20})
    seen = build.observation(build.view(unreadable={"compute": "HTTP 503"}), capabilities=has)
    assert breaches(under({"compute/cores": 1}, build.project()), seen=seen) == ()


def test_a_cloud_that_was_not_seen_counts_as_asked(under: Callable[..., Any], build: Any) -> None:
    """Its silence hides nothing that manifests say themselves."""
    tenant = under({"compute/cores": 3}, build.project(limits={"compute/cores": 4}))
    (problem,) = observed_breaches(build.city(tenant), {}, {})
    assert "compute/cores holds 4 of 3" in problem.message


def test_a_breach_is_told_where_the_envelope_stands(under: Callable[..., Any], build: Any) -> None:
    """At the resource, in its own file."""
    place = Location(file="市.yaml", line=7, column=9)
    sources = {("Tenant", "market", "spec.envelope.city.compute.cores"): place}
    tenant = under({"compute/cores": 3}, build.project(limits={"compute/cores": 4}))
    assert [each.location for each in observed_breaches(build.city(tenant), {}, sources)] == [place]


def test_a_cloud_gives_out_what_it_has(having: Callable[..., Any], breaches: Callable[..., Any], build: Any) -> None:
    """All projects together, by the cloud's own ratio, less what it keeps back itself: (10 - 2) x 4."""
    tenants = [build.tenant(build.project(tenant=name, limits={"compute/cores": 16}), name=name) for name in ("a", "b")]
    seen = having({"compute/cores": (10, 2, 4.0)})
    assert breaches(*tenants, seen=seen) == ()
    more = build.tenant(build.project(tenant="c", limits={"compute/cores": 1}), name="c")
    (problem,) = breaches(*tenants, more, seen=seen)
    assert problem.message == "manifests ask for 33 of compute/cores, and the cloud can give out 32"
    assert problem.severity is Severity.ERROR


def test_a_manifests_overcommit_and_reserve_hold(having: Callable[..., Any], build: Any) -> None:
    """The ratio in place of the cloud's own, the reserve taken from what comes of it: (10 - 2) x 1.5 - 3."""
    cores, ram = build.resource("compute/cores"), build.resource("compute/ram")
    cloud = build.cloud(overcommit={cores: Decimal("1.5")}, reserve={cores: 3})
    seen = having({"compute/cores": (10, 2, 16.0), "compute/ram": (100, 0, 1.0)})
    assert capacities(build.city(clouds=[cloud]), {_CITY: seen}) == {_CITY: {cores: 9, ram: 100}}


def test_a_reserve_larger_than_the_cloud_leaves_nothing(having: Callable[..., Any], build: Any) -> None:
    """Never less than nothing."""
    cores = build.resource("compute/cores")
    city = build.city(clouds=[build.cloud(reserve={cores: 11})])
    assert capacities(city, {_CITY: having({"compute/cores": (10, 0, 1.0)})}) == {_CITY: {cores: 0}}


def test_projects_without_limit_are_a_warning(
    having: Callable[..., Any], breaches: Callable[..., Any], build: Any
) -> None:
    """What they will take nobody knows, so it does not stop the others."""
    tenant = build.tenant(build.project("a", limits={"compute/cores": -1}), build.project("b"))
    (problem,) = breaches(tenant, seen=having({"compute/cores": (10, 0, 1.0)}))
    assert problem.severity is Severity.WARNING
    assert problem.message.endswith("can give out 10, and 1 project holds it without limit")


def test_each_cloud_has_room_of_its_own(having: Callable[..., Any], build: Any) -> None:
    """What one has left helps nobody in another, and one whose capacity is not known is not judged."""
    tenant = build.tenant(
        *(build.project(cloud, cloud=cloud, limits={"compute/cores": 8}) for cloud in (_CITY, _DISTRICT))
    )
    seen = {_CITY: having({"compute/cores": (7, 0, 1.0)}), _DISTRICT: build.observation(cloud="district")}
    sources = {("Cloud", name, ""): Location(file=f"{name}.yaml", line=1, column=1) for name in (_CITY, _DISTRICT)}
    assert [each.location.file for each in observed_breaches(build.city(tenant), seen, sources)] == ["city.yaml"]
