"""Servers: what counts as one, what is refused, what is never taken away, and how changes of theirs end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Answered, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.offers import Flavor, Image, Offers
from provisioner.diff import Change, Verb, diff
from provisioner.errors import CloudError, CloudRefused
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import NAME as PORT_KIND
from provisioner.kinds.port import PORTS
from provisioner.kinds.server import ServerKind
from provisioner.kinds.server_ends import Next, end_of
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.volume import NAME as VOLUME_KIND
from provisioner.kinds.volume import VOLUMES
from provisioner.operation import Evidence
from tenants.application import ApplicationSpec, Disruption, Management, ServerSpec, Surplus, VolumeSpec
from tenants.landing_zone import KeyPairSpec, LandingZoneSpec
from tenants.names import (
    ApplicationName,
    FlavorName,
    ImageName,
    KeyPairName,
    PrincipalName,
    ProjectName,
    ServerGroupName,
    ServerName,
    TenantName,
    VolumeName,
)
from tenants.presence import Presence

_KIND = ServerKind()
_TASK, _LAUNCHED = "OS-EXT-STS:task_state", "OS-SRV-USG:launched_at"
_ATTACHED = "os-extended-volumes:volumes_attached"
_BROKEN = {"status": "ERROR", _LAUNCHED: None}
_OFFERS = Offers(
    flavors=(
        Flavor(id="1", name="small", vcpus=2, ram=2048, disk=10),
        Flavor(id="2", name="large", vcpus=8, ram=8192, disk=10),
    ),
    images=(Image(id="i", name="guest", status="active", visibility="public", owner="admin"),),
)


def _server(**fields: Any) -> ServerSpec:
    known = {"name": ServerName("甲"), "flavor": FlavorName("small"), "image": ImageName("guest"), **fields}
    return ServerSpec(**known)


def _application(*servers: ServerSpec, **fields: Any) -> ApplicationSpec:
    return ApplicationSpec(
        name=ApplicationName("registration"),
        display_name="商事登记",
        owner=TenantName("market"),
        project=ProjectName("registration"),
        protection_level=2,
        servers=servers or (_server(),),
        **fields,
    )


def _item(**fields: Any) -> Item:
    known = {"id": "s", "name": "甲", "status": "ACTIVE", "image": {"id": "i"}, "metadata": {}, _LAUNCHED: "2027"}
    return {**known, "flavor": {"original_name": "small"}, **fields}


@pytest.fixture
def asked(build: Any) -> Callable[..., Asked]:
    """A project with an application, beside the servers and volumes that are there."""

    def ask(application: ApplicationSpec, *servers: Item, volumes: tuple[Item, ...] = (), **fields: Any) -> Asked:
        view = replace(build.view(), items={SERVERS.name: servers, VOLUMES.name: volumes})
        plain: Asked = build.asked(build.project(applications=(application,), **fields), view)
        return replace(plain, offers=_OFFERS)

    return ask


def _changes(asked: Asked) -> list[Change]:
    return list(diff(_KIND.desired(asked), dict(_KIND.observed(asked))))


def _said(asked: Asked) -> list[tuple[str, Mapping[str, Any]]]:
    return [(each.verb, dict(each.after)) for each in _changes(asked)]


def _refused(asked: Asked) -> list[str]:
    return [each.message for change in _changes(asked) for each in _KIND.assess(change, asked).refusals]


def _demanded(asked: Asked) -> dict[str, int]:
    return {str(name): amount for each in _changes(asked) for name, amount in _KIND.demand(each, asked).items()}


# What is wanted


def test_a_server_has_the_volumes_that_it_boots_from_or_is_named_by(asked: Callable[..., Asked]) -> None:
    """But for those that are to be absent, and those of others."""
    server = ServerName("甲")
    volumes = (
        VolumeSpec(name=VolumeName("根"), size=1),
        VolumeSpec(name=VolumeName("数据"), size=1, server=server),
        VolumeSpec(name=VolumeName("旧"), size=1, server=server, presence=Presence.ABSENT),
        VolumeSpec(name=VolumeName("散"), size=1),
    )
    application = _application(_server(image=None, boot_volume=VolumeName("根")), volumes=volumes)
    ((_, after),) = _said(asked(application))
    assert {name for name in after if name.startswith("volume ")} == {"volume 根", "volume 数据"}


@pytest.mark.parametrize(
    ("disruption", "said"),
    [(Disruption.NONE, []), (Disruption.STOP, []), (Disruption.REBUILD, [("update", {"image": "guest"})])],
)
def test_a_server_is_rebuilt_only_where_it_may_be(
    asked: Callable[..., Asked], disruption: Disruption, said: list[Any]
) -> None:
    """What is on its disk would be lost."""
    assert _said(asked(_application(_server(disruption=disruption)), _item(image={"id": "old"}))) == said


# What is left of failed attempts


def test_what_was_never_built_is_replaced(asked: Callable[..., Asked]) -> None:
    """All of it, and the plan says so."""
    found = asked(_application(), _item(**_BROKEN), _item(**_BROKEN, id="t"))
    assert [after["replaces"] for _, after in _said(found)] == ["s t"]
    assert ["what is left of that is taken away" in _KIND.assess(each, found).reason for each in _changes(found)] == [
        True
    ]
    assert list(_KIND.obstacles(found)) == []


def test_a_leftover_beside_a_server_of_its_name_is_no_obstacle(asked: Callable[..., Asked]) -> None:
    """It is none, and the server is as asked."""
    found = asked(_application(), _item(), _item(**_BROKEN, id="t"))
    assert (_said(found), list(_KIND.obstacles(found))) == ([], [])


def test_what_ran_once_is_left_alone(asked: Callable[..., Asked]) -> None:
    """It may hold data."""
    found = asked(_application(), _item(status="ERROR"))
    assert _said(found) == []
    assert ["may hold data" in each.message for each in _KIND.notices(found)] == [True]


def test_what_would_take_a_volume_with_it_is_left_alone(asked: Callable[..., Asked]) -> None:
    """It may hold data, even where the server never ran."""
    found = asked(_application(), _item(**_BROKEN, **{_ATTACHED: [{"id": "v", "delete_on_termination": True}]}))
    assert _said(found) == []
    assert ["may hold data" in each.message for each in _KIND.notices(found)] == [True]


@pytest.mark.parametrize(
    "application",
    [
        _application(_server(presence=Presence.ABSENT)),
        _application(presence=Presence.ABSENT),
        _application(_server(name=ServerName("乙"), replicas=1, surplus=Surplus.DELETE)),
    ],
    ids=["itself", "its application", "surplus"],
)
def test_what_was_never_built_goes_where_it_is_wanted_no_more(
    asked: Callable[..., Asked], application: ApplicationSpec
) -> None:
    """It holds ports and volumes."""
    name = "乙-2" if application.servers[0].replicas else "甲"
    deleted = [each for each in _changes(asked(application, _item(**_BROKEN, name=name))) if each.verb is Verb.DELETE]
    assert [each.address.key for each in deleted] == [name]


def test_replacing_takes_only_what_is_more(asked: Callable[..., Asked]) -> None:
    """What is left of a failed attempt holds quota too."""
    assert _demanded(asked(_application(), _item(**_BROKEN))) == {}
    larger = _application(_server(flavor=FlavorName("large")))
    assert _demanded(asked(larger, _item(**_BROKEN))) == {"compute/cores": 6, "compute/ram": 6144}


def test_a_server_takes_its_flavor_or_the_difference(asked: Callable[..., Asked]) -> None:
    """A new one counts as one instance."""
    assert _demanded(asked(_application())) == {"compute/instances": 1, "compute/cores": 2, "compute/ram": 2048}
    larger = _application(_server(flavor=FlavorName("large"), disruption=Disruption.STOP))
    assert _demanded(asked(larger, _item())) == {"compute/cores": 6, "compute/ram": 6144}


@pytest.mark.parametrize(("presence", "verbs"), [(Presence.PRESENT, []), (Presence.ABSENT, ["delete"])])
def test_a_server_that_is_being_deleted_is_waited_for(
    asked: Callable[..., Asked], presence: Presence, verbs: list[str]
) -> None:
    """By the next plan where it is wanted, else by the operation, which sees to it that it goes."""
    found = asked(_application(_server(presence=presence)), _item(**{_TASK: "deleting"}))
    assert [each.verb for each in _changes(found)] == verbs
    assert [each.message for each in _KIND.obstacles(found)] == ["is just being deleted"] * (1 - len(verbs))


# What is told


@pytest.mark.parametrize(
    ("application", "words"),
    [
        (_application(_server(name=ServerName("乙"))), ["registration, whose manifest names it no longer"]),
        (_application(_server(replicas=2)), ["registration, whose manifest names it no longer"]),
        (
            replace(_application(_server(name=ServerName("乙"))), name=ApplicationName("b")),
            ["the project has no longer"],
        ),
        (_application(), []),
        (_application(presence=Presence.ABSENT), []),
    ],
    ids=["renamed", "counted", "moved", "as it is", "to go"],
)
def test_what_no_manifest_names_any_more_is_told(
    asked: Callable[..., Asked], application: ApplicationSpec, words: list[str]
) -> None:
    """It stays; nothing else is said of what others made."""
    found = asked(application, _item(metadata={"tenantry:application": "registration"}), _item(id="t", name="别人"))
    said = [each.message for each in _KIND.notices(found)]
    assert [word in message for word, message in zip(words, said, strict=True)] == [True] * len(words)
    assert "甲" not in {each.address.key for each in _changes(found) if each.verb is Verb.DELETE} or not words


def test_a_forgotten_server_that_is_going_is_not_told(asked: Callable[..., Asked]) -> None:
    """It goes."""
    going = _item(metadata={"tenantry:application": "registration"}, **{_TASK: "deleting"})
    assert list(_KIND.notices(asked(_application(_server(name=ServerName("乙"))), going))) == []


def test_members_beyond_the_count_are_told_once(asked: Callable[..., Asked]) -> None:
    """As surplus, not as forgotten as well."""
    beyond = _item(name="甲-2", metadata={"tenantry:application": "registration"})
    for surplus, count in ((Surplus.KEEP, 1), (Surplus.DELETE, 0)):
        found = asked(_application(_server(replicas=1, surplus=surplus)), beyond)
        assert len(list(_KIND.notices(found))) == count


@pytest.mark.parametrize(("management", "count"), [(Management.FULL, 2), (Management.OBSERVE, 0)])
def test_of_what_is_only_described_nothing_is_asked(
    asked: Callable[..., Asked], management: Management, count: int
) -> None:
    """Neither where it is nor how many there are."""
    elsewhere = _item(name="甲-1", **{"OS-EXT-AZ:availability_zone": "internet"})
    application = _application(_server(replicas=1, availability_zone="extranet"), management=management)
    assert len(list(_KIND.notices(asked(application, elsewhere, _item(id="t", name="甲-2"))))) == count


# What is never deleted unasked


@pytest.mark.parametrize(("doomed", "refused"), [(True, 1), (False, 0)])
def test_no_volume_goes_with_its_server(asked: Callable[..., Asked], doomed: bool, refused: int) -> None:  # noqa: FBT001 - a table
    """Nova would delete one that was attached so."""
    there = _item(**{_ATTACHED: [{"id": "v", "delete_on_termination": doomed}]})
    found = asked(_application(presence=Presence.ABSENT), there, volumes=({"id": "v", "name": "数据"},))
    assert _refused(found) == ["Nova would delete the volume 数据 together with it"] * refused


def test_a_volume_that_is_to_go_as_well_may_go_with_its_server(asked: Callable[..., Asked]) -> None:
    """The manifest says so."""
    volume = VolumeSpec(name=VolumeName("数据"), size=1, presence=Presence.ABSENT)
    there = _item(**{_ATTACHED: [{"id": "v", "delete_on_termination": True}]})
    application = _application(presence=Presence.ABSENT, volumes=(volume,))
    assert _refused(asked(application, there, volumes=({"id": "v", "name": "数据"},))) == []


# What is refused


@pytest.mark.parametrize(("name", "refused"), [("门户 (一)/+é", 0), ("门户🙂", 1), ("𠮷", 1), ("a\u2028b", 1)])
def test_names_are_those_that_nova_takes(asked: Callable[..., Asked], name: str, refused: int) -> None:
    """Before ports and volumes are made for it."""
    found = _refused(asked(_application(_server(name=ServerName(name)))))
    assert ["in names" in each for each in found] == [True] * refused


@pytest.mark.parametrize(("fields", "refused"), [({"name": "旧"}, 1), ({**_BROKEN}, 0)])
def test_a_new_server_takes_no_volume_from_another(
    asked: Callable[..., Asked], fields: Mapping[str, Any], refused: int
) -> None:
    """A renamed one neither; what is left of a failed attempt is none."""
    volume = VolumeSpec(name=VolumeName("数据"), size=1, server=ServerName("甲"))
    holder = _item(**fields, **{_ATTACHED: [{"id": "v"}]})
    found = asked(_application(volumes=(volume,)), holder, volumes=({"id": "v", "name": "数据"},))
    assert _refused(found) == ["the volume 数据 is attached to the server 旧"] * refused


@pytest.mark.parametrize(("disruption", "refused"), [(Disruption.NONE, 1), (Disruption.STOP, 0)])
def test_a_server_is_stopped_only_where_it_may_be(
    asked: Callable[..., Asked], disruption: Disruption, refused: int
) -> None:
    """For another flavor it is; the plan shows it as destructive."""
    found = asked(_application(_server(flavor=FlavorName("large"), disruption=disruption)), _item())
    assert ["stops the server for a while" in each for each in _refused(found)] == [True] * refused
    assert [_KIND.assess(each, found).destructive for each in _changes(found)] == [True]


@pytest.mark.parametrize(("user", "refused"), [(None, 0), (PrincipalName("li"), 1)])
def test_a_key_pair_is_one_of_the_projects_own(
    asked: Callable[..., Asked], user: PrincipalName | None, refused: int
) -> None:
    """Tenantry makes the server, and Nova finds the key pairs of whoever does."""
    pair = KeyPairSpec(name=KeyPairName("ops"), public_key="ssh-ed25519 AAAA", user=user)
    server = _server(key_pair=KeyPairName("ops"))
    found = asked(_application(server), landing_zone=LandingZoneSpec(key_pairs=(pair,)))
    assert len(_refused(found)) == refused


@pytest.mark.parametrize(
    ("size", "needs", "refused"),
    [((2048, 10), (2048, 10), 0), ((2048, 0), (0, 10), 0), ((2048, 9), (0, 10), 1), ((2047, 10), (2048, 0), 1)],
)
def test_an_image_needs_a_flavor_with_room_for_it(
    asked: Callable[..., Asked], size: tuple[int, int], needs: tuple[int, int], refused: int
) -> None:
    """A disk of 0 is as large as the image."""
    flavor = Flavor(id="1", name="small", vcpus=1, ram=size[0], disk=size[1])
    image = replace(_OFFERS.images[0], min_ram=needs[0], min_disk=needs[1])
    found = replace(asked(_application()), offers=Offers(flavors=(flavor,), images=(image,)))
    assert len(_refused(found)) == refused


# What Nova does not do at once


@pytest.mark.parametrize(
    ("status", "refused"),
    [("ACTIVE", 0), ("SHUTOFF", 0), ("PAUSED", 1), ("SHELVED_OFFLOADED", 1), ("RESIZE", 1), ("VERIFY_RESIZE", 1)],
)
def test_a_flavor_changes_where_nova_can(asked: Callable[..., Asked], status: str, refused: int) -> None:
    """Else the plan says in which state the server is."""
    larger = _application(_server(flavor=FlavorName("large"), disruption=Disruption.STOP))
    assert (
        _refused(asked(larger, _item(status=status)))
        == [f"it is in the state {status}, in which Nova does not change its flavor"] * refused
    )


def test_another_image_helps_a_server_in_error(asked: Callable[..., Asked]) -> None:
    """Nova rebuilds such a one, and does nothing else to it."""
    rebuilt = _application(_server(disruption=Disruption.REBUILD))
    assert _refused(asked(rebuilt, _item(status="ERROR", image={"id": "old"}))) == []
    assert len(_refused(asked(rebuilt, _item(status="SUSPENDED", image={"id": "old"})))) == 1


def test_flavor_and_image_do_not_change_at_once(asked: Callable[..., Asked]) -> None:
    """Nova would refuse the second, half-way."""
    both = _application(_server(flavor=FlavorName("large"), disruption=Disruption.REBUILD))
    assert _refused(asked(both, _item(image={"id": "old"}))) == [
        "Nova does not change its flavor and its image at once"
    ]


def test_a_resize_that_was_left_is_confirmed(asked: Callable[..., Asked]) -> None:
    """Until then it holds both flavors, and nothing else can be done with it."""
    found = asked(_application(), _item(status="VERIFY_RESIZE"))
    assert _said(found) == [("update", {"confirmed": True})]
    (assessed,) = (_KIND.assess(each, found) for each in _changes(found))
    assert (assessed.destructive, assessed.refusals) == (False, ())
    assert "waits for that to be confirmed" in assessed.reason


# How one is made


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Target:
    """A project in a cloud in memory, whose manifest has one server."""
    domain = build.cloud().domain
    project = build.project(applications=(_application(_server(flavor=FlavorName("tiny"))),))
    return Target(
        cloud=cloud,
        domain=domain,
        tenant=build.tenant(project),
        project=project,
        project_id=cloud.identity.create_project(domain, name="market-registration", description="")[0].id,
        directory=cloud.identity.directory(domain, users=False),
        offers=cloud.offers(),
    )


def _creation(target: Target, **after: Any) -> Change:
    said = {"flavor": "tiny", "metadata tenantry:application": "registration", **after}
    return Change(address=target.address(_KIND.name, "甲"), verb=Verb.CREATE, before={}, after=said)


def _body(target: Target, server: ServerSpec, volumes: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """What is sent for a server with these volumes, whose ids are their names."""
    project = replace(target.project, applications=(_application(server),))
    ids = {target.address(VOLUME_KIND, each): each for each in volumes}
    return _KIND.body(
        _creation(target, **{f"volume {each}": True for each in volumes}), replace(target, project=project, ids=ids)
    )


def test_a_server_in_no_network_asks_for_none(target: Target) -> None:
    """Else Nova would choose one."""
    assert _body(target, _server())["networks"] == "none"


def test_a_server_of_image_alone_says_nothing_of_disks(target: Target) -> None:
    """Its root disk is Nova's matter."""
    body = _body(target, _server())
    assert "block_device_mapping_v2" not in body
    assert body["imageRef"]


def test_volumes_outlive_the_server_and_come_after_its_root(target: Target) -> None:
    """Of image or of volume, the root is the first."""
    by_image = _body(target, _server(), ("乙", "丙"))["block_device_mapping_v2"]
    assert [(each["source_type"], each["boot_index"], each["delete_on_termination"]) for each in by_image] == [
        ("image", 0, True),
        ("volume", -1, False),
        ("volume", -1, False),
    ]
    by_volume = _body(target, _server(image=None, boot_volume=VolumeName("根")), ("乙", "根"))[
        "block_device_mapping_v2"
    ]
    assert [(each["uuid"], each["boot_index"], each["delete_on_termination"]) for each in by_volume] == [
        ("根", 0, False),
        ("乙", -1, False),
    ]


def _made(target: Target) -> str:
    return str(_KIND.perform(_creation(target), target).values["id"])


def test_the_password_that_nova_makes_up_is_kept_nowhere(target: Target) -> None:
    """Nova answers with one; nobody asked for it."""
    answer = {"id": "s", "adminPass": "secret", "links": []}
    evidence = _KIND.proved(_creation(target), Answered(item=answer, receipt=Receipt(request_ids=("req-1",))))
    assert "secret" not in repr(evidence)
    assert (evidence.values["id"], evidence.request_ids) == ("s", ("req-1",))


def test_what_is_replaced_is_deleted_first(target: Target, cloud: MemoryCloud) -> None:
    """Every one that the plan names, and none else."""
    ids = [_made(target) for _ in range(3)]
    _KIND.perform(_creation(target, replaces=" ".join(ids[:2])), target)
    assert [each[_TASK] == "deleting" for each in cloud.items(SERVERS, target.known_project)] == [
        True,
        True,
        False,
        False,
    ]


def test_an_interrupted_attempt_does_not_take_what_is_going_for_its_server(target: Target, cloud: MemoryCloud) -> None:
    """A new one is made."""
    old = _made(target)
    cloud.alter(SERVERS, old, **{_TASK: "deleting"})
    assert _KIND.perform(_creation(target), replace(target, resumed=True)).values["id"] != old


# How changes end


def _end(after: Mapping[str, Any], **item: Any) -> Any:
    return end_of(Evidence(values={"id": "s", **after}), _item(**item))


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "SHELVED_OFFLOADED", "RESCUE"])
def test_a_change_has_ended_in_any_state_that_lasts(status: str) -> None:
    """Metadata is there whether the server runs or not."""
    end = _end({"metadata role": "web"}, status=status)
    assert isinstance(end, Evidence)
    assert end.values["status"] == status


@pytest.mark.parametrize("fields", [{"status": "BUILD"}, {"status": "RESIZE"}, {_TASK: "rebuilding"}])
def test_a_change_is_under_way_while_nova_does_something(fields: Any) -> None:
    """As its state or its task tells."""
    assert _end({"flavor": "small"}, **fields) is Next.WAIT


def test_our_own_resize_alone_is_confirmed() -> None:
    """Somebody else's is theirs to confirm or to take back."""
    assert _end({"flavor": "small"}, status="VERIFY_RESIZE") is Next.CONFIRM
    assert isinstance(_end({"metadata role": "web"}, status="VERIFY_RESIZE"), Evidence)
    assert isinstance(_end({"flavor": "large"}, status="VERIFY_RESIZE"), CloudRefused)
    assert _end({"confirmed": True}, status="VERIFY_RESIZE") is Next.WAIT
    assert isinstance(_end({"confirmed": True}), Evidence)


def test_deleting_a_server_in_error_ends_when_nova_gives_up() -> None:
    """While it is at it, the state is what it was before."""
    evidence, there = Evidence(values={"deleted": "s"}), _item(status="ERROR")
    assert end_of(evidence, {**there, _TASK: "deleting"}) is Next.WAIT
    assert isinstance(end_of(evidence, there), CloudRefused)
    assert end_of(evidence, None) is evidence


def _update(target: Target, **after: Any) -> Change:
    return Change(address=target.address(_KIND.name, "甲"), verb=Verb.UPDATE, before={}, after=after)


@pytest.fixture
def ready(target: Target, cloud: MemoryCloud) -> Target:
    """The target once its server runs."""
    made = _made(target)
    for _ in range(3):
        cloud.resources.fetch(SERVERS, target.known_project, ItemId(made))
    return replace(target, ids={target.address(_KIND.name, "甲"): made})


def _seen_through(change: Change, target: Target) -> Evidence | CloudError:
    begun = {change.address: _KIND.perform(change, target)}
    for _ in range(5):
        if ends := _KIND.settle(begun, target):
            return ends[change.address]
    raise AssertionError("it never ends")


def test_a_resize_that_nova_is_confirming_already_is_waited_for(ready: Target, cloud: MemoryCloud) -> None:
    """Nova refuses to confirm one twice; that is no failure of this server, nor of any beside it."""
    change = _update(ready, flavor="small")
    begun = {change.address: _KIND.perform(change, ready)}
    cloud.weather.fail("resources.act.servers", CloudRefused("Instance has not been resized."))
    ends = [_KIND.settle(begun, ready) for _ in range(5)]
    assert [type(end) for each in ends for end in each.values()][:1] == [Evidence]
    assert [each["status"] for each in cloud.items(SERVERS, ready.known_project)] == ["ACTIVE"]


def test_an_unconfirmed_resize_is_confirmed(ready: Target, cloud: MemoryCloud) -> None:
    """And done twice, it is as if done once."""
    (server,) = ready.ids.values()
    cloud.alter(SERVERS, ItemId(server), status="VERIFY_RESIZE")
    for resumed in (False, True):
        assert isinstance(_seen_through(_update(ready, confirmed=True), replace(ready, resumed=resumed)), Evidence)
    assert cloud.weather.calls["resources.act.servers"] == 1


@pytest.mark.parametrize(
    ("after", "state"),
    [({"flavor": "small"}, {"status": "RESIZE"}), ({"image": "guest"}, {})],
    ids=["resize", "rebuild"],
)
def test_what_an_interrupted_attempt_began_is_not_begun_again(
    ready: Target, cloud: MemoryCloud, after: Any, state: Any
) -> None:
    """Nova would refuse the one, and the other would lose what was written since."""
    (server,) = ready.ids.values()
    cloud.alter(SERVERS, ItemId(server), **state)
    _KIND.perform(_update(ready, **after), replace(ready, resumed=True))
    assert "resources.act.servers" not in cloud.weather.calls


def test_what_is_attached_already_is_not_attached_again(ready: Target, cloud: MemoryCloud) -> None:
    """A port or a volume that an interrupted attempt came to; what it did not come to is attached."""
    resources, project = cloud.resources, ready.known_project
    network = resources.create(NETWORKS, project, {"name": "app", "project_id": project}).item["id"]
    new_ports = [{"name": f"甲-{each}", "project_id": project, "network_id": network} for each in "ab"]
    ports = [str(resources.create(PORTS, project, each).item["id"]) for each in new_ports]
    volume = str(resources.create(VOLUMES, project, {"name": "数据", "size": 1}).item["id"])
    for _ in range(2):
        resources.fetch(VOLUMES, project, ItemId(volume))
    made = {ready.address(PORT_KIND, f"甲-{key}"): port for key, port in zip("ab", ports, strict=True)}
    whole = replace(ready, ids={**ready.ids, **made, ready.address(VOLUME_KIND, "数据"): volume})
    first = {"port 甲-a": True, "volume 数据": True}
    _KIND.perform(_update(whole, **first), whole)
    _KIND.perform(_update(whole, **first, **{"port 甲-b": True}), replace(whole, resumed=True))
    assert cloud.weather.calls["resources.act.servers"] == 3
    assert {each["device_id"] for each in cloud.items(PORTS, project)} == {ready.ids[ready.address(_KIND.name, "甲")]}


# What it was born with


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"image": ImageName("gest")}, "was made from the image guest, not gest, which the cloud does not have"),
        ({"key_pair": KeyPairName("ops")}, "was made with no key pair, not market-registration-ops"),
        ({"server_group": ServerGroupName("web")}, "is not in the server group web"),
        ({"availability_zone": "intranet"}, "is in the availability zone extranet, not intranet"),
    ],
)
def test_what_a_server_was_not_born_with_is_told(
    asked: Callable[..., Asked], wanted: dict[str, Any], words: str
) -> None:
    """Nothing changes it, so the plan has no action; but it is not silent."""
    seen = asked(_application(_server(**wanted)), _item(**{"OS-EXT-AZ:availability_zone": "extranet"}))
    assert [each.message.startswith(words) for each in _KIND.notices(seen)] == [True]
    assert _changes(seen) == []


def test_a_server_as_it_was_born_is_not_told_of(asked: Callable[..., Asked]) -> None:
    """The same image, key pair and zone."""
    server = _server(key_pair=KeyPairName("ops"), availability_zone="extranet")
    item = _item(key_name="market-registration-ops", **{"OS-EXT-AZ:availability_zone": "extranet"})
    assert list(_KIND.notices(asked(_application(server), item))) == []


def test_an_availability_zone_that_is_none_is_refused(asked: Callable[..., Asked]) -> None:
    """With those that there are, before anything is made."""
    seen = asked(_application(_server(availability_zone="intranet")))
    zones = replace(seen.capabilities, availability_zones=frozenset({"extranet", "internet"}))
    assert _refused(replace(seen, capabilities=zones)) == ["the cloud has no availability zone intranet"]
