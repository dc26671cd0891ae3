"""The example city is valid, believable, and fits the clouds that the demo runs."""

from collections import Counter
from ipaddress import IPv4Network, ip_network
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from tenants import members
from tenants.application import Disruption, Management, Surplus
from tenants.envelopes import account
from tenants.landing_zone import NetworkSpec
from tenants.names import CloudName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import City, Environment, Level, ProjectState
from tenants.validation import Validation, validate
from tenants.wave import Mode

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tenants/examples/shenzhen"
FILES = {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(FOLDER.rglob("*.yaml"))}
SEED = yaml.safe_load((ROOT / "devcloud/data/seed.yaml").read_text(encoding="utf-8"))
#: The addresses of each cloud that the demo runs, as the example's README divides them.
PLAN = {"city": IPv4Network("10.16.0.0/12"), "baoan": IPv4Network("10.32.0.0/12")}
#: What each application cannot work without.
DEPENDENCIES = {
    "social-credit": (),
    "registration": ("social-credit",),
    "market-supervision": ("registration", "social-credit"),
    "unified-acceptance": ("registration", "social-credit"),
    "weaving": ("unified-acceptance",),
    "smart-safety": ("market-supervision", "weaving"),
}


@pytest.fixture(scope="module")
def validation() -> Validation:
    """The example as validation sees it."""
    return validate(FILES.items(), lambda name: (FOLDER / name).read_bytes())


@pytest.fixture(scope="module")
def city(validation: Validation) -> City:
    """What the example says."""
    assert validation.city is not None
    return validation.city


def test_nothing_is_wrong_or_doubtful(validation: Validation) -> None:
    """Readers should not learn mistakes."""
    assert validation.problems == ()


def test_city_is_whole(city: City) -> None:
    """The municipal and ten district clouds, 49 departments and 10 districts below the root, about 80 projects."""
    assert Counter(each.level for each in city.clouds.values()) == {Level.MUNICIPAL: 1, Level.DISTRICT: 10}
    below = [each.name for each in city.tenants.values() if each.parent == "shenzhen"]
    districts = [each for each in below if each in set[str](city.clouds)]
    assert (len(below), len(districts)) == (59, 10)
    assert 75 <= sum(len(each.projects) for each in city.tenants.values()) <= 95


def test_language_is_shown_widely(city: City) -> None:
    """Somewhere in the example stands each thing that a manifest can say."""
    projects = [project for each in city.tenants.values() for project in each.projects]
    members = [member for each in projects for member in each.members]
    assert {each.environment for each in projects} == set(Environment)
    # What is restricted became so by itself when its time was over: nobody begins with it.
    assert {each.state for each in projects} == set(ProjectState) - {ProjectState.RESTRICTED}
    assert {each.presence for each in members} == set(Presence)
    assert any(each.allow_below_usage for each in projects)
    assert any(each.description for each in projects)
    assert any(-1 in each.limits.values() for each in projects)
    assert any(0 in each.limits.values() for each in projects)
    assert any(each.valid_from and each.valid_until for each in projects)
    assert any(resource.volume_type for each in projects for resource in each.limits)


def test_projects_live_where_the_demo_has_clouds(city: City) -> None:
    """Nobody can apply a project to a cloud that is not there."""
    used = {project.cloud for each in city.tenants.values() for project in each.projects}
    assert {city.clouds[each].clouds_yaml for each in used} == {"city", "district"}


def test_envelopes_fit_a_small_devcloud(city: City) -> None:
    """Three hosts of 1,000 cores and 8 TiB, four times overcommitted in cores, have room for all that is granted."""
    room = {
        Resource(service=Service.COMPUTE, name="cores"): 3 * 1000 * 4 - 240,
        Resource(service=Service.COMPUTE, name="ram"): (3 * 8 * 1024 - 768) * 1024,
        Resource(service=Service.BLOCK_STORAGE, name="gigabytes"): 300 * 1024,
    }
    rows = {(each.cloud, each.resource): each for each in account(city).rows if each.tenant == "shenzhen"}
    for cloud in (CloudName("city"), CloudName("baoan")):
        for resource, amount in room.items():
            row = rows[cloud, resource]
            assert row.envelope is not None
            assert row.allocated.total <= row.envelope <= amount


def test_files_are_arranged_for_reading() -> None:
    """One file per tenant and cloud, and enough of them to look like a city."""
    folders = Counter(name.split("/")[0] for name in FILES)
    assert folders == {
        "applications": 6,
        "clouds": 11,
        "departments": 49,
        "districts": 10,
        "policy.yaml": 1,
        "prices.yaml": 1,
        "shenzhen.yaml": 1,
        "waves": 2,
    }


def _networks(city: City) -> list[tuple[CloudName, NetworkSpec]]:
    """The networks of all landing zones, each with its cloud."""
    projects = [project for each in city.tenants.values() for project in each.projects]
    return [(each.cloud, network) for each in projects if each.landing_zone for network in each.landing_zone.networks]


def test_six_applications_depend_on_one_another(city: City) -> None:
    """商事登记, 市场监管, 社会信用, 织网工程, 统一受理 and 智慧安监."""
    names = {each.display_name for each in city.applications.values()}
    assert names == {"商事登记", "市场监管", "社会信用", "织网工程", "统一受理", "智慧安监"}
    assert {name: each.depends_on for name, each in city.applications.items()} == DEPENDENCIES


def test_applications_show_what_can_be_said(city: City) -> None:
    """Counts, groups, boot volumes, probes of each sort, what may be disturbed, and one that is only described."""
    applications = city.applications.values()
    servers = [server for each in applications for server in each.servers]
    probes = [probe for each in applications for probe in each.probes]
    assert {each.name for each in applications if each.management is Management.OBSERVE} == {"smart-safety"}
    assert {each.disruption for each in servers} == set(Disruption)
    assert {each.surplus for each in servers} == set(Surplus)
    assert all(each.server_groups and each.floating_ips and each.volumes for each in applications)
    assert any(each.boot_volume and each.replicas for each in servers)
    assert {(bool(each.tcp), bool(each.http), bool(each.command)) for each in probes} == {
        (True, False, False),
        (False, True, False),
        (False, False, True),
    }


def test_waves_move_one_application_to_another_cloud_and_one_within(city: City) -> None:
    """In windows to come, so that nobody who tries them moves anything by mistake."""
    modes = {str(each.name): each.mode for each in city.waves.values()}
    assert modes == {"social-credit-to-baoan": Mode.CROSS_CLOUD, "registration-hosts": Mode.LIVE}
    assert {each.window.start.year for each in city.waves.values() if each.window} == {2027}


def test_applications_of_level_3_are_kept_from_the_internet(city: City) -> None:
    """Level 3 belongs into the extranet, and so does the one that is of level 2 in a project of level 3."""
    projects = [project for each in city.tenants.values() for project in each.projects if project.applications]
    assert {each.zone for each in projects} == {"extranet"}
    assert Counter(each.protection_level for each in city.applications.values()) == {3: 5, 2: 1}


def test_addresses_are_those_of_the_plan(city: City) -> None:
    """Each cloud's subnets lie in its part of the plan, and none overlaps with another in the whole city."""
    subnets = [(cloud, ip_network(subnet.cidr)) for cloud, network in _networks(city) for subnet in network.subnets]
    assert len(subnets) > 20
    assert all(network.subnet_of(PLAN[cloud]) for cloud, network in subnets)
    assert not [pair for pair in combinations([network for _, network in subnets], 2) if pair[0].overlaps(pair[1])]


def test_what_applications_need_is_in_the_demos_clouds(city: City) -> None:
    """Image, flavors and zones are those that the devcloud begins with, and what is private there is granted."""
    flavors = {each["name"]: each.get("public", True) for each in SEED["flavors"]}
    for project in (each for tenant in city.tenants.values() for each in tenant.projects):
        granted = {each.name for each in project.landing_zone.grants.flavors} if project.landing_zone else set[str]()
        servers = [server for each in project.applications for server in members.servers(each)]
        assert {each.image for each in servers} <= {SEED["image"]["name"], None}
        assert all(flavors[each.flavor] or each.flavor in granted for each in servers)
        assert all(not flavors[each] for each in granted)


def test_floating_ips_are_reserved_in_the_internet_zone(city: City) -> None:
    """Those of portals, before there are servers; and all that applications use."""
    projects = [project for each in city.tenants.values() for project in each.projects if project.landing_zone]
    reserved = {
        (project.zone, item.name)
        for project in projects
        if project.landing_zone
        for item in project.landing_zone.floating_ips
    }
    used = {
        (project.zone, use.name) for project in projects for each in project.applications for use in each.floating_ips
    }
    assert used < reserved
    assert {name for zone, name in reserved if zone == "internet"} >= {"portal-1", "portal-2"}
