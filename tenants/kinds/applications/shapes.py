"""Shapes that only applications need: files beside the manifest, and sizes of volumes."""

from dataclasses import dataclass
from typing import Final

from tenants.kinds.limits import Quantity
from tenants.language.nodes import Node
from tenants.language.report import Report
from tenants.language.scalars import Text
from tenants.language.shape import Schema, Shape
from tenants.quantities import SIZE_PATTERN
from tenants.resources import Limit, Unit

#: Cinder's largest volume, in GiB (its databases' 32-bit integers).
LARGEST_VOLUME: Final = 2**31 - 1

_SEGMENT_END: Final = "[^/\\\\\\u0000-\\u001f\\u007f]"
_SEGMENT: Final = (
    f"([^./\\\\\\u0000-\\u001f\\u007f]{_SEGMENT_END}*"
    f"|\\.[^./\\\\\\u0000-\\u001f\\u007f]{_SEGMENT_END}*|\\.\\.{_SEGMENT_END}+)"
)
#: The name of a file below the folder of the manifest that names it.
FILE_BESIDE: Final = Text(
    pattern=f"{_SEGMENT}(/{_SEGMENT})*",
    rule="name a file beside this manifest or in a folder below it, such as files/web.sh; .. and absolute paths lead out",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSize(Shape[int]):
    """How large a volume is: a size with a unit, or a whole number of GiB; at least one."""

    @property
    def blank(self) -> int:
        """Zero, which no volume is."""
        return 0

    def read(self, node: Node, report: Report) -> int:
        """The size in GiB."""
        size: Limit | None = Quantity(unit=Unit.GIBIBYTE, unbounded=False).read(node, report)
        if size is None:
            return self.blank
        if size == 0:
            report.at(node, "a volume has at least 1GiB", "write its size, such as 100GiB")
        elif size > LARGEST_VOLUME:
            report.at(node, f"is more than any service makes a volume of: {LARGEST_VOLUME}GiB", "write less")
        else:
            return int(size)
        return self.blank

    def schema(self, definitions: Schema) -> Schema:
        """A whole number, or a size that is not nothing."""
        definitions["VolumeSize"] = {
            "title": "VolumeSize",
            "description": "A size with a binary unit, such as 100GiB or 1.5TiB, or a whole number of GiB; at least 1GiB.",
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LARGEST_VOLUME},
                {"type": "string", "pattern": f"^(?![0.]+ ?[A-Z])(?:{SIZE_PATTERN})$"},
            ],
        }
        return {"$ref": "#/$defs/VolumeSize"}
