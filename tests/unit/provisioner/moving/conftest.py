"""Servers of an application in a cloud in memory, and the migrations that move them there."""

from collections.abc import Callable

import pytest

from provisioner.clouds.memory import MemoryCloud
from tenants.application import ApplicationSpec
from tenants.names import CloudName
from tests.estates import Estate, application, memory_cloud


@pytest.fixture
def found_estate() -> Callable[[], Estate]:
    """Makes estates, each a world of its own."""
    return Estate


@pytest.fixture
def estate() -> Estate:
    """A project that nobody else has."""
    return Estate()


@pytest.fixture
def describe() -> Callable[..., ApplicationSpec]:
    """Makes applications."""
    return application


@pytest.fixture
def found_cloud() -> Callable[[str], MemoryCloud]:
    """Makes further clouds."""
    return lambda name: memory_cloud(CloudName(name))
