"""Which cloud `import` takes projects from."""

import pytest

from api.cli.adopt import described_cloud
from provisioner.errors import InputError
from tenants.names import CloudName, DomainName
from tenants.spec import City, CloudSpec, Level

_CITY = CloudName("city")


@pytest.fixture
def city() -> City:
    """A cloud whose tenants are in domain `government`."""
    spec = CloudSpec(
        name=_CITY,
        display_name="市级政务云",
        clouds_yaml="city",
        level=Level.MUNICIPAL,
        domain=DomainName("government"),
        zones={},
        volume_types=frozenset(),
    )
    return City(clouds={_CITY: spec}, tenants={})


@pytest.mark.parametrize("domain", [None, "government"])
def test_a_cloud_that_manifests_describe(city: City, domain: str | None) -> None:
    """Is taken as they have it; saying its domain once more contradicts nothing."""
    assert described_cloud(city, _CITY, domain, applied=True) is city.clouds[_CITY]


@pytest.mark.parametrize(("applied", "whose"), [(True, "the manifest that was last applied"), (False, "its manifest")])
def test_another_domain_than_the_manifests(city: City, applied: bool, whose: str) -> None:  # noqa: FBT001
    """Is refused, with whose word it contradicts: projects of neither domain are passed for the other's."""
    with pytest.raises(InputError, match=f"--domain Default: {whose} puts .* into domain government"):
        described_cloud(city, _CITY, "Default", applied=applied)


def test_a_cloud_that_no_manifest_describes(city: City) -> None:
    """May be in whatever domain was asked for."""
    assert described_cloud(city, CloudName("district"), "old", applied=False) is None
    assert described_cloud(None, _CITY, "old", applied=True) is None
