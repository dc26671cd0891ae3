"""Limits, use and reservations: what is metered of them, and what one project's or service's failure costs."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from monitoring.collection.collector import Asked
from monitoring.collection.contents import readings
from monitoring.collection.quotas import Quotas
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.errors import CloudRefused, CloudUnavailable
from provisioner.usage.collection import CollectorName, Snapshot
from provisioner.usage.sightings import Extent, Sort, State
from tenants.names import TenantName
from tenants.resources import Limit, Resource, Service
from tests.unit.monitoring.collection.conftest import CITY, START, Script

_CORES = Resource(service=Service.COMPUTE, name="cores")
_GIGABYTES = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")
_ONE, _TWO = ProjectId("1"), ProjectId("2")


def _usage(limit: int, used: int | None = 0) -> Usage:
    return Usage(limit=Limit(limit), used=used)


@pytest.fixture
def answers(cloud: Script) -> dict[str, Any]:
    """What services answer: two projects, and no Neutron."""
    cloud.services = frozenset({"compute", "block-storage"})
    given: dict[str, Any] = {
        "compute": {_ONE: {_CORES: _usage(8, 3)}, _TWO: {_CORES: _usage(-1, None)}},
        "block-storage": {_ONE: {_GIGABYTES: _usage(100)}, _TWO: {_GIGABYTES: _usage(50)}},
    }
    cloud.keepers = given
    return given


@pytest.fixture
def whole(asked: Callable[..., Asked], answers: Mapping[str, Any]) -> Callable[..., Asked]:
    """Two tenants with a project each, and one project that Keystone does not have."""
    tenants = {"a": TenantName("one"), "b": TenantName("two"), "missing": TenantName("two")}
    return lambda **more: asked(tenants=tenants, projects={"a": _ONE, "b": _TWO, "other": ProjectId("3")}, **more)


def test_unlimited_is_no_amount_and_unknown_use_no_sighting(whole: Callable[..., Asked]) -> None:
    """-1 of anything is not to be summed; what a service does not tell is not zero."""
    looks = {each.scope.sort: each for each in Quotas().collect(whole()).looks}
    held = {each.id: (each.state, each.sizes.amount) for each in looks[Sort.QUOTA].sightings}
    assert held["2/compute/cores"] == (State.UNLIMITED, 0)
    assert held["1/compute/cores"] == (State.LIMITED, 8)
    assert "2/compute/cores" not in {each.id for each in looks[Sort.QUOTA_USE].sightings}


def test_one_project_that_is_refused_costs_itself(whole: Callable[..., Asked], answers: dict[str, Any]) -> None:
    """HTTP 403 of one: everything else is there, and the look says whose is lacking."""
    answers["compute"][_TWO] = CloudRefused("HTTP 403")
    harvest = Quotas().collect(whole())
    assert set(harvest.failed_projects) == {_TWO}
    assert [set(each.failed_projects) for each in harvest.looks] == [{_TWO}, {_TWO}]
    assert {(project, resource) for project, resource, _ in readings(harvest.content or {})} == {
        (_ONE, _CORES),
        (_ONE, _GIGABYTES),
        (_TWO, _GIGABYTES),
    }


def test_what_could_not_be_read_stays_as_it_was(whole: Callable[..., Asked], answers: dict[str, Any]) -> None:
    """Resource by resource."""
    content = {"projects": {"2": {"compute/cores": [5, 1, 0]}, "gone": {"compute/cores": [1, 1, 0]}}}
    before = Snapshot(
        cloud=CITY, collector=CollectorName("quotas"), began=START, at=START, complete=True, content=content
    )
    answers["compute"][_TWO] = CloudRefused("HTTP 403")
    found = {(project, resource): usage.limit for project, resource, usage in readings(_content(whole, before))}
    assert found[_TWO, _CORES] == 5
    assert all(project != "gone" for project, _ in found)


def test_a_service_that_is_away_costs_its_part(whole: Callable[..., Asked], answers: dict[str, Any]) -> None:
    """It is told once, not project by project; nothing counts as given up."""
    answers["block-storage"] = dict.fromkeys([_ONE, _TWO], CloudUnavailable("no answer"))
    harvest = Quotas().collect(whole())
    assert set(harvest.failed) == {"block-storage"}
    assert not harvest.failed_projects
    assert set(harvest.looks[0].failed_projects) == {_ONE, _TWO}


def test_a_cloud_that_is_away_leaves_everything(whole: Callable[..., Asked], answers: dict[str, Any]) -> None:
    """No look and no snapshot."""
    for service in answers:
        answers[service] = dict.fromkeys([_ONE, _TWO], CloudUnavailable("no answer"))
    harvest = Quotas().collect(whole())
    assert (harvest.looks, harvest.content, harvest.anything) == ((), None, False)


def test_after_an_operation_only_its_tenant_is_asked_for(whole: Callable[..., Asked]) -> None:
    """Its looks tell of what they saw and of nothing else; of others the snapshot keeps what it had."""
    content = {"projects": {"2": {"compute/cores": [5, 1, 0]}}}
    before = Snapshot(
        cloud=CITY, collector=CollectorName("quotas"), began=START, at=START, complete=True, content=content
    )
    harvest = Quotas(only=frozenset({TenantName("one")})).collect(whole(previous=before))
    assert all(each.extent is Extent.CHANGES and each.failed for each in harvest.looks)
    assert {project for project, _, _ in readings(harvest.content or {})} == {_ONE, _TWO}


def _content(whole: Callable[..., Asked], before: Snapshot) -> Any:
    return Quotas().collect(whole(previous=before)).content
