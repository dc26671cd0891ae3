"""Nova's hypervisor driver of the devcloud: Nova's own fake, with a lasting identity and the size we ask for."""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import uuid
from typing import Any, ClassVar

from nova.virt import fake, node


def install(*, vcpus: int, memory_mib: int, disk_gib: int) -> None:
    """Make the driver reachable as ``compute_driver = fake.DevcloudDriver`` with computes of this size."""
    DevcloudDriver.vcpus = vcpus
    DevcloudDriver.memory_mb = memory_mib
    DevcloudDriver.local_gb = disk_gib
    fake.DevcloudDriver = DevcloudDriver
    # Nova asks for the one identity of this machine; several computes share it, and each names its own node itself.
    node.read_local_node_uuid = lambda: node_uuid("control")


def node_uuid(host: str) -> str:
    """Return a compute's node id, the same at every start: Nova refuses a host whose node changed."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{host}.devcloud.invalid"))


class DevcloudDriver(fake.FakeDriver):  # type: ignore[misc] # nova is untyped
    """Nova's fake driver with node ids that survive a restart, and clean sources after a live migration."""

    capabilities: ClassVar[dict[str, bool]] = {**fake.FakeDriver.capabilities, "has_imagecache": False}

    def get_nodenames_by_uuid(self, refresh: Any = False) -> dict[str, str]:  # noqa: FBT002 - Nova's signature
        """Return this compute's only node."""
        return {node_uuid(name): name for name in self.get_available_nodes(refresh=refresh)}

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """Return the node's size and use, under its lasting id."""
        resources: dict[str, Any] = super().get_available_resource(nodename)
        if resources:
            resources["uuid"] = node_uuid(nodename)
        return resources

    def post_live_migration(
        self, context: Any, instance: Any, block_device_info: Any, _migrate_data: Any = None
    ) -> None:
        """Forget a guest that has moved away, as a real hypervisor does."""
        self.destroy(context, instance, None, block_device_info)
