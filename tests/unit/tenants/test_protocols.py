"""Protocols have one name, whichever way they are written."""

import pytest

from tenants.protocols import NAMES, canonical


@pytest.mark.parametrize(
    ("written", "ipv6", "expected"),
    [
        ("tcp", False, "tcp"),
        ("6", False, "tcp"),
        ("icmp", False, "icmp"),
        ("icmp", True, "ipv6-icmp"),
        ("1", True, "ipv6-icmp"),
        ("icmpv6", True, "ipv6-icmp"),
        ("58", False, "ipv6-icmp"),
        ("hopopt", False, "ip"),
        ("0", False, "ip"),
        ("115", False, "115"),
        ("٦", False, "٦"),
    ],
)
def test_protocol_has_one_name(written: str, ipv6: bool, expected: str) -> None:  # noqa: FBT001
    """The number, the old name and the name are one, as Neutron compares them."""
    assert canonical(written, ipv6=ipv6) == expected


@pytest.mark.parametrize("name", NAMES)
def test_name_is_final(name: str) -> None:
    """What is canonical stays so."""
    once = canonical(name, ipv6=False)
    assert canonical(once, ipv6=False) == once
