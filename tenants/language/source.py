"""Bytes to text: refuses what is not readable UTF-8 before any parser sees it, with its place.

What comes out ends its lines as Unix does and no character that nobody can see, so that lines and columns are an editor's.
"""

import re
from typing import Final

from tenants.language.report import Report

#: One file holds a thousand tenants within this; more is not written by hand. Readers of disks need not read further.
MAXIMUM_BYTES: Final = 4 * 1024 * 1024

#: Controls, directions and zero-width marks, and YAML's line breaks that editors do not count as such; not tabs, which
#: are the parser's business.
INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_LINE_END: Final = re.compile(r"\r\n?")


def decode(content: bytes, report: Report) -> str | None:
    """The text of a file, or None where the report says why there is none."""
    if len(content) > MAXIMUM_BYTES:
        limit = MAXIMUM_BYTES // 1024**2
        report.add((1, 1), "", f"is larger than {limit} MiB", "divide it into several files, such as one per tenant")
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        report.add((1, 1), "", "is UTF-16 text", "save it as UTF-8")
        return None
    try:
        text = _LINE_END.sub("\n", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = _LINE_END.sub("\n", content[: error.start].decode("utf-8-sig", errors="replace"))
        report.add(_end(before), "", "is not UTF-8 text from here on", "save it as UTF-8")
        return None
    found = INVISIBLE.search(text)
    if found is not None:
        name = f"U+{ord(found[0]):04X}"
        report.add(_end(text[: found.start()]), "", f"holds the invisible character {name}", "delete it")
        return None
    return text


def _end(text: str) -> tuple[int, int]:
    """Line and column of what follows a text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")
