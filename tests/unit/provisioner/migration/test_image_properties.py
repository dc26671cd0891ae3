"""Which properties of an image go along with a disk."""

from provisioner.migration.image_properties import carried


def test_what_drivers_go_by_goes_along() -> None:
    """Whatever type Glance gives it."""
    assert carried({"hw_disk_bus": "scsi", "hw_vif_multiqueue_enabled": True, "os_type": "linux"}) == {
        "hw_disk_bus": "scsi",
        "hw_vif_multiqueue_enabled": "True",
        "os_type": "linux",
    }


def test_what_is_of_the_one_image_stays() -> None:
    """Hashes, owners, where Nova made a snapshot, and what migrations write."""
    image = {
        "id": "i1",
        "checksum": "abc",
        "owner": "p",
        "image_id": "i0",
        "instance_uuid": "s1",
        "base_image_ref": "i0",
        "os_glance_stage_host": "x",
        "owner_specified.openstack.md5": "y",
        "tenantry-migration": "m1",
        "hw_rng_model": None,
    }
    assert carried(image) == {}
    assert carried(None) == {}
