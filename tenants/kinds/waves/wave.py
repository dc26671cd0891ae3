"""The kind `Wave`: applications that move together, from where to where, when, how fast, and who signs off."""

from datetime import timedelta
from typing import Any, Final

from tenants.kinds.kind import IDENTIFIER_TEXT, Kind
from tenants.kinds.landing.wanted import NAME
from tenants.kinds.policy import PEOPLE
from tenants.kinds.waves.members import MEMBER
from tenants.kinds.waves.playbooks import PLAYBOOKS
from tenants.kinds.waves.shapes import HOST, Bandwidth
from tenants.kinds.waves.window import Window
from tenants.language.composites import ListOf, NamedMap, Record
from tenants.language.scalars import Truth, Whole, Word
from tenants.language.shape import Field
from tenants.language.times import Duration, spell
from tenants.names import CloudName, ProjectName, TenantName
from tenants.policy import PersonName
from tenants.presence import Presence
from tenants.wave import (
    STANDARD_RETENTION,
    HostName,
    Mappings,
    Mode,
    SourcePlace,
    TargetPlace,
    Verification,
    WaveLimits,
    WaveName,
    WaveSpec,
)

_MOST_AT_ONCE: Final = 100
_WINDOW: Final = Window()


def _cloud(description: str) -> Field:
    return Field(key="cloud", shape=IDENTIFIER_TEXT, description=description, required=True, example="city")


def _source(*, cloud: str, host: str | None) -> SourcePlace:
    return SourcePlace(cloud=CloudName(cloud), host=HostName(host) if host else None)


SOURCE: Final = Record(
    name="WaveSource",
    description="Where the applications are.",
    fields=(
        _cloud("The cloud: the name of a manifest of kind Cloud."),
        Field(
            key="host",
            shape=HOST,
            description="Only servers on this compute host (modes `live` and `cold`); wherever they are unless given.",
            example="compute-07",
        ),
    ),
    build=_source,
)


def _target(*, cloud: str, project: str | None, availability_zone: str | None, host: str | None) -> TargetPlace:
    return TargetPlace(
        cloud=CloudName(cloud),
        project=ProjectName(project) if project else None,
        availability_zone=availability_zone or None,
        host=HostName(host) if host else None,
    )


TARGET: Final = Record(
    name="WaveTarget",
    description="Where the applications go.",
    fields=(
        _cloud("The cloud: the name of a manifest of kind Cloud."),
        Field(
            key="project",
            shape=IDENTIFIER_TEXT,
            description="The project of each application's owner that it goes to; the one called as its own unless given.",
            example="unified-acceptance-recovery",
        ),
        Field(
            key="availabilityZone",
            attribute="availability_zone",
            shape=NAME,
            description="Nova's availability zone; that of the project's zone unless given, and within a cloud the server's own.",
            example="extranet",
        ),
        Field(
            key="host",
            shape=HOST,
            description="The compute host; left to Nova unless given.",
            example="compute-11",
        ),
    ),
    build=_target,
    synonyms={"zone": "availabilityZone"},
)


def _names(key: str, description: str, example: dict[str, str], *, attribute: str = "") -> Field:
    return Field(
        key=key,
        attribute=attribute,
        shape=NamedMap(key=NAME, value=NAME),
        description=description,
        default={},
        example=example,
    )


MAPPINGS: Final = Record(
    name="WaveMappings",
    description="What takes the place of what in the target. What is not named stands for what is called the same there.",
    fields=(
        _names("networks", "The target's networks, by the source's that they stand for.", {"web": "acceptance-web"}),
        _names("subnets", "The target's subnets, by the source's.", {"web-v4": "acceptance-web-v4"}),
        _names("flavors", "The target's flavors, by the source's.", {"large": "l1.large"}),
        _names(
            "volumeTypes", "The target's volume types, by the source's.", {"ssd": "standard"}, attribute="volume_types"
        ),
        _names(
            "securityGroups",
            "The target's security groups, by the source's.",
            {"web": "front"},
            attribute="security_groups",
        ),
        _names("keyPairs", "The target's key pairs, by the source's.", {"ops": "ops-baoan"}, attribute="key_pairs"),
        Field(
            key="keepAddresses",
            attribute="keep_addresses",
            shape=Truth(),
            description="Whether fixed addresses and MACs go along.",
            default=True,
            shown_default=True,
        ),
    ),
    build=Mappings,
)


def _at_once(key: str, what: str, standard: int, *, attribute: str = "") -> Field:
    return Field(
        key=key,
        attribute=attribute,
        shape=Whole(lowest=1, highest=_MOST_AT_ONCE),
        description=what,
        default=standard,
        shown_default=standard,
    )


_STANDARD: Final = WaveLimits()
LIMITS: Final = Record(
    name="WaveLimits",
    description="How much goes on at once.",
    fields=(
        _at_once("applications", "Applications of the wave at once.", _STANDARD.applications),
        _at_once(
            "perSourceHost", "Servers that leave one host.", _STANDARD.per_source_host, attribute="per_source_host"
        ),
        _at_once(
            "perTargetHost",
            "Servers that arrive on one, be it named or Nova's choice; those that are built anew only where it is named.",
            _STANDARD.per_target_host,
            attribute="per_target_host",
        ),
        _at_once("perLink", "Disks that travel from one cloud to another.", _STANDARD.per_link, attribute="per_link"),
        Field(
            key="bandwidth",
            shape=Bandwidth(),
            description="Bytes a second for the whole wave; as much as there is unless given.",
            example="200MiB",
        ),
    ),
    build=WaveLimits,
)

SPEC: Final = Record(
    name="WaveSpec",
    description="Which applications move, from where to where, when, and how. Nothing moves before somebody starts the wave.",
    fields=(
        Field(
            key="owner",
            shape=IDENTIFIER_TEXT,
            description="The tenant that asks for it. The applications are its own, or of tenants below it.",
            required=True,
            example="government-services",
        ),
        Field(
            key="mode",
            shape=Word(words=Mode),
            description="How they move: `live` and `cold` to other hosts of their cloud, `cross-project` into another project "
            "of it, `cross-cloud` into another cloud, `import` from disk images.",
            required=True,
            example="cross-cloud",
        ),
        Field(key="source", shape=SOURCE, description="Where they are; needed unless the mode is `import`."),
        Field(key="target", shape=TARGET, description=TARGET.description, required=True),
        Field(
            key="applications",
            attribute="members",
            shape=ListOf(item=MEMBER, identity="name", fewest=1),
            description="The applications. One that depends on another moves after it.",
            required=True,
        ),
        Field(key="mappings", shape=MAPPINGS, description=MAPPINGS.description),
        Field(key="window", shape=_WINDOW, description=f"{_WINDOW.description} At any time unless given."),
        Field(key="limits", shape=LIMITS, description=LIMITS.description),
        Field(
            key="verification",
            shape=Word(words=Verification),
            description="How far the proof goes that what arrived is what left: the hash that the target's image store tells "
            "(`stored`), what it gives back (`read-back`), what is on the disk that was made of it (`disk`).",
            default=Verification.DISK,
            shown_default="disk",
            example="disk",
        ),
        Field(
            key="playbooks",
            shape=PLAYBOOKS,
            description="What runs in the guests of all applications.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="probes",
            shape=Truth(),
            description="Whether the applications' probes are asked before and after, and have to answer as well as before.",
            default=True,
            shown_default=True,
        ),
        Field(
            key="retention",
            shape=Duration(shortest=timedelta(minutes=1), longest=timedelta(days=3650)),
            description="How long the source is kept after the cutover; it never goes before somebody signed off.",
            default=STANDARD_RETENTION,
            shown_default=spell(STANDARD_RETENTION),
            example="14d",
        ),
        Field(
            key="signOff",
            attribute="sign_off",
            shape=PEOPLE,
            description="Who may sign off, by the names that they log in with; whoever has the right to, unless given.",
            default=(),
            shown_default=[],
            example=["chen.jing"],
        ),
        Field(
            key="mayPause",
            attribute="may_pause",
            shape=Truth(),
            description="Whether a live migration that does not end by itself may pause the guest to end it.",
            default=False,
            shown_default=False,
        ),
        Field(
            key="state",
            attribute="presence",
            shape=Word(words=Presence),
            description="`absent` gives the wave up, or says that it is over: nothing of it is started any more, and nothing "
            "that it names has to be there.",
            default=Presence.PRESENT,
            shown_default="present",
            example="present",
        ),
    ),
    build=dict[str, Any],
    synonyms={"tenant": "owner", "department": "owner", "from": "source", "to": "target", "members": "applications"},
)


def _wave(  # noqa: PLR0913 - what has another form in the manifest
    *,
    name: str,
    owner: str,
    mappings: Mappings | None,
    limits: WaveLimits | None,
    retention: timedelta | None,
    sign_off: tuple[str, ...],
    **rest: Any,
) -> WaveSpec:
    return WaveSpec(
        name=WaveName(name),
        owner=TenantName(owner),
        mappings=mappings or Mappings(),
        limits=limits or _STANDARD,
        retention=retention or STANDARD_RETENTION,
        sign_off=tuple(PersonName(each) for each in sign_off if each),
        **rest,
    )


WAVE: Final = Kind(
    name="Wave",
    description="Applications that move together: from where to where, when, how fast, and who signs off.",
    spec=SPEC,
    build=_wave,
)
