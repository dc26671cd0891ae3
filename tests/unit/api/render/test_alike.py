"""Numbered members that change alike are told once."""

from typing import Any

import pytest

from api.render.alike import Entry, entries
from provisioner.objects import Value
from provisioner.plan import Action


@pytest.fixture
def servers(build: Any) -> Any:
    """So many new members of `web`, with these further properties."""

    def made(*numbers: int, **more: Value) -> list[Action]:
        return [
            build.action(
                {"flavor": "small", f"port web-{number}-app": True, **more}, kind="server", key=f"web-{number}"
            )
            for number in numbers
        ]

    return made


def _one(found: list[Entry]) -> Entry:
    (entry,) = found
    return entry


def test_three_alike_are_one(servers: Any) -> None:
    """In the order of their numbers, with a star for the number in what they have in common."""
    entry = _one(entries(servers(2, 10, 1)))
    assert list(entry.names) == ["web-1", "web-2", "web-10"]
    assert entry.change.after == {"flavor": "small", "port web-*-app": True}


def test_one_alone_stands_for_itself(servers: Any) -> None:
    """Under its own name."""
    assert _one(entries(servers(1))).change.after == {"flavor": "small", "port web-1-app": True}


def test_what_differs_by_more_than_numbers_stays_apart(build: Any) -> None:
    """`data-1` and `data-2` of different sizes have nothing in common but half a name."""
    volumes = [build.action({"size": size}, kind="volume", key=f"data-{size}") for size in (1, 2)]
    assert [entry.several for entry in entries(volumes)] == [False, False]


def test_addresses_show_the_first_and_the_last(build: Any) -> None:
    """Every member has one of its own."""
    ports = [
        build.action({"address": f"10.20.0.{10 + number}"}, kind="port", key=f"web-{number}-app")
        for number in (1, 2, 3)
    ]
    assert _one(entries(ports)).change.after == {"address": "10.20.0.11 … 10.20.0.13"}


def test_a_name_with_other_numbers_is_read_by_the_member_s(build: Any) -> None:
    """`reg-2024-web-1-app` is the first member, not the 2024th."""
    ports = [build.action({}, kind="port", key=f"reg-2024-web-{number}-app") for number in (1, 2, 3)]
    assert list(_one(entries(ports)).names) == [f"reg-2024-web-{number}-app" for number in (1, 2, 3)]


def test_members_that_differ_in_kind_of_change_stay_apart(servers: Any) -> None:
    """One with a further property is no longer like the others."""
    found = entries([*servers(1, 2, 3), *servers(4, keyPair="ops")])
    assert [len(entry.actions) for entry in found] == [3, 1]


def test_what_is_destructive_is_seen_whole(build: Any) -> None:
    """Every one on its own line."""
    actions = [
        build.action({"flavor": "b"}, {"flavor": "a"}, kind="server", key=f"web-{n}", destructive=True)
        for n in (1, 2, 3)
    ]
    assert len(entries(actions)) == 3


def test_objects_without_numbers_keep_their_order(build: Any) -> None:
    """Nothing is changed where nothing is alike."""
    actions = [build.action({}, kind="network", key=key) for key in ("b", "a")]
    assert [entry.names for entry in entries(actions)] == [["b"], ["a"]]
