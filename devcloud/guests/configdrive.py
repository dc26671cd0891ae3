"""Runs in a Debian guest at every boot, before its network: takes host name, keys, addresses and user data from the config drive.

The drive is in OpenStack's format, version ``latest``. The guest has this file alone and Debian's Python, so it imports
nothing of ours. Host name and keys are set at once; addresses become files for systemd-networkd; user data that is a
script is left where the service that runs it at the first boot looks for it.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_DRIVE: Final = Path("/run/config-drive")
_UNITS: Final = Path("/run/systemd/network")
_USER_DATA: Final = Path("/run/user_data")
_HOST_KEY: Final = Path("/etc/ssh/ssh_host_ed25519_key")
_MOUNT_PATIENCE_S: Final = 10.0


def main() -> int:
    """Set the guest up; returns the exit code."""
    if not _HOST_KEY.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(_HOST_KEY)], check=True)  # noqa: S607
    if not _mount():
        print("no config drive: the guest keeps its name, and asks DHCP for its addresses", file=sys.stderr)
        return 0
    latest = _DRIVE / "openstack" / "latest"
    about = json.loads((latest / "meta_data.json").read_text(encoding="utf-8"))
    _name(about["hostname"])
    if keys := authorized_keys(about):  # as cloud-init has it: no keys on the drive take none away from a copied disk
        _write(Path("/root/.ssh/authorized_keys"), keys, mode=0o600)
    network = latest / "network_data.json"
    if network.exists():
        for name, content in network_units(json.loads(network.read_text(encoding="utf-8"))).items():
            _write(_UNITS / name, content, mode=0o644)
    user_data = latest / "user_data"
    if user_data.exists() and user_data.read_bytes().startswith(b"#!"):
        _USER_DATA.write_bytes(user_data.read_bytes())
        _USER_DATA.chmod(0o700)
    return 0


def authorized_keys(about: Mapping[str, Any]) -> str:
    """Return the lines of ``authorized_keys`` for a drive's ``meta_data.json``."""
    return "".join(f"{key.strip()}\n" for key in about.get("public_keys", {}).values())


def network_units(data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return systemd-networkd's files for a drive's ``network_data.json``: one for each interface, by file name.

    A network of the type ``ipv4`` has its address and routes in the data, any other asks DHCP.
    """
    units: dict[str, str] = {}
    for number, link in enumerate(data.get("links", ())):
        ours = [network for network in data.get("networks", ()) if network.get("link") == link["id"]]
        lines = ["[Match]", f"MACAddress={link['ethernet_mac_address']}"]
        if link.get("mtu"):
            lines += ["[Link]", f"MTUBytes={link['mtu']}"]
        fixed = [network for network in ours if network["type"] == "ipv4"]
        lines += ["[Network]", "LinkLocalAddressing=no", "IPv6AcceptRA=no"]
        lines.append("DHCP=no" if ours and len(fixed) == len(ours) else "DHCP=ipv4")
        for network in fixed:
            lines += _fixed(network)
        lines += ["[DHCPv4]", "ClientIdentifier=mac"]
        units[f"10-drive-{number}.network"] = "".join(f"{line}\n" for line in lines)
    return units


def _fixed(network: Mapping[str, Any]) -> Sequence[str]:
    lines = ["[Address]", f"Address={network['ip_address']}/{_prefix(network['netmask'])}"]
    for route in network.get("routes", ()):
        target = f"{route['network']}/{_prefix(route['netmask'])}"
        lines += ["[Route]", f"Destination={target}", f"Gateway={route['gateway']}"]
    return lines


def _prefix(netmask: str) -> int:
    """Return how many bits of an IPv4 netmask are set."""
    return sum(int(part).bit_count() for part in netmask.split("."))


def _mount() -> bool:
    """Mount the drive, whose device may still be on its way; return whether it is there."""
    _DRIVE.mkdir(exist_ok=True)
    deadline = time.monotonic() + _MOUNT_PATIENCE_S
    command = ["mount", "-o", "ro", "LABEL=config-2", str(_DRIVE)]
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _name(host: str) -> None:
    socket.sethostname(host)
    _write(Path("/etc/hostname"), f"{host}\n", mode=0o644)
    _write(Path("/etc/hosts"), f"127.0.0.1 localhost {host}\n", mode=0o644)


def _write(file: Path, content: str, *, mode: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)  # noqa: PLR2004
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(content, encoding="utf-8")
    draft.chmod(mode)
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main())
