"""The collections of OpenStack's services that migrations drive, each at the microversion whose behaviour they rely on.

Data alone, for `provisioner.clouds.collections.Resources`. Kinds have collections of their own (`provisioner.kinds`), at lower
microversions, for planning needs less of a cloud. Networks, subnets, security groups, floating IPs, key pairs and server groups
are as kinds have them.
"""

from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Scope
from provisioner.migration.identifiers import MARK

_COMPUTE: Final = "compute"
_STORAGE: Final = "block-storage"
_SERVER_FIELDS: Final = (
    "name",
    "status",
    "flavor",
    "image",
    "addresses",
    "metadata",
    "tags",
    "locked",
    "locked_reason",
    "key_name",
    "fault",
    "config_drive",
    "security_groups",
    "OS-EXT-STS:task_state",
    "OS-EXT-STS:vm_state",
    "OS-EXT-STS:power_state",
    "OS-EXT-AZ:availability_zone",
    "OS-EXT-SRV-ATTR:host",
    "OS-EXT-SRV-ATTR:hostname",
    "OS-EXT-SRV-ATTR:root_device_name",
    "os-extended-volumes:volumes_attached",
)

#: Servers of all projects, as the administrator: reading, locking, stopping, moving and deleting (compute API reference,
#: `servers`). A lock that an administrator set is not taken off by the project, whose members cannot start the server either.
#: 2.94 is the first that takes a server's host name as it is (Zed, 2022). What matters of those before: tags (2.26; 2.52 when
#: made), live migration without `force` (2.68), the lock's reason (2.73), cold migration to a host (2.56), the id of an image
#: in the answer to `createImage` (2.45). A query of `{"tags": …}` finds the servers that bear a tag. Until a microversion of
#: 2.101, attaching a volume answers when it is done.
SERVERS: Final = Collection(
    name=CollectionName("migrated-servers"),
    service=_COMPUTE,
    path="/servers",
    item="server",
    items="servers",
    listing="/servers/detail",
    fields=_SERVER_FIELDS,
    owner="tenant_id",
    microversion="2.94",
    everywhere={"all_tenants": 1},
    patterns=True,
    beside=("os:scheduler_hints",),
)

#: The same in the project's own name, which decides whose new servers are, and whose images and snapshots of `createImage`.
PROJECT_SERVERS: Final = replace(SERVERS, name=CollectionName("built-servers"), scope=Scope.PROJECT)

#: Live migrations of a server (the parent) that are under way: one that has ended is not there any more. Deleting aborts, while
#: it runs from 2.24 on, while it is queued from 2.65 on. `force_complete` is an act on the server, below
#: `/migrations/{id}/action` (compute API reference, `server-migrations`).
SERVER_MIGRATIONS: Final = Collection(
    name=CollectionName("server-migrations"),
    service=_COMPUTE,
    path="/servers/{parent}/migrations",
    item="migration",
    items="migrations",
    fields=(
        "uuid",
        "status",
        "source_compute",
        "dest_compute",
        "memory_total_bytes",
        "memory_processed_bytes",
        "memory_remaining_bytes",
        "disk_total_bytes",
        "disk_processed_bytes",
        "disk_remaining_bytes",
        "created_at",
        "updated_at",
    ),
    owner=None,
    project_filter=None,
    microversion="2.80",
)

#: All migrations of whatever type and state, the newest first; a query of `{"instance_uuid": …}` narrows them to a server's
#: (compute API reference, `os-migrations`). None is shown by itself.
MIGRATIONS: Final = Collection(
    name=CollectionName("compute-migrations"),
    service=_COMPUTE,
    path="/os-migrations",
    item="migration",
    items="migrations",
    fields=(
        "uuid",
        "instance_uuid",
        "migration_type",
        "status",
        "source_compute",
        "dest_compute",
        "project_id",
        "created_at",
        "updated_at",
    ),
    owner=None,
    project_filter=None,
    microversion="2.80",
)

#: What was done to a server (the parent), by the id of the request; one that is fetched has its events, with the reasons of
#: failures (compute API reference, `os-instance-actions`; 2.84 tells what failed).
INSTANCE_ACTIONS: Final = Collection(
    name=CollectionName("instance-actions"),
    service=_COMPUTE,
    path="/servers/{parent}/os-instance-actions",
    item="instanceAction",
    items="instanceActions",
    fields=("action", "request_id", "message", "start_time", "updated_at"),
    owner=None,
    project_filter=None,
    microversion="2.84",
)

#: A server's volumes (the parent is the server), by the volumes' ids; making one attaches, deleting detaches. With a device's
#: tag from 2.70 and `delete_on_termination` from 2.79 on (compute API reference, `os-volume_attachments`).
VOLUME_ATTACHMENTS: Final = Collection(
    name=CollectionName("volume-attachments"),
    service=_COMPUTE,
    path="/servers/{parent}/os-volume_attachments",
    item="volumeAttachment",
    items="volumeAttachments",
    fields=("volumeId", "serverId", "device", "tag", "delete_on_termination"),
    owner=None,
    project_filter=None,
    microversion="2.79",
)

#: Flavors with their extra specs, which have been there since 2.61.
FLAVORS: Final = Collection(
    name=CollectionName("migrated-flavors"),
    service=_COMPUTE,
    path="/flavors",
    item="flavor",
    items="flavors",
    listing="/flavors/detail",
    fields=("name", "vcpus", "ram", "disk", "swap", "OS-FLV-EXT-DATA:ephemeral", "extra_specs"),
    owner=None,
    project_filter=None,
    # Private ones too.
    everywhere={"is_public": "None"},
    microversion="2.61",
)

#: The computes as hypervisors (compute API reference, `os-hypervisors`); which servers one has, `SERVERS` tells by `{"host": …}`.
HYPERVISORS: Final = Collection(
    name=CollectionName("hypervisors"),
    service=_COMPUTE,
    path="/os-hypervisors",
    item="hypervisor",
    items="hypervisors",
    listing="/os-hypervisors/detail",
    fields=("hypervisor_hostname", "state", "status", "service"),
    owner=None,
    project_filter=None,
    microversion="2.53",
)

#: Nova's services with their hosts and zones (compute API reference, `os-services`); ask for `{"binary": "nova-compute"}`. One is
#: switched off by an act of PUT with `{"status": "disabled", "disabled_reason": …}`.
COMPUTE_SERVICES: Final = Collection(
    name=CollectionName("compute-services"),
    service=_COMPUTE,
    path="/os-services",
    item="service",
    items="services",
    fields=("binary", "host", "zone", "status", "state", "disabled_reason", "forced_down"),
    owner=None,
    project_filter=None,
    # The first by whose ids services are told apart in all cells.
    microversion="2.53",
)

#: Volumes, made and changed in the project's name (block storage API reference v3, `volumes`). 3.42 is the first by which volumes
#: grow while servers have them. A query of `{"metadata": "{'key': 'value'}"}` finds those that have it.
VOLUMES: Final = Collection(
    name=CollectionName("migrated-volumes"),
    service=_STORAGE,
    path="/volumes",
    item="volume",
    items="volumes",
    listing="/volumes/detail",
    fields=(
        "name",
        "description",
        "size",
        "status",
        "volume_type",
        "bootable",
        "encrypted",
        "multiattach",
        "attachments",
        "metadata",
        "volume_image_metadata",
        "availability_zone",
        "snapshot_id",
        "source_volid",
        "os-vol-host-attr:host",
    ),
    owner="os-vol-tenant-attr:tenant_id",
    microversion="3.42",
    everywhere={"all_tenants": 1},
    scope=Scope.PROJECT,
)

#: Snapshots of volumes. From 3.66 on one is taken of a volume that a server has as of any other, and nothing has to be forced
#: (block storage API reference v3, `snapshots`).
SNAPSHOTS: Final = Collection(
    name=CollectionName("migrated-snapshots"),
    service=_STORAGE,
    path="/snapshots",
    item="snapshot",
    items="snapshots",
    listing="/snapshots/detail",
    fields=("name", "description", "status", "size", "volume_id", "metadata"),
    owner="os-extended-snapshot-attributes:project_id",
    microversion="3.66",
    everywhere={"all_tenants": 1},
    scope=Scope.PROJECT,
)

#: Volumes that are being given to another project. From 3.55 on their snapshots may stay where they are, from 3.57 on it is told
#: whether one was accepted; before 3.59 a listing in pages is empty, for `limit` is taken for something to look for. The answer to
#: making one has its key, once; accepting is an act of the other project, below `/accept` (block storage API reference v3,
#: `volume-transfers`).
VOLUME_TRANSFERS: Final = Collection(
    name=CollectionName("volume-transfers"),
    service=_STORAGE,
    path="/volume-transfers",
    item="transfer",
    items="transfers",
    listing="/volume-transfers/detail",
    fields=("name", "volume_id", "accepted", "destination_project_id", "created_at"),
    owner="source_project_id",
    project_filter=None,
    microversion="3.59",
    everywhere={"all_tenants": 1},
    scope=Scope.PROJECT,
)

#: Images (image API reference v2). The id of a new one may be its maker's choice: a conflict then says that it is there. Their
#: bytes go by `provisioner.clouds.image_data`. A query of any property, `{"tenantry-migration": …}`, finds those that have it.
IMAGES: Final = Collection(
    name=CollectionName("migrated-images"),
    service="image",
    path="/images",
    item="",
    items="images",
    fields=(
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
        "block_device_mapping",
        MARK,
    ),
    owner="owner",
    project_filter="owner",
    # Without it, an administrator is not shown others' community images.
    everywhere={"visibility": "all"},
    patched=True,
    scope=Scope.PROJECT,
)

#: Ports (network API reference v2.0). In Tenantry's own name, for only an administrator or the network's owner may choose a MAC
#: address.
PORTS: Final = Collection(
    name=CollectionName("migrated-ports"),
    service="network",
    path="/ports",
    item="port",
    items="ports",
    fields=(
        "name",
        "description",
        "network_id",
        "device_id",
        "device_owner",
        "mac_address",
        "fixed_ips",
        "security_groups",
        "allowed_address_pairs",
        "qos_policy_id",
        "extra_dhcp_opts",
        "port_security_enabled",
        "admin_state_up",
        "binding:vnic_type",
        "binding:host_id",
        "status",
        "tags",
    ),
    neutron=True,
)
