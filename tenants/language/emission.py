"""Documents back to YAML, in the form that a person would have written: block style, keys in order, any script."""

from collections.abc import Iterable, Mapping

import yaml


def emit(documents: Iterable[Mapping[str, object]]) -> str:
    """The documents as one YAML text. Text that YAML could take for something else comes out in quotes."""
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False, width=120, explicit_start=True)
