"""What a manifest needs and its cloud lacks is found before any plan, all of it, at its place."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.requirements import locate, missing_requirements
from tenants.names import CloudName, VolumeTypeName
from tenants.problems import Location, Problem
from tenants.resources import Service
from tenants.spec import ProjectState

_CITY = CloudName("city")


def _missing(build: Any, *projects: Any, **has: Any) -> list[tuple[str, str]]:
    """Path and message of each problem of these projects of one tenant, in a cloud that has what is said."""
    observation = build.observation(capabilities=build.capabilities(**has))
    return [
        (each.path, each.message)
        for each in missing_requirements(build.city(build.tenant(*projects)), {_CITY: observation}, {})
    ]


def _limits(build: Any, *names: str) -> Any:
    return build.project(limits=dict.fromkeys(names, 1))


def test_a_city_that_its_clouds_can_serve_has_no_problems(build: Any) -> None:
    """Everything there, limits of one resource in all and by volume type included."""
    project = build.project(
        limits={
            "block-storage/gigabytes": 9,
            "block-storage/gigabytes/ssd": 3,
            "compute/cores": 1,
            "network/router": 1,
        },
        members=("group/ops/member", "user/li/reader"),
    )
    assert _missing(build, project) == []


def test_a_missing_service_is_a_problem(build: Any) -> None:
    """A limit that nobody would keep is not asked of anybody."""
    problems = _missing(build, _limits(build, "network/port"), services=frozenset({Service.COMPUTE}))
    assert problems == [("spec.projects[0].quota.network", "the cloud has no network service")]


def test_a_missing_volume_type_is_a_problem(build: Any) -> None:
    """In the project that names it, by its path there."""
    problems = _missing(build, _limits(build, "block-storage/volumes/nvme"))
    assert problems == [("spec.projects[0].quota.block-storage.types.nvme", "the cloud has no volume type nvme")]


def test_a_missing_neutron_extension_is_a_problem(build: Any) -> None:
    """Its resource would not be known to Neutron."""
    problems = _missing(build, _limits(build, "network/trunk"))
    assert problems == [
        ("spec.projects[0].quota.network.trunk", "the cloud's Neutron has no extension trunk, which trunk needs")
    ]


def test_resources_of_neutron_itself_need_no_extension(build: Any) -> None:
    """Networks, subnets and ports are always there."""
    assert _missing(build, _limits(build, "network/network"), network_extensions=frozenset()) == []


@pytest.mark.parametrize(
    ("member", "path", "message"),
    [
        ("group/nobody/member", "group", "the cloud's domain has no group nobody"),
        ("user/nobody/member", "user", "the cloud's domain has no user nobody"),
        ("group/ops/boss", "role", "the cloud has no role boss"),
        ("group/li/member", "group", "the cloud's domain has no group li"),
        ("user/ops/member", "user", "the cloud's domain has no user ops"),
    ],
)
def test_unknown_members_and_roles_are_problems(build: Any, member: str, path: str, message: str) -> None:
    """A user's name is no group's."""
    problems = _missing(build, build.project(members=("group/ops/member", member)))
    assert problems == [(f"spec.projects[0].members[1].{path}", message)]


def test_members_to_be_absent_need_not_exist(build: Any) -> None:
    """A group that was deleted is gone from the project as well."""
    assert _missing(build, build.project(absent=("group/nobody/boss",))) == []


def test_a_retired_project_needs_nothing(build: Any) -> None:
    """What it once asked for is not asked of the cloud any more."""
    retired = build.project(state=ProjectState.RETIRED, limits={"network/trunk": 1}, members=("group/nobody/member",))
    assert _missing(build, retired) == []


def test_a_cloud_that_was_not_observed_is_not_judged(build: Any) -> None:
    """Its sections are refused for that reason instead."""
    city = build.city(build.tenant(build.project(members=("group/nobody/member",))))
    assert missing_requirements(city, {}, {}) == ()


def test_every_project_is_judged_by_its_own_cloud(build: Any) -> None:
    """A volume type of the city's cloud need not be in the district's."""
    projects = [
        build.project(name, cloud=name, limits={"block-storage/volumes/ssd": 1}) for name in ("city", "district")
    ]
    seen = {
        _CITY: build.observation(),
        CloudName("district"): build.observation(
            cloud="district", capabilities=build.capabilities(volume_types=frozenset())
        ),
    }
    city = build.city(build.tenant(*projects), clouds=[build.cloud(n, volume_types=frozenset()) for n in seen])
    assert [each.path for each in missing_requirements(city, seen, {})] == [
        "spec.projects[1].quota.block-storage.types.ssd"
    ]


@pytest.mark.parametrize(
    ("has", "said"),
    [
        (
            {"availability_zones": frozenset({"nova"})},
            ("spec.zones[0].availabilityZone", "the cloud has no availability zone extranet", "it has nova"),
        ),
        (
            {"external_networks": frozenset()},
            ("spec.zones[0].externalNetwork", "the cloud has no external network public", "it has none"),
        ),
        (
            {"volume_types": frozenset({VolumeTypeName("standard")})},
            ("spec.volumeTypes", "the cloud has no volume type ssd", "it has standard"),
        ),
    ],
)
def test_a_cloud_must_have_what_its_own_manifest_says(
    build: Any, has: dict[str, Any], said: tuple[str, str, str]
) -> None:
    """Zones, external networks and volume types, each with what there is instead."""
    observation = build.observation(capabilities=build.capabilities(**has))
    (problem,) = missing_requirements(build.city(), {_CITY: observation}, {})
    assert (problem.path, problem.message, problem.remedy) == said


def test_a_zone_without_an_external_network_needs_none(build: Any) -> None:
    """It has no way out, and asks for none."""
    (zone,) = build.cloud().zones.values()
    inner = build.cloud(zones={zone.name: replace(zone, external_network=None)})
    observation = build.observation(capabilities=build.capabilities(external_networks=frozenset()))
    assert missing_requirements(build.city(clouds=[inner]), {_CITY: observation}, {}) == ()


def test_a_service_that_does_not_answer_is_not_judged(build: Any) -> None:
    """What it has is unknown; that is no fault of a manifest, and no reason to stop every tenant."""
    silent = build.capabilities(
        services=frozenset(),
        volume_types=frozenset(),
        network_extensions=frozenset(),
        availability_zones=frozenset(),
        external_networks=frozenset(),
        unreachable=dict.fromkeys(Service, "HTTP 503"),
    )
    project = _limits(build, "compute/cores", "block-storage/volumes/nvme", "network/trunk")
    observation = build.observation(capabilities=silent)
    assert missing_requirements(build.city(build.tenant(project)), {_CITY: observation}, {}) == ()


def test_long_lists_of_what_there_is_are_cut(build: Any) -> None:
    """Ten names teach as much as a thousand."""
    zones = frozenset(f"zone-{number:03}" for number in range(1000))
    observation = build.observation(capabilities=build.capabilities(availability_zones=zones))
    (problem,) = missing_requirements(build.city(), {_CITY: observation}, {})
    assert problem.remedy == f"it has {', '.join(f'zone-{number:03}' for number in range(10))}"


def test_all_problems_are_found_at_once(build: Any) -> None:
    """Of all projects, in a fixed order."""
    projects = [build.project("b", members=("group/x/boss",)), build.project("a", limits={"network/trunk": 1})]
    assert [path for path, _ in _missing(build, *projects)] == [
        "spec.projects[0].members[0].group",
        "spec.projects[0].members[0].role",
        "spec.projects[1].quota.network.trunk",
    ]


def test_a_problem_stands_at_its_line(build: Any) -> None:
    """The nearest part of the manifest whose place is known."""
    place = Location(file="market.yaml", line=14, column=9)
    sources = {("Tenant", "market", "spec.projects[0].members[0]"): place}
    city = build.city(build.tenant(build.project(members=("group/ops/boss",))))
    found: tuple[Problem, ...] = missing_requirements(city, {_CITY: build.observation()}, sources)
    assert [each.location for each in found] == [place]


@pytest.mark.parametrize("known", ["spec.projects[0].quota.network.trunk", "spec.projects[0].quota", "spec", ""])
def test_a_place_is_looked_for_from_the_inside_out(known: str) -> None:
    """Down to the document itself."""
    place = Location(file="market.yaml", line=3, column=1)
    assert (
        locate({("Tenant", "market", known): place}, "Tenant", "market", "spec.projects[0].quota.network.trunk")
        == place
    )


def test_a_manifest_without_a_file_has_a_place_too() -> None:
    """Said plainly, rather than an error about an error."""
    assert locate({}, "Tenant", "market", "spec.projects[0]").file == "(no file)"
