"""The services put together: side by side, and each one's trouble its own."""

from typing import Any

import pytest

from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.errors import CloudMisconfigured, CloudRefused
from tenants.names import CloudName
from tenants.resources import Service


def _neutron(stage: Any) -> None:
    del stage.endpoints["compute"]
    stage.answer("GET", "/extensions$", {"extensions": []})
    stage.answer("GET", "/networks$", {"networks": []})
    stage.answer("GET", "/quotas/[^/]+/default$", {"quota": {}})


def test_a_service_that_does_not_answer_is_told_as_unreachable(stage: Any, cloud: OpenStackCloud) -> None:
    """That is not the same as having none; the others are told all the same."""
    _neutron(stage)
    stage.answer("GET", "/volume/", status=503)
    has = cloud.capabilities()
    assert has.services == {Service.NETWORK}
    assert has.unreachable.keys() == {Service.BLOCK_STORAGE}
    assert "HTTP 503" in has.unreachable[Service.BLOCK_STORAGE]


def test_a_service_that_refuses_is_an_error(stage: Any, cloud: OpenStackCloud) -> None:
    """Credentials that may not look are a matter for the operator, not for the plan."""
    _neutron(stage)
    stage.answer("GET", "/volume/", {"forbidden": {"message": "Policy doesn't allow it"}}, status=403)
    with pytest.raises(CloudRefused, match="Policy doesn't allow it"):
        cloud.capabilities()


def test_a_service_that_is_not_there_has_no_keeper(stage: Any, cloud: OpenStackCloud) -> None:
    """The catalogue tells."""
    del stage.endpoints["block-storage"]
    with pytest.raises(CloudMisconfigured, match="no block-storage service"):
        cloud.quotas(Service.BLOCK_STORAGE)


def test_old_names_of_services_are_known(stage: Any, cloud: OpenStackCloud) -> None:
    """Many a catalogue has Cinder as `volumev3`."""
    stage.endpoints["volumev3"] = f"{stage.endpoints.pop('block-storage')}/p"
    stage.answer("GET", "/os-quota-sets", {"quota_set": {}})
    cloud.quotas(Service.BLOCK_STORAGE).limits("a" * 32)  # type: ignore[arg-type]
    assert stage.paths() == [f"GET /volume/v3/p/os-quota-sets/{'a' * 32}"]


def test_microversions_are_found_where_the_endpoint_does_not_tell_them(stage: Any, cloud: OpenStackCloud) -> None:
    """With a project's id in its path, the version document is elsewhere."""
    _neutron(stage)
    stage.endpoints["volumev3"] = f"{stage.endpoints.pop('block-storage')}/p"
    document = {
        "id": "v3.0",
        "status": "CURRENT",
        "version": "3.71",
        "min_version": "3.0",
        "links": [{"rel": "self", "href": "http://cloud.test/volume/v3/"}],
    }
    stage.answer("GET", "/volume/v3/p/$", status=404)
    stage.answer("GET", "/volume/v3/?$", {"versions": [document]})
    stage.answer("GET", "/types", {"volume_types": []})
    stage.answer("GET", "/os-quota-class-sets", {"quota_class_set": {}})
    assert cloud.capabilities().microversions == {Service.BLOCK_STORAGE: ("3.0", "3.71")}


def test_capacity_is_what_the_services_tell(stage: Any, cloud: OpenStackCloud) -> None:
    """Without Placement and Cinder there is nothing to tell."""
    del stage.endpoints["placement"], stage.endpoints["block-storage"]
    assert cloud.capacity() == {}


def test_a_cloud_is_closed_with_its_block(stage: Any) -> None:
    """And counts from zero."""
    with connect(CloudName("city"), "city-yaml", concurrency=2) as cloud:
        assert (cloud.name, cloud.requests_sent()) == ("city", 0)
