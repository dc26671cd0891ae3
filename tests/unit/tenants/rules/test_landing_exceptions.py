"""A level that a zone does not take may be there by exception, with a reason that everybody reads."""

from typing import Any


def test_exception_makes_a_wrong_zone_a_warning(manifests: Any) -> None:
    """At the exception, with the reason."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: internet\n      zoneException: 国家平台要求")
    problem = changed.problem()
    assert problem.location == changed.place("tenant.yaml", "国家平台要求")
    assert str(problem).endswith(
        'warning: spec.projects[0].zoneException: the zone "internet" may hold level 1, 2, not level 3; '
        "the reason given: 国家平台要求 (level 3 may be in: extranet)"
    )
    (project,) = changed.city().tenants["market-regulation"].projects
    assert project.zone_exception == "国家平台要求"


def test_exception_that_no_zone_needs_is_doubtful(manifests: Any) -> None:
    """Or it would still stand there when the level changes."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: extranet\n      zoneException: x")
    assert str(changed.problem()).endswith(
        'warning: spec.projects[0].zoneException: the zone "extranet" may hold level 3: nothing needs an exception (leave it out)'
    )
