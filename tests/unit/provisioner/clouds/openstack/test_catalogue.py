"""What a cloud offers: one listing for each service, and a service that does not answer is said to be so."""

from typing import Any

import pytest

from provisioner.clouds.offers import Flavor, Image, OfferedNetwork, VolumeType
from provisioner.clouds.openstack.cloud import OpenStackCloud

_FLAVOR = {"id": "f", "name": "small", "vcpus": 1, "ram": 2048, "disk": 20, "links": []}
_IMAGE = {"id": "i", "name": "guest", "status": "active", "visibility": "private", "owner": "p", "min_disk": 5}
_NETWORK = {"id": "n", "name": "应用网", "project_id": "a", "router:external": False, "shared": False}


@pytest.fixture
def offering(stage: Any) -> Any:
    """A cloud that offers one thing of each."""
    stage.endpoints["image"] = "http://cloud.test/image/v2"
    stage.answer("GET", "/flavors/detail$", {"flavors": [{**_FLAVOR, "os-flavor-access:is_public": False}]})
    stage.answer("GET", "/images$", {"images": [_IMAGE]})
    stage.answer("GET", "/types$", {"volume_types": [{"id": "t", "name": "ssd", "is_public": True}]})
    stage.answer("GET", "/networks$", {"networks": [_NETWORK]})
    return stage


def _listing(stage: Any, path: str) -> list[Any]:
    return [each for each in stage.seen if each.path.endswith(path)]


def test_all_that_is_offered_is_told(offering: Any, cloud: OpenStackCloud) -> None:
    """With its id, and what plans need of it."""
    offers = cloud.offers()
    assert offers.flavors == (Flavor(id="f", name="small", vcpus=1, ram=2048, disk=20, public=False),)
    assert offers.images == (
        Image(id="i", name="guest", status="active", visibility="private", owner="p", min_disk=5, min_ram=0),
    )
    assert offers.volume_types == (VolumeType(id="t", name="ssd", public=True),)
    assert (offers.networks, offers.unread) == ((OfferedNetwork(id="n", name="应用网", owner="a"),), {})


def test_private_flavors_and_types_are_asked_for(offering: Any, cloud: OpenStackCloud) -> None:
    """They are granted by manifests."""
    cloud.offers()
    asked = [_listing(offering, path)[0].query["is_public"] for path in ("/flavors/detail", "/types")]
    assert asked == [["None"], ["None"]]


def test_images_are_read_to_the_last_page(offering: Any, cloud: OpenStackCloud) -> None:
    """Each page begins after the last one of the one before."""
    offering.answer("GET", "/images$", {"images": [_IMAGE], "next": "/v2/images?marker=i"})
    offering.answer("GET", "/images$", {"images": [{**_IMAGE, "id": "j", "name": None}]})
    # The first answer of the script is that of the fixture, which has one page alone.
    cloud.offers()
    assert [(each.id, each.name) for each in cloud.offers().images] == [("i", "guest"), ("j", "")]
    assert _listing(offering, "/images")[-1].query["marker"] == ["i"]


def test_external_networks_are_told_apart(offering: Any, cloud: OpenStackCloud) -> None:
    """By Neutron's own word."""
    offering.answer("GET", "/networks$", {"networks": [{**_NETWORK, "router:external": True}]})
    assert [each.external for each in cloud.offers().networks] == [False]
    assert [each.external for each in cloud.offers().networks] == [True]


def test_no_more_is_asked_for_than_is_told(offering: Any, cloud: OpenStackCloud) -> None:
    """Networks have many more keys; four requests are enough."""
    cloud.offers()
    fields = ["id", "name", "project_id", "router:external", "shared"]
    assert _listing(offering, "/networks")[0].query["fields"] == fields
    assert sum(len(_listing(offering, path)) for path in ("/flavors/detail", "/images", "/types", "/networks")) == 4


def test_a_service_that_is_not_there_offers_nothing(offering: Any, cloud: OpenStackCloud) -> None:
    """A cloud may have no images, or no volumes."""
    del offering.endpoints["image"]
    del offering.endpoints["block-storage"]
    offers = cloud.offers()
    assert (offers.images, offers.volume_types, offers.unread) == ((), (), {})
    assert [each.name for each in offers.flavors] == ["small"]


def test_a_service_that_does_not_answer_costs_only_itself(stage: Any, cloud: OpenStackCloud) -> None:
    """It is unread, with the reason; never empty."""
    stage.endpoints["image"] = "http://cloud.test/image/v2"
    stage.answer("GET", "/flavors/detail$", {"flavors": [_FLAVOR]})
    stage.answer("GET", "/images$", status=503)
    stage.answer("GET", "/types$", status=403)
    stage.answer("GET", "/networks$", {"networks": []})
    offers = cloud.offers()
    assert [each.name for each in offers.flavors] == ["small"]
    assert {service: "HTTP 503" in why or "HTTP 403" in why for service, why in offers.unread.items()} == {
        "image": True,
        "block-storage": True,
    }


def test_our_own_user_is_in_the_token(stage: Any, cloud: OpenStackCloud) -> None:
    """No request beyond it."""
    assert cloud.own_user() == "u"
    assert stage.paths() == []
