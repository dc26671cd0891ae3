"""Servers: what counts as one, what is refused, what is never taken away, and how changes of theirs end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Item
from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.offers import Flavor, Image, Offers
from provisioner.diff import Change, Verb, diff
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.server import ServerKind
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.volume import VOLUMES
from tenants.application import ApplicationSpec, Disruption, ServerSpec, Surplus, VolumeSpec
from tenants.names import ApplicationName, FlavorName, ImageName, ProjectName, ServerName, TenantName, VolumeName
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


def _made(target: Target) -> str:
    return str(_KIND.perform(_creation(target), target).values["id"])


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
