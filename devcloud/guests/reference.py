"""The reference application of all trials with real guests: what is installed, and how its lines are checked.

A writer appends a numbered, checksummed line to a data volume every 100 ms, and a page shows the last one. Whatever is done
to the server, the lines on its volume must be all there, once each, in order.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = "/cgi-bin/page"
"""The path of the page, on port 80: host name, boot id and last line."""

LINES: Final = "/mnt/data/lines"
"""The writer's file in the guest; the volume is the guest's second disk, /dev/vdb."""

_SCRIPT: Final = Path(__file__).with_name("reference.sh")
_FIELDS: Final = 3


def script() -> bytes:
    """Return what installs the application at the first boot."""
    return _SCRIPT.read_bytes()


def user_data() -> str:
    """Return the script as Nova takes it: base64."""
    return base64.b64encode(script()).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the writer has on its volume."""

    #: How many lines there are.
    count: int
    #: What is wrong with them: the first line out of order, doubled, missing or damaged; None when all is well.
    fault: str | None


def check(text: str) -> Written:
    """Check the writer's lines, from the first to the last whole one."""
    lines = text[: text.rfind("\n") + 1].splitlines()
    for expected, line in enumerate(lines, start=1):
        fields = line.split(" ")
        if len(fields) != _FIELDS or hashlib.sha256(" ".join(fields[:2]).encode()).hexdigest() != fields[2]:
            return Written(count=len(lines), fault=f"line {expected} is damaged: {line}")
        if fields[0] != str(expected):
            return Written(count=len(lines), fault=f"line {expected} has the number {fields[0]}")
    return Written(count=len(lines), fault=None)
