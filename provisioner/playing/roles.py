"""Which roles a playbook runs, as far as that shows without running it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from provisioner.playing.folders import Folders
from provisioner.playing.reading import values_in

#: The tasks that run a role by its name.
_RUNNING: Final = tuple(f"{prefix}{each}_role" for prefix in ("", "ansible.builtin.") for each in ("include", "import"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The roles of a playbook."""

    #: Their folders by name, those that others need included.
    folders: Mapping[str, Path]
    #: Whether these are all. Not so where a name is known only while it runs, a role was not found, or something could not
    #: be read.
    complete: bool


def roles_of(playbook: Path, folders: Folders) -> Roles:
    """The roles that a playbook names, and those that they name in turn."""
    content = values_in(playbook)
    waiting, found, complete = list(_named(content)), dict[str, Path](), content is not None
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        folder = folders.role(name, playbook) if name is not None and "{{" not in name else None
        if name is None or folder is None:
            complete = False
            continue
        found[name] = folder
        for file in sorted([*folder.glob("tasks/**/*.yml"), folder / "meta" / "main.yml"]):
            if file.is_file():
                inner = values_in(file)
                complete = complete and inner is not None
                waiting += _named(inner)
    return Roles(folders=dict(sorted(found.items())), complete=complete)


def _named(content: Any) -> Iterator[str | None]:
    """The names of roles anywhere in a file; None for one that cannot be made out."""
    if isinstance(content, list):
        for each in content:
            yield from _named(each)
    elif isinstance(content, Mapping):
        for key, value in content.items():
            if key in {"roles", "dependencies"} and isinstance(value, list):
                yield from (_name(each) for each in value)
            elif key in _RUNNING:
                yield _name(value)
            else:
                yield from _named(value)


def _name(entry: Any) -> str | None:
    if isinstance(entry, Mapping):
        entry = entry.get("role") or entry.get("name")
    return entry if isinstance(entry, str) else None
