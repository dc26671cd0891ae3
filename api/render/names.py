"""What tenants are called: identifiers are for machines, display names for people, and output shows both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from tenants.names import TenantName
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The display names that are known; what has none goes by its identifier."""

    tenants: Mapping[TenantName, str] = field(default_factory=dict)

    @classmethod
    def of(cls, city: City) -> Self:
        """The names in a city's manifests."""
        return cls(tenants={name: tenant.display_name for name, tenant in city.tenants.items()})

    def display(self, tenant: TenantName) -> str:
        """市市场监督管理局, or the identifier where no other name is known."""
        return self.tenants.get(tenant, tenant)

    def full(self, tenant: TenantName) -> str:
        """市市场监督管理局 (market-regulation)."""
        display = self.display(tenant)
        return display if display == tenant else f"{display} ({tenant})"
