"""What Ansible is told about guests in which commands are to run, and what its answers mean. Pure; `command` runs it."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard

from provisioner.clouds.collections import ItemId
from provisioner.probing.readings import Finding, failed, passed, unknown
from tenants.application import CommandProbe

#: A user's name in a guest, a Windows domain's included. Anything else could be read by SSH as more than a name.
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]*")
#: What shells end with where a command cannot be run or is not there (POSIX, 2.8.2).
_SHELLS: Final[Mapping[int, str]] = {126: ": it cannot be run", 127: ": the guest has no such command"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A server and what to run in it."""

    address: str
    #: Nova's id, under which the server's host key is kept: an address may be another server's tomorrow.
    server: ItemId | None
    probe: CommandProbe
    #: Seconds that logging in may take, and then the command.
    seconds: int


def is_user(name: str | None) -> bool:
    """Whether this can be the name of a guest's user; None is whoever the operator's SSH logs in as."""
    return name is None or _USER.fullmatch(name) is not None


def inventory(guests: Sequence[Guest], *, port: int | None, known_hosts: Path) -> Mapping[str, Any]:
    """The guests as an Ansible inventory, by `host_of` their place in the sequence."""
    hosts = {host_of(index): _host(guest, port, known_hosts) for index, guest in enumerate(guests)}
    return {"all": {"hosts": hosts}}


def host_of(index: int) -> str:
    """The name of a guest in the inventory."""
    return f"check-{index}"


def finding_of(outcome: object, guest: Guest, *, known_hosts: Path) -> Finding:
    """What the role `probe` told, as a finding."""
    if not _is_outcome(outcome):
        return unknown("Ansible could not run it")
    if not outcome["logged_in"]:
        return _outside(str(outcome["login"]), guest, known_hosts)
    return _ended(outcome, guest)


def _ended(outcome: Mapping[str, Any], guest: Guest) -> Finding:
    """How the command itself ended."""
    if outcome["timed_out"]:
        return failed(f"the command did not end within {guest.seconds} s")
    if outcome["broken"]:
        return unknown("the SSH connection broke while the command ran, or the command ended with code 255")
    if (code := outcome["code"]) != 0:
        return failed(f"the command ended with code {code}{_SHELLS.get(code, '')}")
    if not outcome["holds_text"]:
        return failed(f'the command ended with code 0, but its output does not hold "{guest.probe.text}"')
    return passed("code 0" if guest.probe.text is None else f'code 0, with "{guest.probe.text}"')


def _host(guest: Guest, port: int | None, known_hosts: Path) -> Mapping[str, Any]:
    options = ["-o", f"UserKnownHostsFile={_quoted(known_hosts)}"]
    if guest.server is not None:
        options += ["-o", f"HostKeyAlias={guest.server}"]
    return {
        "ansible_host": guest.address,
        **({"ansible_port": port} if port is not None else {}),
        **({"ansible_user": guest.probe.user} if guest.probe.user is not None else {}),
        # By then SSH gives up by itself, and says what it was waiting for.
        "ansible_ssh_timeout": max(1, guest.seconds - 1),
        "ansible_ssh_common_args": _as_it_is(shlex.join(options)),
        "probe_command": _as_it_is(guest.probe.command),
        "probe_text": _as_it_is(guest.probe.text or ""),
        "probe_timeout": guest.seconds,
    }


def _as_it_is(text: str) -> Mapping[str, str]:
    """Text that Ansible never takes for a template: a manifest's braces would otherwise run on the prober itself."""
    return {"__ansible_unsafe": text}


def _quoted(path: Path) -> str:
    """A path as `ssh_config` reads one: spaces belong to it, and percent signs begin no token."""
    return '"' + str(path).replace("%", "%%") + '"'


def _is_outcome(outcome: object) -> TypeGuard[Mapping[str, Any]]:
    keys = {"logged_in", "login", "broken", "timed_out", "code", "holds_text"}
    return isinstance(outcome, Mapping) and keys <= outcome.keys()


def _outside(said: str, guest: Guest, known_hosts: Path) -> Finding:
    """Why SSH did not get in, by what it said itself."""
    user = guest.probe.user or "the user that SSH logs in as"
    if "Permission denied" in said or "Too many authentication failures" in said:
        return unknown(
            f"the guest does not let {user} in: it must take the key of TENANTRY_SSH_KEY_FILE or one of the SSH agent's"
        )
    if "Host key verification failed" in said:
        entry = guest.server or guest.address
        return unknown(
            "the guest's host key is not the one that it had before; "
            f"if it was rebuilt, forget the old one: ssh-keygen -R {entry} -f {known_hosts}"
        )
    # After Ansible's own introduction.
    lines = [line.strip() for line in said.rpartition("via ssh: ")[2].splitlines() if line.strip()]
    return unknown(f"no SSH connection: {lines[-1] if lines else 'SSH does not say why'}")
