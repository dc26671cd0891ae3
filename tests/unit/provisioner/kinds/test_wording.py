"""Properties and values in messages are those of manifests, never of programs."""

import pytest

from provisioner.kinds.wording import property_text, value_text
from provisioner.objects import Address, KindName, Value
from tenants.names import CloudName, ProjectName, TenantName


def _address(kind: str, key: str = "") -> Address:
    return Address(
        cloud=CloudName("city"),
        tenant=TenantName("market"),
        project=ProjectName("registration"),
        kind=KindName(kind),
        key=key,
    )


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("quota", "gigabytes_ssd", "gigabytes_ssd"),
        ("members", "group:market-ops:member", "group market-ops as member"),
        ("members", "user:sso:li:reader", "user sso:li as reader"),
    ],
)
def test_a_membership_is_told_by_who_and_as_what(kind: str, name: str, text: str) -> None:
    """Everything else has a name of its own; those of people may hold colons."""
    assert property_text(_address(kind), name) == text


@pytest.mark.parametrize(
    ("service", "name", "value", "text"),
    [
        ("compute", "cores", 4, "4"),
        ("compute", "ram", 655360, "640GiB"),
        ("compute", "ram", -1, "unlimited"),
        ("block-storage", "gigabytes_ssd", 5120, "5TiB"),
        ("block-storage", "volumes_ssd", 5120, "5120"),
        ("block-storage", "backup_gigabytes", 1024, "1TiB"),
        ("network", "not_in_the_catalogue", 7, "7"),
        ("compute", "cores", None, "nothing"),
    ],
)
def test_limits_are_as_manifests_write_them(service: str, name: str, value: Value, text: str) -> None:
    """In the largest unit that keeps them whole; those of a volume type in the unit of all."""
    assert value_text(_address("quota", service), name, value) == text


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("members", True, "present"),
        ("members", False, "absent"),
        ("members", None, "absent"),
        ("project", True, "yes"),
        ("project", False, "no"),
        ("project", "商事登记", '"商事登记"'),
        ("project", None, "nothing"),
    ],
)
def test_other_values_are_in_words(kind: str, value: Value, text: str) -> None:
    """Text stands in quotes, so that it cannot be taken for the message around it."""
    assert value_text(_address(kind), "anything", value) == text


def test_a_volumes_size_has_its_unit() -> None:
    """As a manifest writes it."""
    assert value_text(_address("volume", "data"), "size", 20) == "20GiB"
