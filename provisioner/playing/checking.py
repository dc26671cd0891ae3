"""Find out before anything starts what could not run: playbooks that are not there, variables that they do not take."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from provisioner.playing.arguments import Argument, arguments_of, problems, reserved
from provisioner.playing.folders import Folders, missing, standard
from provisioner.playing.hosts import is_user
from provisioner.playing.reading import values_in
from provisioner.playing.roles import roles_of
from provisioner.playing.variables import LOGIN, login
from tenants.wave import PlaybookUse

#: Below a role's folder; both endings are Ansible's.
_SPECIFICATIONS = ("argument_specs.yml", "argument_specs.yaml")


def check(use: PlaybookUse, folders: Folders) -> tuple[str, ...]:
    """What keeps the playbook of a phase from running as it is asked for; nothing where nothing does.

    Unknown variables are found where every role that the playbook runs says what it takes.
    """
    name = use.playbook or standard(use.phase)
    playbook = folders.find(name)
    if playbook is None:
        return (missing(name, folders.names()),)
    return tuple(f'playbook "{name}": {each}' for each in _problems(use, playbook, folders))


def taken(playbook: Path, folders: Folders) -> Mapping[str, Argument] | None:
    """The variables that a playbook's roles take, by name; None where one of them does not say, or there is none."""
    roles = roles_of(playbook, folders)
    if not roles.complete or not roles.folders:
        return None
    found: dict[str, Argument] = {}
    for folder in roles.folders.values():
        files = (folder / "meta" / each for each in _SPECIFICATIONS)
        specified = next((each for each in map(arguments_of, map(values_in, files)) if each is not None), None)
        if specified is None:
            return None
        found |= {each.name: each for each in specified.arguments}
    return found


def _problems(use: PlaybookUse, playbook: Path, folders: Folders) -> Iterator[str]:
    yield from reserved(use.variables)
    if LOGIN in use.variables and not is_user(login(use.variables) or ""):
        yield f'the variable "{LOGIN}" must be the name of a guest\'s user'
    known = taken(playbook, folders)
    if known is not None:
        given = {name: each for name, each in use.variables.items() if name != LOGIN and not any(reserved((name,)))}
        yield from problems(given, known.values())
