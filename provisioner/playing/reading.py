"""Read YAML files of playbooks and roles as plain values."""

from pathlib import Path
from typing import Any, Final

from tenants.language.document import read
from tenants.language.nodes import Mapping, Node, Scalar, Sequence
from tenants.language.report import Report

_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}


def values_in(file: Path) -> Any:
    """What a file holds; None for one that is not there, is empty, or has what we do not read, such as YAML's tags."""
    report = Report(str(file))
    try:
        found = read(file.read_bytes(), report)
    except OSError:
        return None
    return _plain(found.whole[0]) if found.whole and not report.problems else None


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.values.items()}
    if isinstance(node, Sequence):
        return [_plain(each) for each in node.items]
    return _value(node) if isinstance(node, Scalar) else None


def _value(scalar: Scalar) -> Any:
    if scalar.is_null:
        return None
    if not scalar.plain:
        return scalar.text
    if scalar.text.isdecimal():
        return int(scalar.text)
    return _TRUTHS.get(scalar.text.casefold(), scalar.text)
