"""What disk images are, and why some are not imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from api.language.spoken import say
from api.render.output import Document
from api.render.page import Page
from provisioner.disk_images.inspection.findings import Inspection, in_gib


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One file that was to be looked at."""

    file: str
    #: None where it could not be read, for the reason that `obstacle` gives.
    inspection: Inspection | None = None
    obstacle: str = ""
    #: Of the file, in hexadecimal; None where it was not asked for.
    sha256: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it can be imported."""
        return not self.obstacle and self.inspection is not None and self.inspection.accepted


def print_images(console: Console, images: Sequence[Shown]) -> None:
    """A paragraph for each."""
    page = Page(console)
    for each in images:
        page.line((each.file, "bold"), *_sizes(each.inspection))
        for refusal in _refusals(each):
            page.line(("cannot be imported: ", "bold red"), say(refusal), indent=2, hang=2)
        for note in each.inspection.notes if each.inspection else ():
            page.line(say(note), indent=2, hang=2)
        if each.sha256:
            page.line(f"sha256: {each.sha256}", indent=2)


def as_document(images: Sequence[Shown]) -> Mapping[str, Document]:
    """The same for programs; sizes in bytes."""
    return {"images": [_document(each) for each in images]}


def _document(each: Shown) -> Mapping[str, Document]:
    found = each.inspection
    return {
        "file": each.file,
        "accepted": each.accepted,
        "format": None if found is None else found.found,
        "virtualSize": None if found is None else found.virtual_size,
        "fileSize": None if found is None else found.file_size,
        "allocated": None if found is None else found.allocated,
        "notes": () if found is None else found.notes,
        "refusals": _refusals(each),
        "sha256": each.sha256,
    }


def _refusals(each: Shown) -> Sequence[str]:
    return (*((each.obstacle,) if each.obstacle else ()), *(each.inspection.refusals if each.inspection else ()))


def _sizes(found: Inspection | None) -> Sequence[str]:
    if found is None:
        return ()
    disk = "" if found.virtual_size is None else f", disk of {in_gib(found.virtual_size)} GiB"
    allocated = "" if found.allocated is None else f", {in_gib(found.allocated)} GiB allocated"
    return (f": {found.found}{disk}, file of {in_gib(found.file_size)} GiB{allocated}",)
