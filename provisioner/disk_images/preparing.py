"""From a file that came from elsewhere to a raw disk that is ready for Glance: inspected, hashed, checked, converted, hashed again.

    disk = prepare(Wanted(file="finance/web-1.qcow2", sha256=…), workshop, conduct)
    with opened(disk, workshop) as content: ...                 # content.read(), content.pieces(), content.extents()
    discard(disk.file, workshop)                                # once it is in the cloud

It can be called again after anything: what is finished is found by its note, what is not is done anew. An image that is raw already is
not written a second time: it is hashed, and read where it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from provisioner.disk_images import qemu_img
from provisioner.disk_images.content import RawContent, sha256_of
from provisioner.disk_images.errors import ConversionFailed, ImageChanged, ImageRefused
from provisioner.disk_images.folder import OpenFile, Version, in_folder
from provisioner.disk_images.inspection.excerpts import Excerpts
from provisioner.disk_images.inspection.findings import Inspection
from provisioner.disk_images.inspection.inspect import Expected, inspect
from provisioner.disk_images.inspection.raw import SECTOR
from provisioner.disk_images.scratch import Note, Place, place_of, require_room
from tenants.wave import DiskFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where disk images are, and where they are worked on."""

    #: The operators' folder; None where there is none, and nothing can be imported.
    images: Path | None
    #: Raw disks are written here, up to the size of the disk each.
    scratch: Path
    #: The most bytes that a disk may have.
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file as a wave names it."""

    #: Its path below the operators' folder.
    file: str
    #: What it has to be; None where the wave does not say.
    format: DiskFormat | None = None
    #: What its bytes hash to, in hexadecimal; None where nobody knows.
    sha256: str | None = None


class Phase(StrEnum):
    """What is done with an image."""

    HASHING = "hashing"
    CONVERTING = "converting"
    VERIFYING = "verifying"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a phase came, in bytes."""

    phase: Phase
    done: int
    total: int


def _never() -> bool:
    return False


def _nobody(_: Progress) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """Who hears how far it came, and who may end it."""

    heard: Callable[[Progress], None] = _nobody
    #: Asked every few megabytes and several times a second.
    stopped: Callable[[], bool] = _never


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDisk:
    """A disk that is ready. Hashes are SHA-256 in hexadecimal."""

    file: str
    #: What the file was.
    format: DiskFormat
    #: Bytes of the disk.
    size: int
    source_sha256: str
    #: Of the disk's content; the same where the file is raw.
    sha256: str
    #: What the inspection noted.
    notes: tuple[str, ...]
    note: Note


def look(file: OpenFile, expected: Expected) -> Inspection:
    """Inspect a file that is open, without any tool."""
    found = inspect(Excerpts(file.read, file.version.size), expected)
    return replace(found, allocated=file.allocated)


def prepare(wanted: Wanted, workshop: Workshop, conduct: Conduct) -> RawDisk:
    """Make the disk ready, or find it ready.

    Raises ImageRefused for a file that is not to be imported, InputError for one that cannot be read and for a tool or folder that is
    missing, and the errors of `provisioner.disk_images.errors`.
    """
    with in_folder(workshop.images, wanted.file) as file:
        place = place_of(workshop.scratch, wanted.file)
        with place.locked() as lock:
            inspection = _accepted(file, wanted, workshop)
            note = _finished(place, file, _format(inspection))
            if note is None:
                place.clear()
                note = _make(_Work(wanted, file, inspection, place, conduct, lock))
            return _ready(wanted, inspection, note)


def inspected(wanted: Wanted, workshop: Workshop) -> Inspection:
    """What a file that a wave names is, looked at without any tool. Raises ImageRefused and InputError as `prepare` does."""
    with in_folder(workshop.images, wanted.file) as file:
        return _accepted(file, wanted, workshop)


def found(wanted: Wanted, workshop: Workshop) -> RawDisk | None:
    """The disk that is ready, by its note; None where it is not, or is not any more. Changes nothing.

    Raises ImageRefused and InputError as `prepare` does.
    """
    with in_folder(workshop.images, wanted.file) as file:
        inspection = _accepted(file, wanted, workshop)
        note = _finished(place_of(workshop.scratch, wanted.file), file, _format(inspection))
        return None if note is None else _ready(wanted, inspection, note)


@contextmanager
def opened(disk: RawDisk, workshop: Workshop) -> Iterator[RawContent]:
    """The content of a disk that is ready. Raises ImageChanged where it is not what it was, or gone: prepare it again."""
    place = place_of(workshop.scratch, disk.file)
    with in_folder(workshop.images, disk.file) if disk.format is DiskFormat.RAW else _raw_of(place) as file:
        if file is None or file.version != disk.note.result:
            raise ImageChanged(
                f"the disk image {disk.file} changed after it was hashed: leave it as it is until it is imported"
            )
        yield RawContent(file)


def discard(file: str, workshop: Workshop) -> None:
    """Remove what was made of an image, finished or not. Raises ImageBusy while it is being made."""
    place = place_of(workshop.scratch, file)
    with place.locked():
        place.clear()


def _accepted(file: OpenFile, wanted: Wanted, workshop: Workshop) -> Inspection:
    inspection = look(file, Expected(format=wanted.format, largest=workshop.largest))
    if inspection.format is None or inspection.virtual_size is None or inspection.refusals:
        raise ImageRefused(wanted.file, inspection.refusals)
    return inspection


def _format(inspection: Inspection) -> DiskFormat:
    if inspection.format is None:
        raise AssertionError("what was accepted has one")
    return inspection.format


def _ready(wanted: Wanted, inspection: Inspection, note: Note) -> RawDisk:
    _raise_if_other(wanted, note.source_sha256)
    return RawDisk(
        file=wanted.file,
        format=_format(inspection),
        size=note.result.size,
        source_sha256=note.source_sha256,
        sha256=note.sha256,
        notes=inspection.notes,
        note=note,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """One image under way."""

    wanted: Wanted
    file: OpenFile
    inspection: Inspection
    place: Place
    conduct: Conduct
    lock: int

    def hash(self, file: OpenFile, phase: Phase) -> str:
        def read(done: int) -> None:
            self.conduct.heard(Progress(phase=phase, done=done, total=file.version.size))

        return sha256_of(RawContent(file), read=read, stopped=self.conduct.stopped)

    def converted(self, ten_thousandths: int) -> None:
        total = self.inspection.virtual_size or 0
        done = total * ten_thousandths // 10_000
        self.conduct.heard(Progress(phase=Phase.CONVERTING, done=done, total=total))


def _finished(place: Place, file: OpenFile, form: DiskFormat) -> Note | None:
    """The note of a disk that was made of this very file and is as it was made."""
    note = place.note()
    if note is None or note.source != file.version:
        return None
    if form is DiskFormat.RAW:
        return note
    with _raw_of(place) as raw:
        return note if raw is not None and raw.version == note.result else None


@contextmanager
def _raw_of(place: Place) -> Iterator[OpenFile | None]:
    if not place.raw.exists():
        yield None
        return
    with in_folder(place.folder, place.raw.name) as raw:
        yield raw


def _make(work: _Work) -> Note:
    source = work.hash(work.file, Phase.HASHING)
    _raise_if_other(work.wanted, source)
    try:
        sha256, result = (source, work.file.version)
        if work.inspection.format is not DiskFormat.RAW:
            sha256, result = _convert(work)
        _raise_if_changed(work.file)
        note = Note(
            file=work.wanted.file,
            source=work.file.version,
            source_sha256=source,
            sha256=sha256,
            result=result,
        )
        work.place.write(note)
    except BaseException:
        work.place.clear()
        raise
    return note


def _convert(work: _Work) -> tuple[str, Version]:
    form, size = work.inspection.format, work.inspection.virtual_size
    if form is None or size is None:
        raise AssertionError("what was accepted has both")
    qemu_img.require()
    require_room(work.place.folder, size)
    source = qemu_img.Source(
        file=work.file, format=form, virtual_size=size, lock=work.lock, stopped=work.conduct.stopped
    )
    qemu_img.check(source)
    qemu_img.convert(source, work.place.part, work.converted)
    with in_folder(work.place.folder, work.place.part.name) as raw:
        if raw.version.size != -(-size // SECTOR) * SECTOR:
            raise ConversionFailed(
                f"qemu-img made {raw.version.size} bytes of the disk image {work.wanted.file}, whose disk has {size}"
            )
        sha256 = work.hash(raw, Phase.VERIFYING)
        version = raw.version
    work.place.finish()
    return sha256, version


def _raise_if_changed(file: OpenFile) -> None:
    if not file.unchanged:
        raise ImageChanged(
            f"the disk image {file.name} changed while it was read: leave it as it is until it is imported"
        )


def _raise_if_other(wanted: Wanted, sha256: str) -> None:
    if wanted.sha256 is not None and wanted.sha256.lower() != sha256:
        raise ImageRefused(
            wanted.file,
            [f"its SHA-256 is {sha256}, and {wanted.sha256.lower()} is said: fetch it again, or mend the manifest"],
        )
