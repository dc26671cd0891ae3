"""Whole collections, page by page; the clock, the permits and the count of requests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import formatdate
from typing import Any

import pytest

from provisioner.clouds.collections import Collection, CollectionName
from provisioner.clouds.exchanges import Exchange
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.clouds.openstack.connection import open_connection
from provisioner.clouds.openstack.transport import TransportSettings
from provisioner.errors import CloudRefused, CloudUnavailable
from tenants.names import CloudName

_THINGS = Collection(
    name=CollectionName("things"),
    service="block-storage",
    path="/things",
    item="thing",
    items="things",
    fields=("size",),
    everywhere={"all_tenants": 1},
)


def _page(name: str, *, following: bool = False) -> dict[str, Any]:
    links = [{"rel": "next", "href": f"http://cloud.test/volume/v3/things?marker={name}"}] if following else []
    return {"things": [{"id": name, "project_id": "p", "size": 1, "secret": "x"}], "things_links": links}


def test_all_pages_are_read_with_the_fields_that_are_kept(stage: Any, cloud: OpenStackCloud) -> None:
    """One request each."""
    stage.answer("GET", "/things$", _page("a", following=True))
    stage.answer("GET", "/things$", _page("b"))
    listing = cloud.resources.everything(_THINGS)
    assert listing.items == ({"id": "a", "project_id": "p", "size": 1}, {"id": "b", "project_id": "p", "size": 1})
    assert (listing.pages, listing.failure) == (2, None)


def test_what_was_read_before_a_page_failed_is_there(stage: Any, cloud: OpenStackCloud) -> None:
    """With the failure."""
    stage.answer("GET", "/things$", _page("a", following=True))
    stage.answer("GET", "/things$", {"forbidden": {"message": "no"}}, status=403)
    listing = cloud.resources.everything(_THINGS)
    assert [each["id"] for each in listing.items] == ["a"]
    assert (listing.pages, type(listing.failure)) == (1, CloudRefused)


def test_a_query_narrows_and_takes_away_what_is_usually_asked_for(stage: Any, cloud: OpenStackCloud) -> None:
    """None takes the limit away."""
    stage.answer("GET", "/things$", _page("a"))
    cloud.resources.everything(_THINGS, {"limit": None, "deleted": "true"})
    assert stage.seen[-1].query == {"all_tenants": ["1"], "deleted": ["true"]}


def test_the_next_page_of_images_is_where_glance_says(stage: Any, cloud: OpenStackCloud) -> None:
    """A path under `next`, without a list of links."""
    stage.answer("GET", "/things$", {"things": [{"id": "a"}], "next": "/v2/things?marker=a&limit=1"})
    stage.answer("GET", "/things$", {"things": [{"id": "b"}]})
    assert cloud.resources.everything(_THINGS).pages == 2
    assert stage.seen[-1].query["marker"] == ["a"]


def test_the_date_of_answers_tells_how_far_a_clock_is_ahead(stage: Any, cloud: OpenStackCloud) -> None:
    """Exact to a second: headers have no fractions."""
    stage.answer("GET", "/things$", _page("a"), headers={"Date": formatdate(1_000_090.0, usegmt=True)})
    ahead = cloud.resources.everything(_THINGS).clock_ahead
    assert ahead == timedelta(seconds=90.5)


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_without_a_date_the_clock_is_unknown(stage: Any, cloud: OpenStackCloud, headers: dict[str, str]) -> None:
    """Unknown is not right."""
    stage.answer("GET", "/things$", _page("a"), headers=headers)
    assert cloud.resources.everything(_THINGS).clock_ahead is None


class Gate:
    """Keeps what was let go and heard of."""

    def __init__(self) -> None:
        self.permitted = 0
        self.heard: list[Exchange] = []
        self.open = True

    def permit(self) -> None:
        """Let a request go, while the gate is open."""
        if not self.open:
            raise CloudUnavailable("closed")
        self.permitted += 1


@pytest.fixture
def gate() -> Gate:
    """An open gate."""
    return Gate()


@pytest.fixture
def gated(stage: Any, settings: TransportSettings, gate: Gate) -> Iterator[OpenStackCloud]:
    """The cloud on the stage, behind the gate."""
    opened = open_connection(
        CloudName("city"), "city-yaml", replace(settings, permit=gate.permit, heard=gate.heard.append)
    )
    yield OpenStackCloud(opened)
    opened.close()


def test_every_request_has_a_permit_and_is_heard_of(stage: Any, gated: OpenStackCloud, gate: Gate) -> None:
    """Authentication and repetitions among them, each under its own service."""
    stage.answer("GET", "/things$", status=503)
    stage.answer("GET", "/things$", _page("a"))
    gated.resources.everything(_THINGS)
    assert [(each.service, each.status) for each in gate.heard][-2:] == [("block-storage", 503), ("block-storage", 200)]
    assert ("identity", 201) in {(each.service, each.status) for each in gate.heard}
    assert gate.permitted == len(gate.heard) == gated.requests_sent()


def test_without_a_permit_nothing_is_sent(stage: Any, gated: OpenStackCloud, gate: Gate) -> None:
    """The listing fails as a cloud that does not answer would make it."""
    gate.open = False
    assert isinstance(gated.resources.everything(_THINGS).failure, CloudUnavailable)
    assert stage.seen == []


def test_hosts_and_pools_have_their_zones(stage: Any, cloud: OpenStackCloud) -> None:
    """Nova's by hypervisor, Cinder's by service; parts of a compute count as that compute."""
    zones = [{"zoneName": "internet", "hosts": {"c1": {}}}, {"zoneName": "internal", "hosts": None}]
    stage.answer("GET", "/os-availability-zone/detail$", {"availabilityZoneInfo": zones})
    stage.answer("GET", "/os-hypervisors/detail$", {"hypervisors": [{"id": "u1", "service": {"host": "c1"}}]})
    providers = [
        {"uuid": "u1", "name": "c1", "generation": 1, "root_provider_uuid": "u1"},
        {"uuid": "u2", "name": "c1_numa0", "generation": 1, "root_provider_uuid": "u1"},
    ]
    stage.answer("GET", "/resource_providers$", {"resource_providers": providers})
    having = {"VCPU": {"total": 8, "reserved": 0, "allocation_ratio": 1.0}}
    stage.answer("GET", "/inventories$", {"inventories": having})
    stage.answer("GET", "/usages$", {"usages": {"VCPU": 2}})
    stage.answer("GET", "/types$", {"volume_types": [{"name": "ssd"}]})
    pool = {"name": "host@ssd#pool", "capabilities": {"total_capacity_gb": 100}}
    stage.answer("GET", "/get_pools$", {"pools": [pool]})
    stage.answer("GET", "/os-services$", {"services": [{"host": "host@ssd", "zone": "extranet"}]})
    found = cloud.capacities()
    (host,) = found.hosts
    assert (host.name, host.zone, next(iter(host.capacity.values())).total) == ("c1", "internet", 16)
    assert [(each.zone, each.volume_types) for each in found.pools] == [("extranet", {"ssd"})]
    assert not found.unread


def test_hosts_are_told_without_zones_where_nova_is_away(stage: Any, cloud: OpenStackCloud) -> None:
    """One service's failure costs its part, and is told."""
    del stage.endpoints["block-storage"]
    stage.answer("GET", "/os-availability-zone/detail$", status=403)
    stage.answer("GET", "/resource_providers$", {"resource_providers": []})
    assert set(cloud.capacities().unread) == {"availability zones"}
