"""Names for people and for machines."""

from typing import Any

from api.render.names import Names
from tenants.names import TenantName
from tenants.spec import City, TenantSpec


def test_both_names_are_shown(names: Any) -> None:
    """The display name first, the identifier in brackets."""
    assert names.full(TenantName("market")) == "市市场监督管理局 (market)"


def test_an_unknown_tenant_goes_by_its_identifier(names: Any) -> None:
    """What an earlier manifest named may have no display name any more."""
    assert names.full(TenantName("gone")) == "gone"


def test_names_come_from_manifests() -> None:
    """A city knows what its tenants are called."""
    tenant = TenantSpec(name=TenantName("market"), display_name="市市场监督管理局", parent=None, protection_level=2)
    assert Names.of(City(clouds={}, tenants={tenant.name: tenant})).display(tenant.name) == "市市场监督管理局"
