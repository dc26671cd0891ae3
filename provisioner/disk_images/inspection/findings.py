"""What an inspection finds, as records."""

from dataclasses import dataclass
from typing import Final

from tenants.wave import DiskFormat

_GIB: Final = 1024**3
#: Characters that are repeated of a text in a file.
_SHOWN: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the inspector of one format found. Sizes are bytes."""

    #: The disk's as a guest sees it; None where the file does not say.
    virtual_size: int | None = None
    #: Worth knowing, and no obstacle.
    notes: tuple[str, ...] = ()
    #: Why it is not imported, each with what would be right; empty where it can be.
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a file is, and whether it can be imported. Sizes are bytes."""

    #: The format by its usual name, whether or not it can be imported: `qcow2`, `iso`, `gzip` …
    found: str
    #: None for formats that are not imported.
    format: DiskFormat | None
    virtual_size: int | None
    #: The file's, and what it takes on the disk where it lies; the latter None where nobody knows.
    file_size: int
    allocated: int | None = None
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it can be imported."""
        return self.format is not None and not self.refusals


def in_gib(size: int) -> str:
    """Bytes as people write disks' sizes: `40`, `0.5`; to three places, never 0 for something."""
    return f"{max(size / _GIB, 0.001 if size else 0):,.3f}".rstrip("0").rstrip(".")


def shown(text: bytes) -> str:
    """A text of a file as it can be repeated: what no terminal takes amiss, and not all of a long one."""
    safe = "".join(each if each.isprintable() else "?" for each in text[:_SHOWN].decode("ascii", "replace"))
    return f"{safe}…" if len(text) > _SHOWN else safe
