"""What projects refer to exists and fits, and each project is held once."""

from typing import Any

import pytest

SECOND = """\
    - name: {name}
      cloud: city
      zone: extranet
      {extra}purpose: 其他
      quota:
        compute: {{cores: 1, ram: 1GiB}}
        block-storage: {{gigabytes: 1, types: {{ssd: {{gigabytes: 1}}}}}}
"""


def check(changed: Any, at: str, text: str) -> None:
    """The one problem stands at the fragment and reads so."""
    problem = changed.problem()
    assert problem.location == changed.place("tenant.yaml", at)
    assert str(problem) == f"{problem.location}: {text}"


def test_unknown_cloud_of_a_project_is_refused(manifests: Any) -> None:
    """With the nearest cloud that there is."""
    changed = manifests.edit("tenant.yaml", "cloud: city", "cloud: citi")
    check(changed, "citi", 'error: spec.projects[0].cloud: no cloud is called "citi" (did you mean "city"?)')


def test_unknown_cloud_of_an_envelope_is_refused_at_its_key(manifests: Any) -> None:
    """An envelope for a cloud that nobody described bounds nothing."""
    changed = manifests.edit("root.yaml", "    city:", "    town:")
    problem = changed.problem()
    assert problem.location == changed.place("root.yaml", "town:")
    assert (problem.path, problem.message, problem.remedy) == (
        "spec.envelope.town",
        'no cloud is called "town"',
        "one of: city",
    )


def test_unknown_zone_is_refused(manifests: Any) -> None:
    """Zones are the cloud's own."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: extrant")
    check(
        changed,
        "extrant",
        'error: spec.projects[0].zone: the cloud "city" has no zone "extrant" (did you mean "extranet"?)',
    )


def test_level_that_the_zone_does_not_allow_is_refused_at_the_zone(manifests: Any) -> None:
    """Where the level is the tenant's, the zone is what the project chose wrongly."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: internet")
    check(
        changed,
        "internet",
        'error: spec.projects[0].zone: the zone "internet" may hold level 1, 2, not level 3 (level 3 may be in: extranet)',
    )


def test_level_that_the_zone_does_not_allow_is_refused_at_the_projects_own_level(manifests: Any) -> None:
    """Where the project says its level itself, that is the place; and where no zone fits, so it is told."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zone: extranet\n      protectionLevel: 4")
    check(
        changed,
        "4\n",
        'error: spec.projects[0].protectionLevel: the zone "extranet" may hold level 2, 3, not level 4 '
        "(no zone of this cloud may)",
    )


@pytest.mark.parametrize("level", [2, 3])
def test_every_level_that_the_zone_names_is_allowed(manifests: Any, level: int) -> None:
    """Exactly the named levels are allowed, no order among them is assumed."""
    assert (
        manifests.edit("tenant.yaml", "zone: extranet", f"zone: extranet\n      protectionLevel: {level}").problems()
        == []
    )


def test_unknown_volume_type_of_a_quota_is_refused_at_its_key(manifests: Any) -> None:
    """A volume type is one of those that the cloud offers."""
    changed = manifests.edit(
        "tenant.yaml", "types: {ssd: {gigabytes: 5TiB}}", "types: {ssd: {gigabytes: 5TiB}, sdd: {volumes: 1}}"
    )
    check(
        changed,
        "sdd",
        "error: spec.projects[0].quota.block-storage.types.sdd: "
        'the cloud "city" offers no volume type "sdd" (did you mean "ssd"?)',
    )


def test_unknown_volume_type_of_an_envelope_is_refused(manifests: Any) -> None:
    """Envelopes name volume types as quotas do."""
    changed = manifests.edit(
        "tenant.yaml",
        "types: {ssd: {gigabytes: 10TiB}}",
        "types: {ssd: {gigabytes: 10TiB}, tape: {volumes: unlimited}}",
    )
    check(
        changed,
        "tape",
        'error: spec.envelope.city.block-storage.types.tape: the cloud "city" offers no volume type "tape" '
        "(one of: ssd, standard)",
    )


def test_project_that_ends_before_it_begins_is_refused(manifests: Any) -> None:
    """The end is what is to be mended."""
    changed = manifests.edit("tenant.yaml", "validUntil: 2027-12-31", "validUntil: 2025-12-31")
    check(
        changed,
        "2025-12-31",
        "error: spec.projects[0].validUntil: ends on 2025-12-31, before it begins on 2026-01-01 "
        "(name a later day, or leave it out if it is permanent)",
    )


def test_project_may_last_one_day(manifests: Any) -> None:
    """Both days are days of use."""
    assert manifests.edit("tenant.yaml", "validUntil: 2027-12-31", "validUntil: 2026-01-01").problems() == []


def add_project(manifests: Any, name: str, extra: str = "") -> Any:
    """The department with a second project, which stands last in the file."""
    text = manifests.files["tenant.yaml"] + SECOND.format(name=name, extra=extra)
    return manifests.add("tenant.yaml", text)


def test_project_name_twice_in_a_tenant_is_refused_once(manifests: Any) -> None:
    """The same name is the same project in Keystone as well, but one mistake is told once."""
    changed = add_project(manifests, "registration")
    problem = changed.problem()
    assert (problem.location.line, problem.path) == (30, "spec.projects[1].name")
    assert problem.message == '"registration" stands here a second time; the first is on line 16'
    assert problem.remedy == "give each a name of its own"


def test_project_held_twice_by_one_tenant_is_refused(manifests: Any) -> None:
    """Another name in the manifest does not make another project of the same one in Keystone."""
    changed = add_project(manifests, "second", "projectName: market-regulation-registration\n      ")
    check(
        changed,
        "market-regulation-registration",
        'error: spec.projects[1].projectName: the project "market-regulation-registration" of the cloud "city" is held '
        "already, at tenant.yaml:16:13 (let one tenant hold it, or give it a projectName of its own)",
    )


def test_project_held_by_two_tenants_is_refused(manifests: Any) -> None:
    """`a-b` with `c` and `a` with `b-c` are one name in Keystone."""
    other = (
        manifests.files["tenant.yaml"]
        .replace("name: market-regulation\n", "name: market\n")
        .replace("name: registration", "name: regulation-registration")
    )
    changed = manifests.add("x.yaml", other)
    problem = changed.problem()
    assert problem.location == changed.place("x.yaml", "regulation-registration\n")
    assert problem.message.endswith(
        '"market-regulation-registration" of the cloud "city" is held already, at tenant.yaml:16:13'
    )


def test_same_name_in_another_cloud_is_another_project(manifests: Any) -> None:
    """Clouds have Keystones of their own."""
    other = manifests.files["cloud.yaml"].replace("name: city", "name: other").replace("municipal-cloud", "other-cloud")
    changed = add_project(
        manifests.add("other.yaml", other), "second", "projectName: market-regulation-registration\n      "
    )
    text = changed.files["tenant.yaml"].replace(
        "    - name: second\n      cloud: city", "    - name: second\n      cloud: other"
    )
    assert [each.severity for each in changed.add("tenant.yaml", text).validation().problems] == ["warning"]


@pytest.mark.parametrize(("length", "right"), [(46, True), (47, False)])
def test_name_in_keystone_has_room(manifests: Any, length: int, right: bool) -> None:  # noqa: FBT001
    """Keystone holds 64 characters; the tenant's name and a hyphen count."""
    name = "r" * length
    changed = manifests.edit("tenant.yaml", "name: registration", f"name: {name}")
    if right:
        assert changed.problems() == []
        return
    check(
        changed,
        name,
        f'error: spec.projects[0].name: the name in Keystone, "market-regulation-{name}", has 65 characters of 64 at most '
        "(give it a shorter projectName)",
    )


def test_member_both_present_and_absent_is_refused(manifests: Any) -> None:
    """The same principal with the same role cannot be wanted and unwanted."""
    old = "- {group: market-regulation-ops, role: member}\n"
    changed = manifests.edit(
        "tenant.yaml", old, old + "        - {group: market-regulation-ops, role: member, state: absent}\n"
    )
    check(
        changed,
        "{group: market-regulation-ops, role: member, state",
        'error: spec.projects[0].members[1]: the group "market-regulation-ops" as member is to be both present and absent '
        "(decide for one of them)",
    )


def test_member_named_twice_is_pointed_out(manifests: Any) -> None:
    """Repeating oneself is not an error."""
    old = "- {group: market-regulation-ops, role: member}\n"
    changed = manifests.edit(
        "tenant.yaml", old, old + "        - {group: market-regulation-ops, role: member, state: present}\n"
    )
    check(
        changed,
        "{group: market-regulation-ops, role: member, state",
        'warning: spec.projects[0].members[1]: names the group "market-regulation-ops" as member a second time '
        "(leave one of them)",
    )


@pytest.mark.parametrize(
    "other",
    [
        "{user: market-regulation-ops, role: member, state: absent}",
        "{group: market-regulation-ops, role: reader, state: absent}",
        "{group: others, role: member, state: absent}",
    ],
)
def test_members_differ_by_kind_name_and_role(manifests: Any, other: str) -> None:
    """A user is no group, and one role is not another."""
    old = "- {group: market-regulation-ops, role: member}\n"
    assert manifests.edit("tenant.yaml", old, f"{old}        - {other}\n").problems() == []


@pytest.mark.parametrize(("whole", "right"), [("5TiB", True), ("5119", False), ("unlimited", True)])
def test_limit_of_a_type_above_that_of_all_types_is_pointed_out(manifests: Any, whole: str, right: bool) -> None:  # noqa: FBT001
    """Cinder enforces both, so the smaller one always comes first."""
    changed = manifests.edit("tenant.yaml", "gigabytes: 20TiB", f"gigabytes: {whole}")
    changed = changed.edit("tenant.yaml", "block-storage: {gigabytes: 100TiB,", "block-storage: {")
    if right:
        assert changed.problems() == []
        return
    check(
        changed,
        "5TiB",
        "warning: spec.projects[0].quota.block-storage.types.ssd.gigabytes: is more than the gigabytes of all types "
        "(raise those too)",
    )


def test_projects_in_no_readable_cloud_are_not_held_twice(manifests: Any) -> None:
    """A cloud that cannot be read is not the same as another that cannot."""
    changed = add_project(
        manifests.edit("tenant.yaml", "cloud: city", "cloud: CITY"),
        "second",
        "projectName: market-regulation-registration\n      ",
    )
    changed = changed.edit("tenant.yaml", "- name: second\n      cloud: city", "- name: second\n      cloud: CITY")
    assert [each.path for each in changed.validation().problems] == ["spec.projects[0].cloud", "spec.projects[1].cloud"]


def test_projects_of_tenants_without_a_readable_name_are_not_held_twice(manifests: Any) -> None:
    """Their names in Keystone are not known."""
    broken = manifests.files["tenant.yaml"].replace("name: market-regulation\n", "name: Market\n")
    changed = manifests.add("tenant.yaml", broken).add("z.yaml", broken)
    assert [each.path for each in changed.validation().problems] == ["metadata.name", "metadata.name"]
