"""The packet path of real guests: a bridge for each network, and its gateway in a network namespace of its own.

A guest's tap joins its network's bridge. The gateway has the subnet's gateway address, and a DHCP server that knows the
addresses Neutron gave. Each network's gateway is in a namespace of its own, so networks with the same addresses live
side by side. All of it is within the cell (:mod:`devcloud.guests.cell`) and ends with it.
"""
# mypy: disable-error-code="import-not-found"

import ipaddress
import subprocess
import threading
from collections.abc import Mapping
from typing import Any, Final

from devcloud.guests.cell import FABRIC

_NAME_LENGTH: Final = 11
"""How much of an id goes into an interface's name, which has 15 characters at most."""

_plugging = threading.Lock()


def namespace_of(network_id: str) -> str:
    """Return the name of the namespace where a network's gateway is."""
    return f"network-{network_id}"


class Fabric:
    """The bridges and gateways of one cloud."""

    def plug(self, tap: str, vif: Mapping[str, Any]) -> None:
        """Make a tap and join it to its network's bridge, which is made when it is the first.

        Args:
            tap: the interface's name.
            vif: Nova's description of it (``nova.network.model.VIF``).
        """
        network = vif["network"]
        with _plugging:
            bridge = self._ensure_network(network["id"], network["subnets"])
            if not _has(tap):
                _fabric("tuntap", "add", "dev", tap, "mode", "tap")
            mtu = (network.get("meta") or {}).get("mtu")
            size = ("mtu", str(mtu)) if mtu else ()
            _fabric("link", "set", tap, "master", bridge, *size, "up")

    def unplug(self, tap: str) -> None:
        """Remove a tap; what else the network has stays."""
        with _plugging:
            if _has(tap):
                _fabric("link", "delete", tap)

    def _ensure_network(self, network_id: str, subnets: list[Mapping[str, Any]]) -> str:
        """Return the bridge of a network, with its gateways."""
        bridge, gateway = f"br-{network_id[:_NAME_LENGTH]}", f"gw-{network_id[:_NAME_LENGTH]}"
        namespace = namespace_of(network_id)
        if not _has(bridge):
            _fabric("link", "add", bridge, "type", "bridge")
            _fabric("link", "set", bridge, "up")
            _ip("netns", "add", namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
            _fabric("link", "add", gateway, "type", "veth", "peer", "name", "eth0", "netns", namespace)
            _fabric("link", "set", gateway, "master", bridge, "up")
            _ip("-n", namespace, "link", "set", "eth0", "up")
        for subnet in subnets:
            address = subnet["gateway"]["address"] if subnet["gateway"] else None
            if address:
                prefix = ipaddress.ip_network(subnet["cidr"]).prefixlen
                _ip("-n", namespace, "address", "replace", f"{address}/{prefix}", "dev", "eth0")
        return bridge


def _has(interface: str) -> bool:
    return not _run("ip", "-n", FABRIC, "link", "show", "dev", interface).returncode


def _fabric(*words: str) -> None:
    _ip("-n", FABRIC, *words)


def _ip(*words: str) -> None:
    done = _run("ip", *words)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
