"""The diff finds just the way from one world to another, and never looks beyond what is asked for."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.diff import Change, Verb, diff, patched
from provisioner.objects import Address, Desired, KindName, Observed, Properties
from tenants.names import CloudName, ProjectName, TenantName
from tenants.presence import Presence


def _address(project: str, key: str = "") -> Address:
    return Address(
        cloud=CloudName("city"),
        tenant=TenantName("market"),
        project=ProjectName(project),
        kind=KindName("quota"),
        key=key,
    )


_addresses = st.builds(_address, st.sampled_from("abcd"), st.sampled_from(["", "compute", "网络"]))
#: None is how a change shows a property that was not there, so nobody asks for it.
_values = st.one_of(st.integers(-1, 2**62), st.text(max_size=3), st.booleans())
_properties = st.dictionaries(st.sampled_from(["cores", "ram", "enabled", "名称"]), _values)
_worlds = st.dictionaries(_addresses, _properties, max_size=8)


def _asking_for(world: Mapping[Address, Properties]) -> list[Desired]:
    return [Desired(address=address, properties=properties) for address, properties in world.items()]


def _absent(address: Address) -> Desired:
    return Desired(address=address, presence=Presence.ABSENT)


def _holds(world: Observed, asked: Mapping[Address, Properties]) -> bool:
    return all(address in world and asked[address].items() <= world[address].items() for address in asked)


@given(_worlds, _worlds)
def test_a_patched_world_is_as_asked(before: Observed, asked: Observed) -> None:
    """After the changes, everything asked for is there with its values."""
    assert _holds(patched(before, diff(_asking_for(asked), before)), asked)


@given(_worlds, _worlds)
def test_a_patched_world_is_the_world_asked_for_in_full(before: Observed, asked: Observed) -> None:
    """Where all that exists is spoken of, by value or as absent, the changes lead to just the world that is asked for."""
    full = {address: {**before.get(address, {}), **asked[address]} for address in asked}
    desired = [*_asking_for(full), *(_absent(address) for address in before if address not in full)]
    assert patched(before, diff(desired, before)) == full


@given(_worlds, _worlds)
def test_the_second_diff_is_empty(before: Observed, asked: Observed) -> None:
    """Once the changes are made there is nothing left to change."""
    desired = _asking_for(asked)
    assert diff(desired, patched(before, diff(desired, before))) == ()


@given(_worlds, _worlds)
def test_what_nobody_named_is_left_alone(before: Observed, asked: Observed) -> None:
    """Objects and properties that are not asked for keep their values."""
    after = patched(before, diff(_asking_for(asked), before))
    unasked = {
        (address, name): value
        for address, properties in before.items()
        for name, value in properties.items()
        if name not in asked.get(address, {})
    }
    assert {(address, name): after[address][name] for address, name in unasked} == unasked


@given(_worlds, _worlds, st.randoms(use_true_random=False))
def test_the_order_of_asking_is_irrelevant(before: Observed, asked: Observed, random: Random) -> None:
    """The changes are in the order of their addresses, whatever order the wishes came in."""
    shuffled = _asking_for(asked)
    random.shuffle(shuffled)
    assert diff(shuffled, before) == diff(_asking_for(asked), before)


@given(_worlds, _worlds)
def test_a_change_shows_only_what_changes(before: Observed, asked: Observed) -> None:
    """No property stands in a change with the same value before and after."""
    for change in diff(_asking_for(asked), before):
        assert all(change.before.get(name) != value for name, value in change.after.items())


def test_an_object_that_is_missing_is_created_with_its_initial_values() -> None:
    """What is given once, at birth, stands beside what is compared."""
    desired = Desired(address=_address("a"), properties={"enabled": True}, initial={"name": "a"})
    assert diff([desired], {}) == (
        Change(address=_address("a"), verb=Verb.CREATE, before={}, after={"name": "a", "enabled": True}),
    )


def test_an_asked_value_wins_over_an_initial_one() -> None:
    """A description that the manifest names is the one that a new project gets."""
    desired = Desired(address=_address("a"), properties={"description": "asked"}, initial={"description": "made up"})
    (change,) = diff([desired], {})
    assert change.after == {"description": "asked"}


def test_initial_values_are_not_looked_at_again() -> None:
    """An object that exists is not held to what it would have been given at birth."""
    desired = Desired(address=_address("a"), initial={"description": "made up"})
    assert diff([desired], {_address("a"): {"description": "written by its owner"}}) == ()


def test_a_property_that_was_not_seen_counts_as_different() -> None:
    """Asked for and not read: the change says so with None before."""
    (change,) = diff(_asking_for({_address("a"): {"cores": 0}}), {_address("a"): {}})
    assert (change.verb, change.before, change.after) == (Verb.UPDATE, {"cores": None}, {"cores": 0})


def test_what_is_absent_already_is_no_change() -> None:
    """Asking for absence of what is not there asks for nothing."""
    assert diff([_absent(_address("a"))], {}) == ()


def test_absence_deletes_and_shows_what_is_lost() -> None:
    """Deletion is asked for by name, and carries everything that was there."""
    (change,) = diff([_absent(_address("a"))], {_address("a"): {"cores": 4}, _address("b"): {}})
    assert (change.verb, change.address, change.before) == (Verb.DELETE, _address("a"), {"cores": 4})


@pytest.mark.parametrize(("asked", "there"), [(0, -1), (-1, 0), (2**62, 2**62 + 1), ("", "x"), (True, False)])
def test_values_differ_exactly(asked: int | str, there: int | str) -> None:
    """Unlimited, zero, empty and huge values are values like others."""
    assert len(diff(_asking_for({_address("a"): {"it": asked}}), {_address("a"): {"it": there}})) == 1
