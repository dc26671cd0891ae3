"""An application that runs in the city, and is to move to the district."""

from collections.abc import Iterator

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.migration.convoy import Convoy
from tests.acceptance.shell import Shell


@pytest.fixture
def convoy(tenantry: Shell, devcloud: Devcloud, name: str) -> Iterator[Convoy]:
    """The application with its wave, applied; what it left on the hosts goes with the test, for they are shared."""
    city, district = (Cloud.of(devcloud, each) for each in ("city", "district"))
    made = Convoy(tenantry=tenantry, devcloud=devcloud, city=city, district=district, name=name)
    made.ask()
    tenantry("apply", made.folder, "--yes")
    yield made
    city.delete_servers(made.home)
    district.delete_servers(made.away)
