"""Servers, their places in networks, and the groups that Nova places them by."""

from typing import Any, Final

from tenants.application import (
    Disruption,
    GroupPolicy,
    InterfaceSpec,
    ServerGroupSpec,
    ServerSpec,
    Surplus,
    UserData,
)
from tenants.kinds.applications.shapes import FILE_BESIDE
from tenants.kinds.landing.wanted import NAME, STATE
from tenants.landing_zone import IPAddress
from tenants.language.addresses import Address
from tenants.language.composites import ListOf, NamedMap, Record
from tenants.language.scalars import Text, Whole, Word
from tenants.language.shape import Field
from tenants.names import NetworkName, SecurityGroupName

#: More members than this are an autoscaling group's, not a manifest's.
MOST_REPLICAS: Final = 100

SERVER_GROUP: Final = Record(
    name="ServerGroup",
    description="Servers that Nova places together or apart. A server joins when it is made, and never after.",
    fields=(
        Field(
            key="name",
            shape=NAME,
            description="The group's name in Nova.",
            required=True,
            example="registration-web",
        ),
        Field(
            key="policy",
            shape=Word(words=GroupPolicy),
            description="Whether its members stand on different hosts or on one, and whether that is a must or a wish (`soft-`).",
            default=GroupPolicy.SOFT_ANTI_AFFINITY,
            shown_default="soft-anti-affinity",
            example="anti-affinity",
        ),
        STATE,
    ),
    build=ServerGroupSpec,
)


def _interface(
    *,
    network: str,
    address: str | None,
    addresses: tuple[str, ...],
    security_groups: tuple[str, ...],
) -> InterfaceSpec:
    """An interface. That `address` and `addresses` are not both given is a rule's business."""
    return InterfaceSpec(
        network=NetworkName(network),
        addresses=tuple(map(IPAddress, addresses if address is None else (address, *addresses))),
        security_groups=tuple(SecurityGroupName(each) for each in security_groups),
    )


INTERFACE: Final = Record(
    name="ServerInterface",
    description="A server's place in one network: one port, called `<server>-<network>`.",
    fields=(
        Field(
            key="network",
            shape=NAME,
            description="A network of the project's landing zone, or one that is granted to the project.",
            required=True,
            example="app",
        ),
        Field(
            key="address",
            shape=Address(),
            description="The fixed IP address of a single server; chosen by Neutron unless given.",
            example="10.20.0.11",
        ),
        Field(
            key="addresses",
            shape=ListOf(item=Address(), fewest=1),
            description="The fixed IP addresses of numbered servers, one for each, in their order.",
            default=(),
            example=["10.20.0.11", "10.20.0.12"],
        ),
        Field(
            key="securityGroups",
            attribute="security_groups",
            shape=ListOf(item=NAME, unique=True),
            description="Security groups of the project's landing zone; the project's `default` unless given.",
            default=(),
            shown_default=[],
            example=["web"],
        ),
    ),
    build=_interface,
)


def _server(*, user_data: str | None, **rest: Any) -> ServerSpec:
    """A server. The text of its user data is put in where the file is looked up."""
    return ServerSpec(user_data=UserData(file=user_data, text="") if user_data else None, **rest)


SERVER: Final = Record(
    name="Server",
    description="A server, or numbered ones that are alike. It boots from an image or from a volume of the application.",
    fields=(
        Field(
            key="name",
            shape=NAME,
            description="The name in Nova; with `replicas`, that before the number: `registration-web-1`.",
            required=True,
            example="registration-web",
        ),
        Field(
            key="replicas",
            shape=Whole(lowest=1, highest=MOST_REPLICAS),
            description="How many there are, numbered from 1; one without a number unless given.",
            example=3,
        ),
        Field(
            key="surplus",
            shape=Word(words=Surplus),
            description="What becomes of members beyond `replicas` when it goes down: `delete` takes them away.",
            default=Surplus.KEEP,
            shown_default="keep",
            example="keep",
        ),
        Field(
            key="image",
            shape=NAME,
            description="The image, by its name in Glance, that the root disk is made from.",
            example="guest",
        ),
        Field(
            key="bootVolume",
            attribute="boot_volume",
            shape=NAME,
            description="The volume of this application that it boots from, instead of an image; "
            "with `replicas`, each member from its own.",
        ),
        Field(
            key="flavor",
            shape=NAME,
            description="The flavor, by its name in Nova.",
            required=True,
            example="small",
        ),
        Field(
            key="availabilityZone",
            attribute="availability_zone",
            shape=NAME,
            description="Nova's availability zone; that of the project's zone unless given.",
            example="extranet",
        ),
        Field(
            key="networks",
            attribute="interfaces",
            shape=ListOf(item=INTERFACE, identity="network"),
            description="The networks that it is in.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="keyPair",
            attribute="key_pair",
            shape=NAME,
            description="A key pair of the project's landing zone, for the first log-in.",
            example="ops",
        ),
        Field(
            key="userData",
            attribute="user_data",
            shape=FILE_BESIDE,
            description="What it runs at its first start (cloud-init): a file beside this manifest or below.",
            example="files/web.sh",
        ),
        Field(
            key="metadata",
            shape=NamedMap(
                key=Text(
                    pattern="[a-zA-Z0-9_:. -]+", rule="letters, digits, spaces and -_:. (as Nova has it), 255 at most"
                ),
                value=Text(pattern="[^\\u0000]*", rule="any text, or none"),
            ),
            description="Metadata in Nova. Only the named items are managed.",
            default={},
            example={"role": "web"},
        ),
        Field(
            key="serverGroup",
            attribute="server_group",
            shape=NAME,
            description="The server group of this application that it joins.",
            example="registration-web",
        ),
        Field(
            key="disruption",
            shape=Word(words=Disruption),
            description="The most that a change may do to it: `stop` lets it be stopped and started (a new flavor), "
            "`rebuild` lets its root disk be made anew (a new image), with all that is on it lost.",
            default=Disruption.NONE,
            shown_default="none",
            example="stop",
        ),
        STATE,
    ),
    build=_server,
    one_of=("image", "bootVolume"),
    refused={
        "securityGroups": "name them in each of the server's networks",
        "volumes": "describe volumes beside servers, each with the server that it is attached to",
        "floatingIPs": "describe floatingIPs beside servers, each with the server that it leads to",
    },
    synonyms={"volumeBoot": "bootVolume", "zone": "availabilityZone", "count": "replicas", "key_name": "keyPair"},
)
