"""Fixtures that the whole run shares: two real OpenStack clouds."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud, running
from devcloud.guests import preflight
from devcloud.records import CloudOptions, Hypervisor
from tests.prometheus import prometheus_tools

__all__ = ["prometheus_tools"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that keep processors busy over the run, and end with the smallest: workers take them in this order."""
    files: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.nodeid.partition("::")[0]].append(item)
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        kinds["busy" if "/acceptance/" in file else "unit" if "/unit/" in file else "waiting"].append(file)
    spread = sorted(
        ((place + 0.5) / len(kinds[kind]), file)
        for kind in ("busy", "waiting")
        for place, file in enumerate(kinds[kind])
    )
    items[:] = [item for file in [*(file for _, file in spread), *kinds["unit"]] for item in files[file]]


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
