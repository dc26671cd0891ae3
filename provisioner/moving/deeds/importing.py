"""CONVERT and UPLOAD: a file of the operators' folder as raw bytes, and those as an image of the target, proven and marked.

What is converted is on the disk of the machine that converted it. Where the next leg comes to another machine, that one converts
for itself: UPLOAD needs no more than the file. An image that the target has already is not converted; its bytes are read once, for
their hash, into an image of the migration's own.
"""

from contextlib import suppress
from typing import Final

from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.copying import records
from provisioner.copying.compare import read_journal, stored_hash
from provisioner.copying.digests import Pass, first_difference
from provisioner.copying.image_copy import USUAL_ALGORITHM, copy_image
from provisioner.copying.moving import Moving
from provisioner.copying.records import ContentDiffers, ImageCopy, NewImage, StoredImage
from provisioner.copying.upload import ImageUpload
from provisioner.disk_images import preparing
from provisioner.disk_images.errors import ImageBusy, PreparationStopped
from provisioner.disk_images.preparing import RawDisk, Workshop
from provisioner.disk_images.source import DiskSource
from provisioner.errors import InputError
from provisioner.migration.collections import IMAGES
from provisioner.migration.identifiers import MARK_COMPLETE
from provisioner.moving.deed import ABSENT, Look, Spot, Stopped, done
from provisioner.moving.deeds.images import PATIENCE, carrying, new_image, whole
from provisioner.moving.importing import disk_import_of
from provisioner.moving.reading import everything
from tenants.wave import DiskImport, Verification

UPLOAD: Final = "upload"
_GIB: Final = 1024**3
#: Seconds between two tries at a disk image that another process is at.
_BUSY: Final = 2.0


class Convert:
    """One file, converted on this machine."""

    patience = 7 * 24 * 3600.0
    #: Each takes a core, and as much of the scratch folder as its disk is large.
    side_by_side = 2

    def look(self, spot: Spot) -> Look:
        """By the note that is written once all of it is hashed."""
        wanted = _wanted(spot)
        if wanted is None:
            return done()
        disk = preparing.found(wanted, _workshop(spot))
        if disk is None:
            return ABSENT
        return done(
            file=disk.file, format=disk.format.value, size=disk.size, sha256=disk.sha256, file_sha256=disk.source_sha256
        )

    def begin(self, spot: Spot) -> Receipt:
        """All of it. Raises ImageRefused for what is not to be imported, and InputError where the volume is too small for it."""
        wanted = _wanted(spot)
        if wanted is not None:
            inspection = preparing.inspected(wanted, _workshop(spot))
            _must_fit(spot, wanted.file, inspection.virtual_size or 0)
            _prepared(spot, wanted)
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Remove what was made of the file; the file stays."""
        _discard(spot)


class Upload:
    """One disk on its way to the target's Glance."""

    patience = PATIENCE
    side_by_side = 4

    def look(self, spot: Spot) -> Look:
        """As `images.whole`."""
        return whole(spot, UPLOAD)

    def begin(self, spot: Spot) -> Receipt:
        """All of it; returns when it has arrived. Raises Stopped where somebody wants it to end."""
        said, wanted = _import(spot), _wanted(spot)
        with carrying(spot) as conduct:
            if wanted is not None:
                return _uploaded(spot, _prepared(spot, wanted), conduct)
            return _copied(spot, said, conduct)

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken: an upload begins anew by itself."""

    def undo(self, spot: Spot) -> None:
        """Delete it, whole or in part, and what was converted for it."""
        ImageUpload(_target(spot)).discard()
        _discard(spot)


def discard_converted(spot: Spot) -> None:
    """Remove what this machine made of the files of all disks, where there is anything."""
    for _, disk in spot.scene.workload.disks():
        said = disk_import_of(spot.scene.run.wave, spot.scene.workload, disk.subject)
        _discard_file(spot, said)


def _uploaded(spot: Spot, disk: RawDisk, conduct: records.Conduct) -> Receipt:
    upload = ImageUpload(_target(spot))
    _must_fit(spot, disk.file, disk.size)
    with preparing.opened(disk, _workshop(spot)) as content:
        passed = Moving(DiskSource(content), upload, conduct, algorithm=USUAL_ALGORITHM).done()
    if why := _differs(spot, disk, passed, upload):
        upload.discard()
        raise ContentDiffers(f"{spot.scene.target.name}: the image for {spot.subject}: {why}; it was deleted")
    upload.mark({MARK_COMPLETE: passed.digests.sha256})
    _discard(spot)
    return Receipt(request_ids=upload.request_ids)


def _differs(spot: Spot, disk: RawDisk, passed: Pass, upload: ImageUpload) -> str:
    """Why what is stored is not what was made ready; empty where it is."""
    if passed.digests.sha256 != disk.sha256:
        return "what was sent is not what was hashed before"
    item = upload.settled()
    if item.get("status") != "active" or item.get("size") != passed.digests.size:
        return f"it is {item.get('status')} with {item.get('size')} bytes; {passed.digests.size} were sent"
    said = stored_hash(item)
    alike = said is not None and said[0] == USUAL_ALGORITHM
    if alike and said != (USUAL_ALGORITHM, passed.other):
        return "its store says another hash than that of what was sent"
    if alike and spot.scene.run.wave.verification is not Verification.READ_BACK:
        return ""
    conduct = records.Conduct(cancelled=spot.scene.control.must_stop)
    journal = read_journal(upload.image, passed.digests.size, conduct)
    at = first_difference(journal, passed.journal, chunk=conduct.chunk)
    return "" if at is None else f"what is read back from it differs from byte {at} on"


def _copied(spot: Spot, said: DiskImport, conduct: records.Conduct) -> Receipt:
    """An image that the target has, as one of the migration's own, which nobody changes or deletes meanwhile."""
    item = _image(spot, said)
    _must_fit(spot, str(item.get("name")), int(item.get("size") or 0))
    scene, target = spot.scene, _target(spot)
    source = StoredImage(cloud=scene.target, project=scene.target_project, image=ItemId(str(item["id"])))
    copied = copy_image(ImageCopy(source=source, target=target, verification=scene.run.wave.verification), conduct)
    if said.sha256 is not None and copied.digests.sha256 != said.sha256.lower():
        ImageUpload(target).discard()
        raise InputError(
            f"the image {said.image} has the SHA-256 {copied.digests.sha256}, and {said.sha256.lower()} is said: fetch it "
            "again, or mend the manifest"
        )
    return Receipt(request_ids=copied.request_ids)


def _image(spot: Spot, said: DiskImport) -> Item:
    """The one image of that name which the target's project can use. Raises InputError for any other number, and any that is not raw."""
    scene = spot.scene
    usable = [
        each
        for each in everything(scene.target.resources, IMAGES, {"name": str(said.image)})
        if each.get("name") == said.image
        and each.get("status") == "active"
        and (each.get("owner") == scene.target_project or each.get("visibility") in {"public", "community", "shared"})
    ]
    if len(usable) != 1:
        raise InputError(
            f"{scene.target.name}: there are {len(usable)} images called {said.image} that the project can use, and one is needed"
        )
    if (form := usable[0].get("disk_format")) != "raw":
        raise InputError(
            f"{scene.target.name}: the image {said.image} is {form}, and what a volume made from it holds could not be held "
            "against it: save it to a file in the folder of disk images, and name it by file"
        )
    return usable[0]


def _prepared(spot: Spot, wanted: preparing.Wanted) -> RawDisk:
    conduct = preparing.Conduct(
        heard=lambda progress: spot.travelled(progress.done, progress.total), stopped=spot.scene.control.must_stop
    )
    while True:
        spot.must_go_on()
        try:
            return preparing.prepare(wanted, _workshop(spot), conduct)
        except ImageBusy:
            # Another migration of the same file, or what a process that died has left running.
            spot.scene.control.wait(_BUSY)
        except PreparationStopped as stopped:
            raise Stopped(str(stopped)) from stopped


def _must_fit(spot: Spot, what: str, size: int) -> None:
    disk = spot.scene.workload.disk(spot.subject)
    if size > disk.size * _GIB:
        raise InputError(
            f"the disk image {what} holds a disk of {size} bytes, and the volume {disk.name} has {disk.size} GiB: give it "
            f"{-(-size // _GIB)} GiB in the application's manifest"
        )


def _import(spot: Spot) -> DiskImport:
    return disk_import_of(spot.scene.run.wave, spot.scene.workload, spot.subject)


def _wanted(spot: Spot) -> preparing.Wanted | None:
    """The file to prepare; None for an image that the target has."""
    said = _import(spot)
    if said.file is None:
        return None
    return preparing.Wanted(file=said.file, format=said.format, sha256=said.sha256)


def _workshop(spot: Spot) -> Workshop:
    workshop = spot.scene.means.workshop
    if workshop is None:
        raise InputError("this process has no folder of disk images: set TENANTRY_DISK_IMAGES for all workers")
    return workshop


def _discard(spot: Spot) -> None:
    _discard_file(spot, _import(spot))


def _discard_file(spot: Spot, said: DiskImport) -> None:
    if said.file is not None and spot.scene.means.workshop is not None:
        # Whoever is at the same file needs what there is of it.
        with suppress(ImageBusy):
            preparing.discard(said.file, spot.scene.means.workshop)


def _target(spot: Spot) -> NewImage:
    return new_image(spot, UPLOAD)
