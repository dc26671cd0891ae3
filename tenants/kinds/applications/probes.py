"""Probes: how to see from outside that a part of the application works."""

from typing import Final

from tenants.application import CommandProbe, HttpProbe, ProbeSpec, TcpProbe
from tenants.kinds.landing.wanted import NAME
from tenants.language.composites import Record
from tenants.language.scalars import PARAGRAPHS, Text, Truth, Whole
from tenants.language.shape import Field

#: Seconds; whoever waits for an answer is a person.
LONGEST_TIMEOUT: Final = 300

_PORT: Final = Field(
    key="port", shape=Whole(lowest=1, highest=65535), description="The TCP port.", required=True, example=80
)

TCP: Final = Record(name="TcpProbe", description="The port takes connections.", fields=(_PORT,), build=TcpProbe)

HTTP: Final = Record(
    name="HttpProbe",
    description="A GET is answered as expected.",
    fields=(
        _PORT,
        Field(
            key="path",
            shape=Text(pattern="/[^\\u0000-\\u0020\\u007f]*", rule="begin it with / and write no spaces", longest=2048),
            description="The path, with the query where there is one.",
            default="/",
            shown_default="/",
            example="/health",
        ),
        Field(
            key="https",
            shape=Truth(),
            description="Whether it is asked over TLS.",
            default=False,
            shown_default=False,
        ),
        Field(
            key="status",
            shape=Whole(lowest=100, highest=599),
            description="The status that is expected.",
            default=200,
            shown_default=200,
            example=200,
        ),
        Field(key="text", shape=Text(), description="Text that the body must hold.", example="商事登记"),
    ),
    build=HttpProbe,
)

COMMAND: Final = Record(
    name="CommandProbe",
    description="A command in the guest, over SSH by Ansible, ends with code 0.",
    fields=(
        Field(
            key="command",
            shape=Text(pattern=PARAGRAPHS, rule="write a command", longest=4096),
            description="The command, as the guest's shell reads it.",
            required=True,
            example="df /data",
        ),
        Field(
            key="user",
            shape=Text(longest=64),
            description="The guest's user who runs it.",
            example="root",
        ),
        Field(key="text", shape=Text(), description="Text that the output must hold.", example="data"),
    ),
    build=CommandProbe,
)

PROBE: Final = Record(
    name="Probe",
    description="One thing to look at, of a server (by `server`, on its own address) or from outside (by `address`); "
    "exactly one of the two is given. A command needs a server.",
    fields=(
        Field(
            key="name",
            shape=NAME,
            description="What reports call it.",
            required=True,
            example="page",
        ),
        Field(
            key="server",
            shape=NAME,
            description="A server of this application; of numbered ones, every member is asked.",
            example="registration-web",
        ),
        Field(
            key="address",
            shape=Text(
                pattern="[^\\u0000-\\u0020\\u007f/@\\[\\]]+",
                rule="write a host name or an IP address alone, without scheme, port and path",
                longest=253,
            ),
            description="A host name or IP address instead of a server's own.",
            example="portal.example.com",
        ),
        Field(key="tcp", shape=TCP, description=TCP.description, example={"port": 22}),
        Field(key="http", shape=HTTP, description=HTTP.description, example={"port": 80, "text": "商事登记"}),
        Field(key="command", shape=COMMAND, description=COMMAND.description, example={"command": "df /data"}),
        Field(
            key="timeout",
            shape=Whole(lowest=1, highest=LONGEST_TIMEOUT),
            description="Seconds that an answer may take.",
            default=10,
            shown_default=10,
            example=10,
        ),
    ),
    build=ProbeSpec,
    one_of=("tcp", "http", "command"),
)
