"""Addresses and networks are read in one spelling, and what is neither is told with what would be right."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.language.addresses import Address, Cidr
from tenants.language.nodes import Scalar
from tenants.language.report import Report
from tenants.language.shape import Shape


def read(shape: Shape[str], text: str) -> tuple[str, list[tuple[str, str]]]:
    """What a shape makes of a text without quotes, and what it says to it."""
    report = Report("a.yaml")
    value = shape.read(Scalar(1, 1, text, plain=True), report)
    return value, [(each.message, each.remedy) for each in report.problems]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10.20.0.1", "10.20.0.1"),
        ("FD00:0020:0::0001", "fd00:20::1"),
        ("::", "::"),
        ("::ffff:10.0.0.1", "::ffff:a00:1"),
    ],
)
def test_address_has_one_spelling(written: str, expected: str) -> None:
    """Two ways to write an address are one address to everything that follows."""
    assert read(Address(), written) == (expected, [])


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("10.20.0.300", '"10.20.0.300" is not an address', "write one such as 10.20.0.1 or fd00:20::1"),
        ("010.20.0.1", '"010.20.0.1" is not an address', "write one such as 10.20.0.1 or fd00:20::1"),
        ("10.20.0.1/24", '"10.20.0.1/24" is not an address', "write 10.20.0.1, without the prefix length"),
        ("fe80::1%eth0", '"fe80::1%eth0" is not an address', "write one such as 10.20.0.1 or fd00:20::1"),
        ("１０.20.0.1", '"１０.20.0.1" is not an address', "write one such as 10.20.0.1 or fd00:20::1"),
        ("none", '"none" is not an address', "write one such as 10.20.0.1 or fd00:20::1"),
        ("1" * 60, f'"{"1" * 60}" is not an address', "write one such as 10.20.0.1 or fd00:20::1"),
    ],
)
def test_what_is_no_address_is_told(written: str, message: str, remedy: str) -> None:
    """Octal octets, zones and digits of other scripts are refused, not guessed at."""
    assert read(Address(), written) == ("", [(message, remedy)])


def test_word_may_stand_for_an_address() -> None:
    """Only where the shape says so, and then it is named in the remedy."""
    shape = Address(instead="none")
    assert read(shape, "none") == ("none", [])
    assert read(shape, "nil")[1] == [
        ('"nil" is not an address', "write one such as 10.20.0.1 or fd00:20::1, or none"),
    ]


def test_version_may_be_fixed() -> None:
    """A floating IP is an IPv4 address."""
    assert read(Address(version=4), "203.0.113.7") == ("203.0.113.7", [])
    assert read(Address(version=4), "fd00::1") == ("", [('"fd00::1" is an IPv6 address', "write an IPv4 address")])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10.20.0.0/24", "10.20.0.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("FD00:20:0::/64", "fd00:20::/64"),
        ("::/0", "::/0"),
    ],
)
def test_network_has_one_spelling(written: str, expected: str) -> None:
    """As addresses have."""
    assert read(Cidr(), written) == (expected, [])


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("10.20.0.5/24", '"10.20.0.5/24" is an address inside a network', "write 10.20.0.0/24 for the network"),
        ("fd00::5/64", '"fd00::5/64" is an address inside a network', "write fd00::/64 for the network"),
        ("10.20.0.5", '"10.20.0.5" has no prefix length', "write 10.20.0.5/32 for this one address"),
        ("fd00::5", '"fd00::5" has no prefix length', "write fd00::5/128 for this one address"),
        ("10.0.0.0/33", '"10.0.0.0/33" is not a network', "write one such as 10.20.0.0/24 or fd00:20::/64"),
        ("10.0.0.0/08", '"10.0.0.0/08" is not a network', "write one such as 10.20.0.0/24 or fd00:20::/64"),
        (
            "10.0.0.0/255.0.0.0",
            '"10.0.0.0/255.0.0.0" is not a network',
            "write one such as 10.20.0.0/24 or fd00:20::/64",
        ),
        ("10.0/16", '"10.0/16" is not a network', "write one such as 10.20.0.0/24 or fd00:20::/64"),
    ],
)
def test_what_is_no_network_is_told(written: str, message: str, remedy: str) -> None:
    """With the network that was most likely meant."""
    assert read(Cidr(), written) == ("", [(message, remedy)])


@given(st.ip_addresses(), st.integers(0, 128))
def test_networks_are_those_without_host_bits(address: object, length: int) -> None:
    """A network is read as it stands; anything else in it leads to the remedy that names it."""
    text = f"{address}/{length}"
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        assert read(Cidr(), text)[0] == ""
        return
    value, problems = read(Cidr(), text)
    if network.network_address == address:
        assert (value, problems) == (str(network), [])
    else:
        assert (value, problems[0][1]) == ("", f"write {network} for the network")
        assert read(Cidr(), str(network)) == (str(network), [])
