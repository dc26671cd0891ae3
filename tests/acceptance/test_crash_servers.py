"""`kill -9` while twenty servers with volumes and ports are made: the same command ends with exactly twenty of each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.manifests import application, project, tenant
from tests.acceptance.records import unfinished
from tests.acceptance.shell import Running
from tests.acceptance.site import Site
from tests.acceptance.traffic import writes
from tests.acceptance.waiting import until

pytestmark = pytest.mark.timeout(600)

_SIZE = 20
#: Milliseconds added to every request, so that there is time to die in.
_LATENCY = 40
_ROOM = {
    "compute": {"instances": _SIZE, "cores": _SIZE, "ram": "20GiB"},
    "block-storage": {"volumes": _SIZE, "gigabytes": _SIZE},
    "network": {"network": 1, "subnet": 1, "port": _SIZE + 1},
}
_ZONE = {"networks": [{"name": "应用网", "subnets": [{"name": "app-v4", "cidr": "10.20.0.0/24"}]}]}
_SERVERS = [{"name": "web", "replicas": _SIZE, "image": "guest", "flavor": "tiny", "networks": [{"network": "应用网"}]}]
_VOLUMES = [{"name": "数据", "size": "1GiB", "server": "web"}]
_NAMES = [f"web-{number}" for number in range(1, _SIZE + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """The project with its application, ready to be built."""

    site: Site

    def started(self, service: str, path: str, count: int) -> Running:
        """An apply under way, once the cloud has answered so many writes of a kind since the test began."""
        running = self.site.tenantry.start("apply", self.site.folder, "--yes")

        def enough() -> bool:
            assert running.process.poll() is None, running.wait()
            sent = writes(self.site.devcloud, self.site.began)
            return sum(each.service == service and each.path.endswith(path) for each in sent) >= count

        until(enough, f"{count} writes to {service}{path}")
        return running

    def must_be_whole(self) -> None:
        """Raises AssertionError where there is not exactly one of everything, each where it belongs."""
        held = self.site.project_id
        servers, volumes = self.site.city.servers(held), self.site.city.volumes(held)
        ports = self.site.city.admin.call("GET", "neutron", f"/v2.0/ports?project_id={held}")["ports"]
        assert sorted(each["name"] for each in servers) == sorted(_NAMES)
        assert {each["status"] for each in servers} == {"ACTIVE"}
        assert sorted(each["name"] for each in volumes) == sorted(f"数据-{number}" for number in range(1, _SIZE + 1))
        assert Counter(each["status"] for each in volumes) == {"in-use": _SIZE}
        mine = [each for each in ports if each["device_owner"].startswith("compute:")]
        assert sorted(each["name"] for each in mine) == sorted(f"{name}-应用网" for name in _NAMES)
        assert {each["device_id"] for each in mine} == {each["id"] for each in servers}
        assert [each for each in ports if each not in mine and not each["device_owner"].startswith("network:")] == []
        assert unfinished(self.site.tenantry) == []


@pytest.fixture
def farm(undisturbed: Devcloud, site: Site) -> Iterator[Farm]:
    """A cloud that is far away, and twenty servers asked of it."""
    written = project(quota=_ROOM, landingZone=_ZONE)
    where: dict[str, Any] = {"owner": site.name, "project": "registration"}
    app = application(f"{site.name}-app", **where, servers=_SERVERS, volumes=_VOLUMES)
    site.ask_all(tenant(site.name, written), app)
    undisturbed.latency(_LATENCY, cloud="city")
    yield Farm(site=site)
    undisturbed.clear()
    for each in site.city.projects(site.keystone_name):
        site.city.delete_servers(each["id"])


@pytest.mark.parametrize(
    ("service", "path", "count"),
    [
        ("nova", "/servers", 3),
        pytest.param("cinder", "/volumes", 7, marks=pytest.mark.full),
        pytest.param("neutron", "/ports", 1, marks=pytest.mark.full),
        pytest.param("nova", "/servers", _SIZE, marks=pytest.mark.full),
    ],
)
def test_killed_while_servers_are_made(farm: Farm, service: str, path: str, count: int) -> None:
    """Dead among the servers, among the volumes, after the ports, and while all servers are building."""
    farm.started(service, path, count).kill()
    farm.site.devcloud.clear()
    farm.site.apply()
    farm.must_be_whole()


def test_a_second_apply_of_servers_sends_no_write(farm: Farm) -> None:
    """What is there is not made again, nor touched."""
    farm.site.devcloud.clear()
    farm.site.apply()
    farm.must_be_whole()
    before = farm.site.writes
    farm.site.apply()
    assert farm.site.writes == before
