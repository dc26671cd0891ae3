"""qemu-img, which checks and converts what was inspected: the one program that reads foreign formats here.

It is told the format, is given an open descriptor in place of a name, is to open no backing file, and runs within limits (see
`child`). Source: the manual of qemu-img, and `docs/tools/qemu-img.rst` for the exit codes of `check`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provisioner.disk_images.child import STOPPED, TOO_LONG, Bounds, Child, Ended, signal_name
from provisioner.disk_images.errors import ConversionFailed, ImageRefused, PreparationStopped
from provisioner.disk_images.folder import OpenFile
from provisioner.errors import InputError
from tenants.wave import DiskFormat

_MIB: Final = 1024 * 1024
_MEMORY: Final = 2048 * _MIB
#: Seconds that any image may take, and bytes that are done within one at the least: of a slow disk, and of a busy processor.
_SECONDS: Final = 600
_SLOWEST: Final = 8 * _MIB
#: The first version that has all that QCOW2 images are written with: extended L2 entries and zstd.
OLDEST: Final = (5, 2)
_VERSION: Final = re.compile(rb"qemu-img version (\d+)\.(\d+)[.\d]*")
_PREFIX: Final = re.compile("qemu-img: ")
_CHECKED: Final = 0
_LEAKS: Final = 3
_NOT_CHECKED: Final = 63
_CORRUPT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An image that was inspected and accepted."""

    file: OpenFile
    format: DiskFormat
    #: Bytes of the disk.
    virtual_size: int
    #: Held open besides by whatever reads it.
    lock: int
    stopped: Callable[[], bool]


def require() -> str:
    """The version of the qemu-img that there is. Raises InputError where there is none, or too old a one."""
    bounds = Bounds(memory=_MEMORY, file=0, processor=30, seconds=30)
    ended = _run(Child(command=("qemu-img", "--version"), bounds=bounds))
    found = _VERSION.search(ended.output)
    if ended.code or not found:
        raise InputError("this machine has no qemu-img: install it (package qemu-utils or qemu-img)")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise InputError(
            f"qemu-img is of version {int(found[1])}.{int(found[2])}, and {OLDEST[0]}.{OLDEST[1]} or newer is needed: update it "
            f"(package qemu-utils or qemu-img)"
        )
    return f"{int(found[1])}.{int(found[2])}"


def check(source: Source) -> None:
    """Whether all that the image's tables lead to is there: conversion takes what is missing for zeros.

    Raises ImageRefused for an image that is damaged or cut off.
    """
    ended = _run(_child(source, ("check", "-f", source.format, "--output", "json", _opened(source))))
    _raise_if_ended(ended, source)
    if ended.code == _CORRUPT:
        raise ImageRefused(source.file.name, [f"it is damaged or was cut off: fetch it again{_counted(ended)}"])
    if ended.code not in {_CHECKED, _LEAKS, _NOT_CHECKED}:
        raise ImageRefused(
            source.file.name, [f"it is damaged or was cut off: fetch it again (qemu-img says: {_said(ended, source)})"]
        )


def convert(source: Source, target: Path, heard: Callable[[int], None]) -> None:
    """Write the disk to a raw file, leaving out what is zeros. `heard` is told ten-thousandths.

    Raises ConversionFailed, or PreparationStopped; what was written is the caller's to remove.
    """
    arguments = ("convert", "-p", "-f", source.format, "-O", "raw", "-S", "4k", _opened(source), str(target))
    child = _child(source, arguments)
    child.heard = heard
    ended = _run(child)
    _raise_if_ended(ended, source)
    if ended.code:
        raise ConversionFailed(f"qemu-img cannot convert the disk image {source.file.name}: {_said(ended, source)}")


def _child(source: Source, arguments: tuple[str, ...]) -> Child:
    seconds = _SECONDS + max(source.virtual_size, source.file.version.size) // _SLOWEST
    bounds = Bounds(memory=_MEMORY, file=source.virtual_size + _MIB, processor=seconds, seconds=seconds)
    kept = (source.file.descriptor, source.lock)
    return Child(command=("qemu-img", *arguments), bounds=bounds, descriptors=kept, stopped=source.stopped)


def _opened(source: Source) -> str:
    """The image by its descriptor, in the way that QEMU opens nothing besides."""
    file = {"driver": "file", "filename": f"/dev/fd/{source.file.descriptor}"}
    return "json:" + json.dumps({"driver": source.format, "backing": None, "file": file})


def _run(child: Child) -> Ended:
    try:
        return child.run()
    except FileNotFoundError as error:
        raise InputError("this machine has no setpriv: install it (package util-linux)") from error


def _raise_if_ended(ended: Ended, source: Source) -> None:
    if ended.ended_for == STOPPED:
        raise PreparationStopped(f"converting the disk image {source.file.name} was stopped")
    if ended.ended_for == TOO_LONG:
        raise ConversionFailed(
            f"qemu-img took too long with the disk image {source.file.name}: convert it where it comes from"
        )
    if ended.code < 0:
        raise ConversionFailed(
            f"qemu-img was ended by {signal_name(ended.code)} at the disk image {source.file.name}: it wants more than any usual "
            f"image does; convert it where it comes from"
        )


def _counted(ended: Ended) -> str:
    try:
        corruptions = json.loads(ended.output)["corruptions"]
    except (ValueError, KeyError, TypeError):
        return ""
    return f" (errors: {corruptions})"


def _said(ended: Ended, source: Source) -> str:
    """What it says, with the image's name in place of how it was opened."""
    lines = ended.errors.splitlines() or [f"code {ended.code}"]
    said = _PREFIX.sub("", lines[-1]).replace(_opened(source), source.file.name)
    return said.replace(f"/dev/fd/{source.file.descriptor}", source.file.name)
