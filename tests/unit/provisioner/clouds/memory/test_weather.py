"""Troubles in a cloud in memory: they strike the calls they are meant for, at the moment they are meant for."""

import threading

import pytest

from provisioner.clouds.interface import Assignment, Capacity, Holder, PrincipalId, ProjectId, RoleId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.errors import CloudConflict, CloudMisconfigured, CloudRefused, CloudUnavailable
from tenants.names import CloudName, DomainName
from tenants.resources import Limit, Resource, Service
from tenants.spec import PrincipalKind

_DOMAIN = DomainName("government")
_CORES = Resource(service=Service.COMPUTE, name="cores")


@pytest.fixture
def naps() -> list[float]:
    """The latencies that were slept."""
    return []


@pytest.fixture
def cloud(naps: list[float]) -> MemoryCloud:
    """An empty cloud that sleeps on paper."""
    return MemoryCloud(CloudName("city"), sleep=naps.append)


@pytest.fixture
def project(cloud: MemoryCloud) -> ProjectId:
    """A project in it."""
    return cloud.identity.create_project(_DOMAIN, name="a", description="")[0].id


def test_trouble_strikes_as_often_as_it_is_asked_to(cloud: MemoryCloud) -> None:
    """Then the call works again."""
    cloud.weather.fail("identity.projects", CloudUnavailable("down"), times=2)
    for _ in range(2):
        with pytest.raises(CloudUnavailable, match="down"):
            cloud.identity.projects(_DOMAIN)
    assert cloud.identity.projects(_DOMAIN) == ()


def test_trouble_strikes_only_the_call_it_names(cloud: MemoryCloud, project: ProjectId) -> None:
    """The same call of another service works."""
    cloud.weather.fail("network.limits", CloudUnavailable("down"))
    assert cloud.quotas(Service.COMPUTE).limits(project)
    with pytest.raises(CloudUnavailable):
        cloud.quotas(Service.NETWORK).limits(project)


def test_trouble_before_a_write_leaves_everything_as_it_was(cloud: MemoryCloud, project: ProjectId) -> None:
    """Nothing was done."""
    cloud.weather.fail("compute.set_limits", CloudUnavailable("down"))
    with pytest.raises(CloudUnavailable):
        cloud.quotas(Service.COMPUTE).set_limits(project, {"cores": Limit(7)}, force=False)
    assert cloud.quotas(Service.COMPUTE).limits(project)[_CORES] == 20


def test_a_lost_answer_hides_a_write_that_took_effect(cloud: MemoryCloud) -> None:
    """The project is there; only nobody was told."""
    cloud.weather.fail("identity.create_project", CloudUnavailable("reset"), after_acting=True)
    with pytest.raises(CloudUnavailable):
        cloud.identity.create_project(_DOMAIN, name="a", description="")
    with pytest.raises(CloudConflict):
        cloud.identity.create_project(_DOMAIN, name="a", description="")


def test_an_ignored_write_is_answered_and_not_there(cloud: MemoryCloud, project: ProjectId) -> None:
    """As Nova does where Keystone keeps its limits."""
    cloud.weather.ignore("compute.set_limits")
    receipt = cloud.quotas(Service.COMPUTE).set_limits(project, {"cores": Limit(7)}, force=False)
    assert receipt.request_ids
    assert cloud.quotas(Service.COMPUTE).limits(project)[_CORES] == 20


@pytest.mark.parametrize("call", ["create_project", "update_project", "grant", "revoke"])
def test_every_write_of_keystone_can_be_ignored(cloud: MemoryCloud, project: ProjectId, call: str) -> None:
    """It says yes and does nothing."""
    role = RoleId(next(iter(cloud.identity.directory(_DOMAIN, users=False).roles.values())))
    held = Assignment(project_id=project, kind=PrincipalKind.GROUP, principal_id=PrincipalId("0" * 32), role_id=role)
    cloud._world.groups[_DOMAIN]["ops"] = held.principal_id  # type: ignore[index]
    cloud._world.assignments.add(held)
    before = (cloud.identity.projects(_DOMAIN), cloud.identity.assignments())
    cloud.weather.ignore(f"identity.{call}")
    writes = {
        "create_project": lambda: cloud.identity.create_project(_DOMAIN, name="b", description=""),
        "update_project": lambda: cloud.identity.update_project(project, enabled=False),
        "grant": lambda: cloud.identity.grant(
            Assignment(project_id=project, kind=held.kind, principal_id=held.principal_id, role_id=_other(cloud, role))
        ),
        "revoke": lambda: cloud.identity.revoke(held),
    }
    writes[call]()
    assert (cloud.identity.projects(_DOMAIN), cloud.identity.assignments()) == before


def _other(cloud: MemoryCloud, role: RoleId) -> RoleId:
    return next(each for each in cloud.identity.directory(_DOMAIN, users=False).roles.values() if each != role)


def test_trouble_with_readings_is_every_projects(cloud: MemoryCloud, project: ProjectId) -> None:
    """As a value for each, as the port has it."""
    cloud.weather.fail("compute.readings", CloudUnavailable("down"))
    readings = cloud.quotas(Service.COMPUTE).readings([project])
    assert str(readings[project]) == "down"


def test_every_call_takes_its_time(cloud: MemoryCloud, naps: list[float]) -> None:
    """As long as the latency says."""
    cloud.weather.latency = 0.3
    cloud.identity.projects(_DOMAIN)
    cloud.capabilities()
    assert naps == [0.3, 0.3]


def test_after_the_storm_all_is_well(cloud: MemoryCloud, naps: list[float]) -> None:
    """Clearing takes away what was to come."""
    cloud.weather.latency = 0.3
    cloud.weather.fail("capacity", CloudUnavailable("down"))
    cloud.weather.clear()
    assert (cloud.capacity(), naps) == ({}, [])


def test_calls_are_counted_by_name(cloud: MemoryCloud) -> None:
    """The failed ones, too; requests are what OpenStack would have been sent."""
    cloud.weather.fail("identity.projects", CloudUnavailable("down"))
    with pytest.raises(CloudUnavailable):
        cloud.identity.projects(_DOMAIN)
    cloud.identity.projects(_DOMAIN)
    cloud.identity.directory(_DOMAIN, users=True)
    assert cloud.weather.calls == {"identity.projects": 2, "identity.directory": 1}
    assert cloud.requests_sent() == 5


def test_use_can_be_set_with_its_holders(cloud: MemoryCloud, project: ProjectId) -> None:
    """Greatest first, whatever the order of telling; reservations count as use."""
    holders = [Holder(id="1", name="small", amount=1), Holder(id="2", name="large", amount=4)]
    cloud.set_usage(project, _CORES, 5, reserved=2, holders=holders)
    nova = cloud.quotas(Service.COMPUTE)
    assert [each.name for each in nova.holders(project, _CORES)] == ["large", "small"]
    with pytest.raises(CloudRefused, match="cores 6 is below the 7 in use"):
        nova.set_limits(project, {"cores": Limit(6)}, force=False)


def test_a_project_can_vanish(cloud: MemoryCloud, project: ProjectId) -> None:
    """As if an administrator had deleted it."""
    cloud.forget_project(project)
    assert cloud.identity.projects(_DOMAIN) == ()
    with pytest.raises(CloudRefused):
        cloud.quotas(Service.COMPUTE).limits(project)


def test_a_cloud_is_furnished_as_told() -> None:
    """Without a service there is no keeper; capacity is as given."""
    capacity = {_CORES: Capacity(total=8, reserved=0, ratio=1.0, used=0)}
    furnishing = Furnishing(services=frozenset({Service.COMPUTE}), capacity=capacity, unified_compute_limits=True)
    with MemoryCloud(CloudName("small"), furnishing) as cloud:
        assert cloud.capacity() == capacity
        assert cloud.capabilities().unified_compute_limits
        with pytest.raises(CloudMisconfigured):
            cloud.quotas(Service.NETWORK)


def test_only_one_of_many_threads_makes_a_project(cloud: MemoryCloud) -> None:
    """The others are told that the name is taken."""
    outcomes: list[str] = []

    def make() -> None:
        try:
            cloud.identity.create_project(_DOMAIN, name="a", description="")
            outcomes.append("made")
        except CloudConflict:
            outcomes.append("taken")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["made", *["taken"] * 7]
