"""Volumes: what is refused before Cinder would, how making and growing end, and what is never deleted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.offers import Image, Offers, VolumeType
from provisioner.diff import Change, Verb, diff
from provisioner.errors import CloudError, CloudRefused, PlanChanged
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.volume import VOLUMES, VolumeKind
from provisioner.kinds.volume_leftovers import MESSAGES
from provisioner.kinds.volume_states import end_of, reason_of
from provisioner.operation import Evidence
from tenants.application import ApplicationSpec, Management, ServerSpec, Surplus, VolumeSpec
from tenants.names import (
    ApplicationName,
    FlavorName,
    ImageName,
    ProjectName,
    ServerName,
    TenantName,
    VolumeName,
    VolumeTypeName,
)
from tenants.presence import Presence

_KIND = VolumeKind()
_HOST = "os-vol-host-attr:host"
_MARK = {"tenantry:application": "registration"}
_ERROR = {"status": "error", "metadata": _MARK, _HOST: None}
_OFFERS = Offers(
    volume_types=(VolumeType(id="t", name="ssd"),),
    images=(
        Image(id="i", name="guest", status="active", visibility="public", owner="admin", min_disk=5),
        Image(id="q", name="old", status="deactivated", visibility="public", owner="admin"),
    ),
)


def _volume(size: int = 10, *, name: str = "数据", **fields: Any) -> VolumeSpec:
    return VolumeSpec(name=VolumeName(name), size=size, **fields)


def _application(*volumes: VolumeSpec, **fields: Any) -> ApplicationSpec:
    return ApplicationSpec(
        name=ApplicationName("registration"),
        display_name="商事登记",
        owner=TenantName("market"),
        project=ProjectName("registration"),
        protection_level=2,
        volumes=volumes,
        **fields,
    )


def _server(**fields: Any) -> ServerSpec:
    return ServerSpec(name=ServerName("db"), flavor=FlavorName("small"), **fields)


def _item(size: int = 10, **fields: Any) -> Item:
    known = {"id": "v", "name": "数据", "size": size, "status": "available", "volume_type": "ssd", _HOST: "a@b#c"}
    return {**known, **fields}


@pytest.fixture
def asked(build: Any) -> Callable[..., Asked]:
    """A project with an application, beside the volumes that are there, and the servers `db` and `web`."""

    def ask(application: ApplicationSpec, *volumes: Item, readings: Any = None, **fields: Any) -> Asked:
        servers = tuple({"id": f"s-{name}", "name": name} for name in ("db", "web"))
        view = replace(build.view(readings=readings or {}), items={VOLUMES.name: volumes, SERVERS.name: servers})
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


def test_a_volume_bears_the_mark_of_its_application(asked: Callable[..., Asked]) -> None:
    """So that a migration finds it."""
    assert _said(asked(_application(_volume()))) == [
        ("create", {"size": 10, "metadata tenantry:application": "registration"})
    ]


def test_a_volume_stays_when_its_application_goes(asked: Callable[..., Asked]) -> None:
    """Unless it says absent itself."""
    stays, goes = _volume(), _volume(presence=Presence.ABSENT)
    assert _said(asked(_application(stays, presence=Presence.ABSENT), _item())) == []
    assert _said(asked(_application(goes, presence=Presence.ABSENT), _item())) == [("delete", {})]


def test_a_type_that_nobody_named_is_left_alone(asked: Callable[..., Asked]) -> None:
    """It was Cinder's choice."""
    assert _said(asked(_application(_volume()), _item(volume_type="hdd"))) == []


def test_a_volume_that_is_being_deleted_counts_as_gone(asked: Callable[..., Asked]) -> None:
    """Another is made, or nothing is left to do."""
    going = _item(status="deleting")
    assert [verb for verb, _ in _said(asked(_application(_volume()), going))] == ["create"]
    assert _said(asked(_application(_volume(presence=Presence.ABSENT)), going)) == []


def test_two_volumes_of_one_name_are_an_obstacle(asked: Callable[..., Asked]) -> None:
    """Which is meant nobody can tell."""
    found = asked(_application(_volume()), _item(), _item(id="w"))
    assert [each.message for each in _KIND.obstacles(found)] == ["2 of this name are in the project"]


def test_volumes_beyond_the_count_stay_and_are_told(asked: Callable[..., Asked]) -> None:
    """Even where their servers go; one that the manifest describes by itself is no surplus."""
    server = _server(replicas=1, surplus=Surplus.DELETE)
    volumes = _volume(server=ServerName("db")), _volume(name="数据-3", presence=Presence.ABSENT)
    there = [_item(id=name, name=name) for name in ("数据-1", "数据-2", "数据-3")]
    found = asked(_application(*volumes, servers=(server,)), *there)
    assert [(each.address.key, each.message.split(";")[0]) for each in _KIND.notices(found)] == [
        ("数据-2", "is beyond the count and stays")
    ]
    assert [(each.verb, each.address.key) for each in _changes(found)] == [("delete", "数据-3")]


def test_a_described_volume_that_is_not_there_is_told(asked: Callable[..., Asked]) -> None:
    """And not made."""
    found = asked(_application(_volume(), management=Management.OBSERVE))
    assert [each.message for each in _KIND.notices(found)] == ["is described (manage: observe) and not there"]
    assert _said(found) == []


def test_a_volume_that_no_manifest_names_any_more_is_told(asked: Callable[..., Asked]) -> None:
    """One of ours, and unless it is going."""
    there = [
        _item(id="a", name="旧", metadata=_MARK),
        _item(id="b", name="别人"),
        _item(id="c", name="将去", metadata=_MARK, status="deleting"),
        _item(metadata=_MARK),
    ]
    assert [each.address.key for each in _KIND.notices(asked(_application(_volume()), *there))] == ["旧"]


# What is left of failed attempts


def test_what_no_storage_ever_took_is_replaced(asked: Callable[..., Asked]) -> None:
    """The plan names it, and says so."""
    found = asked(_application(_volume()), _item(**_ERROR))
    assert [after["replaces"] for _, after in _said(found)] == ["v"]
    assert ["is replaced" in each.message for each in _KIND.notices(found)] == [True]
    assert [_KIND.assess(each, found).destructive for each in _changes(found)] == [False]


@pytest.mark.parametrize(
    "otherwise",
    [
        {_HOST: "storage@ssd#ssd"},
        {"metadata": {}},
        {"metadata": {"tenantry:application": "another"}},
        {"attachments": [{"server_id": "s-db"}]},
        {"status": "error_extending"},
        {"status": "error_deleting"},
    ],
)
def test_what_may_hold_data_is_left_alone(asked: Callable[..., Asked], otherwise: Any) -> None:
    """Nothing is planned, and who must see to it is told."""
    found = asked(_application(_volume()), _item(**{**_ERROR, **otherwise}))
    assert _said(found) == []
    assert ["may hold data, so it is left alone" in each.message for each in _KIND.notices(found)] == [True]


def test_nothing_is_sure_where_cinder_hides_its_storage(asked: Callable[..., Asked]) -> None:
    """A mark that is not shown is not an empty one."""
    hidden = {name: value for name, value in _item(**_ERROR).items() if name != _HOST}
    assert _said(asked(_application(_volume()), hidden)) == []


def test_a_leftover_beside_a_volume_of_its_name_is_an_obstacle(asked: Callable[..., Asked]) -> None:
    """Nothing is replaced where there is something of that name."""
    found = asked(_application(_volume()), _item(id="w"), _item(**_ERROR))
    assert [each.message for each in _KIND.obstacles(found)] == ["2 of this name are in the project"]


# What is refused


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        (_volume(volume_type=VolumeTypeName("sm4")), "the cloud has no volume type sm4"),
        (_volume(image=ImageName("nowhere")), "the cloud has no image nowhere"),
        (_volume(image=ImageName("old")), "the image old is deactivated"),
        (_volume(4, image=ImageName("guest")), "the image guest needs 5GiB, and the volume has 4GiB"),
    ],
)
def test_what_the_cloud_does_not_offer_is_refused(
    asked: Callable[..., Asked], volume: VolumeSpec, message: str
) -> None:
    """Before anything is made."""
    assert _refused(asked(_application(volume))) == [message]


def test_a_volume_with_room_for_its_image_is_not_refused(asked: Callable[..., Asked]) -> None:
    """As large as the image needs is large enough."""
    assert _refused(asked(_application(_volume(5, image=ImageName("guest"))))) == []


@pytest.mark.parametrize(("limit", "refused"), [(-1, []), (10, []), (9, ["10GiB is more than"])])
@pytest.mark.parametrize("size", [None, 5])
def test_one_volume_is_no_larger_than_its_project_may_have(
    asked: Callable[..., Asked], limit: int, refused: list[str], size: int | None
) -> None:
    """Neither made so nor grown so."""
    there = () if size is None else (_item(size),)
    found = asked(_application(_volume()), *there, limits={"block-storage/per_volume_gigabytes": limit})
    assert [each[:18] for each in _refused(found)] == refused


def test_a_limit_that_no_manifest_names_is_the_clouds(asked: Callable[..., Asked]) -> None:
    """As it was read."""
    found = asked(_application(_volume()), readings={"block-storage/per_volume_gigabytes": (9, -1)})
    assert [each[:18] for each in _refused(found)] == ["10GiB is more than"]


def test_a_volume_never_shrinks(asked: Callable[..., Asked]) -> None:
    """With the numbers."""
    assert _refused(asked(_application(_volume()), _item(20))) == [
        "the size cannot go from 20GiB to 10GiB: volumes never shrink"
    ]


def test_a_volume_is_not_retyped(asked: Callable[..., Asked]) -> None:
    """And how it can be is said."""
    found = asked(_application(_volume(volume_type=VolumeTypeName("ssd"))), _item(volume_type="hdd"))
    remedies = [each.remedy for change in _changes(found) for each in _KIND.assess(change, found).refusals]
    assert ["openstack volume set --type ssd" in each for each in remedies] == [True]


@pytest.mark.parametrize(("status", "refused"), [("available", 0), ("in-use", 0), ("error_extending", 1)])
def test_only_a_sound_volume_grows(asked: Callable[..., Asked], status: str, refused: int) -> None:
    """Cinder grows no other."""
    assert len(_refused(asked(_application(_volume()), _item(5, status=status)))) == refused


@pytest.mark.parametrize(
    ("servers", "refused"),
    [
        ((), ["it is attached to the server db"]),
        ((_server(),), ["it is attached to the server db"]),
        ((_server(presence=Presence.ABSENT),), []),
    ],
)
def test_a_volume_is_not_taken_from_a_server_that_stays(
    asked: Callable[..., Asked], servers: tuple[ServerSpec, ...], refused: list[str]
) -> None:
    """One that goes in the same plan is no hindrance."""
    application = _application(_volume(presence=Presence.ABSENT), servers=servers)
    held = _item(status="in-use", attachments=[{"server_id": "s-db"}])
    assert _refused(asked(application, held)) == refused


# What it takes of the quota


def test_a_new_volume_takes_its_size_in_all_and_of_its_type(asked: Callable[..., Asked]) -> None:
    """A type that nobody named is Cinder's to count."""
    assert _demanded(asked(_application(_volume(volume_type=VolumeTypeName("ssd"))))) == {
        "block-storage/volumes": 1,
        "block-storage/gigabytes": 10,
        "block-storage/volumes_ssd": 1,
        "block-storage/gigabytes_ssd": 10,
    }
    assert _demanded(asked(_application(_volume()))) == {"block-storage/volumes": 1, "block-storage/gigabytes": 10}


def test_growing_takes_the_difference(asked: Callable[..., Asked]) -> None:
    """Of the type that it has."""
    assert _demanded(asked(_application(_volume()), _item(4))) == {
        "block-storage/gigabytes": 6,
        "block-storage/gigabytes_ssd": 6,
    }


def test_replacing_takes_only_what_is_more(asked: Callable[..., Asked]) -> None:
    """What is left of a failed attempt holds quota too."""
    assert _demanded(asked(_application(_volume()), _item(**_ERROR))) == {}


# How it is made


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Target:
    """A project in a cloud in memory."""
    domain = build.cloud().domain
    return Target(
        cloud=cloud,
        domain=domain,
        tenant=build.tenant(build.project()),
        project=build.project(),
        project_id=cloud.identity.create_project(domain, name="market-registration", description="")[0].id,
        directory=cloud.identity.directory(domain, users=False),
        offers=cloud.offers(),
    )


def _change(target: Target, verb: Verb = Verb.CREATE, **after: Any) -> Change:
    said = {"size": 1, "metadata tenantry:application": "registration", **after} if verb is Verb.CREATE else after
    return Change(address=target.address(_KIND.name, "数据"), verb=verb, before={"id": after.pop("id", "")}, after=said)


def _seen_through(change: Change, target: Target) -> Evidence | CloudError:
    begun = {change.address: _KIND.perform(change, target)}
    for _ in range(5):
        if ends := _KIND.settle(begun, target):
            return ends[change.address]
    raise AssertionError("it never ends")


def _made(target: Target, cloud: MemoryCloud) -> Target:
    """The target once its volume is there."""
    end = _seen_through(_change(target), target)
    assert isinstance(end, Evidence)
    return replace(target, ids={target.address(_KIND.name, "数据"): str(end.values["id"])})


def test_a_volume_is_waited_for_until_it_is_available(target: Target) -> None:
    """A look at a time."""
    change = _change(target)
    begun = {change.address: _KIND.perform(change, target)}
    assert _KIND.settle(begun, target) == {}
    assert [end.values["status"] for end in _KIND.settle(begun, target).values() if isinstance(end, Evidence)] == [
        "available"
    ]


def test_a_volume_that_an_interrupted_attempt_made_is_not_made_twice(target: Target, cloud: MemoryCloud) -> None:
    """It is found by its name."""
    _made(target, cloud)
    _KIND.perform(_change(target), replace(target, resumed=True))
    assert len(cloud.items(VOLUMES, target.known_project)) == 1


def test_an_interrupted_attempt_does_not_take_what_is_going_for_its_volume(target: Target, cloud: MemoryCloud) -> None:
    """A new one is made."""
    (old,) = _made(target, cloud).ids.values()
    cloud.alter(VOLUMES, ItemId(old), status="deleting")
    assert _KIND.perform(_change(target), replace(target, resumed=True)).values["id"] != old


@pytest.mark.parametrize(("status", "ended"), [("attaching", True), ("reserved", True), ("downloading", False)])
def test_a_volume_that_a_server_is_just_taking_is_made(status: str, ended: bool) -> None:  # noqa: FBT001 - a table
    """Whose operation that is, is another matter."""
    evidence = Evidence(values={"id": "v", "size": 1})
    assert (end_of(evidence, _item(1, status=status)) is not None) is ended


def test_a_volume_that_ends_in_error_is_taken_away_with_the_reason(target: Target, cloud: MemoryCloud) -> None:
    """Cinder's messages know it."""
    cloud.destine(VOLUMES, "数据", {"status": "error"})
    change = _change(target)
    begun = {change.address: _KIND.perform(change, target)}
    identity = begun[change.address].values["id"]
    said = {"user_message": "schedule allocate volume:Could not find any available weighted backend."}
    for each in (identity, "another"):
        cloud.resources.create(MESSAGES, target.known_project, {"resource_uuid": each, **said, "created_at": "2027"})
    ends = [_KIND.settle(begun, target) for _ in range(2)][-1]
    assert "no storage of its type has room for it (Cinder: schedule allocate" in str(ends[change.address])
    assert [each["status"] for each in cloud.items(VOLUMES, target.known_project)] == ["deleting"]


@pytest.mark.parametrize("otherwise", [{"metadata": {}}, {"attachments": [{"server_id": "s"}]}])
def test_a_volume_that_ends_in_error_and_is_not_surely_ours_is_kept(
    target: Target, cloud: MemoryCloud, otherwise: Any
) -> None:
    """Somebody else's of that name may have been found after an interruption."""
    cloud.destine(VOLUMES, "数据", {"status": "error", **otherwise})
    change = _change(target)
    begun = {change.address: _KIND.perform(change, target)}
    ends = [_KIND.settle(begun, target) for _ in range(2)][-1]
    assert "Cinder could not do it" in str(ends[change.address])
    assert [each["status"] for each in cloud.items(VOLUMES, target.known_project)] == ["error"]


def test_a_volume_in_error_after_growing_is_kept(target: Target, cloud: MemoryCloud) -> None:
    """It held data before."""
    ready = _made(target, cloud)
    change = _change(ready, Verb.UPDATE, size=5)
    begun = {change.address: _KIND.perform(change, ready)}
    cloud.alter(VOLUMES, cloud.items(VOLUMES, ready.known_project)[0]["id"], status="error")
    assert isinstance(_KIND.settle(begun, ready)[change.address], CloudRefused)
    assert [each["status"] for each in cloud.items(VOLUMES, ready.known_project)] == ["error"]


def test_a_volume_grows(target: Target, cloud: MemoryCloud) -> None:
    """And is waited for."""
    ready = _made(target, cloud)
    end = _seen_through(_change(ready, Verb.UPDATE, size=5), ready)
    assert isinstance(end, Evidence)
    assert cloud.items(VOLUMES, ready.known_project)[0]["size"] == 5


def test_growing_that_an_interrupted_attempt_began_is_not_begun_again(target: Target, cloud: MemoryCloud) -> None:
    """Cinder would refuse it."""
    ready = _made(target, cloud)
    change = _change(ready, Verb.UPDATE, size=5)
    _KIND.perform(change, ready)
    again = _KIND.perform(change, replace(ready, resumed=True))
    assert (again.request_ids, again.values["size"]) == ((), 5)


def test_growing_that_cinder_gives_up_is_a_failure(target: Target, cloud: MemoryCloud) -> None:
    """With the numbers."""
    ready = _made(target, cloud)
    change = _change(ready, Verb.UPDATE, size=5)
    begun = {change.address: _KIND.perform(change, ready)}
    cloud.alter(VOLUMES, cloud.items(VOLUMES, ready.known_project)[0]["id"], status="available")
    assert "left it at 1GiB instead of 5GiB" in str(_KIND.settle(begun, ready)[change.address])


def test_a_deleted_volume_is_waited_for_until_it_is_gone(target: Target, cloud: MemoryCloud) -> None:
    """One that is going already counts as begun."""
    ready = _made(target, cloud)
    change = _change(ready, Verb.DELETE, id=ready.ids[ready.address(_KIND.name, "数据")])
    _KIND.perform(change, ready)
    assert isinstance(_seen_through(change, ready), Evidence)
    assert not cloud.items(VOLUMES, ready.known_project)


def test_what_is_left_of_a_failed_attempt_is_taken_away_first(target: Target, cloud: MemoryCloud) -> None:
    """Then the volume is made."""
    cloud.destine(VOLUMES, "数据", {"status": "error"})
    left = str(_KIND.perform(_change(target), target).values["id"])
    cloud.resources.named(VOLUMES, target.known_project, "数据")
    assert isinstance(_seen_through(_change(target, replaces=left), target), Evidence)
    assert [(each["id"] == left, each["status"]) for each in cloud.items(VOLUMES, target.known_project)] == [
        (False, "available")
    ]


def test_what_came_to_something_after_all_is_not_taken_away(target: Target, cloud: MemoryCloud) -> None:
    """The plan no longer holds."""
    ready = _made(target, cloud)
    there = ready.ids[ready.address(_KIND.name, "数据")]
    with pytest.raises(PlanChanged, match="its state is available"):
        _KIND.perform(_change(target, replaces=there), target)
    assert len(cloud.items(VOLUMES, target.known_project)) == 1


def test_an_image_that_is_gone_is_named(target: Target) -> None:
    """Where Cinder gives its id at most."""
    gone = Image(id="gone", name="guest-2", status="active", visibility="public", owner="admin")
    known = replace(target, offers=Offers(images=(gone,)))
    with pytest.raises(CloudRefused, match="the image guest-2 is there no longer"):
        _KIND.perform(_change(known, image="guest-2"), known)


def test_an_availability_zone_that_cinder_does_not_have_is_named(target: Target, cloud: MemoryCloud) -> None:
    """Clouds may have zones in Nova alone."""
    cloud.weather.fail("resources.create.volumes", CloudRefused("HTTP 400: Availability zone 'extranet' is invalid."))
    with pytest.raises(CloudRefused, match="Cinder has no availability zone extranet"):
        _KIND.perform(_change(target, availabilityZone="extranet"), target)


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ((), "Cinder could not do it and gives no reason"),
        (({"user_message": "x:Something.", "created_at": "1"},), "Cinder could not do it: x:Something."),
        (
            (
                {"user_message": "x:Old.", "created_at": "1"},
                {"user_message": "copy image to volume:No.", "created_at": "2"},
            ),
            "its image could not be written to it (Cinder: copy image to volume:No.)",
        ),
    ],
)
def test_the_newest_message_is_the_reason(messages: tuple[Item, ...], said: str) -> None:
    """With its meaning, where that is known."""
    assert reason_of(messages) == said
