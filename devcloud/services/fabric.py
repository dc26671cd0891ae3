"""The packet path of real guests: a bridge for each network, and its gateway in a network namespace of its own.

A guest's tap joins its network's bridge. The gateway has the subnet's gateway address, and a DHCP server that knows the
addresses Neutron gave. Each network's gateway is in a namespace of its own, so networks with the same addresses live
side by side. All of it is within the cell (:mod:`devcloud.guests.cell`) and ends with it.
"""

import ipaddress
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from devcloud.guests.cell import FABRIC, bridge_of, namespace_of

_NAME_LENGTH: Final = 11
"""How much of an id goes into an interface's name, which has 15 characters at most."""

_GATEWAY: Final = "eth0"
"""The gateway's interface within its namespace."""


@dataclass(slots=True, kw_only=True)
class Fabric:
    """The bridges and gateways of one cloud, which all its computes share."""

    #: Where the DHCP servers keep their files.
    folder: Path
    _networks: "dict[str, _Network]" = field(default_factory=dict, init=False)
    _plugging: threading.Lock = field(default_factory=threading.Lock, init=False)

    def plug(self, tap: str, vif: Mapping[str, Any]) -> None:
        """Make a tap and join it to its network's bridge, which is made when it is the first.

        Args:
            tap: the interface's name.
            vif: Nova's description of it (``nova.network.model.VIF``).
        """
        described = vif["network"]
        with self._plugging:
            network = self._networks.get(described["id"])
            if network is None:
                network = _Network(id=described["id"], mtu=_mtu(described), folder=self.folder)
                network.create()
                self._networks[described["id"]] = network
            if not _has(tap):
                _fabric("tuntap", "add", "dev", tap, "mode", "tap")
            _fabric("link", "set", tap, "mtu", str(network.mtu), "master", network.bridge, "up")
            network.serve(described["subnets"], vif["address"])

    def unplug(self, tap: str) -> None:
        """Remove a tap; what else the network has stays."""
        with self._plugging:
            if _has(tap):
                _fabric("link", "delete", tap)


@dataclass(slots=True, kw_only=True)
class _Network:
    """One network's bridge, gateway and DHCP server."""

    id: str
    mtu: int
    folder: Path
    #: Hardware address by IP address: an address that is given to another port leaves the one it had.
    _leases: dict[str, str] = field(default_factory=dict, init=False)
    _gateways: dict[str, str] = field(default_factory=dict, init=False)
    _dhcp: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def bridge(self) -> str:
        """The bridge's name."""
        return bridge_of(self.id)

    def create(self) -> None:
        """Make the bridge, and the namespace with an interface on it."""
        namespace, outer, mtu = namespace_of(self.id), f"gw-{self.id[:_NAME_LENGTH]}", str(self.mtu)
        _fabric("link", "add", self.bridge, "type", "bridge")
        _fabric("link", "set", self.bridge, "up")
        _ip("netns", "add", namespace)
        _ip("-n", namespace, "link", "set", "lo", "up")
        _fabric("link", "add", outer, "mtu", mtu, "type", "veth", "peer", "name", _GATEWAY, "netns", namespace)
        _fabric("link", "set", outer, "master", self.bridge, "up")
        _ip("-n", namespace, "link", "set", _GATEWAY, "mtu", mtu, "up")

    def serve(self, subnets: list[Mapping[str, Any]], hardware_address: str) -> None:
        """Be the gateway of these subnets, and give the hardware address its addresses by DHCP."""
        for subnet in subnets:
            gateway = subnet["gateway"]["address"] if subnet["gateway"] else None
            if gateway and subnet["cidr"] not in self._gateways:
                prefix = ipaddress.ip_network(subnet["cidr"]).prefixlen
                _ip("-n", namespace_of(self.id), "address", "add", f"{gateway}/{prefix}", "dev", _GATEWAY)
                self._gateways[subnet["cidr"]] = gateway
            for address in subnet["ips"]:
                self._leases[address["address"]] = hardware_address
        self._restart_dhcp()

    def _restart_dhcp(self) -> None:
        """Start the DHCP server anew: it keeps no lease, so an address that was given before is free again."""
        if self._dhcp is not None:
            self._dhcp.kill()
            self._dhcp.wait()
        if not self._gateways:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        hosts = self.folder / f"{self.id}.hosts"
        hosts.write_text("".join(f"{mac},{ip}\n" for ip, mac in self._leases.items()), encoding="ascii")
        command = ["ip", "netns", "exec", namespace_of(self.id), "dnsmasq", "--keep-in-foreground"]
        command += ["--conf-file=/dev/null", "--port=0", "--no-ping", "--user=root", "--group=root", "--pid-file="]
        command += [f"--interface={_GATEWAY}", "--bind-interfaces", "--leasefile-ro", "--dhcp-authoritative"]
        command += [f"--dhcp-hostsfile={hosts}", f"--dhcp-option=option:mtu,{self.mtu}", *self._ranges()]
        log = self.folder / f"{self.id}.log"
        with log.open("ab") as opened:
            self._dhcp = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=opened, stderr=opened)

    def _ranges(self) -> Iterator[str]:
        for number, (cidr, gateway) in enumerate(self._gateways.items()):
            subnet = ipaddress.ip_network(cidr)
            yield f"--dhcp-range=set:subnet{number},{subnet.network_address},static,{subnet.netmask},infinite"
            yield f"--dhcp-option=tag:subnet{number},option:router,{gateway}"


def _mtu(network: Mapping[str, Any]) -> int:
    return int((network.get("meta") or {}).get("mtu") or 1500)


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
