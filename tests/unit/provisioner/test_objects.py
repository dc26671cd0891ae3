"""Addresses are readable, and can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.objects import Address, KindName
from tenants.names import IDENTIFIER, CloudName, ProjectName, TenantName

_names = st.from_regex(IDENTIFIER, fullmatch=True)
_keys = st.one_of(st.just(""), st.text("a组:/ ", min_size=1))


@given(_names, _names, _names, _keys)
def test_an_address_survives_being_written(cloud: str, tenant: str, project: str, key: str) -> None:
    """Parsing what was written gives the same address, whatever its key holds, slashes and Chinese included."""
    address = Address(
        cloud=CloudName(cloud), tenant=TenantName(tenant), project=ProjectName(project), kind=KindName("quota"), key=key
    )
    assert Address.parse(str(address)) == address


def test_an_address_without_key_has_four_parts() -> None:
    """Where there is one object of a kind, nothing trails."""
    assert str(Address.parse("city/market/registration/project")) == "city/market/registration/project"


def test_too_few_parts_are_no_address() -> None:
    """Three parts cannot name an object."""
    with pytest.raises(ValueError, match="not enough values"):
        Address.parse("city/market/registration")
