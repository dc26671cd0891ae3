"""Fixtures that the whole run shares: two real OpenStack clouds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight
from devcloud.records import CloudOptions, Hypervisor
from tests.prometheus import prometheus_tools

__all__ = ["prometheus_tools"]


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


@pytest.fixture(scope="module")
def guests() -> Iterator[Devcloud]:
    """A cloud `city` whose servers are real machines; skipped, with the reason, where this machine cannot run them.

    `TENANTRY_TEST_GUESTS` names the state folder of a devcloud with real guests that is up already.
    """
    attached = os.environ.get("TENANTRY_TEST_GUESTS")
    if attached:
        yield Devcloud.attach(Path(attached))
        return
    problems = preflight.problems()
    if problems:
        pytest.skip(f"real guests cannot run here: {'; '.join(map(str, problems))}")
    with running(("city",), options=CloudOptions(hypervisor=Hypervisor.QEMU)) as clouds:
        yield clouds
