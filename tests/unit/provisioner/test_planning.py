"""Plans are made of manifests and observations alone: the right actions, in order, and nobody else's things."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.plan import Plan, Section
from provisioner.planning import make_plan, named_projects, plan_section, projects_in
from tenants.days import day_of
from tenants.names import CloudName
from tenants.resources import Service
from tenants.spec import ProjectState

_CITY, _DISTRICT = CloudName("city"), CloudName("district")
_EVERYTHING = {
    "compute/instances": (10, 0),
    "block-storage/volumes": (10, 0),
    "block-storage/snapshots": (10, 0),
    "block-storage/backups": (10, 0),
    "network/port": (50, 0),
}


def _steps(section: Section) -> list[str]:
    """A section's actions as `project kind/key verb`."""
    changes = [action.change for action in section.actions]
    return [f"{each.address.project} {each.address.kind}/{each.address.key} {each.verb}" for each in changes]


def test_a_new_project_is_made_then_limited_then_opened(build: Any) -> None:
    """Nobody can work in it before its limits stand."""
    project = build.project(limits={"network/port": 1, "compute/cores": 1}, members=("group/ops/member",))
    assert _steps(plan_section(build.tenant(project), build.observation())) == [
        "registration project/ create",
        "registration quota/compute create",
        "registration quota/network create",
        "registration members/ create",
    ]


def test_a_retired_project_is_emptied_then_disabled(build: Any) -> None:
    """It is disabled after everything else is done."""
    project = build.project(state=ProjectState.RETIRED, description="已退还")
    section = plan_section(build.tenant(project), build.observation(build.view(readings=_EVERYTHING)))
    assert _steps(section) == [
        "registration quota/block-storage update",
        "registration quota/compute update",
        "registration quota/network update",
        "registration project/ update",
    ]


@pytest.mark.parametrize(
    ("state", "left", "told"),
    [
        (ProjectState.ACTIVE, -1, True),
        (ProjectState.ACTIVE, 0, False),
        (ProjectState.RESTRICTED, -1, False),
        (ProjectState.RETIRED, -1, False),
    ],
)
def test_a_project_asked_for_past_its_time_is_told(build: Any, state: ProjectState, left: int, *, told: bool) -> None:
    """Whoever applies it gives back what was restricted at its end; on its last day nothing is over yet."""
    observation = build.observation()
    until = day_of(observation.at) + timedelta(days=left)
    project = build.project(state=state, valid_until=until)
    messages = [each.message for each in plan_section(build.tenant(project), observation).notices]
    assert any(f"its time was over on {until}" in each for each in messages) == told


def test_projects_follow_each_other_whole(build: Any) -> None:
    """Two projects of one tenant in one cloud: one is finished before the next begins, by name."""
    projects = [build.project(name, limits={"compute/cores": 1}) for name in ("beta", "alpha")]
    assert _steps(plan_section(build.tenant(*projects), build.observation())) == [
        "alpha project/ create",
        "alpha quota/compute create",
        "beta project/ create",
        "beta quota/compute create",
    ]


def test_projects_of_one_name_in_two_clouds_are_two(build: Any) -> None:
    """Each is planned in its own cloud, with its own limits."""
    tenant = build.tenant(
        build.project(cloud=_CITY, limits={"compute/cores": 1}),
        build.project(cloud=_DISTRICT, limits={"compute/cores": 2}),
    )
    seen = {_CITY: build.observation(), _DISTRICT: build.observation(cloud="district")}
    limits = [
        (section.cloud, action.change.after["cores"])
        for section in make_plan(build.city(tenant), seen).sections
        for action in section.actions
        if action.change.address.kind == "quota"
    ]
    assert limits == [(_CITY, 1), (_DISTRICT, 2)]


def test_projects_in_a_cloud_are_by_name(build: Any) -> None:
    """And no others."""
    tenant = build.tenant(build.project("b"), build.project("c", cloud=_DISTRICT), build.project("a"))
    assert [each.name for each in projects_in(tenant, _CITY)] == ["a", "b"]


def test_a_world_that_is_as_asked_leaves_an_empty_plan(build: Any) -> None:
    """Nothing to do, nothing to say."""
    project = build.project(limits={"compute/cores": 4}, members=("group/ops/member",), description="x")
    view = build.view(readings={"compute/cores": (4, 9)}, members=("group/ops/member",), description="x")
    assert plan_section(build.tenant(project), build.observation(view)) == Section(tenant="market", cloud="city")


def test_a_refusal_keeps_the_other_actions_in_sight(build: Any) -> None:
    """The change that is refused is no action; the rest is shown, and not applied."""
    project = build.project(limits={"compute/cores": 4, "network/port": 9})
    seen = build.view(readings={"compute/cores": (20, 6), "network/port": (50, 1)})
    section = plan_section(build.tenant(project), build.observation(seen))
    assert (_steps(section), len(section.refusals), section.applicable) == (
        ["registration quota/network update"],
        1,
        False,
    )


def test_what_cannot_be_read_stops_its_project_alone(build: Any) -> None:
    """Nothing is planned for it; the tenant's other project is planned as ever."""
    tenant = build.tenant(*(build.project(name, limits={"compute/cores": 4}) for name in ("a", "b")))
    blind = build.view("market-a", unreadable={"compute": "HTTP 503"}, members=())
    section = plan_section(tenant, build.observation(blind, build.view("market-b", readings={"compute/cores": (1, 0)})))
    assert (_steps(section), [each.address.project for each in section.refusals]) == (["b quota/compute update"], ["a"])


def test_what_cannot_be_read_stops_no_other_tenant(build: Any) -> None:
    """The refusal is in the section of the tenant that needs the service."""
    market = build.tenant(build.project(limits={"compute/cores": 4}))
    taxes = build.tenant(build.project(tenant="taxes", limits={"compute/cores": 4}), name="taxes")
    blind = build.view(unreadable={"compute": "HTTP 503"})
    plan = make_plan(build.city(market, taxes), {_CITY: build.observation(blind)})
    assert {section.tenant: section.applicable for section in plan.sections} == {"market": False, "taxes": True}


def test_a_cloud_out_of_reach_stops_only_what_is_in_it(build: Any) -> None:
    """One refusal with the reason for each tenant there; the same tenant's other cloud is planned."""
    tenant = build.tenant(build.project("a"), build.project("b", cloud=_DISTRICT), build.project("c", cloud=_DISTRICT))
    plan = make_plan(build.city(tenant), {_CITY: build.observation()}, unreachable={_DISTRICT: "no route to host"})
    here, there = plan.sections
    assert (here.applicable, here.refusals) == (True, ())
    assert [each.message for each in there.refusals] == ["cloud district could not be observed: no route to host"]


def test_a_cloud_that_nobody_looked_at_is_said_to_be_so(build: Any) -> None:
    """It is never taken for empty."""
    (section,) = make_plan(build.city(build.tenant(build.project())), {}).sections
    assert (section.actions, len(section.refusals)) == ((), 1)
    assert "it was not observed" in section.refusals[0].message


def test_a_tenant_without_projects_has_no_section(build: Any) -> None:
    """A node of the tree that holds nothing itself needs nothing."""
    assert make_plan(build.city(build.tenant()), {_CITY: build.observation()}).sections == ()


def test_projects_without_a_manifest_are_listed_and_left_alone(build: Any) -> None:
    """By their Keystone names, for they have no other."""
    strangers = (build.view("zoo", enabled=False), build.view("by-hand", readings=_EVERYTHING))
    plan = make_plan(build.city(build.tenant(build.project())), {_CITY: build.observation(*strangers)})
    assert plan.unmanaged == ((_CITY, "by-hand"), (_CITY, "zoo"))
    assert {action.change.address.project for action in plan.actions} == {"registration"}


def test_a_project_that_left_its_manifest_is_orphaned(build: Any) -> None:
    """It was ours, so it is told apart from those that never were; it too is left alone."""
    names = ("market-registration", "by-hand", "market-permits", "market-archive")
    seen = {_CITY: build.observation(*map(build.view, names))}
    before = frozenset((_CITY, name) for name in names if name != "by-hand")
    plan = make_plan(build.city(), seen, applied_before=before)
    assert [name for _, name in plan.orphaned] == ["market-archive", "market-permits", "market-registration"]
    assert plan.unmanaged == ((_CITY, "by-hand"),)
    assert list(plan.actions) == []


def test_an_orphan_is_one_in_its_own_cloud_only(build: Any) -> None:
    """A project of the same name in another cloud never was ours."""
    seen = {_DISTRICT: build.observation(build.view("market-registration"), cloud="district")}
    plan = make_plan(build.city(), seen, applied_before=frozenset({(_CITY, "market-registration")}))
    assert (plan.orphaned, plan.unmanaged) == ((), ((_DISTRICT, "market-registration"),))


def test_what_is_gone_from_manifest_and_cloud_is_forgotten(build: Any) -> None:
    """An orphan that somebody deleted is no orphan."""
    plan = make_plan(
        build.city(), {_CITY: build.observation()}, applied_before=frozenset({(_CITY, "market-registration")})
    )
    assert (plan.orphaned, plan.unmanaged) == ((), ())


def test_a_retired_project_is_no_orphan(build: Any) -> None:
    """Its manifest still names it."""
    tenant = build.tenant(build.project(state=ProjectState.RETIRED))
    seen = build.view(enabled=False, read=tuple(Service))
    plan = make_plan(build.city(tenant), {_CITY: build.observation(seen)}, applied_before=named_projects([tenant]))
    assert (plan.orphaned, plan.unmanaged) == ((), ())


def test_a_project_under_another_keystone_name_is_found_by_it(build: Any) -> None:
    """The manifest's name for it is ours alone; Keystone does not know it."""
    tenant = build.tenant(build.project(keystone_name="市监局登记"))
    plan = make_plan(
        build.city(tenant), {_CITY: build.observation(build.view("市监局登记"), build.view("registration"))}
    )
    assert (list(plan.actions), plan.unmanaged) == ([], ((_CITY, "registration"),))


_use = st.integers(0, 6)


@st.composite
def _tenants(draw: st.DrawFn) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Tenants with their projects: (tenant, [(project, cloud, cores)])."""
    names = draw(st.lists(st.sampled_from(["market", "taxes", "health"]), unique=True))
    project = st.tuples(st.sampled_from("abc"), st.sampled_from([_CITY, _DISTRICT]), st.integers(-1, 6))
    return [(name, draw(st.lists(project, unique_by=lambda each: each[:2], max_size=4))) for name in names]


@pytest.fixture(scope="session")
def planned(build: Any) -> Callable[..., Plan]:
    """The plan for tenants as `_tenants` draws them, where projects `a` exist with `used` of 3 cores in use."""

    def plan(tenants: list[tuple[str, list[tuple[str, str, int]]]], used: int) -> Plan:
        specs = [
            build.tenant(
                *(
                    build.project(project, tenant=name, cloud=cloud, limits={"compute/cores": cores})
                    for project, cloud, cores in projects
                ),
                name=name,
            )
            for name, projects in tenants
        ]
        views = [
            build.view(f"{name}-a", readings={"compute/cores": (3, used)}) for name in ("taxes", "market", "parks")
        ]
        seen = {cloud: build.observation(*views, cloud=cloud) for cloud in (_DISTRICT, _CITY)}
        return make_plan(build.city(*specs), seen)

    return plan


@given(_tenants(), _use, st.randoms(use_true_random=False))
def test_the_order_of_manifests_is_irrelevant(
    planned: Callable[..., Plan], tenants: list[tuple[str, list[tuple[str, str, int]]]], used: int, random: Random
) -> None:
    """Neither tenants nor projects in another order change the plan or its fingerprint."""
    shuffled = [(name, random.sample(projects, len(projects))) for name, projects in tenants]
    random.shuffle(shuffled)
    assert planned(shuffled, used) == planned(tenants, used)
    assert planned(shuffled, used).fingerprint == planned(tenants, used).fingerprint


@given(_tenants(), _use)
def test_nothing_unmanaged_appears_in_a_plan(
    planned: Callable[..., Plan], tenants: list[tuple[str, list[tuple[str, str, int]]]], used: int
) -> None:
    """Every action and refusal is about a project that a manifest names, in its cloud; every other is listed."""
    plan = planned(tenants, used)
    named = {(cloud, f"{name}-{project}") for name, projects in tenants for project, cloud, _ in projects}
    addresses = [each.change.address for each in plan.actions] + [each.address for each in plan.refusals]
    assert {(each.cloud, f"{each.tenant}-{each.project}") for each in addresses} <= named
    assert not named & set(plan.unmanaged)


@given(_tenants(), _use)
def test_a_section_is_refused_where_a_limit_goes_below_use(
    planned: Callable[..., Plan], tenants: list[tuple[str, list[tuple[str, str, int]]]], used: int
) -> None:
    """And nowhere else: only `a` of market and taxes exists, at 3 cores."""
    refused = {
        (name, cloud)
        for name, projects in tenants
        for project, cloud, cores in projects
        if project == "a" and name != "health" and cores not in {-1, 3} and cores < used
    }
    assert {(each.tenant, each.cloud) for each in planned(tenants, used).sections if each.refusals} == refused
