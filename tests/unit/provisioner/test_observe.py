"""Looking at a cloud: everything that is asked for, in the fewest requests, and what cannot be seen said to be so."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.interface import Assignment, KeystoneProject, PrincipalId, ProjectId, Reading, RoleId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.errors import CloudError, CloudRefused, CloudUnavailable
from provisioner.kinds.key_pair import KEY_PAIRS
from provisioner.observation import Observation
from provisioner.observe import Wanted, look_again, observe, wanted_for, wanted_of
from tenants.landing_zone import KeyPairSpec, LandingZoneSpec
from tenants.names import DomainName, KeyPairName, PrincipalName, RoleName
from tenants.resources import Service
from tenants.spec import PrincipalKind, ProjectState

_DOMAIN = DomainName("government")
_CALLS = ("capabilities", "capacity", "identity.directory", "identity.assignments", "identity.projects")


def _made(cloud: MemoryCloud, name: str) -> ProjectId:
    return cloud.identity.create_project(_DOMAIN, name=name, description="")[0].id


def _wanted(**services: Service) -> Wanted:
    """One service for each project."""
    return Wanted(domain=_DOMAIN, services={name: frozenset({service}) for name, service in services.items()})


@pytest.fixture
def look(cloud: MemoryCloud, build: Any) -> Callable[..., Observation]:
    """Observe the cloud."""
    return lambda wanted: observe(cloud, wanted, now=build.now)


def test_all_projects_of_the_domain_are_seen(cloud: MemoryCloud, look: Callable[..., Observation]) -> None:
    """Those that no manifest names included, by their Keystone names."""
    _made(cloud, "a")
    _made(cloud, "by-hand")
    assert sorted(look(_wanted(a=Service.COMPUTE)).projects) == ["a", "by-hand"]


def test_only_the_services_asked_for_are_read(cloud: MemoryCloud, look: Callable[..., Observation]) -> None:
    """For each project its own."""
    for name in ("a", "b", "by-hand"):
        _made(cloud, name)
    views = look(_wanted(a=Service.COMPUTE, b=Service.NETWORK)).projects
    read = {name: sorted(view.readings) for name, view in views.items()}
    assert read == {"a": ["compute"], "b": ["network"], "by-hand": []}


def test_everything_is_read_where_everything_is_asked_for(cloud: MemoryCloud, look: Callable[..., Observation]) -> None:
    """Of every project, whatever the manifests name."""
    _made(cloud, "by-hand")
    view = look(Wanted(domain=_DOMAIN, services={}, everything=True)).projects["by-hand"]
    assert view.readings.keys() == set(Service)


def test_what_is_in_use_and_reserved_is_read(cloud: MemoryCloud, look: Callable[..., Observation], build: Any) -> None:
    """Beside the limit."""
    cores = build.resource("compute/cores")
    cloud.set_usage(_made(cloud, "a"), cores, 3, reserved=1)
    usage = look(_wanted(a=Service.COMPUTE)).projects["a"].readings[Service.COMPUTE][cores]
    assert (usage.limit, usage.used, usage.reserved) == (20, 3, 1)


def test_lists_are_fetched_once_and_readings_once_for_each_service(
    cloud: MemoryCloud, look: Callable[..., Observation]
) -> None:
    """However many projects there are."""
    names = [f"p{number}" for number in range(20)]
    for name in names:
        _made(cloud, name)
    before = cloud.weather.calls
    look(_wanted(**dict.fromkeys(names, Service.COMPUTE)))
    assert {call: count for call, count in cloud.weather.calls.items() if count != before.get(call)} == {
        **dict.fromkeys(_CALLS, 1),
        "compute.readings": 1,
    }


def test_a_service_that_nobody_asked_for_is_not_called(cloud: MemoryCloud, look: Callable[..., Observation]) -> None:
    """Nor is one that is asked for only for projects that do not exist."""
    look(_wanted(new=Service.COMPUTE))
    assert cloud.weather.calls == dict.fromkeys(_CALLS, 1)


def test_requests_are_counted(cloud: MemoryCloud, look: Callable[..., Observation]) -> None:
    """Those of this look alone."""
    _made(cloud, "a")
    before = cloud.requests_sent()
    seen = look(_wanted(a=Service.COMPUTE))
    assert seen.requests == cloud.requests_sent() - before > 0


def test_the_moment_is_noted(look: Callable[..., Observation], build: Any) -> None:
    """As the clock says that is handed in."""
    assert look(_wanted()).at == build.now()


def test_memberships_are_seen_by_name(cloud: MemoryCloud, look: Callable[..., Observation], build: Any) -> None:
    """Users and groups, each under its project."""
    people = cloud.identity.directory(_DOMAIN, users=True)
    project = _made(cloud, "a")
    _made(cloud, "b")
    cloud.identity.grant(
        Assignment(
            project_id=project,
            kind=PrincipalKind.GROUP,
            principal_id=people.groups["ops"],
            role_id=people.roles[RoleName("member")],
        )
    )
    views = look(_wanted()).projects
    assert views["a"].memberships == {build.membership("group/ops/member")}
    assert views["b"].memberships == frozenset()


@pytest.mark.parametrize("users", [True, False])
def test_users_are_known_by_name_where_they_are_asked_for(cloud: MemoryCloud, build: Any, *, users: bool) -> None:
    """Otherwise by id, and said to be so: the list of users can be long."""
    people = cloud.identity.directory(_DOMAIN, users=True)
    cloud.identity.grant(
        Assignment(
            project_id=_made(cloud, "a"),
            kind=PrincipalKind.USER,
            principal_id=people.users["li"],
            role_id=people.roles[RoleName("member")],
        )
    )
    seen = observe(cloud, Wanted(domain=_DOMAIN, services={}, users=users), now=build.now)
    (membership,) = seen.projects["a"].memberships
    assert (membership.principal, membership.resolved) == ("li" if users else people.users["li"], users)


def test_an_unknown_role_is_known_by_its_id(cloud: MemoryCloud, build: Any, look: Callable[..., Observation]) -> None:
    """Such as one of another domain; nothing is taken for what it is not."""
    people = cloud.identity.directory(_DOMAIN, users=False)
    stray = Assignment(
        project_id=_made(cloud, "a"),
        kind=PrincipalKind.GROUP,
        principal_id=people.groups["ops"],
        role_id=RoleId("stray"),
    )
    cloud._world.assignments.add(stray)
    (membership,) = look(_wanted()).projects["a"].memberships
    assert (membership.role, membership.resolved) == ("stray", False)


def test_a_user_is_not_looked_for_among_groups(
    cloud: MemoryCloud, build: Any, look: Callable[..., Observation]
) -> None:
    """A user's id that is also a group's, as LDAP may have it, is still a user's."""
    people = cloud.identity.directory(_DOMAIN, users=False)
    twin = Assignment(
        project_id=_made(cloud, "a"),
        kind=PrincipalKind.USER,
        principal_id=PrincipalId(people.groups["ops"]),
        role_id=people.roles[RoleName("member")],
    )
    cloud._world.assignments.add(twin)
    (membership,) = look(_wanted()).projects["a"].memberships
    assert (membership.kind, membership.resolved) == (PrincipalKind.USER, False)


def test_a_service_that_fails_is_unreadable_and_nothing_else_is(
    cloud: MemoryCloud, look: Callable[..., Observation]
) -> None:
    """With the reason; the other services are read as ever."""
    for name in ("a", "b"):
        _made(cloud, name)
    cloud.weather.fail("compute.readings", CloudUnavailable("HTTP 503"))
    views = look(_wanted(a=Service.COMPUTE, b=Service.NETWORK)).projects
    assert (views["a"].unreadable, views["a"].readings) == ({Service.COMPUTE: "HTTP 503"}, {})
    assert (views["b"].unreadable, list(views["b"].readings)) == ({}, [Service.NETWORK])


def test_a_service_that_the_cloud_lacks_is_unreadable(build: Any) -> None:
    """That it is not in the catalogue is the reason."""
    cloud = MemoryCloud(build.cloud().name, Furnishing(services=frozenset({Service.COMPUTE})))
    _made(cloud, "a")
    view = observe(cloud, _wanted(a=Service.NETWORK), now=build.now).projects["a"]
    assert "no network service" in view.unreadable[Service.NETWORK]


class _Keeper:
    """Nova, where it answers for some projects only."""

    def __init__(self, answers: Mapping[ProjectId, Reading | CloudError]) -> None:
        self._answers = answers

    def readings(self, projects: list[ProjectId]) -> Mapping[ProjectId, Reading | CloudError]:
        return {each: self._answers[each] for each in projects if each in self._answers}


def test_one_projects_trouble_is_its_own(
    cloud: MemoryCloud, look: Callable[..., Observation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service may fail for one project and answer for the next."""
    keeper = _Keeper({_made(cloud, "a"): CloudRefused("HTTP 404"), _made(cloud, "b"): {}})
    monkeypatch.setattr(cloud, "quotas", lambda _: keeper)
    views = look(_wanted(a=Service.COMPUTE, b=Service.COMPUTE)).projects
    assert (views["a"].unreadable, views["b"].unreadable) == ({Service.COMPUTE: "HTTP 404"}, {})


def test_a_project_that_a_service_says_nothing_of_is_unreadable(
    cloud: MemoryCloud, look: Callable[..., Observation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never taken for one without limits."""
    _made(cloud, "a")
    monkeypatch.setattr(cloud, "quotas", lambda _: _Keeper({}))
    view = look(_wanted(a=Service.COMPUTE)).projects["a"]
    assert view.unreadable.keys() == {Service.COMPUTE}


@pytest.mark.parametrize("call", ["identity.projects", "identity.directory", "identity.assignments", "capabilities"])
def test_what_everything_hangs_on_fails_the_look(
    cloud: MemoryCloud, look: Callable[..., Observation], call: str
) -> None:
    """Without Keystone's lists nothing can be said of any project."""
    cloud.weather.fail(call, CloudUnavailable("HTTP 503"))
    with pytest.raises(CloudUnavailable, match="503"):
        look(_wanted())


def test_wanted_is_what_manifests_manage_in_that_cloud(build: Any) -> None:
    """By Keystone names; other clouds' projects are their own affair."""
    tenant = build.tenant(
        build.project("a", limits={"compute/cores": 1, "network/port": 1}),
        build.project("b", keystone_name="市监", limits={"block-storage/volumes": 1}),
        build.project("c", cloud="district", limits={"compute/cores": 1}),
    )
    assert wanted_of(build.city(tenant), build.cloud()).services == {
        "market-a": {Service.COMPUTE, Service.NETWORK},
        "市监": {Service.BLOCK_STORAGE},
    }


def test_users_are_wanted_where_a_manifest_names_one(build: Any) -> None:
    """As present or absent; groups alone do not need them."""
    named = [build.project(members=("user/li/member",)), build.project(absent=("user/li/member",))]
    assert [wanted_for(build.cloud(), [each]).users for each in named] == [True, True]
    assert not wanted_for(build.cloud(), [build.project(members=("group/ops/member",))]).users


def _bounding(build: Any, envelope: dict[str, int], *projects: Any) -> Any:
    """The tenant `market` with these projects and an envelope in the cloud `city`."""
    limits = {build.resource(text): limit for text, limit in envelope.items()}
    return replace(build.tenant(*projects), envelopes={build.cloud().name: limits})


def test_what_an_envelope_bounds_is_wanted(build: Any) -> None:
    """Though the project's manifest is silent: what the cloud enforces there counts."""
    bounding = _bounding(build, {"network/port": 9, "compute/cores": -1}, build.project(limits={"compute/ram": 1}))
    wanted = wanted_of(build.city(bounding), build.cloud())
    assert wanted.services == {"market-registration": {Service.COMPUTE, Service.NETWORK}}
    assert wanted_of(build.city(_bounding(build, {"network/port": -1}, build.project())), build.cloud()).services == {
        "market-registration": set()
    }


def test_what_an_envelope_above_bounds_is_wanted(build: Any) -> None:
    """In its own cloud alone."""
    above = _bounding(build, {"block-storage/gigabytes": 9})
    projects = [build.project("a", tenant="unit"), build.project("b", tenant="unit", cloud="district")]
    unit = replace(build.tenant(*projects, name="unit"), parent=above.name)
    city = build.city(above, unit)
    assert wanted_of(city, build.cloud()).services == {"unit-a": {Service.BLOCK_STORAGE}}
    assert wanted_of(city, build.cloud("district")).services == {"unit-b": set()}


def test_what_an_envelope_bounds_is_read(cloud: MemoryCloud, look: Callable[..., Observation], build: Any) -> None:
    """So that a project that exists has the limit it has, not none."""
    _made(cloud, "market-registration")
    city = build.city(_bounding(build, {"network/port": 9}, build.project()))
    view = look(wanted_of(city, build.cloud())).projects["market-registration"]
    assert view.readings[Service.NETWORK][build.resource("network/port")].limit == 500


def test_a_retired_project_is_wanted_whole(build: Any) -> None:
    """What it holds decides what may be taken from it."""
    wanted = wanted_for(build.cloud(), [build.project(state=ProjectState.RETIRED)])
    assert wanted.services == {"market-registration": set(Service)}


@pytest.fixture
def again(cloud: MemoryCloud, build: Any) -> Callable[..., Observation]:
    """Look again for `wanted` after a first look."""

    def repeat(wanted: Wanted, previous: Observation) -> Observation:
        return look_again(cloud, wanted, previous, now=build.now)

    return repeat


def test_a_second_look_sees_what_changed(
    cloud: MemoryCloud, look: Callable[..., Observation], again: Callable[..., Observation], build: Any
) -> None:
    """Enabled or not, members and readings."""
    wanted = _wanted(a=Service.COMPUTE)
    project = _made(cloud, "a")
    first = look(wanted)
    cloud.identity.update_project(project, enabled=False, description="新")
    cloud.quotas(Service.COMPUTE).set_limits(project, {"cores": 1}, force=False)
    view = again(wanted, first).projects["a"]
    assert view.project == KeystoneProject(id=project, name="a", description="新", enabled=False)
    assert view.readings[Service.COMPUTE][build.resource("compute/cores")].limit == 1


def test_a_second_look_is_at_those_projects_alone(
    cloud: MemoryCloud, look: Callable[..., Observation], again: Callable[..., Observation]
) -> None:
    """No list of everything is fetched again."""
    for name in ("a", "b"):
        _made(cloud, name)
    first = look(_wanted(a=Service.COMPUTE, b=Service.COMPUTE))
    before = cloud.weather.calls
    second = again(_wanted(a=Service.COMPUTE), first)
    assert sorted(second.projects) == ["a"]
    assert {call for call, count in cloud.weather.calls.items() if count != before.get(call, 0)} == {
        "identity.project",
        "identity.assignments",
        "compute.readings",
    }


def test_a_second_look_finds_what_is_gone(
    cloud: MemoryCloud, look: Callable[..., Observation], again: Callable[..., Observation]
) -> None:
    """A project that was deleted meanwhile is not there any more."""
    wanted = _wanted(a=Service.COMPUTE)
    project = _made(cloud, "a")
    first = look(wanted)
    cloud.forget_project(project)
    assert again(wanted, first).projects == {}


def test_a_second_look_keeps_what_the_cloud_is(
    cloud: MemoryCloud, look: Callable[..., Observation], again: Callable[..., Observation]
) -> None:
    """Capabilities, directory and capacity are not asked for again."""
    first = look(_wanted())
    second = again(_wanted(), first)
    assert (second.capabilities, second.directory, second.capacity) == (
        first.capabilities,
        first.directory,
        first.capacity,
    )


def test_a_second_look_counts_its_own_requests(
    cloud: MemoryCloud, look: Callable[..., Observation], again: Callable[..., Observation]
) -> None:
    """Three for one project with one service: the project, its members, its limits."""
    wanted = _wanted(a=Service.COMPUTE)
    _made(cloud, "a")
    assert again(wanted, look(wanted)).requests == 3


def test_key_pairs_are_listed_by_their_users_ids(
    cloud: MemoryCloud, build: Any, look: Callable[..., Observation]
) -> None:
    """Names stand in manifests, ids in Nova; a user whom nobody knows has nothing to be listed."""
    project = build.project(landing_zone=LandingZoneSpec(key_pairs=(_key_pair("li"), _key_pair("nobody"))))
    owner = cloud.identity.directory(_DOMAIN, users=True).users[PrincipalName("li")]
    made = {"name": "desk", "public_key": "ssh-ed25519 AAAA", "user_id": owner}
    cloud.resources.create(KEY_PAIRS, _made(cloud, project.keystone_name), made)
    seen = look(wanted_for(build.cloud(), (project,))).projects[project.keystone_name]
    assert [(each["name"], each["parent"]) for each in seen.items[KEY_PAIRS.name]] == [("desk", owner)]


def _key_pair(user: str) -> KeyPairSpec:
    return KeyPairSpec(name=KeyPairName("desk"), public_key="ssh-ed25519 AAAA", user=PrincipalName(user))
