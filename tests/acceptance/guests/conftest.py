"""The reference application, asked for by manifests and applied by Tenantry, on real guests."""

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.guests.site import ReferenceSite


@pytest.fixture(scope="module")
def reference_site(guests: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> ReferenceSite:
    """The application, running: its writers have written their first lines."""
    return ReferenceSite.made_in(tmp_path_factory.mktemp("reference"), guests)
