"""Grants: what can be granted, what need not be, and what is asked for again and again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import Read
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.clouds.offers import Flavor, Image, OfferedNetwork, Offers, VolumeType
from provisioner.diff import Change, Verb, diff
from provisioner.errors import CloudError, CloudRefused, EffectMissing, PlanChanged
from provisioner.kinds.grant import GrantKind
from provisioner.kinds.grants.flavor import FLAVOR_ACCESS
from provisioner.kinds.grants.image import IMAGE_MEMBERS
from provisioner.kinds.grants.network import RBAC_POLICIES
from provisioner.kinds.grants.volume_type import VOLUME_TYPE_ACCESS
from provisioner.kinds.interface import Asked, Target
from tenants.landing_zone import Grant, GrantsSpec, LandingZoneSpec
from tenants.names import CloudName
from tenants.presence import Presence
from tenants.spec import ProjectSpec, ProjectState

_KIND = GrantKind()
_OWN = "id-of-market-registration"


def _flavor(name: str, **fields: Any) -> Flavor:
    return Flavor(id=f"f-{name}", name=name, vcpus=1, ram=512, disk=1, public=fields.get("public", False))


def _image(name: str, visibility: str = "shared", owner: str = "other") -> Image:
    return Image(id=f"i-{name}", name=name, status="active", visibility=visibility, owner=owner)


_OFFERS = Offers(
    flavors=(_flavor("gpu"), _flavor("tiny", public=True)),
    images=(_image("base"), _image("closed", "private"), _image("all", "community"), _image("mine", "private", _OWN)),
    volume_types=(VolumeType(id="t-sm4", name="sm4", public=False), VolumeType(id="t-ssd", name="ssd")),
    networks=(
        OfferedNetwork(id="n-city", name="city-shared", owner="other"),
        OfferedNetwork(id="n-all", name="everybodys", owner="other", shared=True),
        OfferedNetwork(id="n-1", name="app", owner="a"),
        OfferedNetwork(id="n-2", name="app", owner="b"),
    ),
)
#: All that can be granted in that cloud, by sort.
_GRANTABLE = {"networks": "city-shared", "flavors": "gpu", "images": "base", "volume_types": "sm4"}
_ITEMS = {
    RBAC_POLICIES.name: ({"id": "p", "object_id": "n-city", "target_tenant": _OWN},),
    FLAVOR_ACCESS.name: ({"parent": "f-gpu", "tenant_id": _OWN},),
    IMAGE_MEMBERS.name: ({"parent": "i-base", "member_id": _OWN, "status": "accepted"},),
    VOLUME_TYPE_ACCESS.name: ({"parent": "t-sm4", "project_id": _OWN},),
}


def _grants(names: Mapping[str, str], presence: Presence = Presence.PRESENT) -> GrantsSpec:
    return GrantsSpec(**{sort: (Grant(name=name, presence=presence),) for sort, name in names.items()})


@pytest.fixture
def project(build: Any) -> Callable[..., ProjectSpec]:
    """A project that grants these."""
    return lambda grants, **fields: build.project(landing_zone=LandingZoneSpec(grants=grants), **fields)


@pytest.fixture
def asked(build: Any, project: Callable[..., ProjectSpec]) -> Callable[..., Asked]:
    """A project that grants these, beside what was granted to it already."""

    def ask(grants: GrantsSpec, *, items: Any = None, exists: bool = True, **fields: Any) -> Asked:
        view = replace(build.view(), items=items or {}) if exists else None
        plain: Asked = build.asked(project(grants, **fields), view)
        return replace(plain, offers=_OFFERS)

    return ask


def _changes(asked: Asked) -> list[Change]:
    return list(diff(_KIND.desired(asked), dict(_KIND.observed(asked))))


def test_what_is_not_granted_yet_is_to_be(asked: Callable[..., Asked]) -> None:
    """One object for each thing."""
    assert [(each.verb, each.address.key) for each in _changes(asked(_grants(_GRANTABLE)))] == [
        (Verb.CREATE, "flavor/gpu"),
        (Verb.CREATE, "image/base"),
        (Verb.CREATE, "network/city-shared"),
        (Verb.CREATE, "volume-type/sm4"),
    ]


def test_what_is_granted_is_left_alone(asked: Callable[..., Asked]) -> None:
    """Whoever granted it."""
    assert _changes(asked(_grants(_GRANTABLE), items=_ITEMS)) == []


def test_what_no_manifest_grants_is_left_as_well(asked: Callable[..., Asked]) -> None:
    """It is seen, for imports."""
    case = asked(GrantsSpec(), items=_ITEMS)
    assert len(dict(_KIND.observed(case))) == len(_GRANTABLE)
    assert _changes(case) == []


def test_what_is_taken_away_is_destructive(asked: Callable[..., Asked]) -> None:
    """With what it means for those who use it."""
    case = asked(_grants(_GRANTABLE, Presence.ABSENT), items=_ITEMS)
    found = [_KIND.assess(each, case) for each in _changes(case)]
    assert [each.destructive for each in found] == [True] * len(_GRANTABLE)
    assert len({each.reason for each in found}) == len(_GRANTABLE)


def test_what_was_never_granted_is_not_taken_away(asked: Callable[..., Asked]) -> None:
    """Nor from a project that is not there."""
    absent = _grants(_GRANTABLE, Presence.ABSENT)
    assert (_changes(asked(absent)), _changes(asked(absent, exists=False))) == ([], [])


def test_a_project_that_is_given_back_is_granted_nothing(asked: Callable[..., Asked]) -> None:
    """And nothing is taken from it."""
    assert _changes(asked(_grants(_GRANTABLE), state=ProjectState.RETIRED)) == []


@pytest.mark.parametrize("presence", Presence)
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("names", [{"flavors": "tiny"}, {"images": "all"}, {"networks": "everybodys"}])
def test_what_is_open_to_everybody_is_told_and_left(
    asked: Callable[..., Asked], names: dict[str, str], presence: Presence, *, exists: bool
) -> None:
    """Whether it is to be granted or taken, and whether the project is there yet."""
    case = asked(_grants(names, presence), exists=exists)
    assert _changes(case) == []
    assert ["is open to everybody" in each.message for each in _KIND.notices(case)] == [True]


def test_what_is_the_projects_own_is_told_and_left(asked: Callable[..., Asked]) -> None:
    """Even a private image."""
    case = asked(_grants({"images": "mine"}))
    assert _changes(case) == []
    assert ["belongs to the project itself" in each.message for each in _KIND.notices(case)] == [True]


@pytest.mark.parametrize(
    ("names", "message", "remedy"),
    [
        ({"flavors": "gpuu"}, "the cloud has no flavor gpuu", 'did you mean "gpu"?'),
        ({"volume_types": "zzz"}, "the cloud has no volume type zzz", "one of: sm4, ssd"),
        (
            {"images": "closed"},
            "the image closed is private, and only a shared one can be granted",
            'have its owner share it: openstack image set --shared "closed"',
        ),
    ],
)
def test_what_cannot_be_granted_is_refused(
    asked: Callable[..., Asked], names: dict[str, str], message: str, remedy: str
) -> None:
    """With what would be right."""
    case = asked(_grants(names))
    (change,) = _changes(case)
    assert [(each.message, each.remedy) for each in _KIND.assess(change, case).refusals] == [(message, remedy)]


def test_a_name_that_several_bear_stops_the_comparison(asked: Callable[..., Asked]) -> None:
    """Which is meant nobody can tell."""
    assert [each.message for each in _KIND.obstacles(asked(_grants({"networks": "app"})))] == [
        "the cloud has 2 networks of the name app"
    ]


def test_a_membership_that_nobody_accepted_is_to_be_accepted(asked: Callable[..., Asked]) -> None:
    """Until then the project may not find the image."""
    pending = {IMAGE_MEMBERS.name: ({"parent": "i-base", "member_id": _OWN, "status": "rejected"},)}
    (change,) = _changes(asked(_grants({"images": "base"}), items=pending))
    assert (change.verb, dict(change.before), dict(change.after)) == (
        Verb.UPDATE,
        {"granted": False},
        {"granted": True},
    )


def test_only_what_is_named_and_private_is_listed(project: Callable[..., ProjectSpec]) -> None:
    """All networks in one listing, each other thing in one of its own."""
    several = GrantsSpec(
        networks=(Grant(name="city-shared"), Grant(name="everybodys")),
        flavors=(Grant(name="gpu"), Grant(name="tiny")),
        images=(Grant(name="closed"),),
    )
    reads = [(each.collection.name, each.parents) for each in _KIND.reads(project(several), _OFFERS)]
    assert reads == [("rbac-policies", frozenset()), ("flavor-access", {"f-gpu"})]


def test_an_import_lists_all_that_is_private(project: Callable[..., ProjectSpec]) -> None:
    """And nothing where nobody grants anything."""
    assert [each.collection.name for each in _KIND.reads(None, _OFFERS)] == [
        "rbac-policies",
        "flavor-access",
        "image-members",
        "volume-type-access",
    ]
    assert list(_KIND.reads(project(GrantsSpec()), _OFFERS)) == []


@pytest.fixture
def cloud() -> MemoryCloud:
    """One with a private flavor and a shared image."""
    furnishing = Furnishing(flavors=_OFFERS.flavors, images=_OFFERS.images)
    return MemoryCloud(CloudName("city"), furnishing, sleep=lambda _: None)


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Target:
    """A project there, to which a network of another one may be granted too."""
    domain = build.cloud().domain
    project_id = cloud.identity.create_project(domain, name="market-registration", description="")[0].id
    return Target(
        cloud=cloud,
        domain=domain,
        tenant=build.tenant(build.project()),
        project=build.project(),
        project_id=project_id,
        directory=cloud.identity.directory(domain, users=False),
        offers=replace(cloud.offers(), networks=_OFFERS.networks),
    )


def _change(target: Target, key: str, verb: Verb = Verb.CREATE) -> Change:
    after = {} if verb is Verb.DELETE else {"granted": True}
    return Change(address=target.address(_KIND.name, key), verb=verb, before={}, after=after)


_KEYS = ["flavor/gpu", "image/base", "network/city-shared"]


@pytest.mark.parametrize("key", _KEYS)
def test_what_is_given_twice_is_as_given_once(target: Target, key: str) -> None:
    """That it was granted already counts as done, with the request that told so."""
    first, second = (_KIND.perform(_change(target, key), target) for _ in range(2))
    assert first.values == second.values == {"granted": True, "id": first.values["id"]}
    assert first.request_ids
    assert second.request_ids


@pytest.mark.parametrize("key", _KEYS)
def test_what_is_taken_twice_is_as_taken_once(target: Target, key: str) -> None:
    """That it was not granted counts as taken."""
    _KIND.perform(_change(target, key), target)
    for _ in range(2):
        assert "deleted" in _KIND.perform(_change(target, key, Verb.DELETE), target).values


def test_a_refusal_is_passed_on_where_it_is_not_so_afterwards(target: Target) -> None:
    """In the service's words, with its request."""
    with pytest.raises(CloudRefused, match="Only shared images have members") as refused:
        _KIND.perform(_change(target, "image/closed"), target)
    assert refused.value.request_id


def test_a_grant_that_does_not_show_is_an_error(cloud: MemoryCloud, target: Target) -> None:
    """Though the cloud agreed."""
    cloud.weather.ignore("resources.act.flavors")
    with pytest.raises(EffectMissing, match="does not show it for the flavor gpu"):
        _KIND.perform(_change(target, "flavor/gpu"), target)


def test_a_thing_that_went_meanwhile_means_that_the_plan_changed(target: Target) -> None:
    """By its name."""
    with pytest.raises(PlanChanged, match="no flavor huge any more"):
        _KIND.perform(_change(target, "flavor/huge"), target)


def test_another_projects_grant_is_none_of_ours(target: Target) -> None:
    """Each project has its own."""
    _KIND.perform(_change(target, "flavor/gpu"), replace(target, project_id=ProjectId("other")))
    read = next(iter(_KIND.reads(None, replace(Offers(), flavors=_OFFERS.flavors))))
    assert target.cloud.resources.list(read, (target.known_project,)) == {target.known_project: ()}


def test_one_network_is_taken_and_no_other(target: Target) -> None:
    """The project keeps what else it was granted."""
    both = (*_OFFERS.networks, OfferedNetwork(id="n-backup", name="backup", owner="other"))
    offered = replace(target, offers=replace(target.offers, networks=both))
    for key in ("network/city-shared", "network/backup"):
        _KIND.perform(_change(offered, key), offered)
    _KIND.perform(_change(offered, "network/backup", Verb.DELETE), offered)
    left = target.cloud.resources.list(Read(collection=RBAC_POLICIES), (target.known_project,))[target.known_project]
    assert not isinstance(left, CloudError)
    assert [each["object_id"] for each in left] == ["n-city"]
