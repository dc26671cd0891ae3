"""Applications live in a project of a tenant, at a level that both allow."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "case",
    [
        (
            "owner: market-regulation",
            "owner: market-regulatoin",
            'spec.owner: no tenant is called "market-regulatoin" (did you mean "market-regulation"?)',
        ),
        (
            "project: registration",
            "project: registrations",
            'spec.project: the tenant "market-regulation" has no project "registrations" (did you mean "registration"?)',
        ),
        (
            "protectionLevel: 3",
            "protectionLevel: 4",
            (
                'spec.protectionLevel: level 4 is above that of the project "registration", 3 '
                "(write 3 at most, or raise the project's)"
            ),
        ),
        (
            "protectionLevel: 3",
            "system: SCJG-001",
            'spec.system: the project "registration" serves no system "SCJG-001" (name it in the project\'s systems first)',
        ),
        (
            "protectionLevel: 3",
            "protectionLevel: 1",
            (
                'spec.protectionLevel: the zone "extranet" of its project may hold level 2, 3, not level 1 '
                "(leave it out: then it is the project's)"
            ),
        ),
    ],
)
def test_place_that_does_not_fit_is_refused(change: Any, check: Any, case: tuple[str, str, str]) -> None:
    """At the word that is wrong, with what would be right."""
    old, new, text = case
    check(change(old, new), new.split(": ")[1] + "\n  ", f"error: {text}")


def test_an_application_is_of_a_system_of_its_project(city: Any, check: Any) -> None:
    """One that its project's manifest names; the nearest is proposed for one that it does not."""
    systems = "purpose: 商事登记\n      systems: [{code: SCJG-001, name: 商事登记系统}, {code: SCJG-002, name: 信用}]\n      quota"
    served = city.edit("tenant.yaml", "purpose: 商事登记\n      quota", systems)
    right = served.edit("apps/registration.yaml", "protectionLevel: 3", "system: SCJG-001")
    assert right.city().applications["registration"].system == "SCJG-001"
    wrong = served.edit("apps/registration.yaml", "protectionLevel: 3", "system: SCJG-003")
    text = 'error: spec.system: the project "registration" serves no system "SCJG-003"'
    assert text in str(wrong.problem())


def test_lower_level_that_the_zone_allows_is_right(change: Any) -> None:
    """A project may hold systems of several levels."""
    assert change("protectionLevel: 3", "protectionLevel: 2").problems() == []


def test_application_of_a_tenant_that_cannot_be_read_is_not_blamed(city: Any) -> None:
    """The tenant exists, and its projects may as well."""
    broken = city.add("tenant.yaml", city.files["tenant.yaml"] + "  nonsense: [\n")
    assert {each.location.file for each in broken.validation().problems} == {"tenant.yaml"}


def test_application_that_is_only_described_is_not_taken_away(change: Any, check: Any) -> None:
    """Nothing would come of it."""
    said = "error: spec.state: what is only described is never taken away (write manage: full, or leave state out)"
    check(change("spec:\n", "spec:\n  manage: observe\n  state: absent\n"), "absent", said)


def retired(city: Any) -> Any:
    """The city with the second project given back, where an application without anything is."""
    changed = city.edit(
        "tenant.yaml", "purpose: 其他, quota: {compute: {cores: 1, ram: 1GiB}}", "purpose: 其他, state: retired"
    )
    text = 'apiVersion: tenantry/v1\nkind: Application\nmetadata: {name: old, displayName: "旧"}\n'
    return changed.add("old.yaml", text + "spec: {owner: market-regulation, project: second}\n")


def test_retired_project_with_an_application_is_refused(city: Any) -> None:
    """Nothing of a retired project is applied, so the application would only seem to be managed."""
    problem = retired(city).problem()
    assert (problem.location.file, problem.path) == ("old.yaml", "spec.project")
    assert problem.message == 'the project "second" is retired, and can hold no application'
    assert problem.remedy == "take it away first, by state: absent while the project is active"


def test_absent_application_of_a_retired_project_is_pointed_out(city: Any) -> None:
    """It is not taken away any more."""
    problem = retired(city).edit("old.yaml", "project: second", "project: second, state: absent").problem()
    assert problem.message == "the applications of a retired project are not applied: what is there stays as it is"
