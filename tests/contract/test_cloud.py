"""What every cloud tells of itself alike."""

import pytest

from provisioner.clouds.cloud import Cloud
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Resource, Service, definition


def test_a_cloud_has_the_name_that_manifests_use(cloud: Cloud) -> None:
    """Not its address."""
    assert cloud.name == "city"


def test_capabilities_tell_what_manifests_may_need(cloud: Cloud) -> None:
    """Services, volume types, zones, external networks, extensions."""
    has = cloud.capabilities()
    assert has.services == frozenset(Service)
    assert has.volume_types >= {VolumeTypeName("standard"), VolumeTypeName("ssd")}
    assert has.availability_zones >= {"internet", "extranet"}
    assert has.external_networks >= {"internet-external", "extranet-external"}
    assert has.network_extensions >= {"router", "security-group", "extraroute", "rbac-policies"}
    assert (has.unified_compute_limits, has.unreachable) == (False, {})


def test_microversions_are_a_range(cloud: Cloud) -> None:
    """Of Nova and Cinder; Neutron has none."""
    ranges = cloud.capabilities().microversions
    assert (ranges[Service.COMPUTE][0], ranges[Service.BLOCK_STORAGE][0]) == ("2.1", "3.0")
    assert Service.NETWORK not in ranges


def test_defaults_are_of_resources_that_the_catalogue_knows(cloud: Cloud) -> None:
    """Every one of Nova's and Cinder's, and of Neutron's those whose extension is loaded; volume types' included."""
    has = cloud.capabilities()
    for service in (Service.COMPUTE, Service.BLOCK_STORAGE):
        untyped = {each.name for each in has.defaults if each.service is service and each.volume_type is None}
        assert untyped == CATALOGUE[service].keys()
    assert Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("ssd")) in has.defaults
    extensions = {definition(each).extension for each in has.defaults if each.service is Service.NETWORK}
    assert extensions <= {None, *has.network_extensions}


@pytest.mark.parametrize("service", Service)
def test_every_service_of_the_catalogue_has_a_keeper(cloud: Cloud, service: Service) -> None:
    """The same each time."""
    assert cloud.quotas(service) is cloud.quotas(service)


def test_requests_are_counted(cloud: Cloud) -> None:
    """The count only grows, and by what the calls take."""
    before = cloud.requests_sent()
    cloud.identity.assignments()
    assert cloud.requests_sent() == before + 1
