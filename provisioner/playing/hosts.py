"""Guests as Ansible's inventory has them. Pure.

A host's key is taken at its first appearance and held to from then on, by Nova's id of the server: an address may be
another server's tomorrow.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from provisioner.clouds.collections import ItemId
from provisioner.playing.access import SshAccess

#: A user's name in a guest, a Windows domain's included. Anything else could be read by SSH as more than a name.
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A guest as Ansible is told of it."""

    #: Its name in the inventory: letters, digits and hyphens.
    alias: str
    address: str
    #: Nova's id; None for what is no server of a cloud's.
    server: ItemId | None
    #: None is whoever the operator's SSH logs in as.
    user: str | None
    #: None is that of the access.
    port: int | None = None
    #: Seconds that logging in may take.
    seconds: int
    #: Variables of its own, as Ansible reads them.
    variables: Mapping[str, Any] = field(default_factory=dict)


def is_user(name: str | None) -> bool:
    """Whether this can be the name of a guest's user; None is whoever the operator's SSH logs in as."""
    return name is None or _USER.fullmatch(name) is not None


def inventory(hosts: Iterable[Host], access: SshAccess) -> Mapping[str, Any]:
    """The guests as an Ansible inventory."""
    return {"all": {"hosts": {each.alias: _told(each, access) for each in hosts}}}


def as_it_is(value: object) -> Any:
    """A value in which Ansible never takes text for a template: braces would otherwise run on this machine itself."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, list | tuple):
        return [as_it_is(each) for each in value]
    return value


def _told(host: Host, access: SshAccess) -> Mapping[str, Any]:
    options = ["-o", f"UserKnownHostsFile={_quoted(access.known_hosts)}"]
    if host.server is not None:
        options += ["-o", f"HostKeyAlias={host.server}"]
    port = host.port if host.port is not None else access.port
    return {
        "ansible_host": host.address,
        **({"ansible_port": port} if port is not None else {}),
        **({"ansible_user": host.user} if host.user is not None else {}),
        "ansible_ssh_timeout": max(1, host.seconds),
        "ansible_ssh_common_args": as_it_is(shlex.join(options)),
        **host.variables,
    }


def _quoted(path: Path) -> str:
    """A path as `ssh_config` reads one: spaces belong to it, and percent signs begin no token."""
    return '"' + str(path).replace("%", "%%") + '"'
