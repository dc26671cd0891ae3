"""Shapes that only waves need: hosts, files of disk images, hashes, bandwidths, and variables of playbooks.

Variables come from departments and reach Ansible, which would carry out templates in them and take its own settings from
some of them on the machine that it runs on. Neither can be written here.
"""

import re
from dataclasses import dataclass
from typing import Final

from tenants.kinds.applications.shapes import FILE_BESIDE
from tenants.language.composites import ListOf
from tenants.language.nodes import Mapping, Node, Scalar, Sequence
from tenants.language.report import Report, shown
from tenants.language.scalars import LONGEST_NUMBER, WHOLE, Text, Truth, Whole, is_text, scalar
from tenants.language.shape import Schema, Shape
from tenants.wave import Variable

HOST: Final = Text(
    pattern="[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", rule="the name of a compute host, as Nova has it", longest=255
)
IMAGE_FILE: Final = Text(
    pattern=FILE_BESIDE.pattern,
    rule="name a file below the operators' folder of disk images, such as licences/web.qcow2; .. and absolute paths lead out",
    longest=1024,
)
SHA256: Final = Text(pattern="[0-9a-f]{64}", rule="64 hexadecimal digits, in lower case", longest=64)

_SIZES: Final = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_BANDWIDTH: Final = "([1-9][0-9]{0,5})(KiB|MiB|GiB)"
_WRITTEN_BANDWIDTH: Final = re.compile(_BANDWIDTH)

#: What Ansible itself goes by, whoever sets it.
_RESERVED: Final = (
    *("environment", "group_names", "groups", "hosts", "hostvars", "inventory_dir", "inventory_file"),
    *("inventory_hostname", "inventory_hostname_short", "omit", "play_hosts", "playbook_dir", "role_name", "role_path"),
    *("vars", "tags", "name", "gather_facts", "roles", "serial", "strategy", "become", "delegate_to", "register"),
)
VARIABLE_NAME: Final = Text(
    pattern=f"(?!ansible_|({'|'.join(_RESERVED)})$)[A-Za-z_][A-Za-z0-9_]*",
    rule="letters, digits and underscores, beginning with a letter, and none of Ansible's own names",
    longest=63,
)
#: Any text in which no template begins.
_VALUE: Final = Text(
    pattern="([^\\u0000{]|\\{(?![{%#]))*",
    rule="write the text itself: templates ({{ … }}, {% … %}) are not filled in",
    longest=4096,
)
_VALUES: Final = ListOf(item=_VALUE)
_NUMBER: Final = Whole(lowest=-(2**63), highest=2**63 - 1)
_TRUTHS: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth(Shape[int | None]):
    """Bytes a second."""

    @property
    def blank(self) -> None:
        """Nothing said."""
        return

    def read(self, node: Node, report: Report) -> int | None:
        """The number of bytes."""
        found = scalar(node, report, "a bandwidth")
        if found is None:
            return None
        written = _WRITTEN_BANDWIDTH.fullmatch(found.text)
        if written is None:
            message = f"{shown(found.text)} is not a bandwidth"
            report.at(node, message, "write bytes a second with a binary unit, such as 200MiB")
            return None
        return int(written[1]) * _SIZES[written[2]]

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of bandwidths."""
        definitions["Bandwidth"] = {
            "title": "Bandwidth",
            "description": "Bytes a second, with a binary unit: 200MiB.",
            "anyOf": [{"type": "string", "pattern": f"^{_BANDWIDTH}$"}],
        }
        return {"$ref": "#/$defs/Bandwidth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableValue(Shape[Variable]):
    """What a variable of a playbook may be: text, a whole number, true or false, or a list of texts."""

    @property
    def blank(self) -> Variable:
        """No text."""
        return ""

    def read(self, node: Node, report: Report) -> Variable:
        """The value in Python's types."""
        if isinstance(node, Sequence):
            return _VALUES.read(node, report)
        if isinstance(node, Mapping):
            message = "a mapping stands where text, a number, true or false, or a list of texts is meant"
            report.at(node, message, "make a variable of each of its values")
            return self.blank
        return self._single(node, report)

    def _single(self, node: Node, report: Report) -> Variable:
        if isinstance(node, Scalar) and node.plain:
            if node.text in _TRUTHS:
                return Truth().read(node, report)
            if len(node.text) <= LONGEST_NUMBER and WHOLE.fullmatch(node.text) is not None:
                return _NUMBER.read(node, report)
            if not node.is_null and not is_text(node.text):
                report.at(node, f"{shown(node.text)} is not a whole number", f'put it in quotes: "{node.text}"')
                return self.blank
        return _VALUE.read(node, report)

    def schema(self, definitions: Schema) -> Schema:
        """A reference to the definition of such values."""
        definitions["Variable"] = {
            "title": "Variable",
            "description": "Text without templates, a whole number, true or false, or a list of such texts.",
            "anyOf": [
                _VALUE.schema(definitions),
                _NUMBER.schema(definitions),
                {"type": "boolean"},
                _VALUES.schema(definitions),
            ],
        }
        return {"$ref": "#/$defs/Variable"}
