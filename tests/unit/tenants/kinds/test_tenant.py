"""The kind Tenant: what its manifests say, and what they may not say."""

from datetime import date
from typing import Any

import pytest

from tenants.names import CloudName, PrincipalName, ProjectName, RoleName, TenantName, VolumeTypeName, ZoneName
from tenants.presence import Presence
from tenants.resources import Limit, Resource, Service
from tenants.spec import (
    ContactSpec,
    CryptographyAssessment,
    Environment,
    MemberSpec,
    PrincipalKind,
    ProjectSpec,
    ProjectState,
    SystemSpec,
    TenantSpec,
)

CORES = Resource(service=Service.COMPUTE, name="cores")
RAM = Resource(service=Service.COMPUTE, name="ram")
GIGABYTES = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")
SSD = Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("ssd"))


def project_of(manifests: Any) -> ProjectSpec:
    """The one project of the department."""
    (project,) = manifests.city().tenants["market-regulation"].projects
    assert isinstance(project, ProjectSpec)
    return project


def test_tenant_is_read_whole(manifests: Any) -> None:
    """Every part of a manifest becomes what it means, in the services' own units."""
    assert manifests.city().tenants["market-regulation"] == TenantSpec(
        name=TenantName("market-regulation"),
        display_name="市市场监督管理局",
        parent=TenantName("shenzhen"),
        protection_level=3,
        contacts=(ContactSpec(name="王芳", email="wang.fang@example.com", phone="13800000000"),),
        envelopes={
            CloudName("city"): {
                CORES: Limit(800),
                RAM: Limit(3 * 1024 * 1024),
                GIGABYTES: Limit(100 * 1024),
                SSD: Limit(10 * 1024),
            }
        },
        projects=(
            ProjectSpec(
                name=ProjectName("registration"),
                cloud=CloudName("city"),
                keystone_name="market-regulation-registration",
                zone=ZoneName("extranet"),
                site=manifests.city().clouds[CloudName("city")].zones[ZoneName("extranet")],
                description=None,
                purpose="商事登记",
                protection_level=3,
                systems=(SystemSpec(code="SCJG-001", name="商事登记系统"),),
                valid_from=date(2026, 1, 1),
                valid_until=date(2027, 12, 31),
                limits={
                    Resource(service=Service.COMPUTE, name="instances"): Limit(40),
                    CORES: Limit(160),
                    RAM: Limit(640 * 1024),
                    Resource(service=Service.BLOCK_STORAGE, name="volumes"): Limit(80),
                    GIGABYTES: Limit(20 * 1024),
                    SSD: Limit(5 * 1024),
                    Resource(service=Service.NETWORK, name="port"): Limit(200),
                },
                members=(
                    MemberSpec(
                        kind=PrincipalKind.GROUP, name=PrincipalName("market-regulation-ops"), role=RoleName("member")
                    ),
                ),
            ),
        ),
    )


def test_only_what_is_needed_must_be_said(manifests: Any) -> None:
    """The root has no parent, contacts, projects; a project's unsaid parts have their defaults."""
    root = manifests.city().tenants["shenzhen"]
    assert (root.parent, root.contacts, root.projects) == (None, (), ())
    project = project_of(manifests)
    assert (project.environment, project.state) == (Environment.PRODUCTION, ProjectState.ACTIVE)
    assert project.allow_below_usage is False


@pytest.mark.parametrize(
    ("line", "attribute", "expected"),
    [
        ("projectName: scjg-shangshi", "keystone_name", "scjg-shangshi"),
        ("description: 商事登记，由市市场监督管理局管理", "description", "商事登记，由市市场监督管理局管理"),
        ("protectionLevel: 2", "protection_level", 2),
        ("environment: disaster-recovery", "environment", Environment.DISASTER_RECOVERY),
        ("funding: 市商事登记系统升级项目", "funding", "市商事登记系统升级项目"),
        ("goLive: 2026-09-01", "go_live", date(2026, 9, 1)),
        (
            "cryptographyAssessment: {required: true, passedOn: 2026-03-20}",
            "cryptography",
            CryptographyAssessment(required=True, passed_on=date(2026, 3, 20)),
        ),
        ("allowBelowUsage: true", "allow_below_usage", True),
        ("allowBelowUsage: FALSE", "allow_below_usage", False),
    ],
)
def test_projects_optional_parts_are_read(manifests: Any, line: str, attribute: str, expected: object) -> None:
    """What a project may say beyond the usual."""
    changed = manifests.edit("tenant.yaml", "      zone: extranet\n", f"      zone: extranet\n      {line}\n")
    assert getattr(project_of(changed), attribute) == expected


def test_retired_project_is_read_with_a_warning_about_its_quota(manifests: Any) -> None:
    """Giving a project back is not an error, but its quota no longer means anything."""
    changed = manifests.edit("tenant.yaml", "      zone: extranet\n", "      zone: extranet\n      state: retired\n")
    assert project_of(changed).state is ProjectState.RETIRED
    problem = changed.problem()
    assert problem.location == changed.place("tenant.yaml", "quota:")
    assert str(problem).endswith(
        "warning: spec.projects[0].quota: the quota of a retired project is not applied: its limits go down to what it still holds "
        "(leave the quota out)"
    )


def test_member_may_be_a_user_to_be_taken_away(manifests: Any) -> None:
    """Users are named as groups are; absence is said, never implied."""
    changed = manifests.edit(
        "tenant.yaml", "{group: market-regulation-ops, role: member}", "{user: li-wei, role: reader, state: absent}"
    )
    (member,) = project_of(changed).members
    assert (member.kind, member.name, member.role, member.presence) == (
        PrincipalKind.USER,
        "li-wei",
        "reader",
        Presence.ABSENT,
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('description: ""', ""),
        ("description: |\n        第一行\n        第二行", "第一行\n第二行\n"),
        ('description: " \\u200b\\r\\n"', " \u200b\r\n"),
        (f"description: {'长' * 65535}", "长" * 65535),
    ],
)
def test_description_is_any_text(manifests: Any, line: str, expected: str) -> None:
    """What clouds have as descriptions, manifests can say: nothing, paragraphs, and what nobody can see."""
    changed = manifests.edit("tenant.yaml", "      zone: extranet\n", f"      zone: extranet\n      {line}\n")
    assert project_of(changed).description == expected


def test_purpose_may_be_paragraphs(manifests: Any) -> None:
    """Reviewers may be told more than a line."""
    changed = manifests.edit("tenant.yaml", "purpose: 商事登记", "purpose: |\n        商事登记\n        全市统一\n")
    assert project_of(changed).purpose == "商事登记\n全市统一\n"


@pytest.mark.parametrize("name", ["no", "off", "yes", "12:30:00", "2027-12-31", "1.2.3"])
def test_words_that_yaml_once_took_for_something_else_are_text(manifests: Any, name: str) -> None:
    """Where text is meant, `no` is a name and `12:30:00` a text, as in today's YAML."""
    changed = manifests.edit("tenant.yaml", "purpose: 商事登记", f"purpose: {name}")
    assert project_of(changed).purpose == name


#: What is put for what, the fragment that the problem is to stand at, its path behind spec.projects[0], and the problem.
WRONG = [
    ("      zone: extranet\n", "", "name: registration", "zone", "is missing", "add it, such as zone: extranet"),
    ("zone: extranet", "zone: extranet\n      zoen: x", "zoen", "zoen", "is not a key here", 'did you mean "zone"?'),
    (
        "name: registration",
        "name: Registration",
        "Registration",
        "name",
        '"Registration" is not allowed here',
        "lower-case letters, digits and hyphens, 63 at most, beginning and ending with a letter or digit",
    ),
    ("name: registration", f"name: {'r' * 64}", "r" * 64, "name", "has 64 characters", "at most 63"),
    (
        "purpose: 商事登记",
        "purpose: 42",
        "42",
        "purpose",
        '"42" is a number where text is meant',
        'put it in quotes: "42"',
    ),
    (
        "purpose: 商事登记",
        "purpose: 010",
        "010",
        "purpose",
        '"010" is a number where text is meant',
        'put it in quotes: "010"',
    ),
    (
        "purpose: 商事登记",
        "purpose: 0x1F",
        "0x1F",
        "purpose",
        '"0x1F" is a number where text is meant',
        'put it in quotes: "0x1F"',
    ),
    (
        "purpose: 商事登记",
        "purpose: true",
        "true",
        "purpose",
        '"true" is true or false where text is meant',
        'put it in quotes: "true"',
    ),
    ("purpose: 商事登记", "purpose:", "purpose:", "purpose", "has no value", "give it text, or leave the key out"),
    ("purpose: 商事登记", "purpose: [a]", "purpose:", "purpose", "a list stands where text is meant", ""),
    (
        "name: 商事登记系统",
        'name: "x\\u0000y"',
        '"x\\u0000y"',
        "systems[0].name",
        '"x\\x00y" is not allowed here',
        "one line of visible text, without spaces around it",
    ),
    (
        "name: 商事登记系统",
        'name: "x\\ny"',
        '"x\\ny"',
        "systems[0].name",
        '"x\\ny" is not allowed here',
        "one line of visible text, without spaces around it",
    ),
    (
        "name: 商事登记系统",
        "name: ' a'",
        "' a'",
        "systems[0].name",
        '" a" is not allowed here',
        "one line of visible text, without spaces around it",
    ),
    (
        "name: 商事登记系统",
        "name: 'a\u3000'",
        "'a\u3000'",
        "systems[0].name",
        '"a\\u3000" is not allowed here',
        "one line of visible text, without spaces around it",
    ),
    (
        "name: 商事登记系统",
        "name: 系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系",
        "系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系系",
        "systems[0].name",
        "has 256 characters",
        "at most 255",
    ),
    (
        "purpose: 商事登记",
        'purpose: "\\u0000"',
        '"\\u0000"',
        "purpose",
        '"\\x00" is not allowed here',
        "say it in words",
    ),
    (
        "purpose: 商事登记",
        'purpose: "\u3000"',
        '"\u3000"',
        "purpose",
        '"\\u3000" is not allowed here',
        "say it in words",
    ),
    ("purpose: 商事登记", 'purpose: ""', '""', "purpose", '"" is not allowed here', "say it in words"),
    (
        "validFrom: 2026-01-01",
        "validFrom: 2026/1/1",
        "2026/1/1",
        "validFrom",
        '"2026/1/1" is not a date',
        "write 2026-01-01",
    ),
    (
        "validFrom: 2026-01-01",
        "validFrom: 2026年1月1日",
        "2026年1月1日",
        "validFrom",
        '"2026年1月1日" is not a date',
        "write 2026-01-01",
    ),
    (
        "validFrom: 2026-01-01",
        "validFrom: 20260101",
        "20260101",
        "validFrom",
        '"20260101" is not a date',
        "write 2026-01-01",
    ),
    (
        "validFrom: 2026-01-01",
        "validFrom: 2026-02-30",
        "2026-02-30",
        "validFrom",
        "2026-02-30 is not a day of the calendar",
        "write a day that exists, such as 2027-12-31",
    ),
    (
        "validFrom: 2026-01-01",
        "validFrom: soon",
        "soon",
        "validFrom",
        '"soon" is not a date',
        "write year-month-day, such as 2027-12-31",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      allowBelowUsage: yes",
        "yes",
        "allowBelowUsage",
        '"yes" is neither true nor false',
        "write true, without quotes",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      allowBelowUsage: off",
        "off",
        "allowBelowUsage",
        '"off" is neither true nor false',
        "write false, without quotes",
    ),
    (
        "zone: extranet",
        'zone: extranet\n      allowBelowUsage: "true"',
        '"true"',
        "allowBelowUsage",
        '"true" is neither true nor false',
        "write true, without quotes",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      allowBelowUsage: 17",
        "17\n",
        "allowBelowUsage",
        '"17" is neither true nor false',
        "write true or false",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      environment: prod",
        "prod\n",
        "environment",
        '"prod" is not one of production, testing, development, disaster-recovery',
        'did you mean "production"?',
    ),
    (
        "zone: extranet",
        "zone: extranet\n      state: gone",
        "gone",
        "state",
        '"gone" is not one of active, restricted, retired',
        "one of: active, restricted, retired",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      protectionLevel: 5",
        "5\n",
        "protectionLevel",
        "5 is not from 1 to 4",
        "write a whole number from 1 to 4",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      protectionLevel: 0",
        "0\n",
        "protectionLevel",
        "0 is not from 1 to 4",
        "write a whole number from 1 to 4",
    ),
    (
        "zone: extranet",
        'zone: extranet\n      protectionLevel: "3"',
        '"3"',
        "protectionLevel",
        '"3" is not a whole number',
        "write a whole number from 1 to 4",
    ),
    (
        "zone: extranet",
        "zone: extranet\n      protectionLevel: 2.0",
        "2.0",
        "protectionLevel",
        '"2.0" is not a whole number',
        "write a whole number from 1 to 4",
    ),
    (
        "{group: market-regulation-ops, role: member}",
        "{role: member}",
        "{role",
        "members[0]",
        'gives neither of "group" and "user"',
        "give exactly one of them",
    ),
    (
        "{group: market-regulation-ops, role: member}",
        "{group: a, user: b, role: member}",
        "{group: a",
        "members[0]",
        'gives both of "group" and "user"',
        "give exactly one of them",
    ),
    (
        "{group: market-regulation-ops, role: member}",
        "{group: a}",
        "{group: a",
        "members[0].role",
        "is missing",
        "add it, such as role: member",
    ),
    (
        "- {group: market-regulation-ops, role: member}",
        "market-regulation-ops",
        "market-regulation-ops",
        "members",
        "a value stands where a list is meant",
        "begin each item with a dash: - …",
    ),
    (
        "{code: SCJG-001, name: 商事登记系统}",
        "{code: a, name: b}\n        - {code: a, name: c}",
        "a, name: c",
        "systems[1].code",
        '"a" stands here a second time; the first is on line 21',
        "give each a code of its own",
    ),
    (
        "{code: SCJG-001, name: 商事登记系统}",
        "商事登记系统",
        "商事登记系统",
        "systems[0]",
        "a value stands where a mapping is meant",
        "give it keys, of: code, name",
    ),
]


@pytest.mark.parametrize(("old", "new", "at", "path", "message", "remedy"), WRONG)
def test_what_is_wrong_with_a_project_is_told(  # noqa: PLR0913, PLR0917 - the columns of a table
    manifests: Any, old: str, new: str, at: str, path: str, message: str, remedy: str
) -> None:
    """Every mistake is told once, at its own place, with its path and what would be right."""
    changed = manifests.edit("tenant.yaml", old, new)
    problem = changed.problem()
    assert problem.location == changed.place("tenant.yaml", at)
    assert (problem.path, problem.message, problem.remedy) == (f"spec.projects[0].{path}", message, remedy)


def test_misspelt_key_is_told_beside_the_missing_one(manifests: Any) -> None:
    """A typing error in a key that must be there leaves two marks, and hides nothing else."""
    changed = manifests.edit("tenant.yaml", "zone: extranet", "zonne: extranet").edit(
        "tenant.yaml", "cores: 160", "cores: -1"
    )
    assert changed.problems() == [
        "tenant.yaml:16:7: error: spec.projects[0].zone: is missing (add it, such as zone: extranet)",
        'tenant.yaml:18:7: error: spec.projects[0].zonne: is not a key here (did you mean "zone"?)',
        "tenant.yaml:25:41: error: spec.projects[0].quota.compute.cores: -1 is negative (write 0 or more, or unlimited)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "at", "path", "message", "remedy"),
    [
        ("parent: shenzhen", "parent:", "parent:", "spec.parent", "has no value", "give it text, or leave the key out"),
        (
            "  protectionLevel: 3\n",
            "",
            "spec:",
            "spec.protectionLevel",
            "is missing",
            "add it, such as protectionLevel: 3",
        ),
        (
            "email: wang.fang@example.com",
            "email: wang.fang",
            "wang.fang",
            "spec.contacts[0].email",
            '"wang.fang" is not allowed here',
            "write an address, such as wang.fang@example.com",
        ),
        (
            'phone: "13800000000"',
            "phone: 13800000000",
            "13800000000",
            "spec.contacts[0].phone",
            '"13800000000" is a number where text is meant',
            'put it in quotes: "13800000000"',
        ),
        (
            "    city:\n",
            "    City:\n",
            "City",
            "spec.envelope.City",
            '"City" is not allowed as a name',
            "lower-case letters, digits and hyphens, 63 at most, beginning and ending with a letter or digit",
        ),
        (
            "displayName: 市市场监督管理局",
            "displayname: 市市场监督管理局",
            "displayname",
            "metadata.displayname",
            "is not a key here",
            'did you mean "displayName"?',
        ),
    ],
)
def test_what_is_wrong_with_a_tenant_is_told(  # noqa: PLR0913, PLR0917 - the columns of a table
    manifests: Any, old: str, new: str, at: str, path: str, message: str, remedy: str
) -> None:
    """The tenant's own parts are checked as those of its projects are."""
    changed = manifests.edit("tenant.yaml", old, new)
    found = {(each.location, each.path, each.message, each.remedy) for each in changed.validation().problems}
    assert (changed.place("tenant.yaml", at), path, message, remedy) in found


@pytest.mark.parametrize(
    ("old", "new", "longest"),
    [
        ("group: market-regulation-ops", "group: {}", 64),
        ("group: market-regulation-ops", "user: {}", 255),
        ("role: member", "role: {}", 255),
        ("code: SCJG-001", "code: {}", 64),
        ('phone: "13800000000"', "phone: {}", 40),
        ("zone: extranet\n", "zone: extranet\n      projectName: {}\n", 64),
        ("zone: extranet\n", "zone: extranet\n      description: {}\n", 65535),
        ("purpose: 商事登记", "purpose: {}", 65535),
    ],
)
def test_text_is_as_long_as_the_clouds_keep_it(manifests: Any, old: str, new: str, longest: int) -> None:
    """What OpenStack would cut or refuse is refused here; what it takes is taken."""
    assert manifests.edit("tenant.yaml", old, new.format("字" * longest)).problems() == []
    problem = manifests.edit("tenant.yaml", old, new.format("字" * (longest + 1))).problem()
    assert (problem.message, problem.remedy) == (f"has {longest + 1} characters", f"at most {longest}")


@pytest.mark.parametrize(("length", "right"), [(255, True), (256, False)])
def test_volume_type_has_room_in_a_quota(manifests: Any, length: int, right: bool) -> None:  # noqa: FBT001
    """Names that are keys are bounded as names that are values."""
    name = "t" * length
    changed = manifests.edit(
        "tenant.yaml", "{ssd: {gigabytes: 5TiB}}", f"{{ssd: {{gigabytes: 5TiB}}, {name}: {{volumes: 1}}}}"
    )
    message = changed.problem().message
    assert message.startswith('the cloud "city" offers no volume type') if right else "has a key of 256" in message


def test_wrong_level_is_told_once(manifests: Any) -> None:
    """What cannot be read is not held against the zone as well."""
    changed = manifests.edit("cloud.yaml", "[2, 3]", "[3]").edit(
        "tenant.yaml", "zone: extranet", "zone: extranet\n      protectionLevel: x"
    )
    assert changed.problem().path == "spec.projects[0].protectionLevel"
