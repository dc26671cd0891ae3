"""The scratch folder, where raw disks are written before they go to a cloud: names, locks, room, and the note of what is finished.

All files of one disk image begin alike, with a hash of its path, so that whoever comes after a crash finds what it left. A disk counts
as finished only by its note, which is written after everything else of it was hashed.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from provisioner.disk_images.errors import ImageBusy, NoRoom
from provisioner.disk_images.folder import Version
from provisioner.disk_images.inspection.findings import in_gib
from provisioner.errors import InputError

#: Bytes that are left free beside a disk, for whatever else writes there.
_SPARE: Final = 256 * 1024 * 1024
_NAME: Final = 32
#: What is called otherwise is not ours, and nothing here touches it.
_OURS: Final = re.compile(rf"([0-9a-f]{{{_NAME}}})\.(?:raw|part|json|draft|lock)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of a disk that is ready."""

    #: The image's path below the folder of disk images.
    file: str
    source: Version
    source_sha256: str
    #: The raw disk's SHA-256 and its file; the image itself where that is raw already.
    sha256: str
    result: Version

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The note that a file holds; None for one that cannot be read."""
        try:
            found = json.loads(text)
            source, result = Version(**found.pop("source")), Version(**found.pop("result"))
            return cls(**found, source=source, result=result)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The files of one disk image in the scratch folder."""

    folder: Path
    #: What the names of its files begin with.
    key: str
    #: The image's path below the folder of disk images; empty where only the key is known.
    file: str = ""

    @property
    def raw(self) -> Path:
        """The raw disk, whole."""
        return self._path("raw")

    @property
    def part(self) -> Path:
        """The raw disk while it is written."""
        return self._path("part")

    @property
    def noted(self) -> Path:
        """The note."""
        return self._path("json")

    def _path(self, suffix: str) -> Path:
        return self.folder / f"{self.key}.{suffix}"

    def note(self) -> Note | None:
        """What is noted of the image; None where it is not finished."""
        try:
            found = Note.of(self.noted.read_text(encoding="utf-8"))
        except OSError:
            return None
        return found if found is not None and found.file == self.file else None

    def write(self, note: Note) -> None:
        """Note that the disk is finished, so that it holds even where the machine loses its power right after."""
        draft = self._path("draft")
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(note)))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self.noted)
        _sync(self.folder)

    def finish(self) -> None:
        """Give the disk that was written its name."""
        descriptor = os.open(self.part, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.part.replace(self.raw)

    def clear(self) -> None:
        """Remove whatever there is of the image; the note first, for without the rest it would lie."""
        for path in (self.noted, self._path("draft"), self.part, self.raw):
            path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Keep others away; gives the lock's descriptor. Raises ImageBusy where another has it.

        A child that is given the descriptor holds the lock for as long as it runs.
        """
        path = self._path("lock")
        descriptor = self._lock(path)
        try:
            yield descriptor
        finally:
            with suppress(FileNotFoundError):
                path.unlink()
            os.close(descriptor)

    def _lock(self, path: Path) -> int:
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
                    return descriptor
            except OSError as error:
                os.close(descriptor)
                raise ImageBusy(
                    f"another process is converting the disk image {self.file}: wait until it has ended"
                ) from error
            os.close(descriptor)  # whoever had it removed it meanwhile


def key_of(file: str) -> str:
    """What the files of a disk image are called by in the scratch folder, before the dot."""
    return hashlib.sha256(file.encode("utf-8", "surrogateescape")).hexdigest()[:_NAME]


def place_of(folder: Path, file: str) -> Place:
    """Where an image's files are, in a folder that is there and closed to others. Raises InputError where it cannot be had."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _require_closed(folder)
    except OSError as error:
        raise InputError(f"TENANTRY_SCRATCH: {folder} cannot be made: {error.strerror}") from error
    return Place(folder=folder, key=key_of(file), file=file)


def places_in(folder: Path) -> tuple[Place, ...]:
    """The images of which there is anything, by their keys. Raises InputError where the folder is open to others or cannot be read."""
    try:
        _require_closed(folder)
        found = {name[1] for each in folder.iterdir() if (name := _OURS.fullmatch(each.name))}
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InputError(f"TENANTRY_SCRATCH: {folder} cannot be read: {error.strerror}") from error
    return tuple(Place(folder=folder, key=each) for each in sorted(found))


def _require_closed(folder: Path) -> None:
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise InputError(
            f"TENANTRY_SCRATCH: {folder} is open to others, and whole disks are written there: chmod 700, as whoever runs the worker"
        )


def require_room(folder: Path, size: int) -> None:
    """Raises NoRoom where the folder has no room for so many bytes."""
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if free < size + _SPARE:
        raise NoRoom(
            f"TENANTRY_SCRATCH: {folder} has {in_gib(free)} GiB free, and the disk takes up to {in_gib(size + _SPARE)} GiB: make "
            f"room, or name a larger folder"
        )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
