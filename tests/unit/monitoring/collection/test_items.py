"""What an item of each API means, with the odd data that clouds have."""

from datetime import UTC, datetime
from typing import Any

import pytest

from monitoring.collection import backups, floating_ips, images, servers, snapshots, volumes
from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import ResourceId, Sort, State
from provisioner.usage.systems import Clue

_SERVER: dict[str, Any] = {
    "id": "s1",
    "tenant_id": "p1",
    "name": "web-1",
    "status": "ACTIVE",
    "OS-EXT-STS:vm_state": "active",
    "flavor": {"original_name": "small", "vcpus": 2, "ram": 4096, "disk": 20, "ephemeral": 10, "swap": 512},
    "created": "2027-06-01T12:00:00Z",
    "updated": "2027-06-01T12:00:30Z",
    "OS-SRV-USG:launched_at": "2027-06-01T12:00:20.000000",
    "OS-SRV-USG:terminated_at": None,
    "OS-EXT-AZ:availability_zone": "extranet",
}
_GIBIBYTE = 2**30
_MEBIBYTE = 2**20


def test_a_server_is_its_flavor_in_bytes() -> None:
    """Memory from MiB, disks from GiB, swap with the ephemeral disk; times with and without a zone are UTC."""
    seen = servers.sighting(_SERVER)
    assert seen
    assert (seen.sizes.vcpus, seen.sizes.memory_bytes, seen.sizes.root_bytes) == (2, 4096 * _MEBIBYTE, 20 * _GIBIBYTE)
    assert seen.sizes.ephemeral_bytes == 10 * _GIBIBYTE + 512 * _MEBIBYTE
    assert seen.created_at == datetime(2027, 6, 1, 12, tzinfo=UTC)
    assert seen.launched_at == datetime(2027, 6, 1, 12, 0, 20, tzinfo=UTC)


def test_a_server_without_its_figures_counts_as_itself() -> None:
    """What Nova has no value for is zero or unknown, never an error."""
    odd = {**_SERVER, "flavor": {"original_name": None, "vcpus": None, "ram": "", "swap": ""}, "created": "yesterday"}
    seen = servers.sighting(odd)
    assert seen
    assert (seen.sizes.vcpus, seen.sizes.memory_bytes, seen.variant, seen.created_at) == (0, 0, "", None)


def test_a_server_of_a_cell_that_is_down_is_not_seen() -> None:
    """Nova tells its id and owner alone: nothing of that may be metered."""
    assert servers.sighting({"id": "s1", "status": "UNKNOWN", "tenant_id": "p1"}) is None


@pytest.mark.parametrize(
    ("status", "vm_state", "state"),
    [
        ("ACTIVE", "active", State.ACTIVE),
        ("SHELVED_OFFLOADED", "shelved_offloaded", State.SHELVED_OFFLOADED),
        ("SOFT_DELETED", "soft-delete", State.SOFT_DELETED),
        ("DELETED", "error", State.DELETED),
        ("UNHEARD_OF", "levitating", State.OTHER),
        ("ACTIVE", None, State.OTHER),
    ],
)
def test_a_servers_state_is_bounded(status: str, vm_state: str | None, state: State) -> None:
    """By its vm_state; whatever a later Nova thinks of is `other`; deleted is deleted whatever it was before."""
    seen = servers.sighting({**_SERVER, "status": status, "OS-EXT-STS:vm_state": vm_state})
    assert seen
    assert seen.state is state


def test_a_volume_may_lack_its_type_and_owner() -> None:
    """Volumes from before there were types have none, and internal ones no owner."""
    seen = volumes.sighting({"id": "v1", "size": 5, "status": "in-use", "volume_type": None})
    assert seen
    assert (seen.project, seen.variant, seen.state, seen.sizes.size_bytes) == ("", "", State.IN_USE, 5 * _GIBIBYTE)


def test_a_snapshot_and_a_backup_tell_whose_they_are_each_in_its_own_way() -> None:
    """Cinder has a key of its own for each."""
    one = snapshots.SNAPSHOTS.sighting(
        {"id": "a", "os-extended-snapshot-attributes:project_id": "p1", "status": "available"}
    )
    two = backups.BACKUPS.sighting(
        {"id": "b", "os-backup-project-attr:project_id": "p2", "status": "restoring", "size": 1}
    )
    assert one
    assert two
    assert (one.project, two.project, two.state) == ("p1", "p2", State.BUSY)


def test_an_image_without_data_has_no_size() -> None:
    """Glance says null until it knows."""
    seen = images.sighting({"id": "i", "owner": None, "status": "queued", "size": None})
    assert seen
    assert (seen.project, seen.state, seen.sizes.size_bytes) == ("", State.BUILDING, 0)


def test_a_floating_ip_is_held_whether_it_leads_anywhere_or_not() -> None:
    """Not Neutron's status counts, which tells of the router, but the port."""
    base = {"id": "f", "project_id": "p1", "status": "DOWN"}
    states = [floating_ips.sighting({**base, "port_id": port}) for port in ("port", None)]
    assert [each.state if each else None for each in states] == [State.ASSOCIATED, State.UNASSOCIATED]


@pytest.mark.parametrize("module", [servers, volumes, snapshots.SNAPSHOTS, backups.BACKUPS, images, floating_ips])
def test_nothing_is_said_of_an_item_without_an_id(module: Any) -> None:
    """It could be anything."""
    assert module.sighting({"id": None}) is None
    assert module.sighting({}) is None


def test_what_tells_whose_resources_are_survives_odd_data() -> None:
    """Names, servers and volumes where the APIs have them, nothing where they do not."""
    attached = {
        "id": "v",
        "os-vol-tenant-attr:tenant_id": "p1",
        "name": "data",
        "attachments": [{"server_id": "s"}, {}],
    }
    assert volumes.clue(attached) == Clue(
        sort=Sort.VOLUME, id=ResourceId("v"), project=ProjectId("p1"), name="data", beside=((Sort.SERVER, "s"),)
    )
    told = [volumes.clue({"id": "v", "attachments": None}), floating_ips.clue({"id": "f", "port_details": None})]
    assert [each.beside if each else None for each in told] == [(), ()]
    leading = floating_ips.clue({"id": "f", "project_id": "p1", "port_details": {"device_id": "s"}})
    assert leading
    assert leading.beside == ((Sort.SERVER, "s"),)
