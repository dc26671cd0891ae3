"""The kind `Tenant`: a department or one of its units, its envelopes, and the projects that it asks for."""

from dataclasses import dataclass
from typing import Any, Final

from tenants.kinds.cloud import PROTECTION_LEVEL
from tenants.kinds.kind import IDENTIFIER_TEXT, Kind
from tenants.kinds.landing.wanted import REASON
from tenants.kinds.landing.zone import LANDING_ZONE
from tenants.kinds.limits import ENVELOPE, QUOTA
from tenants.language.composites import ListOf, NamedMap, Record
from tenants.language.scalars import LONGEST_PARAGRAPHS, PARAGRAPHS, Day, Text, Truth, Word
from tenants.language.shape import Field
from tenants.names import CloudName, PrincipalName, RoleName, TenantName
from tenants.presence import Presence
from tenants.resources import Limits
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

CONTACT: Final = Record(
    name="Contact",
    description="A person who answers for the tenant.",
    fields=(
        Field(key="name", shape=Text(), description="The person's name.", required=True, example="王芳"),
        Field(
            key="email",
            shape=Text(pattern="[^@\\s]+@[^@\\s]+", rule="write an address, such as wang.fang@example.com"),
            description="Electronic mail.",
            example="wang.fang@example.com",
        ),
        Field(
            key="phone",
            shape=Text(longest=40),
            description="Telephone, in quotes where it is all digits.",
            example="0755-00001234",
        ),
    ),
    build=ContactSpec,
)

SYSTEM_CODE: Final = Text(longest=64)

SYSTEM: Final = Record(
    name="System",
    description="A business system (业务系统) that a project serves; use is judged per system.",
    fields=(
        Field(
            key="code",
            shape=SYSTEM_CODE,
            description="The system's code in the city's register of systems, in quotes where it is all digits.",
            required=True,
            example="SCJG-001",
        ),
        Field(key="name", shape=Text(), description="The system's name.", required=True, example="商事登记系统"),
    ),
    build=SystemSpec,
)


CRYPTOGRAPHY: Final = Record(
    name="CryptographyAssessment",
    description="The security assessment of commercial cryptography (密评) of the project's systems.",
    fields=(
        Field(
            key="required",
            shape=Truth(),
            description="Whether the systems have to pass it.",
            required=True,
            example=True,
        ),
        Field(
            key="passedOn",
            attribute="passed_on",
            shape=Day(),
            description="The day that it was last passed.",
            example="2026-03-20",
        ),
        Field(
            key="nextDue",
            attribute="next_due",
            shape=Day(),
            description="The day that the next one is due.",
            example="2027-03-20",
        ),
    ),
    build=CryptographyAssessment,
)


def _member(*, group: str | None, user: str | None, role: str, state: Presence) -> MemberSpec:
    kind = PrincipalKind.USER if group is None else PrincipalKind.GROUP
    return MemberSpec(kind=kind, name=PrincipalName(group or user or ""), role=RoleName(role), presence=state)


MEMBER: Final = Record(
    name="Member",
    description="A role that a group or a user of the cloud's domain has in the project. Groups outlive people.",
    fields=(
        Field(
            key="group",
            shape=Text(longest=64),
            description="The name of a Keystone group.",
            example="market-regulation-ops",
        ),
        Field(key="user", shape=Text(), description="The name of a Keystone user, instead of a group."),
        Field(
            key="role",
            shape=Text(pattern="[^:]+", rule="name a role without a colon"),
            description="The name of a Keystone role.",
            required=True,
            example="member",
        ),
        Field(
            key="state",
            shape=Word(words=Presence),
            description="Whether the role is to be there. To take a role away say `absent`: "
            "a membership that is only left out stays as it is.",
            default=Presence.PRESENT,
            shown_default="present",
            example="present",
        ),
    ),
    build=_member,
    one_of=("group", "user"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Project:
    """A project as written; what it takes over from its tenant comes when that is known."""

    written: dict[str, Any]

    def of(self, tenant: str, level: int) -> ProjectSpec:
        """The project as its tenant's."""
        own_level, own_name = self.written["protection_level"], self.written["keystone_name"]
        return ProjectSpec(
            **{
                **self.written,
                "protection_level": level if own_level is None else own_level,
                "keystone_name": _keystone_name(tenant, self.written["name"]) if own_name is None else own_name,
            }
        )


def _as_written(**written: Any) -> _Project:
    return _Project(written=written)


def _keystone_name(tenant: str, project: str) -> str:
    return f"{tenant}-{project}" if tenant and project else ""


PROJECT: Final = Record(
    name="Project",
    description="A Keystone project that the tenant holds in one cloud, with its quota and members.",
    fields=(
        Field(
            key="name",
            shape=IDENTIFIER_TEXT,
            description="The project's name within the tenant.",
            required=True,
            example="registration",
        ),
        Field(
            key="cloud",
            shape=IDENTIFIER_TEXT,
            description="The name of a manifest of kind Cloud.",
            required=True,
            example="city",
        ),
        Field(
            key="zone",
            shape=IDENTIFIER_TEXT,
            description="One of the cloud's zones.",
            required=True,
            example="extranet",
        ),
        Field(
            key="projectName",
            attribute="keystone_name",
            shape=Text(longest=64),
            description="The project's name in Keystone, where it is not `<tenant>-<name>`: "
            "for projects that were there before their manifest.",
            example="scjg-shangshi",
        ),
        Field(
            key="description",
            shape=Text(pattern="[^\\u0000]*", rule="any text, or none", longest=LONGEST_PARAGRAPHS),
            description="What Keystone shows as the project's description; left alone unless given.",
        ),
        Field(
            key="purpose",
            shape=Text(pattern=PARAGRAPHS, rule="say it in words", longest=LONGEST_PARAGRAPHS),
            description="What the project is for, in a few words or paragraphs, for those who review it.",
            required=True,
            example="商事登记",
        ),
        Field(
            key="protectionLevel",
            attribute="protection_level",
            shape=PROTECTION_LEVEL,
            description="The protection level (等级保护) of its systems; the tenant's unless given. The zone must allow it.",
            example=3,
        ),
        Field(
            key="zoneException",
            attribute="zone_exception",
            shape=REASON,
            description="Why its protection level may be in a zone that does not take it: a warning then, not an error.",
            example="国家政务服务平台要求部署在互联网区",
        ),
        Field(
            key="systems",
            shape=ListOf(item=SYSTEM, identity="code"),
            description="The business systems that the project serves.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="environment",
            shape=Word(words=Environment),
            description="What its systems are run for.",
            default=Environment.PRODUCTION,
            shown_default="production",
            example="production",
        ),
        Field(
            key="validFrom",
            attribute="valid_from",
            shape=Day(),
            description="The first day of use.",
            example="2026-01-01",
        ),
        Field(
            key="validUntil",
            attribute="valid_until",
            shape=Day(),
            description="The last day of use; permanent unless given.",
            example="2027-12-31",
        ),
        Field(
            key="funding",
            shape=Text(pattern=PARAGRAPHS, rule="say it in words", longest=LONGEST_PARAGRAPHS),
            description="What pays for it: the project it was granted to, the source and the period.",
            example="市商事登记系统升级项目, 市财政, 2026-2027",
        ),
        Field(
            key="goLive",
            attribute="go_live",
            shape=Day(),
            description="The day its systems are planned to go live.",
            example="2026-09-01",
        ),
        Field(
            key="cryptographyAssessment",
            attribute="cryptography",
            shape=CRYPTOGRAPHY,
            description=CRYPTOGRAPHY.description,
        ),
        Field(
            key="state",
            shape=Word(words=ProjectState),
            description="`restricted` lowers the limits that the manifest names to what is in use, and leaves all else as it "
            "is; `retired` gives the project back: its limits go down to what it holds, it is disabled once it is empty, and nothing is deleted.",
            default=ProjectState.ACTIVE,
            shown_default="active",
            example="active",
        ),
        Field(
            key="allowBelowUsage",
            attribute="allow_below_usage",
            shape=Truth(),
            description="Whether limits may go below what is in use: nothing is deleted, but nothing new can be made.",
            default=False,
            shown_default=False,
        ),
        Field(
            key="quota",
            attribute="limits",
            shape=QUOTA,
            description=QUOTA.description,
            default={},
            example={"compute": {"instances": 40, "cores": 160, "ram": "640GiB"}},
        ),
        Field(
            key="members",
            shape=ListOf(item=MEMBER),
            description="Who has which role in the project.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="landingZone",
            attribute="landing_zone",
            shape=LANDING_ZONE,
            description=LANDING_ZONE.description,
        ),
    ),
    build=_as_written,
)

SPEC: Final = Record(
    name="TenantSpec",
    description="Where the tenant stands in the organisation, the most that it may hold, and what it asks for.",
    fields=(
        Field(
            key="parent",
            shape=IDENTIFIER_TEXT,
            description="The tenant above, whose envelopes bound this one's; absent for the root of the tree.",
            example="shenzhen",
        ),
        Field(
            key="protectionLevel",
            attribute="protection_level",
            shape=PROTECTION_LEVEL,
            description="The protection level (等级保护, GB/T 22239) of its projects, where they name none.",
            required=True,
            example=3,
        ),
        Field(
            key="contacts",
            shape=ListOf(item=CONTACT),
            description="Who answers for the tenant.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="envelope",
            shape=NamedMap(key=IDENTIFIER_TEXT, value=ENVELOPE),
            description="By cloud, the most that this tenant and all below it may hold together.",
            default={},
            example={"city": {"compute": {"cores": 800, "ram": "3TiB"}, "block-storage": {"gigabytes": "100TiB"}}},
        ),
        Field(
            key="projects",
            shape=ListOf(item=PROJECT, identity="name"),
            description="The projects that the tenant holds.",
            default=(),
            shown_default=[],
        ),
    ),
    build=dict[str, Any],
)


def _tenant(  # noqa: PLR0913 - one argument per field of the manifest
    *,
    name: str,
    display_name: str,
    parent: str | None,
    protection_level: int,
    contacts: tuple[ContactSpec, ...],
    envelope: dict[str, Limits],
    projects: tuple[_Project, ...],
) -> TenantSpec:
    return TenantSpec(
        name=TenantName(name),
        display_name=display_name,
        parent=None if parent is None else TenantName(parent),
        protection_level=protection_level,
        contacts=contacts,
        envelopes={CloudName(cloud): limits for cloud, limits in envelope.items()},
        projects=tuple(project.of(name, protection_level) for project in projects),
    )


TENANT: Final = Kind(
    name="Tenant",
    description="A department or one of its units: a node of the organisation tree.",
    spec=SPEC,
    build=_tenant,
)
