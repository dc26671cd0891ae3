"""Waves planned between clouds in memory: everything that stands against them at once, what they take, and when they end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioner.clouds.collections import Act, ItemId
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import InputError
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import SERVERS
from provisioner.moving.starting import Starting, WavePlan
from provisioner.operation import Actor
from provisioner.store.database import Database
from tenants.application import ApplicationSpec, ServerSpec
from tenants.names import (
    ApplicationName,
    CloudName,
    DomainName,
    FlavorName,
    ProjectName,
    ServerName,
    TenantName,
    ZoneName,
)
from tenants.resources import Service
from tenants.spec import City, CloudSpec, Level, ProjectSpec, TenantSpec
from tenants.wave import Mode, SourcePlace, TargetPlace, WaveLimits, WaveMember, WaveName, WaveSpec, WindowSpec
from tests.estates import Estate, memory_cloud

CITY, DISTRICT = CloudName("city"), CloudName("district")
MARKET = TenantName("market")
NOW = datetime(2027, 3, 6, 20, tzinfo=UTC)


class Town:
    """Applications of one server each in `city`, and an empty project of `district`."""

    def __init__(self, database: Database) -> None:
        self.source, self.target = Estate(), memory_cloud(DISTRICT)
        self.database, self.applications, self.waves = database, [], {}
        identity = self.target.identity
        self.project = identity.create_project(DomainName("government"), name="market-b", description="")[0].id
        make = self.target.resources.create
        said = {"project_id": self.project}
        network = make(NETWORKS, self.project, {"name": "应用网", **said}).item["id"]
        subnet = {"network_id": network, "cidr": "10.30.0.0/24", "ip_version": 4, "name": "app-v4", **said}
        make(SUBNETS, self.project, subnet)
        make(SECURITY_GROUPS, self.project, {"name": "web", **said})

    def application(self, name: str, *after: str, data: int = 1) -> None:
        """An application with a server of that name."""
        self.source.server(name, data=data)
        self.applications.append(
            ApplicationSpec(
                name=ApplicationName(f"app-{name}"),
                display_name=name,
                owner=MARKET,
                project=ProjectName("a"),
                protection_level=2,
                servers=(ServerSpec(name=ServerName(name), flavor=FlavorName("tiny")),),
                depends_on=tuple(ApplicationName(f"app-{each}") for each in after),
            )
        )

    def lock(self, reason: str) -> None:
        """Somebody locks all servers."""
        cloud, project = self.source.cloud, self.source.place.project_id
        for each in cloud.items(SERVERS, project):
            act = Act(below="/action", body={"lock": {"locked_reason": reason}})
            cloud.resources.act(SERVERS, project, ItemId(each["id"]), act)

    def wave(self, **changes: Any) -> WaveName:
        """All of them, to the other cloud."""
        fields: dict[str, Any] = {
            "name": WaveName("w1"),
            "display_name": "第一批",
            "owner": MARKET,
            "mode": Mode.CROSS_CLOUD,
            "source": SourcePlace(cloud=CITY),
            "target": TargetPlace(cloud=DISTRICT, project=ProjectName("b")),
            "members": tuple(WaveMember(application=each.name) for each in self.applications),
            "probes": False,
            **changes,
        }
        wave = WaveSpec(**fields)
        self.waves = {wave.name: wave}
        return wave.name

    @property
    def starting(self) -> Starting:
        """What plans and starts."""
        clouds: dict[CloudName, MemoryCloud] = {CITY: self.source.cloud, DISTRICT: self.target}
        return Starting(database=self.database, connect=lambda spec: clouds[spec.name], now=lambda: NOW)

    @property
    def city(self) -> City:
        """The manifests in force."""
        own = replace(_project("a", CITY), applications=tuple(self.applications))
        tenant = TenantSpec(
            name=MARKET,
            display_name="市场监督管理局",
            parent=None,
            protection_level=2,
            projects=(own, _project("b", DISTRICT)),
        )
        return City(
            clouds={each: _cloud(each) for each in (CITY, DISTRICT)}, tenants={MARKET: tenant}, waves=self.waves
        )

    def plan(self, **changes: Any) -> WavePlan:
        """The wave, planned."""
        name = self.wave(**changes)
        return self.starting.plan(self.city, name)


def _project(name: str, cloud: CloudName) -> ProjectSpec:
    return ProjectSpec(
        name=ProjectName(name),
        cloud=cloud,
        keystone_name=f"market-{name}",
        zone=ZoneName("extranet"),
        description=None,
        purpose="",
        protection_level=2,
    )


def _cloud(name: CloudName) -> CloudSpec:
    return CloudSpec(
        name=name,
        display_name=name,
        clouds_yaml=name,
        level=Level.MUNICIPAL,
        domain=DomainName("government"),
        zones={},
        volume_types=frozenset(),
    )


@pytest.fixture
def town(database: Database) -> Town:
    """No application yet."""
    return Town(database)


def test_a_plan_says_what_a_wave_takes_and_when_it_ends(town: Town) -> None:
    """Of each application, and of all."""
    town.application("web")
    town.application("db")
    plan = town.plan()
    assert plan.obstacles == ()
    needed = [
        {str(each): amount for each, amount in one.needed[DISTRICT, town.project].items()} for one in plan.planned
    ]
    assert [each["compute/instances"] for each in needed] == [1, 1]
    assert all(one.whole.high >= one.standstill.high > one.standstill.low > 0 for one in plan.planned)
    assert plan.forecast is not None
    assert plan.forecast.end.high == max(each.high for each in plan.forecast.ends.values() if each.high)


def test_what_to_know_is_no_obstacle(town: Town) -> None:
    """A link on which nothing travelled yet."""
    town.application("web")
    plan = town.plan()
    assert any("too little was measured" in each.message for each in plan.planned[0].warnings)
    assert plan.obstacles == ()


def test_all_obstacles_of_all_applications_are_told_at_once(town: Town) -> None:
    """And the wave does not start."""
    town.application("web")
    town.application("db")
    town.lock("audit")
    plan = town.plan()
    assert [(each.application, each.message.partition(":")[0]) for each in plan.obstacles] == [
        ("app-web", "web"),
        ("app-db", "db"),
    ]
    assert plan.forecast is None
    with pytest.raises(InputError, match="app-web: web: is locked, for this reason: audit"):
        town.starting.start(town.city, plan, Actor("chen"))


def test_what_stays_of_a_wave_has_to_fit_together(town: Town) -> None:
    """The first of two that are too many still fits."""
    town.application("web")
    town.application("db")
    town.target.quotas(Service.COMPUTE).set_limits(town.project, {"instances": 1}, force=False)
    (obstacle,) = town.plan().obstacles
    assert obstacle.application == "app-db"
    assert "of 1 there are 0 in use and 1 kept for other migrations" in obstacle.message


def test_what_passes_of_a_wave_need_not_fit_together(town: Town) -> None:
    """Those that find no room for their copies wait for one another."""
    town.application("web")
    town.application("db")
    town.source.cloud.quotas(Service.BLOCK_STORAGE).set_limits(
        town.source.place.project_id, {"snapshots": 1}, force=False
    )
    assert town.plan().obstacles == ()


def test_a_name_that_is_on_the_way_already_is_told(town: Town) -> None:
    """By whom."""
    town.application("web")
    town.starting.start(town.city, town.plan(), Actor("chen"))
    plan = town.plan(name=WaveName("w2"))
    assert "app-web, which is on the way as well, brings a server called web" in plan.obstacles[0].message


def test_a_wave_says_which_applications_do_not_end_in_its_window(town: Town) -> None:
    """Each alone would."""
    town.application("web")
    town.application("db", "web")
    alone = town.plan().planned[0].standstill.longest
    window = WindowSpec(start=NOW, end=NOW + alone * 1.5)
    plan = town.plan(window=window, limits=WaveLimits(applications=1))
    assert plan.obstacles == ()
    assert plan.forecast is not None
    assert plan.forecast.late == ("app-db",)


def test_a_window_that_is_too_short_for_an_application_is_an_obstacle(town: Town) -> None:
    """With the times."""
    town.application("web")
    window = WindowSpec(start=NOW + timedelta(hours=1), end=NOW + timedelta(hours=1, minutes=1))
    (obstacle,) = town.plan(window=window).obstacles
    assert "its window closes at 2027-03-06 21:01 UTC" in obstacle.message
