"""One hash for all that a playbook may have run, so that a report can say which version of it did."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from provisioner.playing.folders import Folders
from provisioner.playing.roles import roles_of

_ROLES: Final = "roles"


def digest(playbook: Path, folders: Folders) -> str:
    """SHA-256, hexadecimal, of a playbook, of its roles, and of whatever else lies beside it but other playbooks.

    Where it does not show which roles it runs, all that lie beside it count. Over each file's path within its folder and
    its content's own SHA-256, in alphabetical order.
    """
    whole = hashlib.sha256()
    for name, file in sorted(set(_files(playbook, folders))):
        whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _files(playbook: Path, folders: Folders) -> Iterator[tuple[str, Path]]:
    roles = roles_of(playbook, folders)
    yield playbook.name, playbook
    for name, folder in roles.folders.items():
        yield from ((f"{_ROLES}/{name}/{path}", file) for path, file in _below(folder))
    beside = playbook.parent
    for path, file in _below(beside):
        is_role = path.startswith(f"{_ROLES}/")
        is_playbook = file.parent == beside and file.suffix == playbook.suffix
        if not is_playbook and not (is_role and roles.complete):
            yield path, file


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files in a folder and its folders, but for hidden ones: a repository's own, an editor's."""
    for file in folder.rglob("*"):
        path = file.relative_to(folder)
        if file.is_file() and not any(each.startswith((".", "__pycache__")) for each in path.parts):
            yield str(path), file
