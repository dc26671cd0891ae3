"""Cinder's volume driver of the devcloud: a volume is a sparse file, so that its bytes are real and checkable by hash.

Raw images are read and written without any tool; other formats need ``qemu-img``, as with Cinder's own drivers.
"""
# OpenStack is installed in the services' environment alone, so mypy cannot see it.
# mypy: disable-error-code="import-not-found"

import functools
from pathlib import Path
from typing import Any

from cinder import exception, interface
from cinder.image import image_utils
from cinder.volume import configuration, driver, volume_utils
from oslo_config import cfg
from oslo_utils import units

from devcloud.faultrules import Work
from devcloud.records import CINDER
from devcloud.services.faultfile import FaultFile
from devcloud.services.sparse import SkipZeros, copy_sparse

_OPTIONS = [
    cfg.StrOpt("sparse_folder", help="Folder of the backend's volume files."),
    cfg.IntOpt("sparse_pool_gib", help="Capacity that the backend reports, GiB."),
    cfg.StrOpt("sparse_faults", help="File of the faults that are in force."),
]
cfg.CONF.register_opts(_OPTIONS, group=configuration.SHARED_CONF_GROUP)


@functools.cache
def _faults_in(file: Path) -> FaultFile:
    """Return the faults that all backends count together."""
    return FaultFile(file, service=CINDER)


@interface.volumedriver
class SparseFileDriver(driver.VolumeDriver):  # type: ignore[misc] # cinder is untyped
    """Keeps each volume and each snapshot as a sparse file of its full size."""

    VERSION = "1.0.0"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(_OPTIONS)
        self._folder = Path(self.configuration.sparse_folder)
        self._faults = _faults_in(Path(self.configuration.sparse_faults))

    @staticmethod
    def get_driver_options() -> list[Any]:
        """Return the driver's own options."""
        return _OPTIONS

    def do_setup(self, _context: Any) -> None:
        """Make the backend's folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def check_for_setup_error(self) -> None:
        """Do nothing: a folder cannot be set up wrongly."""

    def create_volume(self, volume: Any) -> None:
        """Create an empty volume."""
        self._undergo(Work.VOLUME)
        self._resize(self._file(volume), volume.size)

    def delete_volume(self, volume: Any) -> None:
        """Delete a volume."""
        self._file(volume).unlink(missing_ok=True)

    def extend_volume(self, volume: Any, new_size: int) -> None:
        """Grow a volume to ``new_size`` GiB."""
        self._resize(self._file(volume), new_size)

    def create_snapshot(self, snapshot: Any) -> None:
        """Copy a volume's bytes of this moment."""
        copy_sparse(self._file(snapshot.volume), self._file(snapshot))
        self._undergo(Work.SNAPSHOT)

    def delete_snapshot(self, snapshot: Any) -> None:
        """Delete a snapshot."""
        self._file(snapshot).unlink(missing_ok=True)

    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        """Create a volume with a snapshot's bytes."""
        self._create_from(self._file(snapshot), volume)

    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        """Create a volume with another's bytes."""
        self._create_from(self._file(src_vref), volume)

    def revert_to_snapshot(self, _context: Any, volume: Any, snapshot: Any) -> None:
        """Give a volume a snapshot's bytes again."""
        self._create_from(self._file(snapshot), volume)

    def clone_image(
        self, context: Any, volume: Any, _image_location: Any, image_meta: Any, image_service: Any
    ) -> tuple[dict[str, Any], bool]:
        """Fill a volume from a raw image directly; leave other formats to Cinder."""
        if image_meta["disk_format"] != "raw" or image_meta.get("container_format") != "bare":
            return {}, False
        self._fill(context, volume, image_service, image_meta["id"])
        return {}, True

    def copy_image_to_volume(  # noqa: PLR0917 - Cinder's signature
        self,
        context: Any,
        volume: Any,
        image_service: Any,
        image_id: str,
        disable_sparse: Any = False,  # noqa: FBT002 - as above
    ) -> None:
        """Fill an existing volume from an image, converting it with ``qemu-img`` when it is not raw."""
        if image_service.show(context, image_id)["disk_format"] == "raw":
            self._fill(context, volume, image_service, image_id)
            return
        image_utils.fetch_to_raw(
            context,
            image_service,
            image_id,
            str(self._file(volume)),
            self.configuration.volume_dd_blocksize,
            size=volume.size,
            run_as_root=False,
            disable_sparse=disable_sparse,
        )
        self._resize(self._file(volume), volume.size)

    def copy_volume_to_image(self, context: Any, volume: Any, image_service: Any, image_meta: Any) -> None:
        """Upload a volume's bytes to an image."""
        self._undergo(Work.UPLOAD)
        volume_utils.upload_volume(
            context, image_service, image_meta, str(self._file(volume)), volume, run_as_root=False
        )

    def initialize_connection(self, volume: Any, _connector: Any) -> dict[str, Any]:
        """Return how a compute reaches the volume: the path of its file."""
        return {"driver_volume_type": "gpfs", "data": {"device_path": str(self._file(volume)), "name": volume.name}}

    def terminate_connection(self, _volume: Any, _connector: Any, **_options: Any) -> None:
        """Do nothing: a path needs no closing."""

    def ensure_export(self, _context: Any, _volume: Any) -> None:
        """Do nothing: a file needs no export."""

    def create_export(self, _context: Any, _volume: Any, _connector: Any) -> None:
        """Do nothing: a file needs no export."""

    def remove_export(self, _context: Any, _volume: Any) -> None:
        """Do nothing: a file needs no export."""

    def migrate_volume(self, _context: Any, _volume: Any, _host: Any) -> tuple[bool, None]:
        """Leave migration to Cinder's own copy."""
        return False, None

    def _update_volume_stats(self) -> None:
        total = self.configuration.sparse_pool_gib
        allocated = sum(file.stat().st_size for file in self._folder.iterdir()) // units.Gi
        pool = {
            "pool_name": self.configuration.volume_backend_name,
            "total_capacity_gb": total,
            "free_capacity_gb": total - allocated,
            "allocated_capacity_gb": allocated,
            "reserved_percentage": 0,
            "thin_provisioning_support": False,
            "thick_provisioning_support": True,
            "multiattach": True,
            "QoS_support": False,
        }
        self._stats = {
            "volume_backend_name": self.configuration.volume_backend_name,
            "vendor_name": "devcloud",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            "pools": [pool],
        }

    def _file(self, owner: Any) -> Path:
        """Return the file of a volume or of a snapshot."""
        return self._folder / str(owner.name)

    def _undergo(self, work: Work) -> None:
        """Act out a fault that strikes, if any. Raises VolumeDriverException where the work is to fail."""
        if self._faults.undergo(work):
            raise exception.VolumeDriverException(message=f"devcloud fault: {work} fails")

    def _create_from(self, source: Path, volume: Any) -> None:
        self._undergo(Work.VOLUME)
        copy_sparse(source, self._file(volume))
        self._resize(self._file(volume), volume.size)

    def _fill(self, context: Any, volume: Any, image_service: Any, image_id: str) -> None:
        self._undergo(Work.VOLUME)
        with self._file(volume).open("wb") as target:
            image_service.download(context, image_id, SkipZeros(target))
        self._resize(self._file(volume), volume.size)

    @staticmethod
    def _resize(file: Path, size_gib: int) -> None:
        with file.open("ab") as opened:
            opened.truncate(size_gib * units.Gi)
