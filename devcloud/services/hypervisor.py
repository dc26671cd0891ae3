"""Nova's hypervisor driver of the devcloud: Nova's own fake, with a lasting identity, the size we ask for and real root disks.

Servers run nothing. What is real of them is the content of their disks (`rootdisks`), and the time that their migrations take
where a fault asks for some.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import time
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from nova import exception
from nova.compute import task_states
from nova.virt import fake, node

from devcloud.faultrules import Work
from devcloud.layout import CloudFolder
from devcloud.records import NOVA, CloudOptions
from devcloud.services.faultfile import FaultFile
from devcloud.services.rootdisks import RootDisks

_TICK_S = 0.25
_MIB = 1024**2


def install(options: CloudOptions, folder: CloudFolder) -> None:
    """Make the driver reachable as ``compute_driver = fake.DevcloudDriver`` with computes of this size."""
    DevcloudDriver.vcpus = options.vcpus_per_compute
    DevcloudDriver.memory_mb = options.memory_mib_per_compute
    DevcloudDriver.local_gb = options.disk_gib_per_compute
    DevcloudDriver.disks = RootDisks(folder.disks)
    DevcloudDriver.faults = FaultFile(folder.faults, service=NOVA)
    fake.DevcloudDriver = DevcloudDriver
    # Nova asks for the one identity of this machine; several computes share it, and each names its own node itself.
    node.read_local_node_uuid = lambda: node_uuid("control")


def node_uuid(host: str) -> str:
    """Return a compute's node id, the same at every start: Nova refuses a host whose node changed."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{host}.devcloud.invalid"))


class DevcloudDriver(fake.FakeDriver):  # type: ignore[misc] # nova is untyped
    """Nova's fake driver with node ids that survive a restart, root disks, and live migrations that can be watched."""

    capabilities: ClassVar[dict[str, bool]] = {**fake.FakeDriver.capabilities, "has_imagecache": False}
    disks: ClassVar[RootDisks]
    faults: ClassVar[FaultFile]

    def __init__(self, virtapi: Any, read_only: Any = False) -> None:  # noqa: FBT002 - Nova's signature
        super().__init__(virtapi, read_only)
        #: By the id of a server that is being migrated: what an operator has asked of it meanwhile.
        self._moving: dict[str, str] = {}

    def get_nodenames_by_uuid(self, refresh: Any = False) -> dict[str, str]:  # noqa: FBT002 - as above
        """Return this compute's only node."""
        return {node_uuid(name): name for name in self.get_available_nodes(refresh=refresh)}

    def get_available_resource(self, nodename: str) -> dict[str, Any]:
        """Return the node's size and use, under its lasting id."""
        resources: dict[str, Any] = super().get_available_resource(nodename)
        if resources:
            resources["uuid"] = node_uuid(nodename)
        return resources

    # Disks

    def spawn(self, context: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Start a server, on a disk with its image's bytes or on the one that it has."""
        self._undergo(Work.SERVER)
        self.disks.ensure(context, instance)
        super().spawn(context, instance, *args, **kwargs)

    def destroy(  # noqa: PLR0913, PLR0917 - Nova's signature
        self,
        context: Any,
        instance: Any,
        network_info: Any,
        block_device_info: Any = None,
        destroy_disks: Any = True,  # noqa: FBT002 - as above
        destroy_secrets: Any = True,  # noqa: FBT002 - as above
    ) -> None:
        """Forget a server, and delete its disk unless it goes on elsewhere."""
        super().destroy(context, instance, network_info, block_device_info, destroy_disks, destroy_secrets)
        if destroy_disks:
            self.disks.delete(instance)

    def snapshot(self, context: Any, instance: Any, image_id: str, update_task_state: Callable[..., None]) -> None:
        """Upload the disk's bytes of this moment."""
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        frozen = self.disks.freeze(instance)
        try:
            update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
            self._undergo(Work.UPLOAD)
            self.disks.upload(context, instance, image_id, frozen)
        finally:
            frozen.unlink()

    # Cold migration

    def check_instance_shared_storage_local(self, _context: Any, instance: Any) -> dict[str, str]:
        """Let the other compute be asked whether it sees the disk."""
        return {"uuid": instance.uuid}

    def check_instance_shared_storage_remote(self, _context: Any, _data: Any) -> bool:
        """Every compute sees every disk: a reverted migration must not delete it."""
        return True

    def finish_migration(self, context: Any, migration: Any, instance: Any, *args: Any, **kwargs: Any) -> None:
        """Go on with a server here, on its disk, which grows with its flavor."""
        self._undergo(Work.COLD_MIGRATION)
        super().finish_migration(context, migration, instance, *args, **kwargs)
        self.disks.fit(instance)

    def confirm_migration(self, context: Any, migration: Any, instance: Any, network_info: Any) -> None:
        """Forget a server that has moved away; its disk went along."""
        if migration.source_compute != migration.dest_compute:
            self.destroy(context, instance, network_info, destroy_disks=False)

    # Live migration

    def live_migration(  # noqa: PLR0913, PLR0917 - Nova's signature
        self,
        context: Any,
        instance: Any,
        dest: str,
        post_method: Callable[..., None],
        recover_method: Callable[..., None],
        block_migration: Any = False,  # noqa: FBT002 - as above
        migrate_data: Any = None,
    ) -> None:
        """Move at once; where a fault asks for it, take time and show progress, and fail."""
        self._moving[instance.uuid] = ""
        try:
            failed = self._take_time(instance, migrate_data)
            asked = self._moving[instance.uuid]
        finally:
            del self._moving[instance.uuid]
        if asked == "abort":
            recover_method(context, instance, dest, migrate_data, migration_status="cancelled")
        elif failed and asked != "complete":
            recover_method(context, instance, dest, migrate_data)
        else:
            post_method(context, instance, dest, block_migration, migrate_data)

    def live_migration_abort(self, instance: Any) -> None:
        """Leave the server where it is."""
        if instance.uuid in self._moving:
            self._moving[instance.uuid] = "abort"

    def live_migration_force_complete(self, instance: Any) -> None:
        """Be done with it now, as a hypervisor does that stops the guest for the rest."""
        if instance.uuid in self._moving:
            self._moving[instance.uuid] = "complete"

    def post_live_migration(
        self, context: Any, instance: Any, block_device_info: Any, _migrate_data: Any = None
    ) -> None:
        """Forget a guest that has moved away, as a real hypervisor does; its disk went along."""
        self.destroy(context, instance, None, block_device_info, destroy_disks=False)

    def rollback_live_migration_at_destination(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: the disk is the source's too."""

    def _take_time(self, instance: Any, migrate_data: Any) -> bool:
        """Let the time of a fault pass, if one strikes; return whether the migration then fails."""
        fault = self.faults.hinder(Work.LIVE_MIGRATION)
        if fault is None:
            return False
        began = time.monotonic()
        while (passed := time.monotonic() - began) < fault.seconds and self.faults.in_force(fault):
            if self._moving[instance.uuid]:
                break
            _show_progress(instance, migrate_data.migration, min(passed / fault.seconds, 1.0))
            time.sleep(_TICK_S)
        return fault.fails and self.faults.in_force(fault)

    def _undergo(self, work: Work) -> None:
        """Act out a fault that strikes, if any. Raises NovaException where the work is to fail."""
        if self.faults.undergo(work):
            raise exception.NovaException(f"devcloud fault: {work} fails")


def _show_progress(instance: Any, migration: Any, done: float) -> None:
    """Note how far the memory has come, once in a while; the disk is shared and has nothing to come."""
    total = instance.flavor.memory_mb * _MIB
    processed = int(total * done)
    migration.memory_total, migration.memory_processed, migration.memory_remaining = total, processed, total - processed
    migration.disk_total = migration.disk_processed = migration.disk_remaining = 0
    migration.save()
