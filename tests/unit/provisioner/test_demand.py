"""What does not fit a project's quota is told with the numbers, before anything is made."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.demand import Demand, shortfalls
from provisioner.objects import KindName
from provisioner.plan import Refusal
from tenants.names import ApplicationName
from tenants.resources import Limit
from tenants.spec import KeptRoom
from tenants.wave import WaveName

_PORT, _GROUP, _RULE = "network/port", "network/security_group", "network/security_group_rule"


@pytest.fixture(scope="session")
def lacking(build: Any) -> Callable[..., list[Refusal]]:
    """What does not fit, of changes that each ask for amounts by resource: `{"web-1": {"network/port": 1}}`."""

    def find(asked: Any, changes: Mapping[str, Mapping[str, int]]) -> list[Refusal]:
        demands = [
            Demand(
                address=asked.address(KindName("port"), key),
                amounts={build.resource(text): amount for text, amount in amounts.items()},
            )
            for key, amounts in changes.items()
        ]
        return list(shortfalls(asked, demands))

    return find


def _seen(build: Any, readings: Mapping[str, tuple[int, ...]], **project: Any) -> Any:
    return build.asked(build.project(**project), build.view(readings=readings))


def test_what_fits_is_no_matter(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """Up to the last one."""
    assert lacking(_seen(build, {_PORT: (5, 3, 1)}), {"web-1": {_PORT: 1}}) == []


def test_what_does_not_fit_is_told_with_the_numbers(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """What is asked for and by whom, the limit, what is in use and reserved, and what it would take."""
    (refusal,) = lacking(_seen(build, {_PORT: (5, 3, 1)}), {"web-1": {_PORT: 1}, "web-2": {_PORT: 1}})
    assert (refusal.address.key, refusal.resource) == ("web-1", build.resource(_PORT))
    assert "2 more of network/port is asked for (port web-1 1, port web-2 1), and of 5 there are 4 in use" in (
        refusal.message
    )
    assert "raise the limit of port to at least 6" in refusal.remedy


def test_what_migrations_keep_is_not_to_be_had(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """Up to the last one; whoever is refused is told which keep how much."""
    kept = (
        KeptRoom(
            wave=WaveName("spring"),
            application=ApplicationName("registration"),
            amounts={build.resource(_PORT): 2, build.resource(_GROUP): 1},
        ),
    )
    asked = _seen(build, {_PORT: (6, 3)}, kept_rooms=kept)
    assert lacking(asked, {"web-1": {_PORT: 1}}) == []
    (refusal,) = lacking(asked, {"web-1": {_PORT: 1}, "web-2": {_PORT: 1}})
    assert refusal.message.endswith(
        "and of 6 there are 3 in use and 2 kept for migrations, spring/registration 2 by wave/application"
    )
    assert refusal.remedy == (
        "raise the limit of port to at least 7, ask for less, free some, or wait until these have ended"
    )


def test_amounts_have_their_units(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """As people write them."""
    asked = _seen(build, {"block-storage/gigabytes": (100, 90)})
    (refusal,) = lacking(asked, {"data": {"block-storage/gigabytes": 20}})
    assert "20GiB more" in refusal.message
    assert "110GiB" in refusal.remedy


@pytest.mark.parametrize(("changes", "keys"), [({"less": -2}, []), ({"less": -2, "more": 1}, ["more"])])
def test_what_is_given_back_helps_no_other(
    build: Any, lacking: Callable[..., list[Refusal]], changes: Mapping[str, int], keys: list[str]
) -> None:
    """It may come too late; by itself it is never refused, however much is in use."""
    refusals = lacking(_seen(build, {_PORT: (5, 9)}), {key: {_PORT: amount} for key, amount in changes.items()})
    assert [each.address.key for each in refusals] == keys


def test_many_changes_are_told_shortly(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """Five by name."""
    (refusal,) = lacking(_seen(build, {_PORT: (5, 0)}), {f"web-{number}": {_PORT: 1} for number in range(8)})
    assert "8 more" in refusal.message
    assert "port web-4 1 and 3 more)" in refusal.message


def test_each_resource_is_refused_by_itself(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """One server may lack several."""
    asked = _seen(build, {"compute/cores": (1, 1), "compute/ram": (512, 512), "compute/instances": (9, 0)})
    found = lacking(asked, {"web": {"compute/cores": 1, "compute/ram": 512, "compute/instances": 1}})
    assert [each.resource and each.resource.name for each in found] == ["cores", "ram"]


def test_the_limit_is_that_of_the_manifest(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """The same plan raises it before anything is made."""
    assert lacking(_seen(build, {_PORT: (5, 5)}, limits={_PORT: 6}), {"web": {_PORT: 1}}) == []
    assert len(lacking(_seen(build, {_PORT: (9, 5)}, limits={_PORT: 5}), {"web": {_PORT: 1}})) == 1


def test_unlimited_is_never_too_little(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """-1."""
    assert lacking(_seen(build, {_PORT: (-1, 5)}), {"web": {_PORT: 10**6}}) == []


def test_a_new_project_has_the_clouds_defaults(build: Any, lacking: Callable[..., list[Refusal]]) -> None:
    """Unless its manifest gives it others."""
    capabilities = build.capabilities(defaults={build.resource(_PORT): Limit(1)})
    new = build.asked(build.project(), capabilities=capabilities)
    limited = build.asked(build.project(limits={_PORT: 2}), capabilities=capabilities)
    assert len(lacking(new, {"web": {_PORT: 2}})) == 1
    assert lacking(limited, {"web": {_PORT: 2}}) == []


def test_what_nobody_knows_the_limit_of_is_left_to_the_service(
    build: Any, lacking: Callable[..., list[Refusal]]
) -> None:
    """It refuses by itself."""
    assert lacking(build.asked(build.project()), {"web": {_PORT: 99}}) == []
    assert lacking(_seen(build, {}), {"web": {_PORT: 99}}) == []


@pytest.mark.parametrize("readings", [{_GROUP: (2, 0), _RULE: (6, 0)}, {_GROUP: (2, 1), _RULE: (6, 4)}])
def test_the_default_group_is_counted_before_it_is_there(
    build: Any, lacking: Callable[..., list[Refusal]], readings: Any
) -> None:
    """Neutron makes it with the first network, port or group, and its four rules with it."""
    asked = _seen(build, readings)
    assert lacking(asked, {"web": {_GROUP: 1, _RULE: 2}}) == []
    assert [each.resource and each.resource.name for each in lacking(asked, {"web": {_GROUP: 2, _RULE: 3}})] == [
        "security_group",
        "security_group_rule",
    ]


@given(
    limit=st.integers(min_value=0, max_value=50),
    amounts=st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=6),
)
def test_only_the_sum_counts(build: Any, lacking: Callable[..., list[Refusal]], limit: int, amounts: list[int]) -> None:
    """However it is spread over changes."""
    found = lacking(
        _seen(build, {_PORT: (limit, 7)}),
        {f"web-{number}": {_PORT: amount} for number, amount in enumerate(amounts)},
    )
    assert bool(found) is (7 + sum(amounts) > limit)
