"""Volumes, and the floating IPs that lead to servers: what outlives the servers that use it."""

from typing import Final

from tenants.application import FloatingIPUse, VolumeSpec
from tenants.kinds.applications.shapes import VolumeSize
from tenants.kinds.landing.wanted import NAME, STATE
from tenants.kinds.limits import VOLUME_TYPE
from tenants.language.composites import Record
from tenants.language.scalars import Truth
from tenants.language.shape import Field

VOLUME: Final = Record(
    name="Volume",
    description="A volume, or numbered ones beside the numbered servers that they are attached to.",
    fields=(
        Field(
            key="name",
            shape=NAME,
            description="The name in Cinder; beside numbered servers, that before the number.",
            required=True,
            example="registration-data",
        ),
        Field(
            key="size",
            shape=VolumeSize(),
            description="How large it is. It grows as asked, and never shrinks.",
            required=True,
            example="100GiB",
        ),
        Field(
            key="type",
            attribute="volume_type",
            shape=VOLUME_TYPE,
            description="One of the cloud's volume types; the cloud's default unless given.",
            example="ssd",
        ),
        Field(
            key="image",
            shape=NAME,
            description="The image that it is made from, so that a server can boot from it.",
            example="guest",
        ),
        Field(
            key="bootable",
            shape=Truth(),
            description="That a server can boot from it although it names no image: "
            "what is on it came there in another way.",
            default=False,
            shown_default=False,
        ),
        Field(
            key="server",
            shape=NAME,
            description="The server of this application that it is attached to (each member, where there are replicas; "
            "`registration-db-1` is one); unattached unless given.",
            example="registration-db",
        ),
        STATE,
    ),
    build=VolumeSpec,
    synonyms={"volumeType": "type", "attachedTo": "server"},
)

FLOATING_IP: Final = Record(
    name="FloatingIPUse",
    description="A floating IP that leads to one of the servers. It stays when the server goes.",
    fields=(
        Field(
            key="name",
            shape=NAME,
            description="What it is called; the landing zone may reserve it under this name.",
            required=True,
            example="portal",
        ),
        Field(
            key="server",
            shape=NAME,
            description="A server of this application; of numbered ones, one member.",
            required=True,
            example="registration-web-1",
        ),
        Field(
            key="network",
            shape=NAME,
            description="Which of the server's networks it leads into.",
            required=True,
            example="app",
        ),
    ),
    build=FloatingIPUse,
)
