"""Which properties of an image say what its bytes need to run, and so go along with a disk. Pure.

Glance keeps with each image much that is of this one image (its hash, its age, whose it is), and Nova and Cinder add from where
they made a snapshot. What is left is what drivers go by: `hw_disk_bus`, `hw_firmware_type`, `os_type` (image API reference v2;
Glance's "Useful image properties").
"""

from collections.abc import Mapping
from typing import Any, Final

#: Of this image, in Glance's own schema or in what Cinder keeps with a volume.
_OF_ONE_IMAGE: Final = frozenset(
    {
        "id",
        "name",
        "status",
        "visibility",
        "protected",
        "size",
        "virtual_size",
        "disk_format",
        "container_format",
        "min_disk",
        "min_ram",
        "checksum",
        "os_hash_algo",
        "os_hash_value",
        "os_hidden",
        "owner",
        "created_at",
        "updated_at",
        "tags",
        "self",
        "file",
        "schema",
        "stores",
        "locations",
        "direct_url",
        "image_id",
        "image_name",
        "signature_verified",
        "cinder_encryption_key_id",
        "cinder_encryption_key_deletion_policy",
    }
)
#: What Nova adds to the images that it makes of servers.
_OF_SNAPSHOTS: Final = frozenset(
    {
        "base_image_ref",
        "image_type",
        "image_location",
        "image_state",
        "instance_uuid",
        "user_id",
        "owner_id",
        "owner_project_name",
        "owner_user_name",
        "boot_roles",
        "locked_reason",
        "block_device_mapping",
        "bdm_v2",
        "root_device_name",
    }
)
#: Glance's own, those by which SDKs tell whether they uploaded an image before, and those that say it is a migration's.
_PREFIXES: Final = ("os_glance", "owner_specified.", "tenantry-", "tenantry_")


def carried(properties: Mapping[str, Any] | None) -> Mapping[str, str]:
    """Of an image's keys, or a volume's `volume_image_metadata`, those that are to arrive with the disk."""
    return {
        key: str(value)
        for key, value in sorted((properties or {}).items())
        if value is not None and key not in _OF_ONE_IMAGE and key not in _OF_SNAPSHOTS and not key.startswith(_PREFIXES)
    }
