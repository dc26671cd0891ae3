"""Snapshots' contents are plain JSON, and mean the same when they are read."""

import json

import pytest

from monitoring.collection.contents import (
    Counted,
    ServerRow,
    ZoneCapacity,
    counted,
    counts_content,
    reading_content,
    readings,
    resource_named,
    servers,
    servers_content,
    zones,
    zones_content,
)
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.usage.sightings import ResourceId, State, Variant
from tenants.names import VolumeTypeName
from tenants.resources import CATALOGUE, Limit, Resource, Service
from tests.unit.monitoring.collection.conftest import START

_PROJECT = ProjectId("p1")


def test_servers_come_back() -> None:
    """With names in Chinese."""
    row = ServerRow(
        id=ResourceId("s1"),
        project=_PROJECT,
        name="商事登记-1",
        flavor=Variant("small"),
        availability_zone="internet",
        state=State.ACTIVE,
        vcpus=2,
        memory_bytes=2**30,
        created_at=START,
    )
    content = json.loads(json.dumps({"servers": servers_content([row])}))
    assert list(servers(content)) == [row]


def test_counts_zones_and_readings_come_back() -> None:
    """So do these."""
    count = Counted(project=_PROJECT, variant=Variant("ssd"), state=State.IN_USE, number=2, size_bytes=3)
    cores = Resource(service=Service.COMPUTE, name="cores")
    zone = ZoneCapacity(availability_zone="x", resource=cores, raw=1, allocatable=2, allocated=3, largest_host=None)
    usage = Usage(limit=Limit(-1), used=None, reserved=1)
    assert list(counted(json.loads(json.dumps(counts_content([count]))))) == [count]
    assert list(zones(json.loads(json.dumps(zones_content([zone]))))) == [zone]
    content = json.loads(json.dumps({"projects": {_PROJECT: reading_content({cores: usage})}}))
    assert list(readings(content)) == [(_PROJECT, cores, usage)]


@pytest.mark.parametrize("resource", [Resource(service=s, name=n) for s, names in CATALOGUE.items() for n in names])
def test_every_resource_is_known_by_its_text(resource: Resource) -> None:
    """All that services limit."""
    assert resource_named(str(resource)) == resource


def test_a_volume_types_name_may_hold_anything() -> None:
    """Underscores, and names of resources, too."""
    resource = Resource(
        service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("volumes_固态 gigabytes_x")
    )
    assert resource_named(str(resource)) == resource


def test_what_this_version_does_not_know_is_left_out() -> None:
    """A snapshot may be of a later one."""
    assert list(readings({"projects": {"p": {"compute/qubits": [1, 0, 0], "poetry/lines": [1, 0, 0]}}})) == []
