"""Nobody asks for more than is allowed, and everybody knows what nothing bounds."""

from typing import Any

import pytest


def check(changed: Any, file: str, at: str, text: str) -> None:
    """The one problem stands at the fragment and reads so."""
    problem = changed.problem()
    assert problem.location == changed.place(file, at)
    assert str(problem) == f"{problem.location}: {text}"


def test_asking_for_all_of_an_envelope_is_right(manifests: Any) -> None:
    """An envelope may be filled to the last unit."""
    assert manifests.edit("tenant.yaml", "cores: 160", "cores: 800").problems() == []


def test_asking_for_more_than_an_envelope_is_refused_there(manifests: Any) -> None:
    """With how much is asked, allowed and too much, and who asks for most."""
    changed = manifests.edit("tenant.yaml", "cores: 160", "cores: 801")
    check(
        changed,
        "tenant.yaml",
        "800,",
        "error: spec.envelope.city.compute.cores: the projects of this tenant and those below ask for 801 of 800, "
        "1 too much: market-regulation/registration 801 (raise the envelope, or ask for less)",
    )


def test_sizes_are_told_as_sizes(manifests: Any) -> None:
    """People read TiB."""
    changed = manifests.edit("tenant.yaml", "{ssd: {gigabytes: 5TiB}}", "{ssd: {gigabytes: 11TiB}}")
    check(
        changed,
        "tenant.yaml",
        "10TiB",
        "error: spec.envelope.city.block-storage.types.ssd.gigabytes: the projects of this tenant and those below ask "
        "for 11TiB of 10TiB, 1TiB too much: market-regulation/registration 11TiB (raise the envelope, or ask for less)",
    )


def test_what_is_below_counts_at_every_envelope_above(manifests: Any) -> None:
    """The root is full although every department is within its own envelope."""
    other = (
        manifests.files["tenant.yaml"]
        .replace("name: market-regulation\n", "name: finance\n")
        .replace("cores: 160", "cores: 800")
        .replace("name: registration", "name: budget")
    )
    changed = manifests.edit("tenant.yaml", "cores: 160", "cores: 201").add("other.yaml", other)
    check(
        changed,
        "root.yaml",
        "1000",
        "error: spec.envelope.city.compute.cores: the projects of this tenant and those below ask for 1001 of 1000, "
        "1 too much: finance/budget 800, market-regulation/registration 201 (raise the envelope, or ask for less)",
    )


def test_retired_projects_count_for_nothing(manifests: Any) -> None:
    """A project that is given back leaves its share to others."""
    changed = manifests.edit("tenant.yaml", "cores: 160", "cores: 5000").edit(
        "tenant.yaml", "zone: extranet\n", "zone: extranet\n      state: retired\n"
    )
    assert [each.severity for each in changed.validation().problems] == ["warning"]


def test_unlimited_under_a_finite_envelope_is_refused_at_the_quota(manifests: Any) -> None:
    """The nearest envelope is named, with what it would allow."""
    changed = manifests.edit("tenant.yaml", "cores: 160", "cores: unlimited")
    check(
        changed,
        "tenant.yaml",
        "unlimited",
        'error: spec.projects[0].quota.compute.cores: unlimited cannot be within the envelope of "market-regulation", 800 '
        "(write an amount of 800 at most)",
    )


def test_unlimited_is_right_where_nothing_bounds_it(manifests: Any) -> None:
    """Neither an absent envelope nor an unlimited one bounds anything."""
    assert manifests.edit("tenant.yaml", "port: 200", "port: unlimited").problems() == []
    changed = manifests.edit("tenant.yaml", "ram: 3TiB", "ram: unlimited").edit(
        "tenant.yaml", "ram: 640GiB", "ram: unlimited"
    )
    assert changed.problems() == []


def test_quota_that_leaves_out_what_is_bounded_is_pointed_out(manifests: Any) -> None:
    """The cloud's defaults are not counted, so they should not decide."""
    changed = manifests.edit("tenant.yaml", "cores: 160, ram: 640GiB", "ram: 640GiB")
    check(
        changed,
        "tenant.yaml",
        "quota:",
        "warning: spec.projects[0].quota: leaves open what an envelope bounds: compute/cores "
        "(name them; until then, what the cloud has counts)",
    )


def test_wrong_quota_is_not_said_to_be_left_out(manifests: Any) -> None:
    """One mistake is told once."""
    changed = manifests.edit("tenant.yaml", "cores: 160", "cores: many")
    assert changed.problem().path == "spec.projects[0].quota.compute.cores"


def test_cloud_that_no_envelope_speaks_of_is_pointed_out(manifests: Any) -> None:
    """Without an envelope anywhere on the way up, nothing bounds what is asked for."""
    lines = manifests.files["tenant.yaml"].split("\n")
    without = "\n".join(lines[:10] + lines[14:])
    changed = manifests.add("tenant.yaml", without).edit(
        "root.yaml", "  envelope:\n    city: {compute: {cores: 1000}}\n", ""
    )
    check(
        changed,
        "tenant.yaml",
        "city\n",
        'warning: spec.projects[0].cloud: no envelope of this tenant or those above speaks of the cloud "city" '
        "(without one, nothing bounds what is asked for)",
    )


@pytest.mark.parametrize(("cores", "right"), [("1000", True), ("1001", False)])
def test_envelope_larger_than_the_one_above_is_pointed_out(manifests: Any, cores: str, right: bool) -> None:  # noqa: FBT001
    """It can never be filled."""
    changed = manifests.edit("tenant.yaml", "{cores: 800,", f"{{cores: {cores},")
    if right:
        assert changed.problems() == []
        return
    check(
        changed,
        "tenant.yaml",
        "1001",
        'warning: spec.envelope.city.compute.cores: is more than the envelope above it, of "shenzhen": 1000 '
        "(it can never be filled)",
    )


def test_circle_does_not_confuse_envelopes(manifests: Any) -> None:
    """Tenants in a circle are bounded by their own envelopes, and only the circle is told."""
    changed = manifests.edit("root.yaml", "spec:\n", "spec:\n  parent: market-regulation\n")
    assert (
        changed.problem().message
        == "a tenant would stand above itself: market-regulation → shenzhen → market-regulation"
    )


def test_envelope_of_zero_bounds_as_well(manifests: Any) -> None:
    """0 is a bound: unlimited is not within it, and what is left open is pointed out."""
    none = manifests.edit(
        "tenant.yaml",
        "block-storage: {gigabytes: 100TiB",
        "network: {router: 0}\n      block-storage: {gigabytes: 100TiB",
    )
    assert [each.severity for each in none.validation().problems] == ["warning"]
    assert "network/router" in none.problem().message
    unlimited = none.edit("tenant.yaml", "{port: 200}", "{port: 200, router: unlimited}")
    assert unlimited.problem().remedy == "write an amount of 0 at most"
