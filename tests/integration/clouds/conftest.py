"""The OpenStack adapter on a real OpenStack: a cloud of its own for each test, so that its requests can be counted."""

import secrets
from collections.abc import Callable, Iterator

import pytest

from devcloud.fixture import Devcloud
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.clouds.openstack.retry import RetryPolicy
from provisioner.clouds.openstack.timing import Timing
from provisioner.clouds.openstack.transport import TransportSettings
from tenants.names import CloudName, DomainName

#: Clouds of a test share two cores with everything else.
_PATIENCE = 180
DOMAIN = DomainName("government")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder the time that real clouds need."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PATIENCE))


@pytest.fixture
def naps() -> list[float]:
    """The pauses that the transport asked for; none of them is slept."""
    return []


@pytest.fixture
def open_city(
    devcloud: Devcloud, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> Iterator[Callable[..., OpenStackCloud]]:
    """Opens the city cloud anew: nothing is known of it yet, and nothing sent."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    opened: list[OpenStackCloud] = []

    def open_anew(*, read_timeout: float = 60.0) -> OpenStackCloud:
        timing = Timing(sleep=naps.append, random=lambda: 0.5)
        retry = RetryPolicy(attempts=4, first_pause=0.1, patience=600.0)
        settings = TransportSettings(read_timeout=read_timeout, retry=retry, timing=timing)
        opened.append(connect(CloudName("city"), "city", settings=settings))
        return opened[-1]

    yield open_anew
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def city(open_city: Callable[..., OpenStackCloud]) -> OpenStackCloud:
    """The city cloud, with a token and the domain found."""
    cloud = open_city()
    cloud.identity.project(DOMAIN, "nobody")
    return cloud


@pytest.fixture
def name() -> str:
    """A name for a project that nobody else has."""
    return f"trial-{secrets.token_hex(4)}"


@pytest.fixture
def project(city: OpenStackCloud, name: str) -> ProjectId:
    """A new project of the city cloud."""
    return city.identity.create_project(DOMAIN, name=name, description="")[0].id
