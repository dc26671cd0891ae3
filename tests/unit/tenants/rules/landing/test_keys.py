"""Key pairs have names that Nova takes, and one key each."""

from collections.abc import Callable
from typing import Any

import pytest

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJm"


def pair(name: str, key: str = ED25519, user: str = "") -> str:
    """A landing zone with one key pair."""
    return f'{{keyPairs: [{{name: {name}, publicKey: "{key}"{f", user: {user}" if user else ""}}}]}}'


def named(changed: Any, name: str) -> Any:
    """The first project under another name in Keystone."""
    return changed.edit("tenant.yaml", "      purpose: 商事登记", f"      projectName: {name}\n      purpose: 商事登记")


def test_chinese_project_name_cannot_begin_a_key_pairs_name(landing: Callable[..., Any]) -> None:
    """Nova takes Latin letters only; a user's key pair has no project in its name."""
    problem = named(landing(pair("ops")), "市监局-商事登记").problem()
    assert problem.path == "spec.projects[0].landingZone.keyPairs[0].name"
    assert problem.message == (
        'the name in Nova would be "市监局-商事登记-ops", but Nova takes Latin letters, digits, spaces and _ - @ . only'
    )
    assert problem.remedy == "name the user whose key pair it is: then the name stands alone"
    assert named(landing(pair("ops", user="li-wei")), "市监局-商事登记").problems() == []


@pytest.mark.parametrize(("length", "right"), [(224, True), (225, False)])
def test_name_in_nova_is_bounded(landing: Callable[..., Any], length: int, right: bool) -> None:  # noqa: FBT001
    """`market-regulation-registration-` is 31 characters of it."""
    said = landing(pair("k" * length)).problems()
    assert [("has 256 characters of 255 at most" in each) for each in said] == [True] * (not right)


def test_user_has_one_key_under_a_name(landing: Callable[..., Any], district: Callable[..., Any]) -> None:
    """In one cloud, by whatever projects; the comment is no part of the key."""
    first = pair("ops", user="li-wei")
    problem = landing(first, pair("ops", OTHER, "li-wei")).problem()
    assert problem.path == "spec.projects[1].landingZone.keyPairs[0].publicKey"
    assert problem.message.startswith('the key pair "ops" has another key at tenant.yaml:')
    assert landing(first, pair("ops", f"{ED25519} other comment", "li-wei")).problems() == []
    assert district(first, pair("ops", OTHER, "li-wei")).problems() == []


def test_projects_have_key_pairs_of_their_own(landing: Callable[..., Any]) -> None:
    """Where no user is named, the project's name keeps them apart."""
    assert landing(pair("ops"), pair("ops", OTHER)).problems() == []


def test_name_that_stands_twice_is_told_once(landing: Callable[..., Any]) -> None:
    """By the list."""
    two = f'{{keyPairs: [{{name: a, publicKey: "{ED25519}"}}, {{name: a, publicKey: "{OTHER}"}}]}}'
    assert landing(two).problem().remedy == "give each a name of its own"
