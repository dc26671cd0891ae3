"""Key pairs on a real Nova: Tenantry's own for the servers that it makes, and those of users."""

import base64
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState

_MICROVERSION = "2.57"


def _key(seed: bytes, comment: str = "ops@example") -> str:
    """A public key of 32 bytes that nobody has the other half of (RFC 8709)."""
    parts = (b"ssh-ed25519", seed.ljust(32, b"."))
    body = b"".join(len(each).to_bytes(4, "big") + each for each in parts)
    return f"ssh-ed25519 {base64.b64encode(body).decode()} {comment}"


_FIRST, _SECOND = _key(b"first"), _key(b"second")


def _zone(*pairs: dict[str, Any]) -> dict[str, Any]:
    return {"keyPairs": list(pairs)}


@pytest.fixture
def user(sdk: openstack.connection.Connection) -> Iterator[Any]:
    """A user of the cloud's domain."""
    domain = sdk.identity.find_domain("government").id
    made = sdk.identity.create_user(name=f"li-wei-{secrets.token_hex(4)}", domain_id=domain)
    yield made
    for pair in list(sdk.compute.keypairs(user_id=made.id)):
        sdk.compute.delete(f"/os-keypairs/{pair.name}", params={"user_id": made.id}, microversion=_MICROVERSION)
    sdk.identity.delete_user(made)


@pytest.fixture
def in_nova(site: Any, sdk: openstack.connection.Connection) -> Iterator[Callable[..., dict[str, str]]]:
    """The key pairs of this test's project, or of a user, by name in Nova; Tenantry's own are deleted afterwards."""

    def listed(user: Any = None) -> dict[str, str]:
        query = {"user_id": user.id} if user else {}
        found = {each.name: each.public_key for each in sdk.compute.keypairs(**query)}
        return found if user else {name: key for name, key in found.items() if name.startswith(f"{site.project}-")}

    yield listed
    for name in listed():
        sdk.compute.delete_keypair(name)


def test_a_key_pair_is_made_for_the_user_who_makes_servers(site: Any, in_nova: Any) -> None:
    """Create, minimal: under the project's name and its own; a second look has nothing to do."""
    city = site.manifest(landing_zone=_zone({"name": "ops", "publicKey": _FIRST}))
    assert site.apply(city) is OperationState.DONE
    assert in_nova() == {f"{site.project}-ops": _FIRST}
    assert not site.plan(city).actions


def test_key_pairs_are_made_for_the_users_that_the_manifest_names(site: Any, user: Any, in_nova: Any) -> None:
    """Create, full: a user's stands under its own name, beside one of Tenantry's own."""
    zone = _zone(
        {"name": "ops", "publicKey": _FIRST}, {"name": "li wei@desk.1", "publicKey": _SECOND, "user": user.name}
    )
    city = site.manifest(landing_zone=zone)
    assert site.apply(city) is OperationState.DONE
    assert in_nova(user) == {"li wei@desk.1": _SECOND}
    assert not site.plan(city).actions


def test_a_key_pair_that_is_there_is_taken_over(site: Any, user: Any, in_nova: Any, sdk: Any) -> None:
    """Adopt: the same key under another comment is the same key."""
    body = {"keypair": {"name": "desk", "public_key": _key(b"first", "old@laptop"), "user_id": user.id}}
    assert sdk.compute.post("/os-keypairs", json=body, microversion=_MICROVERSION).ok
    site.apply(site.manifest())
    city = site.manifest(landing_zone=_zone({"name": "desk", "publicKey": _FIRST, "user": user.name}))
    assert not site.plan(city).actions


def test_a_key_pair_that_outlived_its_project_is_taken_over(site: Any, in_nova: Any, sdk: Any) -> None:
    """Adopt: of a project that is not there yet nothing was listed, so Nova's refusal tells that it is there."""
    sdk.compute.create_keypair(name=f"{site.project}-ops", public_key=_FIRST)
    city = site.manifest(landing_zone=_zone({"name": "ops", "publicKey": _FIRST}))
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_another_key_that_outlived_the_project_is_not_passed_over(site: Any, in_nova: Any, sdk: Any) -> None:
    """Adopt, failing: it fails by name, and the next apply, which knows of it, mends it."""
    sdk.compute.create_keypair(name=f"{site.project}-ops", public_key=_SECOND)
    city = site.manifest(landing_zone=_zone({"name": "ops", "publicKey": _FIRST}))
    assert site.apply(city) is OperationState.FAILED
    assert f"there is a key pair {site.project}-ops with another key" in site.failures["key-pair/ops"].message
    assert site.failures["key-pair/ops"].request_id
    assert site.apply(city) is OperationState.DONE
    assert in_nova() == {f"{site.project}-ops": _FIRST}


def test_another_key_takes_a_new_key_pair(site: Any, user: Any, in_nova: Any) -> None:
    """Update: the plan says that the old one is deleted, and it is."""
    site.apply(site.manifest(landing_zone=_zone({"name": "desk", "publicKey": _FIRST, "user": user.name})))
    city = site.manifest(landing_zone=_zone({"name": "desk", "publicKey": _SECOND, "user": user.name}))
    (action,) = site.plan(city).actions
    assert action.destructive
    assert "deleted and made anew" in action.reason
    assert site.apply(city) is OperationState.DONE
    assert in_nova(user) == {"desk": _SECOND}


def test_key_pairs_go_when_they_are_to_be_absent(site: Any, user: Any, in_nova: Any) -> None:
    """Delete: Tenantry's own and a user's, and nothing else of theirs."""
    own, desk = {"name": "ops", "publicKey": _FIRST}, {"name": "desk", "publicKey": _SECOND, "user": user.name}
    site.apply(site.manifest(landing_zone=_zone(own, desk, {**desk, "name": "kept"})))
    absent = site.manifest(landing_zone=_zone({**own, "state": "absent"}, {**desk, "state": "absent"}))
    assert [each.destructive for each in site.plan(absent).actions] == [True, True]
    assert site.apply(absent) is OperationState.DONE
    assert (in_nova(), in_nova(user)) == ({}, {"kept": _SECOND})
    assert not site.plan(absent).actions


def test_a_user_whom_nobody_knows_is_refused(site: Any) -> None:
    """Before anything is made."""
    city = site.manifest(landing_zone=_zone({"name": "desk", "publicKey": _FIRST, "user": "nobody-knows"}))
    assert ["has no user nobody-knows" in each.message for each in site.plan(city).refusals] == [True]


def test_key_pairs_beyond_a_users_quota_fail_in_novas_words(site: Any, user: Any, in_nova: Any, sdk: Any) -> None:
    """And the next apply makes them, once there is room."""
    limit = sdk.compute.get(f"/os-quota-sets/{sdk.current_project_id}/defaults").json()["quota_set"]["key_pairs"]
    for number in range(limit):
        body = {"keypair": {"name": f"n{number}", "public_key": _SECOND, "user_id": user.id}}
        assert sdk.compute.post("/os-keypairs", json=body, microversion=_MICROVERSION).ok
    city = site.manifest(landing_zone=_zone({"name": "desk", "publicKey": _FIRST, "user": user.name}))
    assert site.apply(city) is OperationState.FAILED
    assert "Quota exceeded, too many key pairs" in site.failures["key-pair/desk"].message
    sdk.compute.delete("/os-keypairs/n0", params={"user_id": user.id}, microversion=_MICROVERSION)
    assert site.apply(city) is OperationState.DONE
