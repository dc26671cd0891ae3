"""Writes the configuration file of each service: pure text, from a cloud's settings.

Every option here differs from the service's default for a stated reason; what is left out is left as shipped, so that
quotas, policies and scheduling behave as they do in a real cloud.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.layout import CloudFolder
from devcloud.records import (
    CINDER,
    GLANCE,
    KEYSTONE,
    NEUTRON,
    NOVA,
    PLACEMENT,
    REGION,
    CloudOptions,
    Endpoint,
    Hypervisor,
    ServiceName,
)

Sections = Mapping[str, Mapping[str, str | int | float | bool]]
"""A configuration file: option values by section."""

BACKENDS: Final = ("standard", "ssd")
"""Cinder's storage backends; each has a volume type of the same name."""

SERVICE_PASSWORD: Final = "devcloud-service"  # noqa: S105 - a throw-away cloud on 127.0.0.1
"""Password of the services' own accounts."""

NOVA_DATABASES: Final = ("nova_api", "nova_cell0", "nova")
"""Nova's databases; every other service has one, of its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigInput:
    """What the configuration of one cloud depends on."""

    folder: CloudFolder
    #: The ``etc`` folder that the OpenStack packages installed, with their paste files.
    packaged_etc: Path
    endpoints: Mapping[ServiceName, Endpoint]
    options: CloudOptions

    def public_url(self, service: ServiceName) -> str:
        """Return where clients reach a service."""
        return f"http://127.0.0.1:{self.endpoints[service].public}"

    def internal_url(self, service: ServiceName) -> str:
        """Return where the other services reach a service."""
        return f"http://127.0.0.1:{self.endpoints[service].internal}"

    def scratch(self, name: str) -> str:
        """Return a working folder of a service."""
        return str(self.folder.scratch / name)

    def database_url(self, name: str) -> str:
        """Return the SQLAlchemy address of one database."""
        return database_url(self.folder.databases / f"{name}.sqlite")


def database_url(file: Path) -> str:
    """Return the SQLAlchemy address of an SQLite file."""
    return f"sqlite:///{file}"


def render(sections: Sections) -> str:
    """Return an oslo.config file."""
    lines: list[str] = []
    for section, options in sections.items():
        lines.append(f"[{section}]")
        lines.extend(f"{name} = {str(value).replace('$', '$$')}" for name, value in options.items())
        lines.append("")
    return "\n".join(lines)


def write_all(given: ConfigInput) -> None:
    """Write the configuration file of every service."""
    for service, build in _BUILDERS.items():
        given.folder.config(service).write_text(render(build(given)), encoding="utf-8")


def _account(given: ConfigInput, user: ServiceName) -> dict[str, str]:
    """Return how a service signs in to Keystone as itself."""
    return {
        "auth_type": "password",
        "auth_url": given.internal_url(KEYSTONE) + "/v3",
        "username": user,
        "password": SERVICE_PASSWORD,
        "project_name": "service",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        "region_name": REGION,
    }


def _client(given: ConfigInput, user: ServiceName) -> dict[str, str]:
    """Return how a service calls another: as itself, over the internal endpoint."""
    return _account(given, user) | {"valid_interfaces": "internal"}


def _token_check(given: ConfigInput, user: ServiceName) -> dict[str, str]:
    """Return how a service checks tokens; without memcached servers they are cached in its own memory."""
    return _account(given, user) | {
        "www_authenticate_uri": given.public_url(KEYSTONE) + "/v3",
        "interface": "internal",
        "service_token_roles": "service",
        "service_token_roles_required": "true",
    }


def _log(given: ConfigInput, service: ServiceName) -> dict[str, str]:
    return {
        "log_file": str(given.folder.log(service)),
        "default_log_levels": "sqlalchemy=WARN,stevedore=WARN,urllib3=WARN,oslo_policy=ERROR,"
        "oslo_messaging=INFO,keystoneauth=WARN,keystonemiddleware=ERROR,requests=WARN",
    }


def _database(given: ConfigInput, name: str) -> dict[str, str]:
    return {"connection": given.database_url(name), "sqlite_synchronous": "false"}


def _keystone(given: ConfigInput) -> Sections:
    return {
        "DEFAULT": _log(given, KEYSTONE),
        "database": _database(given, KEYSTONE),
        "token": {"provider": "fernet"},
        "fernet_tokens": {"key_repository": str(given.folder.keys / "fernet")},
        "fernet_receipts": {"key_repository": str(given.folder.keys / "fernet")},
        "credential": {"key_repository": str(given.folder.keys / "credential")},
        # Without a cache every request looks its token's roles and catalogue up in forty statements.
        "cache": {
            "enabled": "true",
            "backend": "dogpile.cache.memory",
            "proxies": "oslo_cache.testing.CacheIsolatingProxy",  # hands out copies: callers change what they get
        },
        # The least that bcrypt allows: every token request checks a password, and there is nothing to protect.
        "identity": {"password_hash_rounds": 4},
    }


def _placement(given: ConfigInput) -> Sections:
    return {
        "DEFAULT": _log(given, PLACEMENT),
        "placement_database": _database(given, PLACEMENT),
        "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": _token_check(given, PLACEMENT),
    }


def _glance(given: ConfigInput) -> Sections:
    return {
        "DEFAULT": _log(given, GLANCE) | {"enabled_backends": "file:file", "enabled_import_methods": "[web-download]"},
        "database": _database(given, GLANCE),
        "glance_store": {"default_backend": "file"},
        # Images of disks are mostly zeros: nothing is stored for those.
        "file": {"filesystem_store_datadir": str(given.folder.images), "filesystem_thin_provisioning": "true"},
        "os_glance_staging_store": {"filesystem_store_datadir": given.scratch("glance-staging")},
        "os_glance_tasks_store": {"filesystem_store_datadir": given.scratch("glance-tasks")},
        "paste_deploy": {
            "flavor": "keystone",
            "config_file": str(given.packaged_etc / "glance" / "glance-api-paste.ini"),
        },
        "keystone_authtoken": _token_check(given, GLANCE),
        "oslo_concurrency": {"lock_path": given.scratch("glance-locks")},
    }


def _neutron(given: ConfigInput) -> Sections:
    return {
        "DEFAULT": _log(given, NEUTRON)
        | {
            "core_plugin": "ml2",
            "service_plugins": "router,qos",
            "transport_url": "fake:/",
            "state_path": given.scratch("neutron"),
            "api_paste_config": str(given.packaged_etc / "neutron" / "api-paste.ini"),
            # Nova does not wait for these events (vif_plugging_timeout), and there are no agents to notify.
            "notify_nova_on_port_status_changes": "false",
            "notify_nova_on_port_data_changes": "false",
            "dhcp_agent_notification": "false",
            "rpc_workers": 0,
        },
        "database": _database(given, NEUTRON),
        "keystone_authtoken": _token_check(given, NEUTRON),
        "oslo_concurrency": {"lock_path": given.scratch("neutron-locks")},
        "ml2": {
            "type_drivers": "flat,vxlan",
            "tenant_network_types": "vxlan",
            "mechanism_drivers": "devcloud",
            "extension_drivers": "port_security,qos",
        },
        "devcloud": {"real_guests": given.options.hypervisor is not Hypervisor.FAKE},
        "ml2_type_flat": {"flat_networks": "*"},
        "ml2_type_vxlan": {"vni_ranges": "1:100000"},
    }


def _cinder(given: ConfigInput) -> Sections:
    backends: dict[str, dict[str, str | int]] = {
        name: {
            "volume_backend_name": name,
            "volume_driver": "devcloud.services.sparsefiles.SparseFileDriver",
            "sparse_folder": str(given.folder.volumes / name),
            "sparse_pool_gib": given.options.pool_gib,
            "sparse_faults": str(given.folder.faults),
        }
        for name in BACKENDS
    }
    return {
        "DEFAULT": _log(given, CINDER)
        | {
            "host": "storage",
            "transport_url": "fake:/",
            "state_path": given.scratch("cinder"),
            "image_conversion_dir": given.scratch("cinder-conversion"),
            "api_paste_config": str(given.packaged_etc / "cinder" / "api-paste.ini"),
            "resource_query_filters_file": str(given.packaged_etc / "cinder" / "resource_filters.json"),
            "enabled_backends": ",".join(BACKENDS),
            "default_volume_type": BACKENDS[0],
            "allow_availability_zone_fallback": "true",
            "glance_catalog_info": "image:glance:internalURL",
            # The scheduler would otherwise wait a minute for its first report; here the backends share its process.
            "scheduler_driver_init_wait_time": 1,
            # A volume that fails ends in error at once, and is not tried again where nothing would be different.
            "scheduler_max_attempts": 1,
            "my_ip": "127.0.0.1",
        },
        "database": _database(given, CINDER),
        "keystone_authtoken": _token_check(given, CINDER),
        "service_user": _account(given, CINDER) | {"send_service_user_token": "true"},
        "nova": _account(given, CINDER) | {"interface": "internal"},
        "oslo_concurrency": {"lock_path": given.scratch("cinder-locks")},
        "coordination": {"backend_url": f"file://{given.scratch('cinder-coordination')}"},
        **backends,
    }


def _nova(given: ConfigInput) -> Sections:
    catalogue = _client(given, NOVA)
    sections: dict[str, Mapping[str, str | int | float | bool]] = {
        "DEFAULT": _log(given, NOVA)
        | {
            "host": "control",
            "transport_url": "fake:/",
            "state_path": given.scratch("nova"),
            "my_ip": "127.0.0.1",
            "compute_driver": "fake.DevcloudDriver",
            # Nobody plugs anything, so nobody reports that it was plugged.
            "vif_plugging_timeout": 0,
            "vif_plugging_is_fatal": "false",
            "rpc_response_timeout": 120,
            "service_down_time": 180,
            # How often Nova looks whether a volume it boots from is there, seconds.
            "block_device_allocate_retries_interval": 1,
            # A zone may have one compute alone; a resize must be possible there as well.
            "allow_resize_to_same_host": "true",
            "max_concurrent_builds": 10,
            "max_concurrent_snapshots": 10,
        },
        "api_database": _database(given, "nova_api"),
        "database": _database(given, "nova"),
        "keystone_authtoken": _token_check(given, NOVA),
        "service_user": _account(given, NOVA) | {"send_service_user_token": "true"},
        "placement": catalogue,
        "neutron": catalogue,
        "glance": catalogue,
        "cinder": {"catalog_info": "volumev3::internalURL", "os_region_name": REGION} | _account(given, NOVA),
        "oslo_concurrency": {"lock_path": given.scratch("nova-locks")},
        "compute": {"live_migration_wait_for_vif_plug": "false"},
        "image_cache": {"manager_interval": -1},
        "vnc": {"enabled": "false"},
    }
    if given.options.unified_limits:
        sections["quota"] = {"driver": "nova.quota.UnifiedLimitsDriver"}
        limits = _client(given, NOVA) | {
            "system_scope": "all",
            "endpoint_service_type": "compute",
            "endpoint_region_name": REGION,
            "endpoint_interface": "public",
        }
        del limits["project_name"], limits["project_domain_name"]
        sections["oslo_limit"] = limits
    if given.options.bin_s:
        sections["DEFAULT"] = {**sections["DEFAULT"], "reclaim_instance_interval": given.options.bin_s}
    if given.options.hypervisor is not Hypervisor.FAKE:
        sections["DEFAULT"] = {**sections["DEFAULT"], **_REAL_GUESTS}
        sections["libvirt"] = {**_LIBVIRT, "virt_type": given.options.hypervisor.value}
    return sections


_REAL_GUESTS: Final[Mapping[str, str | int]] = {
    "compute_driver": "libvirt.DevcloudDriver",
    # There is no metadata service: host name, keys and addresses come on a drive.
    "force_config_drive": "true",
    "mkisofs_cmd": "genisoimage",
    "reserved_host_memory_mb": 0,
}

_LIBVIRT: Final[Mapping[str, str | int]] = {
    "images_type": "qcow2",
    "cpu_mode": "none",
    # MiB; QEMU's emulation would take a fraction of the guest's memory, up to 1 GiB, for translated code.
    "tb_cache_size": 32,
}


_BUILDERS: Final[Mapping[ServiceName, Callable[[ConfigInput], Sections]]] = {
    KEYSTONE: _keystone,
    PLACEMENT: _placement,
    GLANCE: _glance,
    NEUTRON: _neutron,
    CINDER: _cinder,
    NOVA: _nova,
}
