"""Fixtures that the whole run shares: two real OpenStack clouds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud, running


@pytest.fixture(scope="session")
def devcloud() -> Iterator[Devcloud]:
    """Two clouds, `city` and `district`, started once for the run; they end with it, however it ends.

    `TENANTRY_TEST_DEVCLOUD` names the state folder of clouds that are up already, to save their start while working on
    a test.
    """
    attached = os.environ.get("TENANTRY_TEST_DEVCLOUD")
    if attached:
        yield Devcloud.attach(Path(attached))
        return
    with running(("city", "district")) as clouds:
        yield clouds
