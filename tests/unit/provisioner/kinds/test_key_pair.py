"""Key pairs: whose they are, what counts as the same key, and what becomes of one that is not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.collections import OWN_USER
from provisioner.clouds.interface import PrincipalId
from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.offers import Offers
from provisioner.diff import Change, Verb, diff
from provisioner.errors import CloudConflict, CloudMisconfigured, CloudUnavailable
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.key_pair import KEY_PAIRS, KeyPairKind, nova_name
from tenants.landing_zone import KeyPairSpec, LandingZoneSpec
from tenants.names import KeyPairName, PrincipalName
from tenants.presence import Presence
from tenants.resources import Service
from tenants.spec import ProjectSpec

_KIND = KeyPairKind()
_KEY, _OTHER = "ssh-ed25519 AAAA", "ssh-ed25519 BBBB"


def _pair(name: str = "ops", *, key: str = f"{_KEY} ops@desk", user: str | None = None, **fields: Any) -> KeyPairSpec:
    owner = None if user is None else PrincipalName(user)
    return KeyPairSpec(name=KeyPairName(name), public_key=key, user=owner, **fields)


@pytest.fixture
def project(build: Any) -> Callable[..., ProjectSpec]:
    """A project with these key pairs."""
    return lambda *pairs: build.project(landing_zone=LandingZoneSpec(key_pairs=pairs))


@pytest.fixture
def asked(build: Any, project: Callable[..., ProjectSpec]) -> Callable[..., Asked]:
    """A project with these key pairs, beside what Nova lists as (user's id, name, key)."""

    def ask(*pairs: KeyPairSpec, listed: tuple[tuple[str, str, str], ...] = ()) -> Asked:
        items = tuple({"parent": user, "name": name, "public_key": key} for user, name, key in listed)
        view = replace(build.view(), items={KEY_PAIRS.name: items})
        users = {PrincipalName("li"): PrincipalId("user-li")}
        plain: Asked = build.asked(project(*pairs), view)
        return replace(plain, own_user="own", users=users)

    return ask


def _changes(asked: Asked) -> list[Change]:
    return list(diff(_KIND.desired(asked), dict(_KIND.observed(asked))))


def test_a_name_in_nova_begins_with_the_projects(build: Any) -> None:
    """For all of Tenantry's own stand in one list."""
    assert nova_name(build.project(), "ops") == "market-registration-ops"


def test_each_users_key_pairs_are_listed_once(project: Callable[..., ProjectSpec]) -> None:
    """Tenantry's own among them where one names no user."""
    pairs = (_pair(), _pair("desk", user="li"), _pair("lap", user="li"))
    assert [each.users for each in _KIND.reads(project(*pairs), Offers())] == [{OWN_USER, "li"}]


def test_nothing_is_listed_where_there_are_none(project: Callable[..., ProjectSpec]) -> None:
    """But for an import, which looks at Tenantry's own."""
    assert list(_KIND.reads(project(), Offers())) == []
    assert [each.users for each in _KIND.reads(None, Offers())] == [{OWN_USER}]


@pytest.mark.parametrize("comment", ["", " ops@desk", " somebody else"])
def test_a_comment_is_no_part_of_a_key(asked: Callable[..., Asked], comment: str) -> None:
    """Type and body are."""
    there = ("own", "market-registration-ops", f"{_KEY}{comment}")
    assert _changes(asked(_pair(), listed=(there,))) == []


def test_a_users_key_pair_is_known_by_its_plain_name(asked: Callable[..., Asked]) -> None:
    """Another user's of that name is another key pair."""
    pair = _pair("desk", user="li")
    assert _changes(asked(pair, listed=(("user-li", "desk", _KEY),))) == []
    assert [each.verb for each in _changes(asked(pair, listed=(("user-wang", "desk", _KEY),)))] == [Verb.CREATE]


def test_our_own_of_the_project_are_seen_though_no_manifest_names_them(asked: Callable[..., Asked]) -> None:
    """An import needs them; those of other projects are not this one's."""
    listed = (("own", "market-registration-old", _KEY), ("own", "health-old", _KEY))
    assert [address.key for address, _ in _KIND.observed(asked(listed=listed))] == ["old"]


def test_another_key_is_shown_as_deleting_and_making(asked: Callable[..., Asked]) -> None:
    """Which is destructive."""
    case = asked(_pair(), listed=(("own", "market-registration-ops", _OTHER),))
    (change,) = _changes(case)
    found = _KIND.assess(change, case)
    assert (change.verb, found.destructive) == (Verb.UPDATE, True)
    assert "deleted and made anew" in found.reason


def test_a_user_who_is_not_there_is_refused(asked: Callable[..., Asked]) -> None:
    """By name."""
    case = asked(_pair(user="zhao"))
    (change,) = _changes(case)
    assert ["has no user zhao" in each.message for each in _KIND.assess(change, case).refusals] == [True]


@pytest.mark.parametrize(("name", "refused"), [("desk", []), ("li@desk", [True])])
def test_an_older_nova_takes_plain_names_alone(asked: Callable[..., Asked], name: str, refused: list[bool]) -> None:
    """`@` and `.` came with microversion 2.92."""
    case = asked(_pair(name, user="li"))
    older = replace(case.capabilities, microversions={Service.COMPUTE: ("2.1", "2.90")})
    case = replace(case, capabilities=older)
    (change,) = _changes(case)
    assert ["takes no @ or ." in each.message for each in _KIND.assess(change, case).refusals] == refused


@pytest.fixture
def target(cloud: MemoryCloud, build: Any, project: Callable[..., ProjectSpec]) -> Callable[..., Target]:
    """A project with these key pairs in a cloud in memory."""
    domain = build.cloud().domain
    project_id = cloud.identity.create_project(domain, name="market-registration", description="")[0].id

    def aim(*pairs: KeyPairSpec) -> Target:
        return Target(
            cloud=cloud,
            domain=domain,
            tenant=build.tenant(project(*pairs)),
            project=project(*pairs),
            project_id=project_id,
            directory=cloud.identity.directory(domain, users=True),
        )

    return aim


def _change(target: Target, verb: Verb, after: Mapping[str, Any], key: str = "ops") -> Change:
    return Change(address=target.address(_KIND.name, key), verb=verb, before={}, after=after)


def _kept(target: Target) -> dict[str, str]:
    listed = target.cloud.resources.named(KEY_PAIRS, target.known_project, "market-registration-ops")
    return {each["name"]: each["public_key"].rpartition(" ")[0] for each in listed}


def test_a_key_pair_is_made_and_known_by_its_name_in_nova(target: Callable[..., Target]) -> None:
    """Servers refer to it by that."""
    aim = target(_pair())
    made = _KIND.perform(_change(aim, Verb.CREATE, {"publicKey": _KEY}), aim)
    assert made.values == {"publicKey": _KEY, "id": "market-registration-ops"}


def test_made_twice_is_as_made_once(target: Callable[..., Target]) -> None:
    """Nova says that there is one; it has the right key."""
    aim = target(_pair())
    change = _change(aim, Verb.CREATE, {"publicKey": _KEY})
    assert _KIND.perform(change, aim).values == _KIND.perform(change, replace(aim, resumed=True)).values


def test_a_lost_answer_is_made_up_by_looking(cloud: MemoryCloud, target: Callable[..., Target]) -> None:
    """The key pair was made all the same."""
    aim = target(_pair())
    cloud.weather.fail("resources.create.key-pairs", CloudUnavailable("no answer"), after_acting=True)
    assert _KIND.perform(_change(aim, Verb.CREATE, {"publicKey": _KEY}), aim).values["publicKey"] == _KEY


def test_no_answer_stays_an_error_where_nothing_was_made(cloud: MemoryCloud, target: Callable[..., Target]) -> None:
    """It may be tried again."""
    aim = target(_pair())
    cloud.weather.fail("resources.create.key-pairs", CloudUnavailable("no answer"))
    with pytest.raises(CloudUnavailable):
        _KIND.perform(_change(aim, Verb.CREATE, {"publicKey": _KEY}), aim)


def test_one_with_another_key_is_not_passed_off_as_ours(target: Callable[..., Target]) -> None:
    """It came between the plan and now."""
    other = target(_pair(key=f"{_OTHER} x"))
    _KIND.perform(_change(other, Verb.CREATE, {"publicKey": _OTHER}), other)
    aim = target(_pair())
    with pytest.raises(CloudConflict, match="market-registration-ops with another key"):
        _KIND.perform(_change(aim, Verb.CREATE, {"publicKey": _KEY}), aim)


def test_another_key_takes_the_place_of_the_first(target: Callable[..., Target]) -> None:
    """With both requests as proof."""
    old, aim = target(_pair(key=f"{_OTHER} x")), target(_pair())
    _KIND.perform(_change(old, Verb.CREATE, {"publicKey": _OTHER}), old)
    evidence = _KIND.perform(_change(aim, Verb.UPDATE, {"publicKey": _KEY}), aim)
    assert (len(evidence.request_ids), _kept(aim)) == (2, {"market-registration-ops": _KEY})


def test_one_that_is_to_be_absent_is_deleted(target: Callable[..., Target]) -> None:
    """And one that is gone counts as deleted."""
    aim = target(_pair(presence=Presence.ABSENT))
    made = target(_pair())
    _KIND.perform(_change(made, Verb.CREATE, {"publicKey": _KEY}), made)
    for _ in range(2):
        _KIND.perform(_change(aim, Verb.DELETE, {}), aim)
    assert _kept(aim) == {}


def test_a_user_who_went_meanwhile_is_named(target: Callable[..., Target]) -> None:
    """Before anything is sent."""
    aim = target(_pair(user="zhao"))
    with pytest.raises(CloudMisconfigured, match="no user zhao"):
        _KIND.perform(_change(aim, Verb.CREATE, {"publicKey": _KEY}), aim)
