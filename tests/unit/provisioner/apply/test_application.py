"""An application rehearsed: servers with ports and volumes, wherever the process dies and whatever answers are lost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Collection
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudRefused, CloudUnavailable
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import PORTS
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.volume import VOLUMES
from provisioner.operation import OperationState
from tenants.application import ApplicationSpec, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.landing_zone import Cidr, LandingZoneSpec, NetworkSpec, SubnetSpec
from tenants.names import (
    ApplicationName,
    FlavorName,
    ImageName,
    NetworkName,
    ProjectName,
    ServerName,
    SubnetName,
    TenantName,
    VolumeName,
)
from tenants.presence import Presence

#: One tries every instant there is.
pytestmark = pytest.mark.timeout(60)

_NAMES = {"ports": 2, "volumes": 2, "servers": 2}


def _zone() -> LandingZoneSpec:
    subnet = SubnetSpec(name=SubnetName("app-v4"), cidr=Cidr("10.20.0.0/24"))
    return LandingZoneSpec(networks=(NetworkSpec(name=NetworkName("app"), subnets=(subnet,)),))


def _application(**fields: Any) -> ApplicationSpec:
    """Two servers, each with a port and a volume."""
    server = ServerSpec(
        name=ServerName("web"),
        flavor=FlavorName("tiny"),
        image=ImageName("guest"),
        replicas=2,
        interfaces=(InterfaceSpec(network=NetworkName("app")),),
    )
    volume = VolumeSpec(name=VolumeName("data"), size=1, server=ServerName("web"))
    return ApplicationSpec(
        name=ApplicationName("登记"),
        display_name="商事登记",
        owner=TenantName("market"),
        project=ProjectName("registration"),
        protection_level=2,
        servers=(server,),
        volumes=(volume,),
        **fields,
    )


class Site:
    """A project with a network and an application, on a cloud in memory."""

    def __init__(self, cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> None:
        self.cloud = cloud
        self._build = build
        self._rehearse = rehearse

    def rehearse(self, **fields: Any) -> Any:
        """Plan for the application with these fields."""
        site = self._build.cloud().zones["extranet"]
        project = replace(
            self._build.project(), site=site, landing_zone=_zone(), applications=(_application(**fields),)
        )
        rehearsal = self._rehearse(self.cloud, project)
        assert not rehearsal.section.refusals
        return rehearsal

    def held(self, collection: Collection) -> list[Any]:
        """The project's items."""
        (seen,) = self.cloud.identity.projects(self._build.cloud().domain)
        return list(self.cloud.items(collection, ProjectId(seen.id)))

    def counts(self) -> dict[str, int]:
        """How many of each there are."""
        return {each.name: len(self.held(each)) for each in (PORTS, VOLUMES, SERVERS)}

    def must_be_whole(self) -> None:
        """Exactly what was asked for, running, and nothing stray."""
        assert self.counts() == _NAMES
        assert Counter(each["name"] for each in self.held(SERVERS)) == {"web-1": 1, "web-2": 1}
        servers = {each["id"] for each in self.held(SERVERS)}
        assert {each["status"] for each in self.held(SERVERS)} == {"ACTIVE"}
        assert {each["device_id"] for each in self.held(PORTS)} == servers
        assert {each["attachments"][0]["server_id"] for each in self.held(VOLUMES)} == servers
        assert self.rehearse().section.actions == ()


@pytest.fixture
def site(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> Site:
    """On an empty cloud."""
    return Site(cloud, build, rehearse)


def test_an_application_is_made_in_order(site: Site) -> None:
    """Network, subnet, ports and volumes, servers; a second look has nothing to do."""
    rehearsal = site.rehearse()
    assert rehearsal.run() is OperationState.DONE
    kinds = [step.action.change.address.kind for step in rehearsal.operation.steps]
    assert list(dict.fromkeys(kinds)) == ["project", "network", "subnet", "port", "volume", "server"]
    site.must_be_whole()


def test_servers_are_waited_for_together(site: Site) -> None:
    """One listing a look, however many are under way."""
    rehearsal = site.rehearse()
    looks = site.cloud.weather.calls.get("resources.list.servers", 0)
    rehearsal.run()
    assert site.cloud.weather.calls["resources.list.servers"] - looks <= 3


def test_a_server_that_cannot_be_built_is_told_and_mended(site: Site) -> None:
    """It is taken away; once it is gone, the next apply builds it."""
    fault = {"status": "ERROR", "fault": {"message": "No valid host was found."}, "OS-EXT-STS:task_state": None}
    rehearsal = site.rehearse()
    site.cloud.destine(SERVERS, "web-2", fault)
    assert rehearsal.run() is OperationState.FAILED
    (failure,) = rehearsal.failures.values()
    assert "no host of its availability zone has room for it" in failure.message
    assert [each.message for each in rehearsal.left] == ["is just being deleted"]
    assert site.rehearse().run() is OperationState.DONE
    site.must_be_whole()


@pytest.mark.parametrize("call", ["create_all.ports", "create.volumes", "create.servers"])
@pytest.mark.parametrize("after_acting", [True, False])
def test_lost_answers_double_nothing(site: Site, call: str, *, after_acting: bool) -> None:
    """Whether or not they were made."""
    rehearsal = site.rehearse()
    site.cloud.weather.fail(f"resources.{call}", CloudUnavailable("no answer"), after_acting=after_acting)
    assert rehearsal.run() is OperationState.DONE
    site.must_be_whole()


@pytest.mark.parametrize("call", ["create.volumes", "create.servers", "create.subnets"])
def test_what_is_refused_is_mended_by_the_next_apply(site: Site, call: str) -> None:
    """Nothing is made twice for it."""
    rehearsal = site.rehearse()
    site.cloud.weather.fail(f"resources.{call}", CloudRefused("no"))
    assert rehearsal.run() is OperationState.FAILED
    assert site.rehearse().run() is OperationState.DONE
    site.must_be_whole()


def test_it_is_taken_away_without_its_data(site: Site) -> None:
    """Servers and ports go, volumes and networks stay."""
    assert site.rehearse().run() is OperationState.DONE
    assert site.rehearse(presence=Presence.ABSENT).run() is OperationState.DONE
    assert site.counts() == {"ports": 0, "volumes": 2, "servers": 0}
    assert {each["status"] for each in site.held(VOLUMES)} == {"available"}
    assert [each["name"] for each in site.held(NETWORKS)] == ["app"]


def test_a_server_that_could_not_be_deleted_keeps_its_ports(site: Site) -> None:
    """It would be cut off from the network and run on; the other goes with its own."""
    assert site.rehearse().run() is OperationState.DONE
    rehearsal = site.rehearse(presence=Presence.ABSENT)
    site.cloud.weather.fail("resources.delete.servers", CloudRefused("it is locked"))
    assert rehearsal.run() is OperationState.FAILED
    (server,), (port,) = site.held(SERVERS), site.held(PORTS)
    assert port["device_id"] == server["id"]
    waiting = f"waits for the server {server['name']}, which could not be deleted"
    assert waiting in {each.message for each in rehearsal.failures.values()}
    assert site.rehearse(presence=Presence.ABSENT).run() is OperationState.DONE
    assert site.counts() == {"ports": 0, "volumes": 2, "servers": 0}


def test_killed_at_any_instant_it_ends_as_planned(
    new_cloud: Callable[[], MemoryCloud], build: Any, rehearse: Callable[..., Any]
) -> None:
    """Exactly as many servers as asked for, and no stray port or volume."""
    instant, died = 0, True
    while died:
        instant += 1
        site = Site(new_cloud(), build, rehearse)
        rehearsal = site.rehearse()
        died = rehearsal.run(dies_at=instant) is None
        assert not died or rehearsal.run() is OperationState.DONE, f"killed at instant {instant}"
        site.must_be_whole()
    assert instant > 50
