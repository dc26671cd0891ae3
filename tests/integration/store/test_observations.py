"""Observations: the newest of each cloud, whole and exact; the oldest let go."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from provisioner.clouds.interface import Capabilities, Capacity, Directory, KeystoneProject, Usage
from provisioner.observation import Membership, Observation, ProjectView
from provisioner.store import observations
from provisioner.store.database import Connection
from tenants.resources import Resource, Service
from tenants.spec import PrincipalKind

CORES = Resource(service=Service.COMPUTE, name="cores")
TYPED = Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type="fast_ssd_2")


@pytest.fixture
def observation(at: datetime) -> Observation:
    """A cloud with one project, and one service of it that could not be read."""
    view = ProjectView(
        project=KeystoneProject(id="1", name="market-p", description="市\0场", enabled=True),
        memberships=frozenset({Membership(kind=PrincipalKind.GROUP, principal="ops", role="member")}),
        readings={Service.COMPUTE: {CORES: Usage(limit=2**62, used=2**61, reserved=1)}},
        unreadable={Service.NETWORK: "503"},
    )
    return Observation(
        cloud="city",
        at=at,
        capabilities=Capabilities(services=frozenset(Service), microversions={Service.COMPUTE: ("2.1", "2.100")}),
        directory=Directory(roles={"member": "r"}, groups={"ops": "g"}, users={}),
        projects={"market-p": view},
        capacity={TYPED: Capacity(total=10, reserved=1, ratio=16.1, used=3)},
        requests=7,
    )


def test_an_observation_comes_back_as_it_was(connection: Connection, observation: Observation) -> None:
    """Exact at 2^62, with volume types that have underscores; only a zero byte cannot be kept."""
    observations.save(connection, observation)
    view = observation.projects["market-p"]
    kept = replace(view, project=replace(view.project, description="市\ufffd场"))
    assert observations.latest(connection, "city") == replace(observation, projects={"market-p": kept})


def test_a_cloud_that_was_never_observed_has_none(connection: Connection, observation: Observation) -> None:
    """Another cloud's does not count."""
    observations.save(connection, observation)
    assert observations.latest(connection, "district") is None


def test_the_newest_observation_is_the_latest(connection: Connection, observation: Observation, at: datetime) -> None:
    """By the time it was made, not the time it was kept."""
    newer = replace(observation, at=at + timedelta(minutes=1), requests=8)
    observations.save(connection, newer)
    observations.save(connection, observation)
    latest = observations.latest(connection, "city")
    assert latest is not None
    assert latest.at == newer.at


def test_the_oldest_are_let_go(connection: Connection, observation: Observation, at: datetime) -> None:
    """Those of the same cloud alone."""
    observations.save(connection, replace(observation, cloud="district"))
    for minutes in range(observations.KEPT + 3):
        observations.save(connection, replace(observation, at=at + timedelta(minutes=minutes)))
    kept = observations.passes(connection, "city")
    assert [each.at for each in kept] == [at + timedelta(minutes=minutes) for minutes in range(22, 2, -1)]
    assert len(observations.passes(connection, "district")) == 1
