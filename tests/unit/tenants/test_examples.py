"""The example city is valid, believable, and fits the clouds that the demo runs."""

from collections import Counter
from pathlib import Path

import pytest

from tenants.envelopes import account
from tenants.names import CloudName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import City, Environment, Level, ProjectState
from tenants.validation import Validation, validate

FOLDER = Path(__file__).parents[3] / "tenants/examples/shenzhen"
FILES = {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(FOLDER.rglob("*.yaml"))}


@pytest.fixture(scope="module")
def validation() -> Validation:
    """The example as validation sees it."""
    return validate(FILES.items())


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
    assert {each.state for each in projects} == set(ProjectState)
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
    assert folders == {"clouds": 11, "departments": 49, "districts": 10, "shenzhen.yaml": 1}
