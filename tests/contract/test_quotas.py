"""What every cloud's Nova, Cinder and Neutron do alike as keepers of limits."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.interface import ProjectId, Reading
from provisioner.errors import CloudError, CloudRefused
from tenants.resources import UNLIMITED, Limit, Resource, Service

_STRANGER = ProjectId("0" * 32)
#: A few limits of each service, one volume type's among them.
_LIMITS: Mapping[Service, Mapping[str, int]] = {
    Service.COMPUTE: {"instances": 7, "cores": 21, "ram": 4096, "key_pairs": 3},
    Service.BLOCK_STORAGE: {"volumes": 8, "gigabytes": 2000, "gigabytes_ssd": 500, "per_volume_gigabytes": 100},
    Service.NETWORK: {"network": 3, "port": 200, "floatingip": 4, "router_route": 5},
}
#: What the benches can put into use, the amount that is put, and another limit of the same service.
_USED: Mapping[Service, tuple[str, str]] = {
    Service.COMPUTE: ("compute/server_groups", "cores"),
    Service.BLOCK_STORAGE: ("block-storage/gigabytes", "backups"),
    Service.NETWORK: ("network/network", "router"),
}
_IN_USE = 2


def _limits(limits: Mapping[str, int]) -> dict[str, Limit]:
    return {key: Limit(limit) for key, limit in limits.items()}


@pytest.fixture(params=list(Service))
def service(request: pytest.FixtureRequest) -> Service:
    """Each service in turn."""
    service: Service = request.param
    return service


@pytest.fixture
def enforced(cloud: Cloud, project: ProjectId, service: Service) -> Callable[[], Mapping[str, int]]:
    """The limits that hold for the project in the service, by the service's own keys."""
    return lambda: {resource.key: limit for resource, limit in cloud.quotas(service).limits(project).items()}


@pytest.fixture
def write(cloud: Cloud, project: ProjectId, service: Service) -> Callable[..., Any]:
    """Write limits of the project."""

    def set_limits(limits: Mapping[str, int], *, force: bool = False) -> Any:
        return cloud.quotas(service).set_limits(project, _limits(limits), force=force)

    return set_limits


@pytest.fixture
def in_use(bench: Any, project: ProjectId, service: Service, resource: Callable[[str], Resource]) -> Resource:
    """A resource of which the project uses 2, and has a limit of its own of 5."""
    used = resource(_USED[service][0])
    bench.cloud.quotas(service).set_limits(project, {used.key: Limit(5)}, force=False)
    bench.occupy(project, used, _IN_USE)
    return used


def _reading(cloud: Cloud, service: Service, project: ProjectId) -> Reading:
    reading = cloud.quotas(service).readings([project])[project]
    assert not isinstance(reading, CloudError)
    return reading


def test_written_limits_are_read_back(write: Any, enforced: Any, service: Service) -> None:
    """Exactly those values, in the service's own units."""
    write(_LIMITS[service])
    assert enforced().items() >= _LIMITS[service].items()


def test_a_write_gives_evidence(write: Any, service: Service) -> None:
    """One request, one id."""
    receipt = write(_LIMITS[service])
    assert [each[:4] for each in receipt.request_ids] == ["req-"]


def test_what_is_not_named_keeps_its_limit(write: Any, enforced: Any, service: Service) -> None:
    """Nothing unasked."""
    before = enforced()
    write(_LIMITS[service])
    assert {key: limit for key, limit in enforced().items() if key not in _LIMITS[service]} == {
        key: limit for key, limit in before.items() if key not in _LIMITS[service]
    }


def test_writing_twice_is_writing_once(write: Any, enforced: Any, service: Service) -> None:
    """Writers are safe to repeat."""
    write(_LIMITS[service])
    once = enforced()
    write(_LIMITS[service])
    assert enforced() == once


def test_writing_nothing_sends_nothing(cloud: Cloud, write: Any) -> None:
    """Not even a request."""
    before = cloud.requests_sent()
    assert write({}).request_ids == ()
    assert cloud.requests_sent() == before


def test_a_new_project_has_the_defaults(cloud: Cloud, enforced: Any, service: Service) -> None:
    """Those that the capabilities tell."""
    defaults = cloud.capabilities().defaults
    assert enforced() == {resource.key: limit for resource, limit in defaults.items() if resource.service is service}


def test_unlimited_is_minus_one_and_can_be_taken_back(write: Any, enforced: Any, service: Service) -> None:
    """From unlimited to a number and the other way round."""
    key = next(iter(_LIMITS[service]))
    write({key: UNLIMITED})
    assert enforced()[key] == UNLIMITED
    write({key: 9})
    assert enforced()[key] == 9


def test_zero_is_a_limit_like_any_other(write: Any, enforced: Any, service: Service) -> None:
    """Not the same as none."""
    key = next(iter(_LIMITS[service]))
    write({key: 0})
    assert enforced()[key] == 0


def test_the_highest_limit_is_kept_exactly(write: Any, enforced: Any, service: Service) -> None:
    """Services keep signed 32-bit numbers."""
    key = next(iter(_LIMITS[service]))
    write({key: 2**31 - 1})
    assert enforced()[key] == 2**31 - 1


@pytest.mark.parametrize("limit", [-2, 2**31])
def test_a_limit_out_of_range_is_refused(write: Any, service: Service, limit: int) -> None:
    """Below unlimited, or above what the services can keep."""
    with pytest.raises(CloudRefused):
        write({next(iter(_LIMITS[service])): limit})


def test_one_bad_key_refuses_the_whole_write(write: Any, enforced: Any, service: Service) -> None:
    """The good ones are not written either."""
    before = enforced()
    with pytest.raises(CloudRefused):
        write({**_LIMITS[service], "unicorns": 1})
    assert enforced() == before


def test_a_reading_has_the_limits_and_what_is_in_use(cloud: Cloud, project: ProjectId, in_use: Resource) -> None:
    """The two ways to read agree on the limits."""
    reading = _reading(cloud, in_use.service, project)
    assert (reading[in_use].limit, reading[in_use].used, reading[in_use].reserved) == (5, _IN_USE, 0)
    assert {each: usage.limit for each, usage in reading.items()} == cloud.quotas(in_use.service).limits(project)


def test_many_projects_read_as_one(bench: Any, project: ProjectId, in_use: Resource) -> None:
    """However a service reads many, it comes to the same as one by one."""
    projects = [project, *(each.id for each in bench.cloud.identity.projects(bench.domain))][:14]
    keeper = bench.cloud.quotas(in_use.service)
    assert len(projects) > 1
    assert keeper.readings(projects)[project] == keeper.readings([project])[project]


def test_reading_no_project_sends_nothing(cloud: Cloud, service: Service) -> None:
    """And gives nothing."""
    cloud.quotas(service)
    before = cloud.requests_sent()
    assert cloud.quotas(service).readings([]) == {}
    assert cloud.requests_sent() == before


def test_going_below_what_is_in_use_is_refused(write: Any, enforced: Any, in_use: Resource) -> None:
    """The limit stays."""
    with pytest.raises(CloudRefused):
        write({in_use.key: _IN_USE - 1})
    assert enforced()[in_use.key] == 5


def test_going_down_to_what_is_in_use_is_fine(write: Any, enforced: Any, in_use: Resource) -> None:
    """Nothing new can be made then, and nothing is over."""
    write({in_use.key: _IN_USE})
    assert enforced()[in_use.key] == _IN_USE


def test_going_below_what_is_in_use_can_be_forced(write: Any, enforced: Any, in_use: Resource) -> None:
    """In every service, whatever it takes there."""
    write({in_use.key: _IN_USE - 1}, force=True)
    assert enforced()[in_use.key] == _IN_USE - 1


def test_what_uses_a_resource_can_be_told(cloud: Cloud, project: ProjectId, in_use: Resource) -> None:
    """It adds up to what is in use."""
    holders = cloud.quotas(in_use.service).holders(project, in_use)
    assert sum(each.amount for each in holders) == _IN_USE
    assert all(each.id and each.name for each in holders)


def test_what_is_not_an_id_is_refused(cloud: Cloud, service: Service) -> None:
    """A name above all: Cinder and Neutron would keep limits under it and say yes."""
    keeper, name = cloud.quotas(service), ProjectId("market-registration")
    with pytest.raises(CloudRefused, match="not the id of a project"):
        keeper.set_limits(name, _limits(_LIMITS[service]), force=False)
    with pytest.raises(CloudRefused, match="not the id of a project"):
        keeper.limits(name)
    assert isinstance(keeper.readings([name])[name], CloudRefused)


def test_nova_knows_its_projects(cloud: Cloud) -> None:
    """It asks Keystone."""
    nova = cloud.quotas(Service.COMPUTE)
    assert isinstance(nova.readings([_STRANGER])[_STRANGER], CloudRefused)
    with pytest.raises(CloudRefused):
        nova.set_limits(_STRANGER, {"cores": Limit(1)}, force=False)


@pytest.mark.parametrize("lenient", [Service.BLOCK_STORAGE, Service.NETWORK])
def test_cinder_and_neutron_do_not_know_theirs(cloud: Cloud, lenient: Service) -> None:
    """A project that nobody made has the defaults."""
    reading = _reading(cloud, lenient, ProjectId("f" * 32))
    assert all(not usage.used for usage in reading.values())


def test_cinder_lets_a_default_go_below_what_is_in_use(
    bench: Any, project: ProjectId, resource: Callable[[str], Resource]
) -> None:
    """It checks only limits that the project has of its own; plans must look at the use themselves."""
    gigabytes, cinder = resource("block-storage/gigabytes"), bench.cloud.quotas(Service.BLOCK_STORAGE)
    bench.occupy(project, gigabytes, _IN_USE)
    cinder.set_limits(project, {"gigabytes": Limit(1)}, force=False)
    assert cinder.limits(project)[gigabytes] == 1


def test_cinder_is_forced_only_where_nothing_else_would_be_lost(
    bench: Any, project: ProjectId, resource: Callable[[str], Resource]
) -> None:
    """Its other limits must be given as well, for all are written anew; then they hold."""
    gigabytes, cinder = resource("block-storage/gigabytes"), bench.cloud.quotas(Service.BLOCK_STORAGE)
    cinder.set_limits(project, _limits({"gigabytes": 5, "backups": 3}), force=False)
    bench.occupy(project, gigabytes, _IN_USE)
    with pytest.raises(CloudRefused, match="give backups as well"):
        cinder.set_limits(project, {"gigabytes": Limit(1)}, force=True)
    cinder.set_limits(project, _limits({"gigabytes": 1, "backups": 3}), force=True)
    assert {each.key: limit for each, limit in cinder.limits(project).items()}.items() >= {
        "gigabytes": 1,
        "backups": 3,
    }.items()


def test_what_counts_within_one_thing_has_no_use(cloud: Cloud, project: ProjectId) -> None:
    """Such as the metadata of a server: no number would mean anything."""
    for service, key in ((Service.COMPUTE, "metadata_items"), (Service.NETWORK, "router_route")):
        reading = {resource.key: usage for resource, usage in _reading(cloud, service, project).items()}
        assert reading[key].used is None
