"""What keeps a disk image from being imported, as errors: terminal unless it says otherwise."""

from collections.abc import Sequence

from provisioner.errors import InputError, TenantryError


class ImageRefused(InputError):
    """The file is not what may be imported; `reasons` has every one, each with what would be right."""

    def __init__(self, file: str, reasons: Sequence[str]) -> None:
        super().__init__(f"the disk image {file} is not imported: {'; '.join(reasons)}")
        self.reasons = tuple(reasons)


class ImageChanged(TenantryError):
    """The file is no longer the one that was looked at: begin anew."""

    retryable = True


class ImageBusy(TenantryError):
    """Another process is at the same image."""

    retryable = True


class NoRoom(TenantryError):
    """The scratch folder has no room for the disk."""

    retryable = True


class ConversionFailed(TenantryError):
    """qemu-img could not read the image, or went beyond what it may take."""


class PreparationStopped(TenantryError):
    """Whoever asked does not want it any more; nothing of it is left."""
