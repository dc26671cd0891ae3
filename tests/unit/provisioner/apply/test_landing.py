"""Landing zones rehearsed: made in order, seen through, mended after whatever goes wrong, and nothing made twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudConflict, CloudRefused, CloudUnavailable
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.subnet import SUBNETS
from provisioner.operation import OperationState, StepState
from tenants.landing_zone import Cidr, LandingZoneSpec, NetworkSpec, SubnetSpec
from tenants.names import NetworkName, SubnetName
from tenants.presence import Presence

#: One tries every instant there is.
pytestmark = pytest.mark.timeout(30)


def _network(name: str, number: int, **fields: Any) -> NetworkSpec:
    subnet = SubnetSpec(name=SubnetName(f"{name}-v4"), cidr=Cidr(f"10.20.{number}.0/24"))
    return NetworkSpec(name=NetworkName(name), subnets=(subnet,), **fields)


def _zone(**fields: Any) -> LandingZoneSpec:
    return LandingZoneSpec(networks=tuple(_network(name, place, **fields) for place, name in enumerate(("app", "db"))))


class Site:
    """A project with two networks of a subnet each, on a cloud in memory."""

    def __init__(self, cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> None:
        self.cloud = cloud
        self._build = build
        self._rehearse = rehearse

    def rehearse(self, **fields: Any) -> Any:
        """Plan for the landing zone, whose networks have these fields."""
        return self._rehearse(self.cloud, replace(self._build.project(), landing_zone=_zone(**fields)))

    def settle(self, *, empty: bool = False) -> None:
        """Make the project, with its landing zone unless it is to be empty."""
        rehearsal = self._rehearse(self.cloud, self._build.project()) if empty else self.rehearse()
        assert rehearsal.run() is OperationState.DONE

    def intrude(self) -> None:
        """Make the network `app`, as somebody else would."""
        self.cloud.resources.create(NETWORKS, self._id, {"name": "app", "project_id": self._id})

    def held(self) -> list[str]:
        """The names of the networks and subnets in the project, sorted."""
        return sorted(each["name"] for kind in (NETWORKS, SUBNETS) for each in self.cloud.items(kind, self._id))

    @property
    def _id(self) -> ProjectId:
        (seen,) = self.cloud.identity.projects(self._build.cloud().domain)
        return seen.id


@pytest.fixture
def site(cloud: MemoryCloud, build: Any, rehearse: Callable[..., Any]) -> Site:
    """On an empty cloud."""
    return Site(cloud, build, rehearse)


def _keys(rehearsal: Any) -> dict[int, str]:
    return {step.position: step.action.change.address.key for step in rehearsal.operation.steps}


def test_networks_come_before_subnets(site: Site) -> None:
    """In a project that is new itself; a second look has nothing to do."""
    rehearsal = site.rehearse()
    assert rehearsal.run() is OperationState.DONE
    assert [step.action.change.address.kind for step in rehearsal.operation.steps] == [
        *("project", "network", "network", "subnet", "subnet")
    ]
    assert (site.held(), rehearsal.left) == (["app", "app-v4", "db", "db-v4"], [])


def test_a_standing_zone_sends_no_write(site: Site) -> None:
    """There is no step to take."""
    site.settle()
    assert site.rehearse().section.actions == ()


def test_networks_are_made_in_one_request(site: Site) -> None:
    """So are subnets, once their networks are there."""
    rehearsal = site.rehearse()
    rehearsal.run()
    assert [each for each in rehearsal.writes if each.startswith("resources.create")] == [
        "resources.create_all.networks",
        "resources.create_all.subnets",
    ]


def test_what_is_there_is_taken_over(site: Site) -> None:
    """A network of that name is given its subnet, not a twin."""
    site.settle(empty=True)
    site.intrude()
    assert site.rehearse().run() is OperationState.DONE
    assert site.held() == ["app", "app-v4", "db", "db-v4"]


def test_a_network_that_fails_leaves_the_other(site: Site) -> None:
    """Its subnet waits for it, and says so; the next apply makes both."""
    site.cloud.weather.fail("resources.create_all.networks", CloudConflict("quota"))
    site.cloud.weather.fail("resources.create.networks", CloudRefused("no", request_id="req-no"))
    rehearsal = site.rehearse()
    assert rehearsal.run() is OperationState.FAILED
    told = {_keys(rehearsal)[position]: failure.message for position, failure in rehearsal.failures.items()}
    made = {"app", "db"} - told.keys()
    assert len(made) == 1
    (failed,) = {"app", "db"} - made
    assert told[f"{failed}-v4"] == f"waits for the network {failed}, which could not be made"
    assert site.rehearse().run() is OperationState.DONE
    assert site.held() == ["app", "app-v4", "db", "db-v4"]


def test_after_lost_answers_nothing_is_doubled(site: Site) -> None:
    """Whatever was made is found by its name."""
    for call in ("create_all.networks", "create_all.subnets"):
        site.cloud.weather.fail(f"resources.{call}", CloudUnavailable("no answer"), after_acting=True)
    assert site.rehearse().run() is OperationState.DONE
    assert site.held() == ["app", "app-v4", "db", "db-v4"]


def test_a_list_that_fails_changes_no_plan(site: Site) -> None:
    """It may be as it was: try again, rather than plan again."""
    site.settle()
    rehearsal = site.rehearse(description="新")
    site.cloud.weather.fail("resources.list.networks", CloudUnavailable("busy"))
    assert rehearsal.run() is OperationState.FAILED
    assert rehearsal.failure.retryable
    assert "the networks of project market-registration could not be read: busy" in rehearsal.failure.message


def test_what_came_in_between_stops_it(site: Site) -> None:
    """Somebody made the network after the plan was made: nothing is written."""
    site.settle(empty=True)
    rehearsal = site.rehearse()
    site.intrude()
    assert rehearsal.run() is OperationState.PLAN_CHANGED
    assert site.held() == ["app"]


def test_a_zone_is_taken_away_in_the_other_order(site: Site) -> None:
    """Subnets, then their networks."""
    site.settle()
    rehearsal = site.rehearse(presence=Presence.ABSENT)
    assert rehearsal.run() is OperationState.DONE
    assert (site.held(), rehearsal.left) == ([], [])


def test_a_stop_leaves_the_rest_for_the_next_apply(site: Site) -> None:
    """What is under way is finished, what comes after is not begun."""
    rehearsal = site.rehearse()

    def stop(event: tuple[Any, ...]) -> None:
        rehearsal.stop = rehearsal.stop or event == ("resources.create_all.networks",)

    rehearsal.when = stop
    assert rehearsal.run() is OperationState.STOPPED
    states = Counter(step.state for step in rehearsal.operation.steps)
    assert (states, site.held()) == ({StepState.DONE: 3, StepState.PENDING: 2}, ["app", "db"])
    assert site.rehearse().run() is OperationState.DONE
    assert site.held() == ["app", "app-v4", "db", "db-v4"]


def test_killed_at_any_instant_it_ends_as_planned(
    new_cloud: Callable[[], MemoryCloud], build: Any, rehearse: Callable[..., Any]
) -> None:
    """Exactly the networks and subnets that were asked for, each once."""
    instant = 0
    while True:
        instant += 1
        site = Site(new_cloud(), build, rehearse)
        rehearsal = site.rehearse()
        died = rehearsal.run(dies_at=instant) is None
        assert not died or rehearsal.run() is OperationState.DONE, f"killed at instant {instant}"
        assert site.held() == ["app", "app-v4", "db", "db-v4"], f"killed at instant {instant}"
        if not died:
            break
    assert instant > 20
