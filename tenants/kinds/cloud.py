"""The kind `Cloud`: one OpenStack-compatible cloud, its zones, and how much of it may be given out."""

from decimal import Decimal
from typing import Any, Final

from tenants.kinds.kind import IDENTIFIER_TEXT, Kind
from tenants.kinds.limits import OVERCOMMIT, RESERVE, VOLUME_TYPE
from tenants.language.composites import ListOf, Record
from tenants.language.scalars import Text, Whole, Word
from tenants.language.shape import Field
from tenants.names import CloudName, DomainName, VolumeTypeName
from tenants.resources import Limits, Resource
from tenants.spec import CloudSpec, Level, ZoneSpec

LOWEST_LEVEL: Final = 1
HIGHEST_LEVEL: Final = 4
PROTECTION_LEVEL: Final = Whole(lowest=LOWEST_LEVEL, highest=HIGHEST_LEVEL)


def _zone(*, protection_levels: tuple[int, ...], **rest: Any) -> ZoneSpec:
    allowed = frozenset(each for each in protection_levels if each >= LOWEST_LEVEL)
    return ZoneSpec(protection_levels=allowed, **rest)


ZONE: Final = Record(
    name="Zone",
    description="A network zone of the cloud, such as the internet zone (互联网区) or the government extranet (政务外网).",
    fields=(
        Field(
            key="name",
            shape=IDENTIFIER_TEXT,
            description="The name that projects use. The site chooses its own.",
            required=True,
            example="extranet",
        ),
        Field(
            key="displayName",
            attribute="display_name",
            shape=Text(),
            description="The name that people read.",
            required=True,
            example="政务外网",
        ),
        Field(
            key="availabilityZone",
            attribute="availability_zone",
            shape=Text(),
            description="The availability zone of Nova and Cinder that the zone's servers and volumes live in.",
            required=True,
            example="extranet",
        ),
        Field(
            key="externalNetwork",
            attribute="external_network",
            shape=Text(),
            description="The Neutron network that the zone's routers reach the outside by; absent where there is none.",
            example="extranet-external",
        ),
        Field(
            key="protectionLevels",
            attribute="protection_levels",
            shape=ListOf(item=PROTECTION_LEVEL, fewest=1, unique=True),
            description="The protection levels (等级保护, GB/T 22239) of systems that may live here.",
            required=True,
            example=[2, 3],
        ),
    ),
    build=_zone,
)

SPEC: Final = Record(
    name="CloudSpec",
    description="How the cloud is reached, what it is divided into, and how much of it may be given out.",
    fields=(
        Field(
            key="cloud",
            shape=Text(),
            description="The cloud's key in clouds.yaml, which alone holds its address and credentials; "
            "the manifest's own name unless given.",
            example="city",
        ),
        Field(
            key="level",
            shape=Word(words=Level),
            description="Which authority runs it.",
            required=True,
            example="municipal",
        ),
        Field(
            key="domain",
            shape=Text(longest=64),
            description="The Keystone domain that holds all projects, users and groups that manifests speak of.",
            required=True,
            example="government",
        ),
        Field(
            key="zones",
            shape=ListOf(item=ZONE, fewest=1, identity="name"),
            description="The network zones that projects may be in.",
            required=True,
        ),
        Field(
            key="volumeTypes",
            attribute="volume_types",
            shape=ListOf(item=VOLUME_TYPE, unique=True),
            description="The volume types that manifests may name, as Cinder calls them.",
            default=(),
            shown_default=[],
            example=["standard", "ssd"],
        ),
        Field(
            key="overcommit",
            shape=OVERCOMMIT,
            description=OVERCOMMIT.description,
            default={},
            example={"compute": {"cores": 4.0, "ram": 1.0}},
        ),
        Field(
            key="reserve",
            shape=RESERVE,
            description=RESERVE.description,
            default={},
            example={"compute": {"cores": 64, "ram": "512GiB"}},
        ),
    ),
    build=dict[str, Any],
)


def _cloud(  # noqa: PLR0913 - one argument per field of the manifest
    *,
    name: str,
    display_name: str,
    cloud: str | None,
    level: Level,
    domain: str,
    zones: tuple[ZoneSpec, ...],
    volume_types: tuple[str, ...],
    overcommit: dict[Resource, Decimal],
    reserve: Limits,
) -> CloudSpec:
    return CloudSpec(
        name=CloudName(name),
        display_name=display_name,
        clouds_yaml=name if cloud is None else cloud,
        level=level,
        domain=DomainName(domain),
        zones={zone.name: zone for zone in zones if zone.name},
        volume_types=frozenset(VolumeTypeName(each) for each in volume_types if each),
        overcommit=overcommit,
        reserve=reserve,
    )


CLOUD: Final = Kind(
    name="Cloud",
    description="One OpenStack-compatible cloud, municipal or district.",
    spec=SPEC,
    build=_cloud,
)
