"""What a Debian guest makes of its config drive, and where its packages come from. No guest is needed."""

import os
import platform
import shutil
from typing import Any

import pytest

from devcloud.guests import configdrive, debian, preflight
from devcloud.records import CloudOptions, Hypervisor

LINK = {"id": "tap1", "ethernet_mac_address": "fa:16:3e:00:00:01", "mtu": 1450}
FIXED = {
    "link": "tap1",
    "type": "ipv4",
    "ip_address": "10.1.0.7",
    "netmask": "255.255.255.0",
    "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.1.0.1"}],  # noqa: S104 - a route
}


def unit(*networks: dict[str, Any]) -> list[str]:
    """The lines of the file that systemd-networkd gets for the one link."""
    (content,) = configdrive.network_units({"links": [LINK], "networks": list(networks)}).values()
    return content.splitlines()


def test_an_interface_is_told_by_its_hardware_address() -> None:
    """Whatever the kernel calls it."""
    assert unit()[:2] == ["[Match]", "MACAddress=fa:16:3e:00:00:01"]


def test_a_network_with_dhcp_asks_for_its_address() -> None:
    """The drive holds no address then."""
    assert "DHCP=ipv4" in unit({"link": "tap1", "type": "ipv4_dhcp"})


def test_an_address_of_the_drive_is_taken_with_its_routes() -> None:
    """Netmasks become prefix lengths, and nothing asks DHCP."""
    lines = unit(FIXED)
    assert "DHCP=no" in lines
    assert lines[lines.index("[Address]") + 1] == "Address=10.1.0.7/24"
    assert lines[lines.index("[Route]") + 1 :][:2] == ["Destination=0.0.0.0/0", "Gateway=10.1.0.1"]


def test_a_link_with_both_has_its_address_and_asks_dhcp() -> None:
    """Two subnets of one network."""
    lines = unit(FIXED, {"link": "tap1", "type": "ipv4_dhcp"})
    assert "DHCP=ipv4" in lines
    assert "Address=10.1.0.7/24" in lines


def test_a_network_of_another_link_is_not_its_own() -> None:
    """Each interface has a file."""
    other = {"id": "tap2", "ethernet_mac_address": "fa:16:3e:00:00:02", "mtu": None}
    units = configdrive.network_units({"links": [LINK, other], "networks": [FIXED]})
    assert ["Address=10.1.0.7/24" in content for content in units.values()] == [True, False]


def test_every_key_is_let_in() -> None:
    """One a line, however the drive ends them."""
    assert configdrive.authorized_keys({"public_keys": {"a": "ssh-ed25519 A\n", "b": "ssh-ed25519 B"}}) == (
        "ssh-ed25519 A\nssh-ed25519 B\n"
    )


def test_a_server_without_a_key_lets_nobody_in() -> None:
    """Its drive has no keys at all."""
    assert configdrive.authorized_keys({}) == ""


def test_packages_come_from_where_apt_has_this_release_of_debian() -> None:
    """Its updates too; not from other makers' repositories, nor from other releases."""
    targets = (
        "Debian|bookworm|http://mirror/debian/|bookworm|main\n"
        "Debian|bookworm-security|http://mirror/debian-security/|bookworm-security|main\n"
        "Debian|trixie|http://mirror/debian/|trixie|main\n"
        "Other|bookworm|http://other/|bookworm|main\n"
    )
    assert debian.sources(targets, "bookworm") == (
        "deb http://mirror/debian/ bookworm main\ndeb http://mirror/debian-security/ bookworm-security main\n"
    )


def test_debian_needs_real_guests() -> None:
    """A record is no Debian: the refusal says what would be right."""
    assert "--hypervisor qemu" in str(CloudOptions(debian=True).problem())
    assert CloudOptions(debian=True, hypervisor=Hypervisor.QEMU).problem() is None


def test_what_builds_debian_is_asked_for_only_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants the small guest alone need not install it."""
    monkeypatch.setattr(shutil, "which", lambda name, **_: None if name == "mmdebstrap" else f"/usr/bin/{name}")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)  # nothing is tried on this machine then
    needed = [
        any("mmdebstrap" in each.remedy for each in preflight.problems(debian=debian)) for debian in (False, True)
    ]
    assert needed == [False, True]
