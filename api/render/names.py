"""What things are called: identifiers are for machines, display names for people, and output shows both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from api.render.belonging import Belonging
from provisioner.objects import Address
from tenants.names import TenantName
from tenants.spec import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The display names that are known, and which application objects are part of; what has none goes by its identifier."""

    tenants: Mapping[TenantName, str] = field(default_factory=dict)
    belonging: Belonging = field(default_factory=Belonging)

    @classmethod
    def of(cls, city: City) -> Self:
        """The names in a city's manifests."""
        tenants = {name: tenant.display_name for name, tenant in city.tenants.items()}
        return cls(tenants=tenants, belonging=Belonging.of(city))

    def display(self, tenant: TenantName) -> str:
        """市市场监督管理局, or the identifier where no other name is known."""
        return self.tenants.get(tenant, tenant)

    def full(self, tenant: TenantName) -> str:
        """市市场监督管理局 (market-regulation)."""
        display = self.display(tenant)
        return display if display == tenant else f"{display} ({tenant})"

    def object(self, address: Address) -> str:
        """An object as its project's people know it: `registration: compute quota`, `registration: web-1 server of 商事登记`."""
        what = f"{address.key} {address.kind}" if address.key else address.kind
        application = self.belonging.application(address)
        return f"{address.project}: {what}{f' of {application.display_name}' if application else ''}"
