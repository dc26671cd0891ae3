"""The playbooks that there are: those that come with Tenantry, and those of the operators' folder, which count first.

A folder has playbooks as `NAME.yml` and roles below `roles/`. Waves name playbooks and never bring any along, so what runs
on this machine is what its operators put there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provisioner.playing.ansible import PLAYBOOKS
from tenants.language.report import choose
from tenants.wave import PlaybookName, PlaybookPhase

#: What a name may be: it becomes a file's.
_NAME: Final = re.compile(r"\w[\w.-]*")
_ENDING: Final = ".yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where playbooks are looked for."""

    #: The operators'; None where they have none.
    operators: Path | None = None

    def find(self, name: PlaybookName) -> Path | None:
        """The file of a playbook; None where there is none of that name."""
        if _NAME.fullmatch(name) is None:
            return None
        if self.operators is not None and (file := self.operators / f"{name}{_ENDING}").is_file():
            return file
        ours = name.replace("-", "_")  # manifests have no underscores in names
        return PLAYBOOKS / f"{ours}{_ENDING}" if ours in _STANDARD else None

    def names(self) -> tuple[str, ...]:
        """What can be named, in alphabetical order."""
        theirs = self.operators.glob(f"*{_ENDING}") if self.operators is not None else ()
        return tuple(sorted({*_STANDARD, *(each.name.removesuffix(_ENDING) for each in theirs)}))

    def role(self, name: str, playbook: Path) -> Path | None:
        """The folder of a role as a playbook finds it: beside itself, then among ours; None where it is neither."""
        places = (playbook.parent / "roles" / name, PLAYBOOKS / "roles" / name)
        return next((each for each in places if each.is_dir()), None)


def standard(phase: PlaybookPhase) -> PlaybookName:
    """The playbook of a phase for which a wave names none."""
    return PlaybookName(phase.value.replace("-", "_"))


def missing(name: str, known: Iterable[str]) -> str:
    """What to say of a playbook that is not there."""
    return f'there is no playbook "{name}"; {choose(name, known)}'


_STANDARD: Final = frozenset(map(standard, PlaybookPhase))
