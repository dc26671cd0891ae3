"""A libvirt daemon of our own for each compute: private folders and host name, no system service, no cgroups.

The computes of a cloud share the machine, so each daemon gets a mount namespace with folders of its own over libvirt's,
and a UTS namespace with the compute's name: libvirt refuses a migration between daemons of one host name or one host
id. All run in the network namespace where the guests' interfaces are.
"""

import contextlib
import os
import pwd
import socket
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from devcloud.errors import DevcloudError
from devcloud.guests import namespaces

SOCKETS: Final = Path("/run/devcloud")
"""Where the daemons' sockets are, within a cloud's mount namespace: a short path, as sockets need."""

PROGRAM: Final = "/usr/sbin/libvirtd"

_ACCOUNT: Final = "libvirt-qemu"
_START_PATIENCE_S: Final = 60.0
_POLL_S: Final = 0.05
_FOLDERS: Final[Mapping[str, str]] = {
    "etc": "/etc/libvirt",
    "run": "/run/libvirt",
    "lib": "/var/lib/libvirt",
    "cache": "/var/cache/libvirt",
    "log": "/var/log/libvirt",
}
"""Our folders and libvirt's."""

_QEMU: Final = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
max_core = 0
"""


def connection(host: str) -> str:
    """Return the address at which a compute's daemon is reached from within the cloud's mount namespace."""
    return f"qemu+unix:///system?socket={SOCKETS / host / 'libvirt-sock'}"


def address(host: str) -> str:
    """Return a compute's address in the network namespace that all daemons share; a migration's data goes there."""
    return f"127.0.1.{int(host.rpartition('-')[2]) % 250 + 1}"


def start(host: str, folder: Path, network: Path) -> int:
    """Start a compute's daemon and return its process id without waiting for it to answer.

    Args:
        host: the compute's name.
        folder: where the daemon keeps its files.
        network: the network namespace it is to run in.
    """
    _write_settings(host, folder)
    sockets = SOCKETS / host
    sockets.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child:
        return child
    try:
        _become(host, folder, network)
    except BaseException as error:  # noqa: BLE001 - a fork must not go on with its parent's work
        print(f"libvirtd of {host}: {error}", file=sys.stderr, flush=True)
    os._exit(1)


def await_answer(host: str, pid: int) -> None:
    """Wait until a daemon has its socket open.

    Raises:
        DevcloudError: it ended, or did not open its socket in time.
    """
    deadline = time.monotonic() + _START_PATIENCE_S
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(SOCKETS / host / "libvirt-sock")) == 0:
                return
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            raise DevcloudError(f"libvirtd of {host} ended before it answered")
        if time.monotonic() > deadline:
            raise DevcloudError(f"libvirtd of {host} does not answer after {_START_PATIENCE_S:.0f} s")
        time.sleep(_POLL_S)


def _write_settings(host: str, folder: Path) -> None:
    for name in _FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    daemon = f"""\
auth_unix_rw = "none"
unix_sock_dir = "{SOCKETS / host}"
host_uuid = "{uuid.uuid5(uuid.NAMESPACE_DNS, f"{host}.{folder}")}"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""
    (folder / "etc" / "libvirtd.conf").write_text(daemon, encoding="utf-8")
    (folder / "etc" / "qemu.conf").write_text(_QEMU, encoding="utf-8")


def _become(host: str, folder: Path, network: Path) -> None:
    """Turn this process into the daemon."""
    namespaces.die_with_parent()
    namespaces.unshare(namespaces.NEW_MOUNTS | namespaces.NEW_HOST_NAME)
    namespaces.make_mounts_private()
    for name, target in _FOLDERS.items():
        Path(target).mkdir(parents=True, exist_ok=True)
        namespaces.bind(folder / name, Path(target))
    _provide_account(folder)
    _provide_names(folder)
    socket.sethostname(host)
    namespaces.enter_network(network)
    os.execv(  # noqa: S606 - a shell has no part in it
        PROGRAM, [PROGRAM, "--config", "/etc/libvirt/libvirtd.conf", "--pid-file", "/run/libvirt/libvirtd.pid"]
    )


def _provide_account(folder: Path) -> None:
    """Let this process see a user that libvirt asks for whatever its settings say; only some of its packages make it."""
    with contextlib.suppress(KeyError):
        pwd.getpwnam(_ACCOUNT)
        return
    for name, entry in (
        ("passwd", f"{_ACCOUNT}:x:64055:64055::/nonexistent:/usr/sbin/nologin\n"),
        ("group", f"{_ACCOUNT}:x:64055:\n"),
    ):
        original = Path("/etc") / name
        extended = folder / name
        extended.write_text(original.read_text(encoding="utf-8").rstrip("\n") + f"\n{entry}", encoding="utf-8")
        namespaces.bind(extended, original)


def _provide_names(folder: Path) -> None:
    """Let this process resolve the names of the computes whose folders lie beside its own."""
    hosts = sorted(one.name for one in folder.parent.iterdir() if one.is_dir())
    names = folder / "hosts"
    lines = ["127.0.0.1 localhost", *(f"{address(host)} {host}" for host in hosts)]
    names.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    namespaces.bind(names, Path("/etc/hosts"))
