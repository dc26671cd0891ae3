"""Runs a cloud's Nova with everything that its guests need, in namespaces that end with it.

``python -m devcloud.guests.cell SETTINGS.json`` stands in for ``devcloud.services.run`` when the guests are real. It makes a
process namespace, whose first process starts the libvirt daemons and Nova. Guests are daemons that libvirt lets go of,
so nothing but the kernel can be trusted to find them all: when the first process of the namespace ends, for whatever
reason (``kill -9`` of the supervisor included), the kernel ends every process in it; with the last of them go the mount
namespace and the network namespaces, and with those the bridges, taps and DHCP servers. Nothing has to be cleaned up, and
no name can collide with another devcloud's.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from devcloud.errors import DevcloudError
from devcloud.guests import libvirtd, namespaces
from devcloud.layout import CloudFolder
from devcloud.records import ServiceSettings

NETWORKS: Final = Path("/run/netns")
"""Where ``ip`` keeps the network namespaces' names; the cell has a folder of its own there."""

FABRIC: Final = "fabric"
"""The network namespace where the guests' interfaces and the bridges are."""


def namespace_of(network_id: str) -> str:
    """Return the name of the network namespace where a Neutron network's gateway is."""
    return f"network-{network_id}"


def bridge_of(network_id: str) -> str:
    """Return the name of a Neutron network's bridge in the fabric; interfaces' names have 15 characters at most."""
    return f"br-{network_id[:11]}"


def main(arguments: list[str]) -> int:
    """Run the cell until Nova ends, or until told to end; return Nova's exit status."""
    settings_file = Path(arguments[0])
    settings = ServiceSettings.load(settings_file.read_text(encoding="utf-8"))
    namespaces.die_with_parent()
    signal.signal(signal.SIGTERM, _leave)
    namespaces.unshare(namespaces.NEW_MOUNTS | namespaces.NEW_PROCESSES)
    first = os.fork()
    if first == 0:
        os._exit(_run_first(settings, settings_file))
    _, status = os.waitpid(first, 0)
    return os.waitstatus_to_exitcode(status)


def _run_first(settings: ServiceSettings, settings_file: Path) -> int:
    """Do the work of the namespace's first process, whose end is the end of all the others."""
    namespaces.die_with_parent()
    try:
        return _run(settings, settings_file)
    except (DevcloudError, OSError, subprocess.SubprocessError) as error:
        print(f"devcloud: the guests' hypervisor could not be started: {error}", file=sys.stderr, flush=True)
        return 1


def _run(settings: ServiceSettings, settings_file: Path) -> int:
    _prepare_mounts()
    _ip("netns", "add", FABRIC)
    _ip("-n", FABRIC, "link", "set", "lo", "up")
    folder = CloudFolder(root=settings.folder)
    hosts = [f"compute-{number}" for number in range(1, settings.options.computes + 1)]
    for host in hosts:  # all before the first daemon, which looks whom it may have to name
        (folder.hypervisor / host).mkdir(parents=True, exist_ok=True)
    daemons = {host: libvirtd.start(host, folder.hypervisor / host, NETWORKS / FABRIC) for host in hosts}
    for host, pid in daemons.items():
        libvirtd.await_answer(host, pid)
    fds = (settings.public_fd, settings.internal_fd, settings.lifeline_fd)
    nova = subprocess.Popen([sys.executable, "-m", "devcloud.services.run", str(settings_file)], pass_fds=fds)
    for fd in fds:
        os.close(fd)
    return _await_end(nova.pid, {pid: host for host, pid in daemons.items()})


def _prepare_mounts() -> None:
    namespaces.make_mounts_private()
    namespaces.mount("proc", Path("/proc"))
    for folder in (NETWORKS, libvirtd.SOCKETS):
        folder.mkdir(parents=True, exist_ok=True)
        namespaces.mount("tmpfs", folder)


def _await_end(nova: int, daemons: dict[int, str]) -> int:
    """Collect ended processes, which come here when their parents are gone, until Nova or a daemon is among them."""
    while True:
        pid, status = os.wait()
        if pid == nova:
            return os.waitstatus_to_exitcode(status) & 0xFF
        if pid in daemons:
            raise DevcloudError(f"libvirtd of {daemons[pid]} ended with {os.waitstatus_to_exitcode(status)}")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)  # noqa: S607 - it moves about
    if done.returncode:
        raise DevcloudError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Leave at once: the namespace's first process is killed with this one, and the kernel ends the rest."""
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
