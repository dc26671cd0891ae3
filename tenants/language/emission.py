"""Documents back to YAML, in the form that a person would have written: block style, keys in order, any script."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from tenants.language.scalars import is_text
from tenants.language.source import INVISIBLE

#: The writer, as far as a representer needs it: libyaml's and Python's have the same base.
_Writer = yaml.representer.SafeRepresenter


def emit(documents: Iterable[Mapping[str, object]]) -> str:
    """The documents as one YAML text. Text that YAML could take for something else comes out in quotes."""
    listed = tuple(documents)
    # libyaml, where it is there, writes the same several times as fast, but escapes characters beyond 16 bits: 𠮷, 😀.
    text = _written(listed, _FastDumper)
    return _written(listed, _Dumper) if "\\U" in text else text


def _represent_text(writer: _Writer, text: str) -> yaml.ScalarNode:
    """Plain where our own reader reads that back the same, which is stricter than YAML's; otherwise in quotes."""
    style = '"' if INVISIBLE.search(text) else None if is_text(text) else "'"
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


class _Dumper(yaml.SafeDumper):
    """The writer in Python, which leaves any script as it is."""


class _FastDumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """libyaml's writer; the one in Python where a machine has no libyaml."""


for _each in (_Dumper, _FastDumper):
    _each.add_representer(str, _represent_text)


def _written(documents: Sequence[Mapping[str, object]], dumper: Any) -> str:
    text: str = yaml.dump_all(
        documents, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120, explicit_start=True
    )
    # Whatever nobody can see stands in double quotes by now, where an escape is the same as the character.
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04X}", text)
