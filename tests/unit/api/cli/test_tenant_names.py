"""What is said of a tenant that there is none of by the name that was given."""

import pytest

from api.cli.tenant_names import no_such_tenant
from tenants.names import TenantName
from tenants.spec import City, TenantSpec


@pytest.mark.parametrize("given", ["市市场监督管理局", "market-regulations", "market"])
def test_whom_somebody_meant_is_told(given: str) -> None:
    """By the name that people read as well."""
    names = {"market-regulation": "市市场监督管理局", "health": "市卫生健康委员会"}
    city = City(
        clouds={},
        tenants={
            TenantName(name): TenantSpec(
                name=TenantName(name), display_name=shown, parent=None, protection_level=2, projects=()
            )
            for name, shown in names.items()
        },
    )
    assert str(no_such_tenant(city, given)) == f'no tenant is called "{given}"; did you mean "market-regulation"?'
