"""A cloud whose listings are scripted, and a clock that goes on by a second each time it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from monitoring.collection.collector import Asked
from provisioner.clouds.collections import Collection, Listing
from provisioner.errors import CloudError
from tenants.names import CloudName, DomainName
from tenants.spec import CloudSpec, Level

CITY = CloudName("city")
START = datetime(2027, 6, 1, 12, tzinfo=UTC)


def spec(**more: Any) -> CloudSpec:
    """The city's cloud."""
    return CloudSpec(
        name=CITY,
        display_name="市政务云",
        clouds_yaml="city",
        level=Level.MUNICIPAL,
        domain=DomainName("government"),
        zones={},
        volume_types=frozenset(),
        **more,
    )


@dataclass
class Script:
    """Stands in for a cloud: answers listings in order, and keeps what was asked for."""

    listings: list[Listing] = field(default_factory=list)
    queries: list[Mapping[str, Any]] = field(default_factory=list)
    microversions: list[str | None] = field(default_factory=list)
    services: frozenset[str] = frozenset({"compute", "block-storage", "network", "image"})
    keepers: Mapping[str, Any] = field(default_factory=dict)
    name: CloudName = CITY

    @property
    def resources(self) -> "Script":
        """Its collections."""
        return self

    def has(self, service: str) -> bool:
        """Whether the catalogue has a service."""
        return service in self.services

    def everything(self, collection: Collection, query: Mapping[str, Any] | None = None) -> Listing:
        """The next listing."""
        self.queries.append(dict(query or {}))
        self.microversions.append(collection.microversion)
        return self.listings.pop(0)

    def quotas(self, service: Any) -> Any:
        """Whoever keeps a service's limits."""
        answers = self.keepers[service.value]

        def readings(projects: Any) -> Any:
            if isinstance(answers, CloudError):
                raise answers
            return {each: answers[each] for each in projects}

        return SimpleNamespace(readings=readings)


@pytest.fixture
def now() -> Callable[[], datetime]:
    """The time, a second later with each question."""
    told = [START]

    def tell() -> datetime:
        told[0] += timedelta(seconds=1)
        return told[0]

    return tell


@pytest.fixture
def cloud() -> Script:
    """A cloud without a script."""
    return Script()


@pytest.fixture
def asked(cloud: Script, now: Callable[[], datetime]) -> Callable[..., Asked]:
    """What a collector is given, but for what a test says otherwise."""

    def make(**more: Any) -> Asked:
        given = {"cloud": cloud, "spec": spec(), "every": timedelta(minutes=5), "now": now, **more}
        return Asked(**given)

    return make
