"""A route between two acted-out image stores."""

import pytest

from tenants.names import CloudName
from tests.unit.provisioner.copying.stores import Route, Store


@pytest.fixture
def route() -> Route:
    """From `city` to `district`."""
    return Route(Store(CloudName("city")), Store(CloudName("district")))
