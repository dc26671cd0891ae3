"""Documents back to YAML, in the form that a person would have written: block style, keys in order, any script."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import yaml

#: Python's writer takes it for an ordinary character, its reader for a line break.
_NEXT_LINE: Final = "\x85"


def emit(documents: Iterable[Mapping[str, object]]) -> str:
    """The documents as one YAML text. Text that YAML could take for something else comes out in quotes."""
    listed = tuple(documents)
    # libyaml, where it is there, writes the same several times as fast, but escapes characters beyond 16 bits: 𠮷, 😀.
    text = _written(listed, getattr(yaml, "CSafeDumper", _Dumper))
    return _written(listed, _Dumper) if "\\U" in text else text


class _Dumper(yaml.SafeDumper):
    """The writer in Python, which leaves any script as it is."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Plain where that reads back the same, otherwise in quotes."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _NEXT_LINE in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def _written(documents: Sequence[Mapping[str, object]], dumper: Any) -> str:
    text: str = yaml.dump_all(
        documents, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120, explicit_start=True
    )
    return text
