"""The applications of a wave, and the disk images that become servers of theirs."""

from datetime import timedelta
from typing import Any, Final

from tenants.kinds.kind import IDENTIFIER_TEXT
from tenants.kinds.landing.wanted import NAME
from tenants.kinds.waves.playbooks import PLAYBOOKS
from tenants.kinds.waves.shapes import IMAGE_FILE, SHA256
from tenants.language.composites import ListOf, Record
from tenants.language.scalars import Word
from tenants.language.shape import Field
from tenants.language.times import Duration
from tenants.names import ApplicationName, ProjectName, ServerName
from tenants.wave import DiskFormat, DiskImport, ServerImport, WaveMember

DISK: Final = Record(
    name="DiskImport",
    description="One disk image, and the volume that it becomes. Exactly one of `file` and `image` is given.",
    fields=(
        Field(
            key="volume",
            shape=NAME,
            description="The application's volume that it becomes; beside numbered servers, one of the numbered volumes.",
            required=True,
            example="licences-root",
        ),
        Field(
            key="file",
            shape=IMAGE_FILE,
            description="Its path below the operators' folder of disk images.",
            example="licences/web.vmdk",
        ),
        Field(
            key="image",
            shape=NAME,
            description="An image that the target's Glance has already, by its name.",
            example="licences-web",
        ),
        Field(
            key="format",
            shape=Word(words=DiskFormat),
            description="Its format; what the file says of itself unless given.",
            example="vmdk",
        ),
        Field(
            key="sha256",
            shape=SHA256,
            description="The SHA-256 of its bytes, in hexadecimal; what is otherwise is not imported.",
            example="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
    ),
    build=DiskImport,
    one_of=("file", "image"),
)

IMPORT: Final = Record(
    name="ServerImport",
    description="A server that is built from disk images; everything else of it is as the application's manifest says.",
    fields=(
        Field(
            key="server",
            shape=NAME,
            description="A server of the application; of numbered ones, one member.",
            required=True,
            example="licences-web",
        ),
        Field(
            key="disks",
            shape=ListOf(item=DISK, identity="volume", fewest=1),
            description="Its disks.",
            required=True,
        ),
    ),
    build=ServerImport,
)


def _member(
    *, name: str, project: str | None, servers: tuple[str, ...], downtime: timedelta | None, **rest: Any
) -> WaveMember:
    return WaveMember(
        application=ApplicationName(name),
        project=ProjectName(project) if project is not None else None,
        servers=tuple(ServerName(each) for each in servers),
        downtime=int(downtime.total_seconds()) if downtime is not None else None,
        **rest,
    )


MEMBER: Final = Record(
    name="WaveApplication",
    description="One application of the wave, and what is different for it.",
    fields=(
        Field(
            key="name",
            shape=IDENTIFIER_TEXT,
            description="The application: the name of a manifest of kind Application.",
            required=True,
            example="unified-acceptance",
        ),
        Field(
            key="project",
            shape=IDENTIFIER_TEXT,
            description="The project of its owner that it goes to, instead of the wave's.",
            example="unified-acceptance-recovery",
        ),
        Field(
            key="servers",
            shape=ListOf(item=NAME, unique=True),
            description="Only these servers of it; all unless given. One that changes its project moves with all of them.",
            default=(),
            shown_default=[],
            example=["acceptance-web"],
        ),
        Field(
            key="playbooks",
            shape=PLAYBOOKS,
            description="What runs in its guests, in place of what the wave says.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="imports",
            shape=ListOf(item=IMPORT, identity="server"),
            description="The disk images that its servers are built from, where the mode is `import`.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="downtime",
            shape=Duration(shortest=timedelta(seconds=1), longest=timedelta(days=7)),
            description="How long it may stand still: a cutover that would take longer is not begun. As long as the window is, "
            "unless given.",
            example="30m",
        ),
    ),
    build=_member,
    synonyms={"application": "name", "disks": "imports"},
)
