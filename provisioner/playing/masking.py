"""Keep secrets out of what is kept. Pure.

Waves should not have secrets in them, and some will. What a variable holds whose name says that it is one is taken out of
every text that a playbook tells, and tasks marked `no_log` tell nothing at all (Ansible itself sees to that).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tenants.wave import Variable

#: What stands in a secret's place.
MASK: Final = "******"
_SECRET: Final = re.compile(r"pass(word|wd|phrase)?|token|secret|key|credential", re.IGNORECASE)
#: Whatever is shorter is in every other word.
_SHORTEST: Final = 3


def masker(variables: Mapping[str, Variable]) -> Callable[[str], str]:
    """What takes the secrets among these variables out of a text."""
    secrets = {form for value in _secrets(variables) for form in _forms(value)}
    if not secrets:
        return str
    # The longest first, for one may be part of another.
    pattern = re.compile("|".join(map(re.escape, sorted(secrets, key=len, reverse=True))))
    return lambda text: pattern.sub(MASK, text)


def _secrets(variables: Mapping[str, Variable]) -> Iterator[str]:
    for name, value in variables.items():
        if _SECRET.search(name) is not None and not isinstance(value, bool):
            yield from map(str, value if isinstance(value, tuple | list) else (value,))


def _forms(value: str) -> Iterator[str]:
    """A value as it is, as JSON writes it, and its lines."""
    for each in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], *value.splitlines()):
        if len(each.strip()) >= _SHORTEST:
            yield each.strip()
