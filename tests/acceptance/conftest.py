"""The product from outside: processes on two real clouds. Every test has names, records and manifests of its own."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance import manifests
from tests.acceptance.clouds import Cloud
from tests.acceptance.shell import Ended, Shell
from tests.acceptance.site import Site


@pytest.fixture(scope="session")
def city(devcloud: Devcloud) -> Cloud:
    """The municipal cloud in its administrator's hands."""
    return Cloud.of(devcloud, "city")


@pytest.fixture(scope="session")
def district(devcloud: Devcloud) -> Cloud:
    """The district's cloud in its administrator's hands."""
    return Cloud.of(devcloud, "district")


@pytest.fixture
def undisturbed(devcloud: Devcloud) -> Iterator[Devcloud]:
    """The clouds for a test that disturbs them: all faults and latency end with it."""
    yield devcloud
    devcloud.clear()


@pytest.fixture
def tenantry(tmp_path: Path, devcloud: Devcloud) -> Shell:
    """Tenantry with empty records."""
    return Shell(folder=tmp_path, clouds_yaml=devcloud.clouds_yaml)


@pytest.fixture
def name() -> str:
    """A tenant's name that nobody else has; the clouds are shared, and nothing is ever deleted."""
    return f"t{secrets.token_hex(4)}"


@pytest.fixture
def site(tenantry: Shell, devcloud: Devcloud, city: Cloud, name: str) -> Site:
    """A tenant that was never applied, with an ordinary project."""
    made = Site(tenantry=tenantry, devcloud=devcloud, city=city, name=name, began=devcloud.mark())
    made.ask()
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Two tenants that were applied once and are as their manifests ask: for tests that change nothing."""

    shell: Shell
    manifests: Path
    #: What the first `apply` said.
    applied: Ended
    #: Has one project, `<market>-registration`, in the city.
    market: str
    #: Has `<transport>-buses` in the city and in the district.
    transport: str


@pytest.fixture(scope="session")
def settled(devcloud: Devcloud, tmp_path_factory: pytest.TempPathFactory) -> Settled:
    """A little city, applied. Its folder's name is Chinese."""
    shell = Shell(folder=tmp_path_factory.mktemp("settled"), clouds_yaml=devcloud.clouds_yaml)
    market, transport = (f"{kind}-{secrets.token_hex(3)}" for kind in ("market", "transport"))
    buses = manifests.project("buses", purpose="公交调度")
    far = manifests.project("buses-district", cloud="district", projectName=f"{transport}-buses")
    folder = manifests.write(
        shell.folder / "清单",
        manifests.cloud("city"),
        manifests.cloud("district"),
        manifests.tenant(market),
        manifests.tenant(transport, buses, far, display_name="市交通运输局"),
    )
    applied = shell("apply", folder, "--yes")
    return Settled(shell=shell, manifests=folder, applied=applied, market=market, transport=transport)
