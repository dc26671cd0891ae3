"""User data: the files beside manifests that servers run at their first start. Pure: whoever validates looks them up.

A manifest names such a file by a path from its own folder. `tenants.rules.applications.user_data` judges what was found,
and `tenants.validation` puts the text where the name stood.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from tenants.application import ApplicationSpec, ServerSpec, UserData
from tenants.presence import Presence

#: Bytes of a file. Nova takes 65535 characters of Base64 (compute API reference, `servers`, `user_data`).
LONGEST: Final = 65535 // 4 * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A file that a server of an application names."""

    #: The index of the server.
    server: int
    #: As `beside` says it.
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Why a file cannot be user data, and what would be right."""

    message: str
    remedy: str


def beside(manifest_file: str, path: str) -> str:
    """The name of a file that a manifest names by a path from its own folder: as somebody would type it.

    What came from standard input stands in the working directory.
    """
    return str(PurePosixPath(manifest_file).parent / path)


def named(application: ApplicationSpec, manifest_file: str) -> Iterator[Named]:
    """The files that an application needs: those of servers that are wanted."""
    for index, server in enumerate(application.servers):
        if server.user_data is not None and _is_wanted(application, server):
            yield Named(server=index, name=beside(manifest_file, server.user_data.file))


def judge(content: bytes) -> str | Unusable:
    """The text of a file, or why it is none that a server can be given."""
    if len(content) > LONGEST:
        return Unusable(message="is too large", remedy=f"user data has {LONGEST} bytes at most: let it fetch the rest")
    if content.startswith(b"\xef\xbb\xbf"):
        return Unusable(message="begins with a byte order mark", remedy="save it as UTF-8 without one")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Unusable(message="is not UTF-8 text", remedy="save it as UTF-8")
    if "\0" in text:
        return Unusable(message="is not text: it holds a zero byte", remedy="name a script or a cloud-config file")
    if not text.strip():
        return Unusable(message="is empty", remedy="leave userData out")
    return text


def filled(application: ApplicationSpec, manifest_file: str, attached: Mapping[str, bytes]) -> ApplicationSpec:
    """The application with the text of its files, which were judged usable."""
    texts = {
        each.server: text
        for each in named(application, manifest_file)
        if isinstance(text := judge(attached.get(each.name, b"")), str)
    }
    servers = tuple(
        replace(server, user_data=UserData(file=server.user_data.file, text=texts[index]))
        if server.user_data is not None and index in texts
        else server
        for index, server in enumerate(application.servers)
    )
    return replace(application, servers=servers)


def _is_wanted(application: ApplicationSpec, server: ServerSpec) -> bool:
    return Presence.ABSENT not in (application.presence, server.presence)
