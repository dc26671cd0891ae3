"""What every unit test lives by: no sockets, seconds at most, and examples that are the same wherever they run."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_HERE = Path(__file__).parent
#: Seconds, far above what they take: this ends a test that hangs, and measures nothing, for machines may be busy. A property
#: test runs its body many times.
_PATIENCE = 30
_PATIENCE_OF_PROPERTIES = 120

settings.register_profile(
    "unit", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each unit test its time limit, unless it names its own."""
    for item in items:
        if _HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            is_property = item.get_closest_marker("hypothesis") is not None
            item.add_marker(pytest.mark.timeout(_PATIENCE_OF_PROPERTIES if is_property else _PATIENCE))


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Opening a socket fails the test."""
