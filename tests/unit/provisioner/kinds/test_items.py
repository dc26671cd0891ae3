"""What all kinds of items have in common: found by name, adopted, made once, changed, deleted, proved."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.diff import Change, Verb
from provisioner.errors import (
    CloudConflict,
    CloudRefused,
    CloudUnavailable,
    DependencyMissing,
    EffectMissing,
    PlanChanged,
)
from provisioner.kinds.floating_ip import FloatingIPKind
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.items import ItemKind
from provisioner.kinds.network import NAME, NETWORKS, NetworkKind
from provisioner.kinds.router import RouterKind
from provisioner.kinds.security_group import NAME as SECURITY_GROUP
from provisioner.kinds.security_group import SecurityGroupKind
from provisioner.kinds.server import ServerKind
from provisioner.kinds.subnet import NAME as SUBNET
from provisioner.kinds.subnet import SubnetKind
from provisioner.kinds.volume import VolumeKind
from provisioner.objects import KindName, Value
from tenants.landing_zone import LandingZoneSpec, NetworkSpec
from tenants.names import NetworkName

_CREATE, _FIND = "resources.create.networks", "resources.named.networks"


@pytest.fixture
def kind() -> NetworkKind:
    """A kind that leaves nearly all as it is."""
    return NetworkKind()


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Target:
    """A project that is there and holds nothing."""
    project, domain = build.project(), build.cloud().domain
    made = cloud.identity.create_project(domain, name=project.keystone_name, description="")[0]
    return Target(
        cloud=cloud,
        domain=domain,
        project=project,
        project_id=made.id,
        directory=build.directory(),
        tenant=build.tenant(project),
    )


@pytest.fixture
def put(cloud: MemoryCloud, target: Target) -> Callable[..., str]:
    """Put a network into the project, as somebody else would; gives its id."""

    def make(name: str, **body: Any) -> str:
        project = target.known_project
        return str(cloud.resources.create(NETWORKS, project, {"name": name, "project_id": project, **body}).item["id"])

    return make


@pytest.fixture
def names(cloud: MemoryCloud, target: Target) -> Callable[[], list[str]]:
    """The names of the project's networks."""
    return lambda: [each["name"] for each in cloud.items(NETWORKS, target.known_project)]


@pytest.fixture
def asked(cloud: MemoryCloud, build: Any, target: Target) -> Callable[[], Asked]:
    """The project as it is, whose manifest asks for the network `app`."""

    def look() -> Asked:
        view = replace(build.view(), items={NETWORKS.name: cloud.items(NETWORKS, target.known_project)})
        zone = LandingZoneSpec(networks=(NetworkSpec(name=NetworkName("app")),))
        asked: Asked = build.asked(replace(build.project(), landing_zone=zone), view)
        return asked

    return look


def _create(target: Target, name: str = "app", **after: Value) -> Change:
    return Change(address=target.address(NAME, name), verb=Verb.CREATE, before={}, after=after)


def _known(target: Target, kind: KindName, name: str, identity: str) -> Target:
    return replace(target, ids={target.address(kind, name): identity})


# Making


def test_what_is_made_is_proved_by_its_answer(kind: NetworkKind, target: Target) -> None:
    """One request; its id, its request's id, and the values that were asked for."""
    evidence = kind.perform(_create(target, description="新", mtu=1400), target)
    assert {**evidence.values, "id": ""} == {"description": "新", "mtu": 1400, "id": ""}
    assert len(evidence.request_ids) == 1


def test_what_is_new_is_not_looked_for(cloud: MemoryCloud, kind: NetworkKind, target: Target) -> None:
    """The plan has looked already."""
    kind.perform(_create(target), target)
    assert _FIND not in cloud.weather.calls


def test_after_a_lost_answer_it_is_found(
    cloud: MemoryCloud, kind: NetworkKind, target: Target, names: Callable[[], list[str]]
) -> None:
    """And not made a second time."""
    cloud.weather.fail(_CREATE, CloudUnavailable("no answer"), after_acting=True)
    evidence = kind.perform(_create(target, mtu=1400), target)
    (item,) = cloud.items(NETWORKS, target.known_project)
    assert evidence.values == {"id": item["id"], "mtu": 1400}


def test_what_never_arrived_is_told_so(
    cloud: MemoryCloud, kind: NetworkKind, target: Target, names: Callable[[], list[str]]
) -> None:
    """Whoever asked tries again."""
    cloud.weather.fail(_CREATE, CloudUnavailable("no answer"))
    with pytest.raises(CloudUnavailable, match="no answer"):
        kind.perform(_create(target), target)
    assert names() == []


def test_after_a_conflict_it_is_found(
    cloud: MemoryCloud, kind: NetworkKind, target: Target, put: Callable[..., str]
) -> None:
    """Somebody was quicker."""
    there = put("app")
    cloud.weather.fail(_CREATE, CloudConflict("exists"))
    assert kind.perform(_create(target), target).values["id"] == there


def test_a_conflict_about_something_else_is_told(cloud: MemoryCloud, kind: NetworkKind, target: Target) -> None:
    """Neutron answers so where a quota is reached, too."""
    cloud.weather.fail(_CREATE, CloudConflict("quota", request_id="req-quota"))
    with pytest.raises(CloudConflict, match="quota"):
        kind.perform(_create(target), target)


def test_a_refusal_is_not_looked_into(cloud: MemoryCloud, kind: NetworkKind, target: Target) -> None:
    """Nothing was made."""
    cloud.weather.fail(_CREATE, CloudRefused("no"))
    with pytest.raises(CloudRefused, match="no"):
        kind.perform(_create(target), target)
    assert _FIND not in cloud.weather.calls


def test_a_resumed_step_takes_what_is_there(
    kind: NetworkKind, target: Target, put: Callable[..., str], names: Callable[[], list[str]]
) -> None:
    """The interrupted attempt had made it."""
    there = put("app")
    assert kind.perform(_create(target), replace(target, resumed=True)).values["id"] == there
    assert names() == ["app"]


def test_a_resumed_step_makes_what_is_not_there(
    kind: NetworkKind, target: Target, put: Callable[..., str], names: Callable[[], list[str]]
) -> None:
    """One whose name only begins so is another one."""
    put("app-2")
    kind.perform(_create(target), replace(target, resumed=True))
    assert names() == ["app-2", "app"]


def test_which_of_several_is_meant_nobody_guesses(
    kind: NetworkKind, target: Target, put: Callable[..., str], names: Callable[[], list[str]]
) -> None:
    """Least of all is a third one made."""
    put("app")
    put("app")
    with pytest.raises(CloudConflict, match="there are 2 of the name app"):
        kind.perform(_create(target), replace(target, resumed=True))
    assert names() == ["app", "app"]


# In bulk


@pytest.mark.parametrize("finder", [RouterKind(), SecurityGroupKind(), FloatingIPKind(), VolumeKind(), ServerKind()])
def test_no_kind_makes_a_further_one_of_several(
    monkeypatch: pytest.MonkeyPatch, cloud: MemoryCloud, target: Target, finder: ItemKind
) -> None:
    """Kinds that look for their items in their own way are no exceptions."""
    two = tuple({"id": each, "name": "甲", "status": "ACTIVE"} for each in "ab")
    monkeypatch.setattr(type(cloud.resources), "named", lambda *_, **__: two)
    change = Change(address=target.address(finder.name, "甲"), verb=Verb.CREATE, before={}, after={})
    with pytest.raises(CloudConflict, match="there are 2 of the name 甲"):
        finder.perform(change, replace(target, resumed=True))


def test_new_items_of_neutron_are_made_in_one_request(
    cloud: MemoryCloud, kind: NetworkKind, target: Target, names: Callable[[], list[str]]
) -> None:
    """The proofs are in the order of the changes."""
    changes = [_create(target, name, mtu=1400) for name in ("a", "b", "c")]
    proofs = kind.perform_all(changes, target)
    items = cloud.items(NETWORKS, target.known_project)
    assert [each.values["id"] for each in proofs] == [each["id"] for each in items]
    assert (names(), cloud.weather.calls["resources.create_all.networks"]) == (["a", "b", "c"], 1)


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
def test_only_new_items_are_made_in_bulk(kind: NetworkKind, target: Target, verb: Verb) -> None:
    """Nor those that a kind makes in a way of its own."""
    change = _create(target)
    group = replace(change, address=target.address(SECURITY_GROUP, "web"))
    assert kind.in_bulk(change)
    assert not kind.in_bulk(replace(change, verb=verb))
    assert not SecurityGroupKind().in_bulk(group)


# Changing and deleting


def test_a_change_is_one_request(
    cloud: MemoryCloud, kind: NetworkKind, target: Target, put: Callable[..., str]
) -> None:
    """To the item that the plan saw."""
    there = put("app")
    change = replace(_create(target, mtu=1400), verb=Verb.UPDATE, before={"mtu": 1450})
    assert kind.perform(change, _known(target, NAME, "app", there)).values == {"id": there, "mtu": 1400}
    assert cloud.items(NETWORKS, target.known_project)[0]["mtu"] == 1400


def test_a_change_without_effect_is_found_out(
    cloud: MemoryCloud, kind: NetworkKind, target: Target, put: Callable[..., str]
) -> None:
    """The service said yes and shows something else."""
    there = put("app")
    cloud.weather.ignore("resources.update.networks")
    change = replace(_create(target, mtu=1400), verb=Verb.UPDATE, before={"mtu": 1450})
    with pytest.raises(EffectMissing, match="shows mtu = 1450, not 1400") as missing:
        kind.perform(change, _known(target, NAME, "app", there))
    assert (missing.value.request_id or "").startswith("req-")


def test_what_waits_for_something_unmade_says_so(target: Target) -> None:
    """By its name."""
    address = target.address(SUBNET, "app-v4")
    change = Change(address=address, verb=Verb.CREATE, before={}, after={"cidr": "10.0.0.0/24", "network": "app"})
    with pytest.raises(DependencyMissing, match="waits for the network app, which could not be made"):
        SubnetKind().perform(change, target)


def test_in_a_project_that_is_gone_nothing_is_waited_for(kind: NetworkKind, target: Target) -> None:
    """The plan no longer holds."""
    change = replace(_create(target, mtu=1400), verb=Verb.UPDATE)
    with pytest.raises(PlanChanged, match="gone from Keystone"):
        kind.perform(change, replace(target, project_id=None))


def test_deleting_takes_the_item_that_was_seen(
    kind: NetworkKind, target: Target, put: Callable[..., str], names: Callable[[], list[str]]
) -> None:
    """Not another of its name, and a second time does no harm."""
    there = put("app")
    put("app")
    change = replace(_create(target), verb=Verb.DELETE, before={"id": there})
    assert kind.perform(change, target).values == {"deleted": there}
    kind.perform(change, target)
    assert names() == ["app"]


# Seeing


def test_items_are_known_by_their_names(kind: NetworkKind, put: Callable[..., str], asked: Callable[[], Asked]) -> None:
    """With their ids; those without a name are none of ours."""
    there = put("app", mtu=1400)
    put("")
    (((address, properties)),) = kind.observed(asked())
    assert (address.key, dict(properties)) == ("app", {"id": there, "description": "", "mtu": 1400})


def test_names_that_several_bear_are_nobodys(
    kind: NetworkKind, put: Callable[..., str], asked: Callable[[], Asked]
) -> None:
    """And an obstacle where the manifest uses them."""
    for name in ("app", "app", "old", "old"):
        put(name)
    assert list(kind.observed(asked())) == []
    assert [(each.address.key, each.message) for each in kind.obstacles(asked())] == [
        ("app", "2 of this name are in the project")
    ]


def test_a_project_that_is_not_there_holds_nothing(kind: NetworkKind, build: Any) -> None:
    """All is to be made."""
    assert list(kind.observed(build.asked(build.project()))) == []


@pytest.mark.parametrize(("verb", "destructive"), [(Verb.CREATE, False), (Verb.UPDATE, False), (Verb.DELETE, True)])
def test_only_deleting_is_destructive(
    kind: NetworkKind, target: Target, asked: Callable[[], Asked], verb: Verb, *, destructive: bool
) -> None:
    """And each has a reason."""
    found = kind.assess(replace(_create(target), verb=verb), asked())
    assert (found.destructive, bool(found.reason), found.refusals) == (destructive, True, ())
    assert kind.rank(replace(_create(target), verb=verb)) == (70 if verb is Verb.DELETE else 30)
