"""The kind `Application`: the servers, volumes and addresses of one business system, and how to see that it works."""

from typing import Any, Final

from tenants.application import ApplicationSpec, Management
from tenants.kinds.applications.probes import PROBE
from tenants.kinds.applications.servers import SERVER, SERVER_GROUP
from tenants.kinds.applications.storage import FLOATING_IP, VOLUME
from tenants.kinds.cloud import PROTECTION_LEVEL
from tenants.kinds.kind import IDENTIFIER_TEXT, Kind
from tenants.kinds.tenant import SYSTEM_CODE
from tenants.language.composites import ListOf, Record
from tenants.language.scalars import Word
from tenants.language.shape import Field
from tenants.names import ApplicationName
from tenants.presence import Presence


def _list(key: str, item: Record[Any], description: str, *, attribute: str = "") -> Field:
    """A list of the application's objects of one kind."""
    shape = ListOf(item=item, identity="name")
    return Field(key=key, attribute=attribute, shape=shape, description=description, default=(), shown_default=[])


SPEC: Final = Record(
    name="ApplicationSpec",
    description="Where the application lives, what it is made of, what it needs, and how to see that it works.",
    fields=(
        Field(
            key="owner",
            shape=IDENTIFIER_TEXT,
            description="The tenant that owns it: the name of a manifest of kind Tenant.",
            required=True,
            example="market-regulation",
        ),
        Field(
            key="project",
            shape=IDENTIFIER_TEXT,
            description="Which of the owner's projects holds it.",
            required=True,
            example="registration",
        ),
        Field(
            key="protectionLevel",
            attribute="protection_level",
            shape=PROTECTION_LEVEL,
            description="Its protection level (等级保护, GB/T 22239), at most the project's; that unless given.",
            example=3,
        ),
        Field(
            key="system",
            shape=SYSTEM_CODE,
            description="The code of the project's system (业务系统) that it is, or is a part of: statements count its use to that. "
            "A system of its own, by its name, unless given.",
            example="SCJG-001",
        ),
        Field(
            key="manage",
            attribute="management",
            shape=Word(words=Management),
            description="`observe` only describes an application that is there: nothing of it is made, changed or deleted.",
            default=Management.FULL,
            shown_default="full",
            example="full",
        ),
        Field(
            key="state",
            attribute="presence",
            shape=Word(words=Presence),
            description="`absent` takes the servers, their ports and server groups away; volumes stay unless "
            "each says `absent` itself, floating IPs unless the landing zone gives them up.",
            default=Presence.PRESENT,
            shown_default="present",
            example="present",
        ),
        Field(
            key="dependsOn",
            attribute="depends_on",
            shape=ListOf(item=IDENTIFIER_TEXT, unique=True),
            description="The applications that it cannot work without.",
            default=(),
            shown_default=[],
            example=["social-credit"],
        ),
        _list("serverGroups", SERVER_GROUP, "Which servers stand together or apart.", attribute="server_groups"),
        _list("servers", SERVER, "The servers."),
        _list("volumes", VOLUME, "The volumes."),
        _list("floatingIPs", FLOATING_IP, "The floating IPs that lead to the servers.", attribute="floating_ips"),
        _list("probes", PROBE, "How to see that it works."),
    ),
    build=dict[str, Any],
    synonyms={"tenant": "owner", "department": "owner"},
)


def _application(
    *, name: str, protection_level: int | None, depends_on: tuple[str, ...], **rest: Any
) -> ApplicationSpec:
    """The application; a protection level of 0 until that of its project is known."""
    return ApplicationSpec(
        name=ApplicationName(name),
        protection_level=protection_level or 0,
        depends_on=tuple(ApplicationName(each) for each in depends_on),
        **rest,
    )


APPLICATION: Final = Kind(
    name="Application",
    description="The servers, volumes and addresses of one business system, in one of its department's projects.",
    spec=SPEC,
    build=_application,
)
