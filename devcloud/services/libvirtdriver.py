"""Nova's libvirt driver of the devcloud: several computes in one process, each with a libvirt daemon of its own.

Nova means one hypervisor for each process. What differs from Nova's own driver is what follows from that: the daemon's
address and the node's id belong to the driver instead of to the process, there is one libvirt event thread, and
interfaces are taps in the cloud's network namespace (:mod:`devcloud.services.fabric`).
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import functools
import threading
from pathlib import Path
from typing import Any, ClassVar

import libvirt
import nova.privsep
import os_brick.privileged
from nova.conf import CONF
from nova.virt import libvirt as nova_libvirt
from nova.virt import node
from nova.virt.libvirt import driver, host, vif

from devcloud.guests import libvirtd
from devcloud.services.fabric import Fabric
from devcloud.services.hypervisor import node_uuid
from devcloud.services.portbinding import TAP, tap_name

_starting = threading.Lock()


def install() -> None:
    """Make the driver reachable as ``compute_driver = libvirt.DevcloudDriver``. Call once, before any compute."""
    Path(CONF.instances_path).mkdir(parents=True, exist_ok=True)
    nova_libvirt.DevcloudDriver = DevcloudDriver
    node.read_local_node_uuid = lambda: node_uuid("control")
    # The process is root's already; Nova would start privileged helpers with sudo.
    nova.privsep.sys_admin_pctxt.set_client_mode(False)
    os_brick.privileged.default.set_client_mode(False)
    host._ThreadingLibvirtEventHandler.start = _share_event_thread(host._ThreadingLibvirtEventHandler.start)  # noqa: SLF001 - no public way


@functools.cache
def shared_fabric() -> Fabric:
    """Return the packet path that all computes of this process share."""
    return Fabric(folder=Path(CONF.state_path) / "fabric")


def _share_event_thread(start: Any) -> Any:
    """Let the first daemon's events be awaited in a thread of its own, and the others' in the same."""
    started = False

    def once(handler: Any) -> None:
        nonlocal started
        with _starting:
            if not started:
                start(handler)
                started = True

    return once


class DevcloudDriver(driver.LibvirtDriver):  # type: ignore[misc] # nova is untyped
    """Nova's libvirt driver for the compute that the current thread works on when it is made."""

    capabilities: ClassVar[dict[str, bool]]

    def __init__(self, virtapi: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(virtapi, *args, **kwargs)
        self._host._node_uuid = node_uuid(CONF.host)  # noqa: SLF001 - read before it is asked for
        self.vif_driver = TapDriver(self._host, shared_fabric())

    def init_host(self, host: Any) -> None:
        """Make the daemon ready, as Nova does, and let it migrate guests whose disks are files of this machine.

        libvirt takes local files for unsafe, because another machine would not see them. Here both daemons see the
        same files through the same page cache.
        """
        super().init_host(host)
        self._live_migration_flags |= libvirt.VIR_MIGRATE_UNSAFE

    @staticmethod
    def _uri() -> str:
        return libvirtd.connection(CONF.host)

    @staticmethod
    def _live_migration_uri(dest: str) -> str:
        return libvirtd.connection(dest)


class TapDriver(vif.LibvirtGenericVIFDriver):  # type: ignore[misc] # nova is untyped
    """Plugs interfaces of type ``tap`` into the network's bridge, for the compute that the current thread works on."""

    def __init__(self, owner: Any, fabric: Fabric) -> None:
        super().__init__(owner)
        self._fabric = fabric
        self._compute: str = CONF.host

    def get_vif_devname(self, vif: Any) -> str:
        """Return the interface's name, which the port's binding says: in a live migration it is the other compute's."""
        name: str | None = vif["details"].get(TAP)
        return name or self._own(vif)

    def plug_tap(self, _instance: Any, vif: Any) -> None:
        """Make the interface and join it to its network's bridge."""
        self._fabric.plug(self._own(vif), vif)

    def unplug_tap(self, _instance: Any, vif: Any) -> None:
        """Remove this compute's interface: after a migration the binding names the other's, which is in use."""
        self._fabric.unplug(self._own(vif))

    def _own(self, vif: Any) -> str:
        return tap_name(vif["id"], self._compute)
