"""The text in a VMDK that says which files its disk is made of: every line of it has to be one that is known to be harmless.

An extent's line may name any file of the machine that opens the disk, and did so in attacks (CVE-2024-32498, CVE-2022-47951).
The source is VMware's "Virtual Disk Format 5.0", The Descriptor File; keys and values know no case.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from provisioner.disk_images.inspection.excerpts import Malformed
from provisioner.disk_images.inspection.findings import Facts, shown

CONVERT: Final = "qemu-img convert -O vmdk -o subformat=streamOptimized FILE NEW.vmdk"

_KINDS: Final = {"monolithicsparse": "monolithicSparse", "streamoptimized": "streamOptimized"}
_KEY: Final = re.compile(r'([A-Za-z]+)[ \t]*=[ \t]*"?([^"\n]*?)"?')
_DATABASE: Final = re.compile(r"ddb\.[\w.]+[ \t]*=.*", re.IGNORECASE)
_EXTENT: Final = re.compile(r'(RW|RDONLY)[ \t]+(\d{1,19})[ \t]+SPARSE[ \t]+"([^"]*)"', re.IGNORECASE)
_EXTENT_START: Final = re.compile(r"(?:RW|RDONLY|NOACCESS)\b", re.IGNORECASE)
#: A plain name, for the extent is the file itself, under the name that it had when it was written.
_PLAIN_NAME: Final = re.compile(r"[^/\\:]+")
_HARMLESS: Final = frozenset({"version", "encoding", "cid", "parentcid", "isnativesnapshot", "createtype"})
_NO_PARENT: Final = "ffffffff"
_PARENT_NAME: Final = "parentfilenamehint"


def read(content: bytes, *, capacity: int) -> Facts:
    """What the text says. `capacity` is the disk's in sectors, as the header has it. Raises Malformed for what is no text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("its descriptor is no text: fetch it again") from error
    lines = [line for each in text.splitlines() if (line := each.strip()) and not line.startswith("#")]
    extents = [line for line in lines if _EXTENT_START.match(line)]
    others = [line for line in lines if not _EXTENT_START.match(line) and not _DATABASE.fullmatch(line)]
    keys, refusals = _keys(others)
    refusals += _parent(text, keys)
    refusals += _kind(keys)
    if not refusals:  # other kinds have other extents
        refusals += _extents(extents, capacity)
    kind = _KINDS.get(keys.get("createtype", "").lower())
    return Facts(notes=(f"its subformat is {kind}",) if kind else (), refusals=tuple(dict.fromkeys(refusals)))


def _keys(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    keys: dict[str, str] = {}
    refusals = []
    for line in lines:
        found = _KEY.fullmatch(line)
        name = found[1].lower() if found else ""
        if name in keys or (name not in _HARMLESS and name != _PARENT_NAME):
            refusals.append(
                f'its descriptor has a line "{_safe(line)}" that is not known to be harmless: write it anew: {CONVERT}'
            )
        elif found:
            keys[name] = found[2]
    return keys, refusals


def _parent(text: str, keys: Mapping[str, str]) -> list[str]:
    # QEMU looks for the name anywhere in the text, in comments too.
    if _PARENT_NAME not in text.lower() and keys.get("parentcid", _NO_PARENT).lower() == _NO_PARENT:
        return []
    return [f"it is only what differs from its parent: make it whole where both are: {CONVERT}"]


def _kind(keys: Mapping[str, str]) -> list[str]:
    kind = keys.get("createtype", "")
    if kind.lower() in _KINDS:
        return []
    return [f'its subformat is "{_safe(kind)}", and monolithicSparse and streamOptimized are imported: {CONVERT}']


def _extents(lines: Sequence[str], capacity: int) -> list[str]:
    found = [_EXTENT.fullmatch(line) for line in lines]
    if len(found) != 1 or found[0] is None or not _PLAIN_NAME.fullmatch(found[0][3]):
        named = ", ".join(map(_safe, lines)) or "-"
        return [
            f"its descriptor names files beside itself ({named}), which are not opened: make it one file: {CONVERT}"
        ]
    if int(found[0][2]) != capacity:
        return ["its descriptor and its header differ in the disk's size: convert it anew, or fetch it again"]
    return []


def _safe(line: str) -> str:
    return shown(line.encode("ascii", "replace"))
