"""Names for people and for machines."""

from typing import Any

from tenants.names import TenantName


def test_both_names_are_shown(names: Any) -> None:
    """The display name first, the identifier in brackets."""
    assert names.full(TenantName("market")) == "市市场监督管理局 (market)"


def test_an_unknown_tenant_goes_by_its_identifier(names: Any) -> None:
    """What an earlier manifest named may have no display name any more."""
    assert names.full(TenantName("gone")) == "gone"
