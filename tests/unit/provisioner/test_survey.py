"""All clouds are looked at side by side, and one that is out of reach costs nobody else's."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudMisconfigured, CloudUnavailable
from provisioner.survey import Survey, clouds_in_use, survey
from tenants.names import CloudName
from tenants.resources import Service

_CITY, _DISTRICT = CloudName("city"), CloudName("district")


@pytest.fixture
def clouds() -> dict[CloudName, MemoryCloud]:
    """Two clouds, each with a project of the tenant `market`."""
    found = {name: MemoryCloud(name) for name in (_CITY, _DISTRICT)}
    for cloud in found.values():
        cloud.identity.create_project(next(iter(cloud._world.domains)), name="market-registration", description="")
    return found


@pytest.fixture
def look(clouds: dict[CloudName, MemoryCloud], build: Any) -> Callable[..., Survey]:
    """Survey these clouds for a tenant with a project in each, whose cores it manages."""
    projects = (build.project(cloud=name, limits={"compute/cores": 4}) for name in (_CITY, _DISTRICT))
    city = build.city(build.tenant(*projects))
    return lambda names, connect=lambda spec: clouds[spec.name]: survey(city, names, connect, now=build.now)


def test_every_cloud_is_seen(look: Callable[..., Survey]) -> None:
    """Each with what manifests need to know of it."""
    seen = look([_DISTRICT, _CITY])
    read = {name: list(each.projects["market-registration"].readings) for name, each in seen.observations.items()}
    assert read == {_CITY: [Service.COMPUTE], _DISTRICT: [Service.COMPUTE]}
    assert seen.unreachable == {}


def test_a_cloud_out_of_reach_costs_only_itself(
    look: Callable[..., Survey], clouds: dict[CloudName, MemoryCloud]
) -> None:
    """The reason is kept, and the other cloud is seen."""
    clouds[_CITY].weather.fail("identity.projects", CloudUnavailable("HTTP 503"))
    seen = look([_CITY, _DISTRICT])
    assert (list(seen.observations), seen.unreachable) == ([_DISTRICT], {_CITY: "HTTP 503"})


def test_a_cloud_that_cannot_be_opened_costs_only_itself(
    look: Callable[..., Survey], clouds: dict[CloudName, MemoryCloud]
) -> None:
    """Such as one that clouds.yaml does not name."""

    def connect(spec: Any) -> MemoryCloud:
        if spec.name == _DISTRICT:
            raise CloudMisconfigured("clouds.yaml has no district-yaml")
        return clouds[spec.name]

    seen = look([_CITY, _DISTRICT], connect)
    assert (list(seen.observations), seen.unreachable) == ([_CITY], {_DISTRICT: "clouds.yaml has no district-yaml"})


def test_a_mistake_of_ours_is_not_taken_for_a_cloud_out_of_reach(look: Callable[..., Survey]) -> None:
    """It is not swallowed."""

    def connect(spec: Any) -> MemoryCloud:
        raise KeyError(spec.name)

    with pytest.raises(KeyError):
        look([_CITY], connect)


def test_clouds_are_looked_at_side_by_side(look: Callable[..., Survey], clouds: dict[CloudName, MemoryCloud]) -> None:
    """A slow one keeps no other waiting: here each waits for both to be opened."""
    both = threading.Barrier(2, timeout=1)

    def connect(spec: Any) -> MemoryCloud:
        both.wait()
        return clouds[spec.name]

    assert sorted(look([_CITY, _DISTRICT], connect).observations) == [_CITY, _DISTRICT]


def test_only_the_clouds_asked_for_are_looked_at(
    look: Callable[..., Survey], clouds: dict[CloudName, MemoryCloud]
) -> None:
    """No others are even opened; and no cloud at all is no trouble."""
    assert list(look([_CITY]).observations) == [_CITY]
    assert look([]) == Survey()
    assert clouds[_DISTRICT].weather.requests == 1


def test_clouds_in_use_are_those_with_projects(build: Any) -> None:
    """Whatever else is described."""
    tenants = [build.tenant(build.project(cloud=_DISTRICT)), build.tenant(name="empty")]
    assert clouds_in_use(build.city(*tenants)) == {_DISTRICT}
